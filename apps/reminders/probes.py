"""What reminders tell the people on call: how late the oldest due dose is."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from apps.core.health import Probe, ProbeResult, register_probe
from apps.core.ids import first_uuid7_at
from apps.reminders.choices import DoseState
from apps.reminders.models import Dose

LATEST_SECONDS = 120


def register() -> None:
    """Add the probe behind `health/dispatch/`."""
    register_probe(Probe("dispatch", ask_dispatch))


def ask_dispatch(now: datetime) -> ProbeResult:
    """Tell how many seconds ago the oldest dose fell due that nobody was reminded of yet."""
    waiting = Dose.objects.open(now=now).filter(state=DoseState.SCHEDULED, next_reminder_at__lte=now)
    oldest = waiting.order_by("next_reminder_at").values_list("next_reminder_at", flat=True).first()
    seconds = int((now - oldest).total_seconds()) if oldest else 0
    return ProbeResult(is_well=seconds <= LATEST_SECONDS, facts={"oldest_due_seconds": seconds})


class Lateness(NamedTuple):
    """Seconds between a dose's due time and its first reminder: of a hundred doses, so many were told of faster."""

    told: int
    half: float
    ninety_five: float
    ninety_nine: float


LATENESS = """
SELECT count(*), coalesce(percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
           ORDER BY extract(epoch FROM told.created_at - dose.due_at)), ARRAY[0, 0, 0]::float8[])
FROM notifications_notification told JOIN reminders_dose dose ON dose.id = told.subject_id
WHERE told.topic = 'dose_due' AND told.id >= %(first)s
"""


def lateness(*, now: datetime, hours: int = 24) -> Lateness:
    """Return how late the doses of the last hours were told of."""
    with connection.cursor() as cursor:
        # Ids begin with the time, so the primary key finds the last hours.
        cursor.execute(LATENESS, {"first": first_uuid7_at(now - timedelta(hours=hours))})
        told, percentiles = cursor.fetchone()
    return Lateness(told, *percentiles)


def doses_waiting(*, now: datetime) -> int:
    """Return how many doses are due that nobody was reminded of yet."""
    return Dose.objects.open(now=now).filter(state=DoseState.SCHEDULED, next_reminder_at__lte=now).count()
