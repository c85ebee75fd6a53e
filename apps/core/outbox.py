"""Telling the floors above: events written with the change that caused them, relayed after commit and by beat."""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.core.models import OutboxEvent
from apps.core.wakeups import wake_after_commit

logger = logging.getLogger(__name__)

Listener = Callable[[OutboxEvent], None]
_listeners: defaultdict[str, list[Listener]] = defaultdict(list)

LONGEST_WAIT = timedelta(hours=1)
MOST_DOUBLINGS = 12  # 2^12 seconds are longer than the longest wait; 2^47 are more than a timedelta can hold.


def publish(topic: str, **ids: UUID | list[UUID]) -> None:
    """Announce `topic` to its listeners once the present transaction has committed; the event carries ids only."""
    payload = {name: [str(i) for i in value] if isinstance(value, list) else str(value) for name, value in ids.items()}
    OutboxEvent.objects.create(topic=topic, ids=payload)
    wake_after_commit("outbox")


def listen(topic: str, listener: Listener) -> None:
    """Call `listener` for each event of `topic`, in a transaction, at least once: it must be idempotent."""
    if listener not in _listeners[topic]:
        _listeners[topic].append(listener)


def relay_outbox(*, now: datetime, limit: int = 500) -> int:
    """Hand waiting events to their listeners, oldest first, and return how many were relayed."""
    relayed = 0
    for _ in range(limit):
        outcome = _relay_next(now)
        if outcome is None:
            break
        relayed += outcome
    return relayed


def _relay_next(now: datetime) -> bool | None:
    """Relay one event: what its listeners write commits together with the mark that it was relayed."""
    with transaction.atomic():
        waiting = OutboxEvent.objects.filter(relayed_at=None, retry_at__lte=now)
        # SKIP LOCKED: two relays share the work instead of queueing behind each other.
        event = waiting.order_by("retry_at", "id").select_for_update(skip_locked=True).first()
        if event is None:
            return None
        event.attempts += 1
        try:
            with transaction.atomic():
                for listener in _listeners[event.topic]:
                    listener(event)
            event.relayed_at = now
        except Exception as failure:
            # Pushed ahead before anything else can fail: one poisonous event must not stop the rest.
            wait = timedelta(seconds=2 ** min(event.attempts, MOST_DOUBLINGS))
            event.retry_at = now + min(wait, LONGEST_WAIT)
            event.last_failure = type(failure).__name__
            logger.exception("outbox listener failed", extra={"topic": event.topic, "event_id": str(event.pk)})
        event.save(update_fields=["attempts", "relayed_at", "retry_at", "last_failure"])
    return event.relayed_at is not None
