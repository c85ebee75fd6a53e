"""A real SMTP server for tests: it keeps what it takes, and refuses, dawdles or falls silent when asked to."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from apps.core.launcher.ports import HOST, claim

logging.getLogger("mail.log").setLevel(logging.WARNING)  # It tells of every line of every conversation.

STARTING = 30.0  # Seconds; a bound for a crowded machine, not an expectation.


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that the server has taken."""

    recipient: str
    message: EmailMessage

    @property
    def key(self) -> str:
        """Return the Message-ID, by which a provider that honours it recognises a repeated message."""
        return str(self.message["Message-ID"])

    @property
    def body(self) -> str:
        """Return the text."""
        text = self.message.get_body(preferencelist=("plain",))
        assert text is not None
        return str(text.get_content())

    @property
    def html(self) -> str:
        """Return the page."""
        page = self.message.get_body(preferencelist=("html",))
        assert page is not None
        return str(page.get_content())


class SmtpServer:
    """What came in, in order, and how the server answers what comes next."""

    def __init__(self, port: int) -> None:
        """Describe a server at this port; `smtp_server` starts one."""
        self.port = port
        self.taken: list[Taken] = []
        self.conversations = 0
        self.pause = 0.0  # Seconds before a message is answered.
        self._recipient_replies: deque[str] = deque()
        self._answers_to_lose = 0

    @property
    def url(self) -> str:
        """Return EMAIL_URL."""
        return f"smtp://{HOST}:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """Return Django's settings that send mail here."""
        backend = "django.core.mail.backends.smtp.EmailBackend"
        return {"EMAIL_BACKEND": backend, "EMAIL_HOST": HOST, "EMAIL_PORT": self.port}

    @property
    def passed_on(self) -> dict[str, Taken]:
        """Return what a provider that honours the Message-ID passes on: the first message of each."""
        first: dict[str, Taken] = {}
        for taken in tuple(self.taken):
            first.setdefault(taken.key, taken)
        return first

    def refuse_recipients(self, *replies: str) -> None:
        """Answer the next recipients with these replies ("451 Later"), one each."""
        self._recipient_replies.extend(replies)

    def lose_answers(self, times: int = 1) -> None:
        """Take the next messages, but hang up instead of saying so."""
        self._answers_to_lose += times

    # --- Called by aiosmtpd, in the server's thread ---

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count the conversation."""
        session.host_name = hostname
        self.conversations += 1
        return responses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, unless the test has another reply for it."""
        if self._recipient_replies:
            return self._recipient_replies.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Keep the message, then answer, or not."""
        message = message_from_bytes(bytes(envelope.original_content or b""), policy=policy.default)
        self.taken += [Taken(recipient, message) for recipient in envelope.rcpt_tos]
        await asyncio.sleep(self.pause)
        if self._answers_to_lose:
            self._answers_to_lose -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"


@contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    """Run a server on a free port of this machine, in a thread of its own."""
    port = claim()
    server = SmtpServer(port.port)
    controller = Controller(server, hostname=HOST, port=port.port, ready_timeout=STARTING)
    try:
        controller.start()
        server.conversations = 0  # Starting takes a look at whether it answers.
        yield server
    finally:
        controller.stop(no_assert=True)
        port.release()
