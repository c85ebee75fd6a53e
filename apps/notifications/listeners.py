"""What notifications hear from accounts, the floor below: codes to send, and things a person should know of."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import OneTimeCode, Session, User
from apps.core import outbox
from apps.core.models import OutboxEvent
from apps.notifications.services.announcing import announce


def register() -> None:
    """Listen to accounts."""
    outbox.listen("accounts.code_issued", send_code)
    outbox.listen("accounts.new_device", tell_of_session("new_device"))
    outbox.listen("accounts.token_reused", tell_of_session("token_reused"))
    for what in ("password_changed", "second_factor_changed", "keys_registered"):
        outbox.listen(f"accounts.{what}", tell_of_login(what))
    outbox.listen("accounts.administrator_made", tell_administrators)


def send_code(event: OutboxEvent) -> None:
    """Send a code to the login it is about; a subject that is no login has its own listener, or nobody."""
    issued = OneTimeCode.objects.filter(pk=event.ids["code_id"]).first()
    if issued and User.objects.filter(pk=issued.subject_id, is_active=True).exists():
        _tell("one_time_code", issued.pk, issued.subject_id, timezone.now())


def tell_of_session(topic: str) -> outbox.Listener:
    """Return a listener that tells the owner of a session about it."""

    def tell(event: OutboxEvent) -> None:
        session = Session.objects.filter(pk=event.ids["session_id"]).first()
        if session:
            _tell(topic, session.pk, session.user_id, timezone.now())

    return tell


def tell_of_login(topic: str) -> outbox.Listener:
    """Return a listener that tells a person of a change to their login; each is told, so the event is the subject."""

    def tell(event: OutboxEvent) -> None:
        _tell(topic, event.pk, UUID(event.ids["user_id"]), timezone.now())

    return tell


def tell_administrators(event: OutboxEvent) -> None:
    """Tell the administrators that there is another one."""
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=event.ids["user_id"])
    recipients = others.values_list("pk", flat=True)
    announce("administrator_made", subject_id=event.pk, recipient_ids=recipients, now=timezone.now())


def _tell(topic: str, subject_id: UUID, recipient_id: UUID, now: datetime) -> None:
    announce(topic, subject_id=subject_id, recipient_ids=[recipient_id], now=now)
