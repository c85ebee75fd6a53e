"""E-mail by SMTP, one conversation for a batch; the Message-ID is made from the idempotency key."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from apps.notifications.channels.outcomes import AnswerLost, Away, NotNow, Refused, Send
from apps.notifications.letters import write_letter
from apps.notifications.topics import Message

CLOSING = 421  # "Service not available, closing" (RFC 5321, 4.2.2), whatever it answers.


@contextmanager
def mail_door() -> Iterator[Send]:
    """Hold one conversation with the mail server for a batch of messages."""
    connection = get_connection()

    def send(*, address: str, message: Message, with_detail: bool, key: UUID) -> str:
        email = _email(connection, address, message, with_detail=with_detail, key=key)
        _open(connection)
        try:
            email.send()
        except (SMTPRecipientsRefused, SMTPResponseException, SMTPNotSupportedError) as refusal:
            _hang_up(connection)  # The next message begins a new conversation.
            raise _meaning(refusal) from refusal
        except OSError as silence:
            _hang_up(connection)
            raise AnswerLost(type(silence).__name__) from silence
        return ""

    try:
        yield send
    finally:
        _hang_up(connection)


def _email(
    connection: BaseEmailBackend, address: str, message: Message, *, with_detail: bool, key: UUID
) -> EmailMultiAlternatives:
    letter = write_letter(message, with_detail=with_detail)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    return EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[address],
        headers={"Message-ID": f"<{key}@{domain}>", "Idempotency-Key": str(key), "Auto-Submitted": "auto-generated"},
        connection=connection,
        alternatives=[(letter.html, "text/html")],
    )


def _open(connection: BaseEmailBackend) -> None:
    """Begin the conversation; here, because what `send` opens it also closes: one for each message."""
    try:
        connection.open()
    except OSError as failure:  # SMTPException is one: a refused sign-in, too, is no message's fault.
        _hang_up(connection)
        raise Away(type(failure).__name__) from failure


def _meaning(refusal: SMTPException) -> Exception:
    """Return whom a refusal speaks of: the recipient for good, the recipient or the words for now, or all of us."""
    if isinstance(refusal, SMTPRecipientsRefused):
        codes = [code for code, _ in refusal.recipients.values()]
        if all(500 <= code < 600 for code in codes):
            return Refused(f"smtp {codes[0]}")
        return Away(f"smtp {CLOSING}") if CLOSING in codes else NotNow(type(refusal).__name__)
    is_about_the_words = isinstance(refusal, SMTPDataError) and refusal.smtp_code != CLOSING
    if is_about_the_words or not isinstance(refusal, SMTPResponseException):
        return NotNow(type(refusal).__name__)
    return Away(f"smtp {refusal.smtp_code}")  # The sender, the sign-in, the server: a person can mend that.


def _hang_up(connection: BaseEmailBackend) -> None:
    """End the conversation, in whatever state it is."""
    with suppress(SMTPException):
        connection.close()
