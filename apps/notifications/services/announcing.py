"""Telling people: inbox rows and deliveries, written in the transaction of what is told."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from apps.core.wakeups import wake_after_commit
from apps.notifications.choices import Channel, DeliveryState

# One statement for any number of messages. Whoever has an e-mail address is also written to; what is sent there says
# nothing clinical, so it may go to an address that nobody has confirmed yet.
# ON CONFLICT: telling twice is telling once; the unique keys decide, not a look before.
ANNOUNCE = """
WITH told AS (
    SELECT * FROM unnest(%(subjects)s::uuid[], %(recipients)s::uuid[], %(sequences)s::int[])
        AS told(subject_id, recipient_id, sequence)
), inbox AS (
    INSERT INTO notifications_notification (id, created_at, updated_at, recipient_id, topic, subject_id)
    SELECT uuidv7(), %(now)s, %(now)s, recipient_id, %(topic)s, subject_id FROM told
    ON CONFLICT DO NOTHING
)
INSERT INTO notifications_delivery
    (id, created_at, updated_at, topic, subject_id, sequence, recipient, user_id, channel, state,
     attempts, next_attempt_at, may_be_repeated, last_failure)
SELECT uuidv7(), %(now)s, %(now)s, %(topic)s, told.subject_id, told.sequence, told.recipient_id::text,
       told.recipient_id, %(channel)s, %(state)s, 0, %(now)s, false, ''
FROM told JOIN accounts_user ON accounts_user.id = told.recipient_id
WHERE accounts_user.email <> ''
ON CONFLICT DO NOTHING
"""


ANNOUNCE_TO_ADDRESS = """
INSERT INTO notifications_delivery
    (id, created_at, updated_at, topic, subject_id, sequence, recipient, user_id, channel, state,
     attempts, next_attempt_at, may_be_repeated, last_failure)
VALUES (uuidv7(), %(now)s, %(now)s, %(topic)s, %(subject)s, 0, %(address)s, NULL, %(channel)s, %(state)s,
        0, %(now)s, false, '')
ON CONFLICT DO NOTHING
"""


class Announcement(NamedTuple):
    """One thing to tell one login; `sequence` 0 is the first message about the subject, then each nag."""

    subject_id: UUID
    recipient_id: UUID
    sequence: int = 0


def announce(topic: str, *, subject_id: UUID, recipient_ids: Iterable[UUID], now: datetime) -> None:
    """Tell each recipient once about the subject: in the inbox, and by e-mail where there is an address."""
    announce_many(topic, [Announcement(subject_id, recipient) for recipient in recipient_ids], now=now)


def announce_many(topic: str, announcements: Sequence[Announcement], *, now: datetime) -> None:
    """Tell many at once, in one statement; what was told before is not told again."""
    if not announcements:
        return
    subjects, recipients, sequences = map(list, zip(*announcements, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            ANNOUNCE,
            {
                "subjects": subjects,
                "recipients": recipients,
                "sequences": sequences,
                "topic": topic,
                "now": now,
                "channel": Channel.EMAIL.value,
                "state": DeliveryState.PENDING.value,
            },
        )
    wake_after_commit("deliveries")


def announce_to_address(
    topic: str, *, subject_id: UUID, address: str, channel: Channel = Channel.EMAIL, now: datetime
) -> None:
    """Tell somebody without a login once about the subject, at a bare address of the channel: there is no inbox."""
    with connection.cursor() as cursor:
        cursor.execute(
            ANNOUNCE_TO_ADDRESS,
            {
                "topic": topic,
                "subject": subject_id,
                "address": address,
                "channel": channel.value,
                "state": DeliveryState.PENDING.value,
                "now": now,
            },
        )
    wake_after_commit("deliveries")
