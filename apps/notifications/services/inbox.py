"""What a person does with the inbox."""

from datetime import datetime

from apps.accounts.models import User
from apps.notifications.models import Notification


def mark_read(*, actor: User, notification: Notification, now: datetime) -> Notification:
    """Mark one notification read; the first time counts."""
    actor.notifications.unread().filter(pk=notification.pk).update(read_at=now, updated_at=now)
    notification.refresh_from_db()
    return notification


def mark_all_read(*, actor: User, now: datetime) -> int:
    """Mark the whole inbox read and return how many were unread."""
    return Notification.objects.visible_to(actor).unread().update(read_at=now, updated_at=now)


def delete_all(*, actor: User, now: datetime) -> int:
    """Empty the inbox and return how many notifications that were.

    The rows stay, out of sight: what is told again (a nag, an event that is relayed twice) does not come back, and the
    ledger goes on answering.
    """
    return Notification.objects.visible_to(actor).update(deleted_at=now, updated_at=now)
