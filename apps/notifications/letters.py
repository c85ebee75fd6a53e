"""How a message looks as an e-mail and as a text message. Links lead to the configured site only."""

from dataclasses import dataclass, field

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

from apps.notifications.topics import Message

LONGEST_TEXT = 480  # Characters: three or four parts, each of which is paid for.


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail's subject and its two bodies."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def write_letter(message: Message, *, with_detail: bool = False) -> Letter:
    """Return the e-mail that says what the message says; its `detail`, which may be clinical, only where asked."""
    title = str(message.title)
    detail = str(message.detail) if with_detail else ""
    words = {
        "title": title,
        "body": detail or str(message.body),
        "has_detail": bool(detail),
        "codes": message.codes,
        "link": _link_of(message),
        "language": get_language() or settings.LANGUAGE_CODE,
    }
    text = render_to_string("notifications/email.txt", words).strip() + "\n"
    return Letter(" ".join(title.split()), text, render_to_string("notifications/email.html", words))


def write_text(message: Message) -> str:
    """Return the text message: never the detail, for nobody has shown whose number it is."""
    codes = [f"{name}: {digits}" if name else digits for name, digits in message.codes]
    words = " ".join([f"CareLoop: {message.title}.", *codes, str(message.body)])
    link = _link_of(message)
    short = " ".join(words.split())[: LONGEST_TEXT - len(link) - 1]
    return f"{short} {link}"


def _link_of(message: Message) -> str:
    return message.link or settings.FRONTEND_URL or settings.SITE_URL
