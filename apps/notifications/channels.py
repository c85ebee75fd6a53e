"""The doors to the world of messages: e-mail by SMTP. Each call has a deadline and the caller's idempotency key."""

from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTPRecipientsRefused
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend


class Refused(Exception):
    """The provider will never take this message; trying again is useless."""


@contextmanager
def mail_connection() -> Iterator[BaseEmailBackend]:
    """Hold one conversation with the mail server for a batch of messages."""
    connection = get_connection()
    try:
        yield connection
    finally:
        connection.close()


def send_email(connection: BaseEmailBackend, *, address: str, title: str, body: str, key: UUID) -> None:
    """Send one e-mail, its Message-ID made from the idempotency key; raises Refused, SMTPException or OSError."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    message = EmailMessage(
        subject=" ".join(title.split()),
        body=body,
        to=[address],
        headers={"Message-ID": f"<{key}@{domain}>", "Idempotency-Key": str(key), "Auto-Submitted": "auto-generated"},
        connection=connection,
    )
    try:
        message.send()
    except SMTPRecipientsRefused as refusal:
        codes = [code for code, _ in refusal.recipients.values()]
        if all(500 <= code < 600 for code in codes):
            raise Refused(f"smtp {codes[0]}") from refusal
        raise
