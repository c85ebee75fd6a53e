"""What time itself decides: requests that nobody answered, visits to which nobody came."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from apps.appointments.choices import UNANSWERED, Status
from apps.appointments.messages import tell_about_many
from apps.appointments.models import Appointment
from apps.core.models import AuditEvent
from apps.core.zones import zone, zone_names

BATCH = 1_000

# Two beats at once take different rows (SKIP LOCKED), and what one has changed is no longer waiting for the other.
# The rows are taken in a CTE, which is read once: a plan may run a subquery again for each row, past its limit.
REJECT_UNANSWERED = """
WITH unanswered AS (
    SELECT id FROM appointments_appointment
    WHERE status = 'REQUESTED' AND starts_at <= %(now)s
    ORDER BY starts_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE appointments_appointment AS closed
SET status = 'REJECTED', cancelled_reason = %(reason)s, updated_at = %(now)s
FROM unanswered WHERE closed.id = unanswered.id
RETURNING closed.id, closed.patient_id, closed.hospital_id
"""

# The end of a day is another moment in each zone; which day it is where is computed here, from the pinned zones.
MARK_MISSED = """
WITH today AS (
    SELECT * FROM unnest(%(zones)s::text[], %(days)s::date[]) AS today(zone, day)
), missed AS (
    SELECT held.id
    FROM appointments_appointment held
    JOIN hospitals_doctor doctor ON doctor.id = held.doctor_id
    LEFT JOIN hospitals_hospital hospital ON hospital.id = doctor.hospital_id
    JOIN today ON today.zone = COALESCE(hospital.time_zone, doctor.time_zone)
    WHERE held.status = 'CONFIRMED' AND held.starts_at <= %(now)s AND held.ends_at <= %(now)s
      AND held.local_date < today.day
    ORDER BY held.starts_at LIMIT %(limit)s FOR UPDATE OF held SKIP LOCKED
)
UPDATE appointments_appointment AS closed SET status = 'NO_SHOW', updated_at = %(now)s
FROM missed WHERE closed.id = missed.id
RETURNING closed.id, closed.patient_id, closed.hospital_id
"""


class Closed(NamedTuple):
    """How many appointments one run closed."""

    unanswered: int
    missed: int


class _Row(NamedTuple):
    id: UUID
    patient_id: UUID
    hospital_id: UUID | None


def close_overdue(*, now: datetime, batch: int = BATCH) -> Closed:
    """Reject the requests whose time has come, and mark the visits missed whose day is over where they were.

    Who has checked in is not missed. Announces `appointment_rejected`.
    """
    unanswered = _each_batch(REJECT_UNANSWERED, {"reason": UNANSWERED}, Status.REJECTED, now, batch)
    days = {name: now.astimezone(zone(name)).date() for name in zone_names()}
    missed = _each_batch(MARK_MISSED, {"zones": list(days), "days": list(days.values())}, Status.NO_SHOW, now, batch)
    return Closed(unanswered, missed)


def _each_batch(statement: str, given: dict[str, Any], target: Status, now: datetime, limit: int) -> int:
    total, count = 0, limit
    while count == limit:
        with transaction.atomic():
            rows = _close(statement, {**given, "now": now, "limit": limit})
            _record(rows, target, now)
            if target == Status.REJECTED:
                tell_about_many("appointment_rejected", [row.id for row in rows], now=now)
        count = len(rows)
        total += count
    return total


def _close(statement: str, given: dict[str, Any]) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [_Row(*row) for row in cursor.fetchall()]


def _record(rows: list[_Row], target: Status, now: datetime) -> None:
    AuditEvent.objects.bulk_create(
        AuditEvent(
            at=now,
            action=f"appointment_{target.lower()}",
            subject_type=Appointment._meta.label_lower,
            subject_id=row.id,
            concerns_id=row.patient_id,
            tenant_id=row.hospital_id,
        )
        for row in rows
    )
