"""The live stream: server-sent events from a small async process of its own, resumable by Last-Event-ID."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from apps.core.http.renderers import to_json
from apps.notifications.models import Notification
from apps.notifications.selectors import InboxEntry, with_words
from apps.notifications.services.inbox import redeem_stream_ticket

POLL_SECONDS = 1.0
BEATS_OF_SILENCE = 15  # A comment every 15 s keeps proxies from closing a quiet stream.
MOST_AT_ONCE = 100


async def live(request: HttpRequest) -> HttpResponse:
    """Tell that the stream server answers."""
    return HttpResponse("ok", content_type="text/plain")


async def stream(request: HttpRequest, ticket: str) -> HttpResponseBase:
    """Open the stream that the one-time ticket stands for; 404 when it is unknown, used or too old."""
    user_id = await sync_to_async(redeem_stream_ticket)(ticket, now=timezone.now())
    if user_id is None:
        return HttpResponse(status=404)
    response = StreamingHttpResponse(
        _events(user_id, request.headers.get("Last-Event-ID", "")), content_type="text/event-stream"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    response["Access-Control-Allow-Origin"] = "*"  # The ticket in the address is the whole authority.
    return response


async def _events(user_id: UUID, last_seen: str) -> AsyncIterator[bytes]:
    position = await sync_to_async(_starting_point)(user_id, last_seen)
    yield b"retry: 3000\n\n"
    silent = 0
    while True:
        entries = await sync_to_async(_entries_after)(user_id, position)
        for entry in entries:
            position = entry.id
            yield b"id: %b\nevent: notification\ndata: %b\n\n" % (str(entry.id).encode(), to_json(entry))
        silent = 0 if entries else silent + 1
        if silent >= BEATS_OF_SILENCE:
            silent = 0
            yield b": still here\n\n"
        await asyncio.sleep(POLL_SECONDS)


def _starting_point(user_id: UUID, last_seen: str) -> UUID:
    """Return the id to go on after: the client's last one, else the newest there is."""
    try:
        return UUID(last_seen)
    except ValueError:
        newest = Notification.objects.filter(recipient_id=user_id).order_by("-id").values_list("id", flat=True).first()
        return newest or UUID(int=0)


def _entries_after(user_id: UUID, position: UUID) -> list[InboxEntry]:
    newer = Notification.objects.filter(recipient_id=user_id, id__gt=position).order_by("id")
    return with_words(newer[:MOST_AT_ONCE])
