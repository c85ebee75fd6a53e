"""The live stream: server-sent events from a small async process of its own, resumable by Last-Event-ID."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from apps.accounts.models import Session
from apps.accounts.working import works
from apps.core.http.renderers import to_json
from apps.notifications.models import Notification
from apps.notifications.selectors import InboxEntry, with_words
from apps.notifications.services.inbox import redeem_stream_ticket

POLL_SECONDS = 1.0
BEATS_OF_SILENCE = 15  # A comment every 15 s keeps proxies from closing a quiet stream.
MOST_AT_ONCE = 100
# However many streams are open, this many database connections serve them. Django's own way, a thread for
# each request, would hold a connection for each open stream, and leave it behind when the stream ends.
READERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="stream")

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


async def live(request: HttpRequest) -> HttpResponse:
    """Tell that the stream server answers."""
    return HttpResponse("ok", content_type="text/plain")


async def stream(request: HttpRequest, ticket: str) -> HttpResponseBase:
    """Open the stream that the one-time ticket stands for; 404 when it is unknown, used or too old.

    It resumes after the header Last-Event-ID, or after `?last_event_id=`: a browser that comes back with a new
    ticket cannot set the header.
    """
    session = await _ask(redeem_stream_ticket, ticket, now=timezone.now())
    if session is None:
        return HttpResponse(status=404)
    last_seen = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id", "")
    response = StreamingHttpResponse(_events(session, last_seen), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    response["Access-Control-Allow-Origin"] = "*"  # The ticket in the address is the whole authority.
    return response


async def _events(session: Session, last_seen: str) -> AsyncIterator[bytes]:
    position = await _ask(_starting_point, session.user_id, last_seen)
    yield b"retry: 3000\n\n"
    silent = 0
    while (entries := await _ask(_entries_after, session, position)) is not None:
        for entry in entries:
            position = entry.id
            yield b"id: %b\nevent: notification\ndata: %b\n\n" % (str(entry.id).encode(), to_json(entry))
        silent = 0 if entries else silent + 1
        if silent >= BEATS_OF_SILENCE:
            silent = 0
            yield b": still here\n\n"
        await asyncio.sleep(POLL_SECONDS)


async def _ask(question: Callable[Given, Answer], *given: Given.args, **named: Given.kwargs) -> Answer:
    def ask_afresh() -> Answer:
        close_old_connections()  # One that broke is replaced; elsewhere the beginning of a request does that.
        return question(*given, **named)

    return await sync_to_async(ask_afresh, thread_sensitive=False, executor=READERS)()


def _is_open(session: Session) -> bool:
    """Return whether the session lives and its login works: signing out or a suspension ends the stream, too."""
    return Session.objects.open(now=timezone.now()).filter(works("user__"), pk=session.pk).exists()


def _starting_point(user_id: UUID, last_seen: str) -> UUID:
    """Return the id to go on after: the client's last one, else the newest there is."""
    try:
        return UUID(last_seen)
    except ValueError:
        newest = Notification.objects.filter(recipient_id=user_id).order_by("-id").values_list("id", flat=True).first()
        return newest or UUID(int=0)


def _entries_after(session: Session, position: UUID) -> list[InboxEntry] | None:
    """Return what is newer, in order; None once the session is over, which is asked last: nothing slips between."""
    newer = Notification.objects.filter(recipient=session.user_id, id__gt=position).order_by("id")
    entries = with_words(newer[:MOST_AT_ONCE])
    return entries if _is_open(session) else None
