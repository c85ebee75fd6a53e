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
from apps.notifications.querysets import Place
from apps.notifications.selectors import InboxEntry, horizon, with_words
from apps.notifications.services.streaming import Reading, event_id, open_stream

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
    ticket cannot set the header. With the id of its own last event a used ticket goes on.
    """
    last_event = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id", "")
    reading = await _ask(open_stream, ticket, last_event=last_event, now=timezone.now())
    if reading is None:
        return HttpResponse(status=404)
    response = StreamingHttpResponse(_events(reading), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    response["Access-Control-Allow-Origin"] = "*"  # The ticket in the address is the whole authority.
    return response


async def _events(reading: Reading) -> AsyncIterator[bytes]:
    place = await _ask(_starting_place, reading.after)
    # The first event has no news, but an id: from now on the reader can come back.
    yield b"retry: 3000\nid: %b\nevent: ready\ndata: {}\n\n" % _id(reading, place)
    silent = 0
    while (news := await _ask(_news_after, reading.session, place)) is not None:
        for place, entry in news:
            yield b"id: %b\nevent: notification\ndata: %b\n\n" % (_id(reading, place), to_json(entry))
        silent = 0 if news else silent + 1
        if silent >= BEATS_OF_SILENCE:
            silent = 0
            yield b": still here\n\n"
        await asyncio.sleep(POLL_SECONDS)


def _id(reading: Reading, place: Place) -> bytes:
    return event_id(place, ticket_id=reading.ticket_id).encode()


async def _ask(question: Callable[Given, Answer], *given: Given.args, **named: Given.kwargs) -> Answer:
    def ask_afresh() -> Answer:
        close_old_connections()  # One that broke is replaced; elsewhere the beginning of a request does that.
        return question(*given, **named)

    return await sync_to_async(ask_afresh, thread_sensitive=False, executor=READERS)()


def _is_open(session: Session) -> bool:
    """Return whether the session lives and its login works: signing out or a suspension ends the stream, too."""
    return Session.objects.open(now=timezone.now()).filter(works("user__"), pk=session.pk).exists()


def _starting_place(after: Place | None) -> Place:
    """Return where to go on: after the client's last event, else with what is not written yet."""
    now = horizon()
    if after is None:
        return Place(now, UUID(int=0))
    # A place from another life of the database (a dump that was read into a new server) lies in the future here: all
    # that was written since is new.
    return after if after.written_in <= now else Place(0, after.id)


def _news_after(session: Session, place: Place) -> list[tuple[Place, InboxEntry]] | None:
    """Return what is new, in order; None once the session is over, which is asked last: nothing slips between."""
    rows = list(Notification.objects.visible_to(session.user).after(place)[:MOST_AT_ONCE])
    entries = with_words(rows, reader=session.user)
    news = list(zip([Place(row.written_in, row.pk) for row in rows], entries, strict=True))
    return news if _is_open(session) else None
