"""Inbox rows together with their words, at two queries a topic; and how telling people is going."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.ids import first_uuid7_at
from apps.notifications.choices import OPEN_STATES, Channel
from apps.notifications.models import Breaker, Delivery, Notification
from apps.notifications.querysets import HORIZON
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


def with_words(notifications: Iterable[Notification], *, reader: User) -> list[InboxEntry]:
    """Return the notifications, in their order, with the words of their topics as far as the reader may see them."""
    rows = list(notifications)
    words: dict[tuple[str, UUID], Message] = {}
    for name in {row.topic for row in rows}:
        topic = topic_named(name)
        readable = topic.readable_by(reader, [row.subject_id for row in rows if row.topic == name])
        rendered = topic.render(list(readable)) if readable else {}
        words.update({(name, subject_id): message for subject_id, message in rendered.items()})
    return [_entry(row, words.get((row.topic, row.subject_id), GONE)) for row in rows]


def _entry(row: Notification, message: Message) -> InboxEntry:
    body = str(message.detail or message.body)
    return InboxEntry(row.pk, row.topic, row.subject_id, str(message.title), body, row.read_at, row.created_at)


def horizon() -> int:
    """Return the first transaction that may not be over yet: whatever older ones wrote can be seen."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {HORIZON}")
        return int(cursor.fetchone()[0])


class HourOfDeliveries(NamedTuple):
    """What became of the messages that were announced in one hour."""

    begins_at: datetime
    sent: int
    failed: int
    waiting: int
    late_seconds: float  # Of a hundred messages sent, ninety-five went out faster than this.


HOURS = """
SELECT date_trunc('hour', created_at) AS hour,
       count(*) FILTER (WHERE state IN ('SENT', 'DELIVERED')),
       count(*) FILTER (WHERE state = 'FAILED'),
       count(*) FILTER (WHERE state IN ('PENDING', 'CLAIMED', 'SENDING')),
       coalesce(percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - created_at)), 0)
FROM notifications_delivery
WHERE id >= %(first_id)s AND created_at >= %(first)s
GROUP BY hour ORDER BY hour
"""


def deliveries_by_hour(*, now: datetime, hours: int = 24) -> list[HourOfDeliveries]:
    """Return the figures of each of the last hours in which anything was announced, oldest first."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1)
    with connection.cursor() as cursor:
        # Ids begin with the time of writing, so the primary key finds the few; there is no index on the time itself.
        cursor.execute(HOURS, {"first_id": first_uuid7_at(first), "first": first})
        return [HourOfDeliveries(*row) for row in cursor.fetchall()]


class ChannelFigures(NamedTuple):
    """How one channel is doing."""

    channel: str
    waiting: int
    oldest_seconds: int
    is_away: bool
    last_failure: str


MOST_COUNTED = 10_000  # More is no news, and a count costs by the row.


def figures_of_channels(*, now: datetime) -> list[ChannelFigures]:
    """Return of each channel how many messages are due, how late the oldest is, and whether its provider is away."""
    away = {breaker.channel: breaker for breaker in Breaker.objects.exclude(retry_at=None)}
    return [_figures_of(channel, away.get(channel), now) for channel in Channel.values]


def _figures_of(channel: str, away: Breaker | None, now: datetime) -> ChannelFigures:
    due = Delivery.objects.filter(channel=channel, state__in=OPEN_STATES, next_attempt_at__lte=now)
    oldest = due.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
    seconds = int((now - oldest).total_seconds()) if oldest else 0
    counted = due.order_by()[:MOST_COUNTED].count()
    return ChannelFigures(channel, counted, seconds, away is not None, away.last_failure if away else "")
