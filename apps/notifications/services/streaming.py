"""Who may read a live stream: a ticket opens it once; its reader, and nobody else, may come back to it.

An EventSource reconnects by itself, with the address it has and the id of the last event. The address alone is no
good a second time (addresses stand in logs); with the id of an event of that very stream, which only its reader was
sent, it goes on where it was. Both end with the session.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.signing import BadSignature, Signer

from apps.accounts.models import Session
from apps.accounts.working import works
from apps.notifications.models import StreamTicket
from apps.notifications.querysets import Place

TICKET_LIFETIME = timedelta(seconds=60)
RETURN_LIFETIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """An open stream: whose it is, and where it goes on (None: with what is new)."""

    session: Session
    ticket_id: UUID
    after: Place | None


def issue_stream_ticket(*, session_id: UUID, now: datetime) -> str:
    """Return a ticket that opens the live stream of a session's login once, within 60 seconds."""
    ticket = secrets.token_urlsafe(32)
    StreamTicket.objects.create(session_id=session_id, ticket_hash=_hash(ticket), expires_at=now + TICKET_LIFETIME)
    return ticket


def open_stream(ticket: str, *, last_event: str, now: datetime) -> Reading | None:
    """Return the stream that the ticket opens, or that the last event of it goes on with; None when neither may."""
    good = StreamTicket.objects.good(now=now).filter(works("session__user__"), ticket_hash=_hash(ticket))
    held = good.select_related("session__user").first()
    if held is None:
        return None
    returns_to = _place_in(last_event, ticket_id=held.pk)
    if returns_to is None and not _open_once(held, now):
        return None
    return Reading(held.session, held.pk, returns_to or place_named(last_event))


def event_id(place: Place, *, ticket_id: UUID) -> str:
    """Return the id of the event at a place: for the stream of this ticket it is the right to come back."""
    return _signer(ticket_id).sign(f"{place.written_in}-{place.id}")


def place_named(event: str) -> Place | None:
    """Return the place that an event's id names, of whatever stream; None where it names none."""
    written_in, _, row = event.partition(":")[0].partition("-")
    try:
        return Place(int(written_in), UUID(row)) if written_in.isdecimal() and len(written_in) < 19 else None
    except ValueError:
        return None


def expire_stream_tickets(*, now: datetime) -> int:
    """Remove the tickets that are too old, and return how many."""
    return StreamTicket.objects.filter(expires_at__lte=now).delete()[0]


def _open_once(held: StreamTicket, now: datetime) -> bool:
    """Use the ticket up, and return whether it was this call that did."""
    unused = StreamTicket.objects.filter(pk=held.pk, opened_at=None)
    return bool(unused.update(opened_at=now, expires_at=now + RETURN_LIFETIME))


def _place_in(event: str, *, ticket_id: UUID) -> Place | None:
    try:
        return place_named(_signer(ticket_id).unsign(event))
    except BadSignature:
        return None


def _signer(ticket_id: UUID) -> Signer:
    return Signer(salt=f"live stream {ticket_id}")


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
