"""Inbox rows together with their words, at one query a topic."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.notifications.models import Notification
from apps.notifications.topics import Message, topic_named

GONE = Message(title=_("This is no longer available"), body="")


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A notification as its reader sees it."""

    id: UUID
    topic: str
    subject_id: UUID
    title: str
    body: str
    read_at: datetime | None
    created_at: datetime


def with_words(notifications: Iterable[Notification]) -> list[InboxEntry]:
    """Return the notifications, in their order, with the words of their topics."""
    rows = list(notifications)
    words: dict[tuple[str, UUID], Message] = {}
    for topic in {row.topic for row in rows}:
        rendered = topic_named(topic).render([row.subject_id for row in rows if row.topic == topic])
        words.update({(topic, subject_id): message for subject_id, message in rendered.items()})
    return [_entry(row, words.get((row.topic, row.subject_id), GONE)) for row in rows]


def _entry(row: Notification, message: Message) -> InboxEntry:
    body = str(message.detail or message.body)
    return InboxEntry(row.pk, row.topic, row.subject_id, str(message.title), body, row.read_at, row.created_at)
