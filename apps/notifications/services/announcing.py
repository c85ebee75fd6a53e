"""Telling people: inbox rows and deliveries, written in the transaction of what is told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from apps.core.wakeups import wake_after_commit
from apps.notifications.choices import OPEN_STATES, Channel, DeliveryState, Kind
from apps.notifications.topics import topic_named

# One statement for any number of messages, whoever names them. Everybody is written to by e-mail, by text message who
# chose that; what keeps a message from going out is judged when its time comes, and stands in its row, so that it can
# be answered for. ON CONFLICT: telling twice is telling once; the unique keys decide, not a look before. While a
# message of a timed topic has not left yet by one channel (quiet hours, a provider that is away) no nag joins it there:
# else the nags of a night would arrive together in the morning.
ANNOUNCE = """
WITH {found}, inbox AS (
    INSERT INTO notifications_notification (id, created_at, updated_at, recipient_id, topic, subject_id)
    SELECT uuidv7(), %(now)s, %(now)s, recipient_id, %(topic)s, subject_id FROM told
    ON CONFLICT DO NOTHING
), ledger AS (
    INSERT INTO notifications_delivery
        (id, created_at, updated_at, topic, subject_id, sequence, recipient, user_id, channel, is_urgent, state,
         reason, attempts, next_attempt_at, useless_after, provider_id, may_be_repeated, last_failure)
    SELECT uuidv7(), %(now)s, %(now)s, %(topic)s, told.subject_id, told.sequence, told.recipient_id::text,
           told.recipient_id, way.channel,
           told.is_urgent OR %(is_security)s OR (%(is_timed)s AND told.sequence = 0), %(state)s,
           '', 0, %(now)s, %(useless_after)s, '', false, ''
    FROM told
    LEFT JOIN notifications_preferences AS chosen ON chosen.user_id = told.recipient_id
    CROSS JOIN LATERAL (VALUES (%(email)s), (%(sms)s)) AS way(channel)
    WHERE (way.channel = %(email)s OR %(kind)s = ANY(chosen.wanted_by_sms)) AND NOT (
        %(is_timed)s AND told.sequence > 0 AND EXISTS (
            SELECT FROM notifications_delivery AS waiting
            WHERE waiting.topic = %(topic)s AND waiting.subject_id = told.subject_id
                AND waiting.user_id = told.recipient_id AND waiting.channel = way.channel
                AND waiting.state = ANY(%(waiting)s)
        )
    )
    ON CONFLICT DO NOTHING
)
{answer}
"""
NAMED = """told AS (
    SELECT * FROM unnest(%(subjects)s::uuid[], %(recipients)s::uuid[], %(sequences)s::int[], %(urgent)s::bool[])
        AS told(subject_id, recipient_id, sequence, is_urgent)
)"""

ANNOUNCE_TO_ADDRESS = """
INSERT INTO notifications_delivery
    (id, created_at, updated_at, topic, subject_id, sequence, recipient, user_id, channel, is_urgent, state,
     reason, attempts, next_attempt_at, useless_after, provider_id, may_be_repeated, last_failure)
VALUES (uuidv7(), %(now)s, %(now)s, %(topic)s, %(subject)s, 0, %(address)s, NULL, %(channel)s, true, %(state)s,
        '', 0, %(now)s, %(useless_after)s, '', false, '')
ON CONFLICT DO NOTHING
"""


class Announcement(NamedTuple):
    """One thing to tell one login; `sequence` 0 is the first message about the subject, then each nag.

    Quiet hours do not hold back what is urgent; what concerns the safety of a login always is, and of a timed topic
    the first message.
    """

    subject_id: UUID
    recipient_id: UUID
    sequence: int = 0
    is_urgent: bool = False


def announce(topic: str, *, subject_id: UUID, recipient_ids: Iterable[UUID], now: datetime) -> None:
    """Tell each recipient once about the subject: in the inbox, and outside of it as each prefers."""
    announce_many(topic, [Announcement(subject_id, recipient) for recipient in recipient_ids], now=now)


def announce_many(topic: str, announcements: Sequence[Announcement], *, now: datetime) -> None:
    """Tell many at once, in one statement; what was told before is not told again. Raises KeyError: no such topic."""
    if not announcements:
        return
    names = ("subjects", "recipients", "sequences", "urgent")
    columns = map(list, zip(*announcements, strict=True))
    announce_found(topic, found=NAMED, answer="SELECT", given=dict(zip(names, columns, strict=True)), now=now)


def announce_found(
    topic: str, *, found: str, answer: str, given: Mapping[str, Any], now: datetime
) -> list[tuple[Any, ...]]:
    """Tell everybody whom a statement finds, in that very statement, and return the rows that it answers with.

    `found` are the parts of its WITH, of which `told` has the columns of an Announcement. Raises KeyError: no such
    topic.
    """
    owned = topic_named(topic)
    always = {
        "kind": owned.kind.value,
        "is_timed": owned.is_timed,
        "is_security": owned.kind == Kind.SECURITY,
        "waiting": [state.value for state in OPEN_STATES],
        "email": Channel.EMAIL.value,
        "sms": Channel.SMS.value,
    }
    return _write(ANNOUNCE.format(found=found, answer=answer), topic, {**given, **always}, now)


def announce_to_address(
    topic: str, *, subject_id: UUID, address: str, channel: Channel = Channel.EMAIL, now: datetime
) -> None:
    """Tell somebody without a login once about the subject, at a bare address of the channel: there is no inbox."""
    _write(ANNOUNCE_TO_ADDRESS, topic, {"subject": subject_id, "address": address, "channel": channel.value}, now)


def announce_to_contact(topic: str, *, subject_id: UUID, phone: str, email: str, now: datetime) -> None:
    """Tell somebody without a login once: by text message where that is possible, else by e-mail, else not at all."""
    if phone and settings.SMS_URL:
        announce_to_address(topic, subject_id=subject_id, address=phone, channel=Channel.SMS, now=now)
    elif email:
        announce_to_address(topic, subject_id=subject_id, address=email, now=now)


def _write(statement: str, topic: str, given: dict[str, Any], now: datetime) -> list[tuple[Any, ...]]:
    useless_after = now + topic_named(topic).good_for
    always: dict[str, Any] = {
        "topic": topic,
        "now": now,
        "useless_after": useless_after,
        "state": DeliveryState.PENDING.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, {**given, **always})
        rows = cursor.fetchall() if cursor.description else []
    wake_after_commit("deliveries")
    return rows
