"""What a person does with the inbox, and the one-time address of the live stream."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import Session, User
from apps.accounts.working import works
from apps.notifications.models import Notification, StreamTicket

TICKET_LIFETIME = timedelta(seconds=60)


def mark_read(*, actor: User, notification: Notification, now: datetime) -> Notification:
    """Mark one notification read; the first time counts."""
    actor.notifications.unread().filter(pk=notification.pk).update(read_at=now, updated_at=now)
    notification.refresh_from_db()
    return notification


def mark_all_read(*, actor: User, now: datetime) -> int:
    """Mark the whole inbox read and return how many were unread."""
    return actor.notifications.unread().update(read_at=now, updated_at=now)


def issue_stream_ticket(*, session_id: UUID, now: datetime) -> str:
    """Return a ticket that opens the live stream of a session's login once, within 60 seconds."""
    ticket = secrets.token_urlsafe(32)
    StreamTicket.objects.create(session_id=session_id, ticket_hash=_hash(ticket), expires_at=now + TICKET_LIFETIME)
    return ticket


def redeem_stream_ticket(ticket: str, *, now: datetime) -> Session | None:
    """Return the session whose stream the ticket opens and use it up; None when either is over, or it is unknown."""
    StreamTicket.objects.filter(expires_at__lte=now).delete()
    session_is_open = works("session__user__") & Q(session__ended_at=None, session__expires_at__gt=now)
    known = StreamTicket.objects.filter(session_is_open, ticket_hash=_hash(ticket), expires_at__gt=now)
    held = known.select_related("session").first()
    if held is None or not StreamTicket.objects.filter(pk=held.pk).delete()[0]:
        return None
    return held.session


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
