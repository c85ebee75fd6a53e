"""The doors to the world of messages: e-mail by SMTP. Each call has a deadline and the caller's idempotency key."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from smtplib import SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from apps.notifications.letters import Letter


class Refused(Exception):
    """The provider will never take this message; trying again is useless."""


class AnswerLost(Exception):
    """The provider fell silent before it said whether it took the message."""


@contextmanager
def mail_connection() -> Iterator[BaseEmailBackend]:
    """Hold one conversation with the mail server for a batch of messages."""
    connection = get_connection()
    try:
        yield connection
    finally:
        _hang_up(connection)


def send_email(connection: BaseEmailBackend, *, address: str, letter: Letter, key: UUID) -> None:
    """Send one e-mail, its Message-ID made from the idempotency key.

    Raises Refused, AnswerLost, or whatever else kept the message from being taken: it may be tried again then.
    """
    if not address:
        raise Refused("no address")
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[address],
        headers={"Message-ID": f"<{key}@{domain}>", "Idempotency-Key": str(key), "Auto-Submitted": "auto-generated"},
        connection=connection,
        alternatives=[(letter.html, "text/html")],
    )
    connection.open()  # Here, because what `send` opens it also closes: a conversation for each message.
    try:
        message.send()
    except (SMTPRecipientsRefused, SMTPResponseException, SMTPNotSupportedError) as refusal:
        _hang_up(connection)  # The next message begins a new conversation.
        if code := _refused_for_good(refusal):
            raise Refused(f"smtp {code}") from refusal
        raise
    except OSError as silence:
        _hang_up(connection)
        raise AnswerLost from silence


def _refused_for_good(refusal: SMTPException) -> int | None:
    """Return the code with which the recipient was refused, if that will not change by waiting."""
    if not isinstance(refusal, SMTPRecipientsRefused):
        return None  # It speaks of us or of this moment, and a person can mend that.
    codes = [code for code, _ in refusal.recipients.values()]
    return codes[0] if all(500 <= code < 600 for code in codes) else None


def _hang_up(connection: BaseEmailBackend) -> None:
    """End the conversation, in whatever state it is."""
    with suppress(SMTPException):
        connection.close()
