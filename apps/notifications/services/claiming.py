"""The ledger's own writes while messages go out: claim, begin, record, each fenced by the lease."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F

from apps.core.ids import uuid7
from apps.notifications.choices import DeliveryState, Reason
from apps.notifications.models import Delivery
from apps.notifications.querysets import DeliveryQuerySet

# A row that was being sent when its lease ran out belonged to a worker that vanished: the provider may have it already.
# A CTE, for it is read once: as a subquery a plan may run it again for each row, and each time it locks another batch.
CLAIM = """
WITH due AS (
    SELECT id, state FROM notifications_delivery
    WHERE channel = %(channel)s AND state IN ('PENDING', 'CLAIMED', 'SENDING') AND next_attempt_at <= %(now)s
    ORDER BY next_attempt_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE notifications_delivery AS delivery
SET state = 'CLAIMED', lease = %(lease)s, updated_at = %(now)s, next_attempt_at = %(lease_ends)s,
    may_be_repeated = may_be_repeated OR due.state = 'SENDING'
FROM due WHERE delivery.id = due.id
RETURNING delivery.id
"""


@dataclass(frozen=True)
class Lease:
    """The right of one worker to send some messages until it ends; what it writes after that changes nothing."""

    clock: Callable[[], datetime]
    id: UUID = field(default_factory=uuid7)

    def claim(self, channel: str, *, limit: int) -> list[UUID]:
        """Take up to `limit` due messages of a channel, oldest first, and return their ids; commits at once."""
        now = self.clock()
        given: dict[str, Any] = {
            "lease": self.id,
            "now": now,
            "lease_ends": now + lease_time(),
            "channel": channel,
            "limit": limit,
        }
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, given)
            return [row[0] for row in cursor.fetchall()]

    def begin(self, delivery: Delivery) -> bool:
        """Write down that it is being sent, and return whether it is still ours to send.

        So a worker that slept past its lease sends nothing, and only what it was sending when it died is in doubt.
        """
        now = self.clock()
        held = self._held([delivery]).filter(next_attempt_at__gt=now)
        return bool(held.update(state=DeliveryState.SENDING, attempts=F("attempts") + 1, updated_at=now))

    def record(
        self, deliveries: Iterable[Delivery], *, state: DeliveryState, reason: Reason | str = "", **columns: object
    ) -> None:
        """Write the outcome and let go, unless the lease has passed to another worker in the meantime."""
        columns = {"state": state, "reason": reason, "lease": None, "updated_at": self.clock(), **columns}
        self._held(deliveries).update(**columns)

    def give_back(self, deliveries: Iterable[Delivery]) -> None:
        """Let somebody begin afresh with what was not tried; why it waits stands as it stood."""
        now = self.clock()
        self._held(deliveries).update(state=DeliveryState.PENDING, lease=None, next_attempt_at=now, updated_at=now)

    def _held(self, deliveries: Iterable[Delivery]) -> DeliveryQuerySet:
        return Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries], lease=self.id)


def lease_time() -> timedelta:
    """Return for how long a worker owns what it claimed."""
    return timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
