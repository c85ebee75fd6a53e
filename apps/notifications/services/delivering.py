"""Working the ledger off: claim, commit, ask whether it is still wanted, send, record."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.db.models import F
from django.utils import timezone

from apps.core.ids import uuid7
from apps.notifications import channels
from apps.notifications.choices import DeliveryState
from apps.notifications.letters import write_letter
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
    deliveries = Delivery.objects.filter(pk__in=claimed, lease=lease).select_related("user").order_by("id")
    sent = 0
    with channels.mail_connection() as mail:
        for delivery, message in _still_wanted(lease, deliveries, clock):
            if _is_time_left(delivery, now=clock()):
                sent += _send(lease, delivery, message, mail, clock)
            else:
                _give_back(lease, delivery, now=clock())
    return sent


def _still_wanted(
    lease: UUID, deliveries: Iterable[Delivery], clock: Callable[[], datetime]
) -> Iterator[tuple[Delivery, Message]]:
    """Yield what its topic still wants, now that its time has come, with the words; drop the rest."""
    for topic, group in _by_topic(deliveries).items():
        try:
            messages = _messages(topic, [delivery.subject_id for delivery in group])
        except Exception as failure:  # A topic that fails must not hold up the others.
            for delivery in group:
                _retry_later(lease, delivery, failure, now=clock())
            continue
        _record(lease, [d for d in group if d.subject_id not in messages], state=DeliveryState.DROPPED, now=clock())
        yield from ((delivery, messages[delivery.subject_id]) for delivery in group if delivery.subject_id in messages)


def _messages(topic: str, subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    """Return the words about each subject that is still there and still wanted."""
    owner = topic_named(topic)
    return owner.render(list(owner.still_wanted(subject_ids)))


def _is_time_left(delivery: Delivery, *, now: datetime) -> bool:
    """Return whether one more conversation fits into the lease."""
    reserve = min(timedelta(seconds=settings.EMAIL_TIMEOUT), _lease_time() / 2)
    return now <= delivery.next_attempt_at - reserve


def _give_back(lease: UUID, delivery: Delivery, *, now: datetime) -> None:
    """Let somebody begin afresh; what was not tried does not count as an attempt."""
    attempts = F("attempts") - 1
    _record(lease, [delivery], state=DeliveryState.PENDING, now=now, next_attempt_at=now, attempts=attempts)


def _send(
    lease: UUID, delivery: Delivery, message: Message, mail: BaseEmailBackend, clock: Callable[[], datetime]
) -> bool:
    address = delivery.user.email if delivery.user else delivery.recipient
    try:
        channels.send_email(mail, address=address, letter=write_letter(message), key=delivery.pk)
    except channels.Refused as refusal:
        _record(lease, [delivery], state=DeliveryState.FAILED, now=clock(), last_failure=str(refusal))
        return False
    except channels.AnswerLost as silence:
        _retry_later(lease, delivery, silence, now=clock(), may_be_repeated=True)
        return False
    except Exception as failure:  # One message must not hold up the rest, whatever is wrong with it.
        _retry_later(lease, delivery, failure, now=clock())
        return False
    _record(lease, [delivery], state=DeliveryState.SENT, now=clock(), sent_at=clock())
    return True


def _retry_later(lease: UUID, delivery: Delivery, failure: Exception, *, now: datetime, **columns: object) -> None:
    is_last = delivery.attempts >= settings.DELIVERY_MAX_ATTEMPTS
    wait = min(SHORTEST_WAIT * 2 ** min(delivery.attempts - 1, 10), LONGEST_WAIT)
    state = DeliveryState.FAILED if is_last else DeliveryState.PENDING
    reason = type(failure).__name__
    logger.warning("delivery failed", extra={"delivery": str(delivery.pk), "reason": reason, "gives_up": is_last})
    _record(lease, [delivery], state=state, now=now, last_failure=reason, next_attempt_at=now + wait, **columns)


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


def _lease_time() -> timedelta:
    return timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
