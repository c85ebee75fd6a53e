"""Working the ledger off: claim, commit, ask whether it is still wanted, send, record."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.utils import timezone

from apps.core.ids import uuid7
from apps.notifications import channels
from apps.notifications.choices import DeliveryState
from apps.notifications.models import Delivery
from apps.notifications.topics import Message, topic_named

logger = logging.getLogger(__name__)

BATCH = 50
SHORTEST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)

# A row whose lease ran out was claimed by a worker that vanished: the provider may have it already.
CLAIM = """
UPDATE notifications_delivery AS delivery
SET state = 'SENDING', lease = %(lease)s, attempts = attempts + 1, updated_at = %(now)s,
    next_attempt_at = %(lease_ends)s, may_be_repeated = may_be_repeated OR due.state = 'SENDING'
FROM (
    SELECT id, state FROM notifications_delivery
    WHERE state IN ('PENDING', 'SENDING') AND next_attempt_at <= %(now)s
    ORDER BY next_attempt_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) AS due
WHERE delivery.id = due.id
RETURNING delivery.id
"""


def deliver_pending(*, clock: Callable[[], datetime] = timezone.now, batches: int = 20) -> int:
    """Send what is due, in up to `batches` batches, and return how many messages the providers took."""
    sent = 0
    for _ in range(batches):
        lease = uuid7()
        claimed = claim_deliveries(lease=lease, now=clock(), limit=BATCH)
        if not claimed:
            break
        sent += _work_off(lease, claimed, clock)
    return sent


def claim_deliveries(*, lease: UUID, now: datetime, limit: int) -> list[UUID]:
    """Lease up to `limit` due deliveries to the holder of `lease` and return their ids; commits at once."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": lease, "now": now, "lease_ends": now + _lease_time(), "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def _work_off(lease: UUID, claimed: Sequence[UUID], clock: Callable[[], datetime]) -> int:
    deliveries = list(Delivery.objects.filter(pk__in=claimed, lease=lease).select_related("user"))
    wanted = _still_wanted(deliveries)
    _record(lease, [d for d in deliveries if d not in wanted], state=DeliveryState.DROPPED, now=clock())
    messages = _render(wanted)
    sent = 0
    with channels.mail_connection() as mail:
        for delivery in wanted:
            if clock() > delivery.next_attempt_at - timedelta(seconds=settings.EMAIL_TIMEOUT):
                _release(lease, delivery, now=clock())  # The lease is nearly over: somebody else shall begin afresh.
                continue
            sent += _send(lease, delivery, messages[delivery.topic, delivery.subject_id], mail, clock)
    return sent


def _send(
    lease: UUID, delivery: Delivery, message: Message, mail: BaseEmailBackend, clock: Callable[[], datetime]
) -> bool:
    assert delivery.user is not None  # noqa: S101 - e-mail is announced to logins only
    try:
        channels.send_email(
            mail, address=delivery.user.email, title=str(message.title), body=str(message.body), key=delivery.pk
        )
    except channels.Refused as refusal:
        _record(lease, [delivery], state=DeliveryState.FAILED, now=clock(), last_failure=str(refusal))
        return False
    except (SMTPException, OSError) as failure:
        _retry_later(lease, delivery, failure, now=clock())
        mail.close()  # The next message begins a new conversation.
        return False
    _record(lease, [delivery], state=DeliveryState.SENT, now=clock(), sent_at=clock())
    return True


def _retry_later(lease: UUID, delivery: Delivery, failure: Exception, *, now: datetime) -> None:
    is_last = delivery.attempts >= settings.DELIVERY_MAX_ATTEMPTS
    wait = min(SHORTEST_WAIT * 2 ** (delivery.attempts - 1), LONGEST_WAIT)
    state = DeliveryState.FAILED if is_last else DeliveryState.PENDING
    reason = type(failure).__name__
    logger.warning("delivery failed", extra={"delivery": str(delivery.pk), "reason": reason, "gives_up": is_last})
    _record(lease, [delivery], state=state, now=now, last_failure=reason, next_attempt_at=now + wait)


def _release(lease: UUID, delivery: Delivery, *, now: datetime) -> None:
    _record(lease, [delivery], state=DeliveryState.PENDING, now=now, next_attempt_at=now)


def _record(
    lease: UUID, deliveries: Iterable[Delivery], *, state: DeliveryState, now: datetime, **columns: object
) -> None:
    """Write the outcome, unless the lease has passed to another worker in the meantime."""
    ids = [delivery.pk for delivery in deliveries]
    if ids:
        Delivery.objects.filter(pk__in=ids, lease=lease).update(state=state, lease=None, updated_at=now, **columns)


def _by_topic(deliveries: Iterable[Delivery]) -> Mapping[str, list[Delivery]]:
    grouped = defaultdict(list)
    for delivery in deliveries:
        grouped[delivery.topic].append(delivery)
    return grouped


def _still_wanted(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return the deliveries whose topic still wants them, now that their time has come."""
    wanted = []
    for topic, group in _by_topic(deliveries).items():
        subjects = topic_named(topic).still_wanted([delivery.subject_id for delivery in group])
        wanted += [delivery for delivery in group if delivery.subject_id in subjects]
    return wanted


def _render(deliveries: Iterable[Delivery]) -> Mapping[tuple[str, UUID], Message]:
    return {
        (topic, subject_id): message
        for topic, group in _by_topic(deliveries).items()
        for subject_id, message in topic_named(topic).render([d.subject_id for d in group]).items()
    }


def _lease_time() -> timedelta:
    return timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
