"""How a message looks as an e-mail: text and HTML from the same words. Links lead to the configured site only."""

from dataclasses import dataclass, field

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

from apps.notifications.topics import Message


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail's subject and its two bodies."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def write_letter(message: Message) -> Letter:
    """Return the e-mail that says what the message says; its clinical `detail` stays in the house."""
    title = str(message.title)
    words = {
        "title": title,
        "body": str(message.body),
        "codes": message.codes,
        "link": message.link or settings.FRONTEND_URL or settings.SITE_URL,
        "language": get_language() or settings.LANGUAGE_CODE,
    }
    text = render_to_string("notifications/email.txt", words).strip() + "\n"
    return Letter(" ".join(title.split()), text, render_to_string("notifications/email.html", words))
