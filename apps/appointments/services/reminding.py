"""Reminding of visits a day and two hours before, asked of the rows: a moved visit needs no event."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from apps.appointments.choices import DAY_BEFORE, HOURS_BEFORE
from apps.notifications.services.announcing import Announcement, announce_many

BATCH = 2_000
# Each topic, and the column that says of which start it was told.
DAY = ("appointment_day_before", "reminded_day_before")
HOURS = ("appointment_hours_before", "reminded_hours_before")

# Which start was reminded of stands in the row, so that a visit at another time is due again. Claim and ledger rows
# commit together; two beats take different rows. Who booked when the reminder was due already knows.
CLAIM = """
WITH due AS (
    SELECT id FROM appointments_appointment
    WHERE status = 'CONFIRMED' AND starts_at > %(after)s AND starts_at <= %(until)s
      AND {column} IS DISTINCT FROM starts_at AND created_at <= starts_at - %(ahead)s::interval
    ORDER BY starts_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE appointments_appointment AS visit SET {column} = visit.starts_at
    FROM due WHERE visit.id = due.id
    RETURNING visit.id, visit.patient_id, visit.move_count
)
SELECT claimed.id, management.user_id, claimed.move_count
FROM claimed
LEFT JOIN (
    patients_management management JOIN accounts_user login ON login.id = management.user_id AND login.is_active
) ON management.patient_id = claimed.patient_id AND management.ended_at IS NULL
"""


def remind_of_visits(*, now: datetime, batch: int = BATCH) -> int:
    """Remind whoever manages the patient of each confirmed visit that is a day, or two hours, away.

    The first only until the second is due. Returns how many reminders were given. Announces
    `appointment_day_before` and `appointment_hours_before`.
    """
    a_day_before = _remind(DAY, ahead=DAY_BEFORE, after=now + HOURS_BEFORE, now=now, limit=batch)
    return a_day_before + _remind(HOURS, ahead=HOURS_BEFORE, after=now, now=now, limit=batch)


def _remind(told: tuple[str, str], *, ahead: timedelta, after: datetime, now: datetime, limit: int) -> int:
    topic, column = told
    total, count = 0, limit
    while count == limit:
        with transaction.atomic():
            rows = _claim(column, {"after": after, "until": now + ahead, "ahead": ahead, "limit": limit})
            announce_many(topic, [Announcement(visit, user, moves) for visit, user, moves in rows if user], now=now)
        count = len({visit for visit, _, _ in rows})
        total += count
    return total


def _claim(column: str, given: dict[str, Any]) -> list[tuple[UUID, UUID | None, int]]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(column=column), given)
        rows: list[tuple[UUID, UUID | None, int]] = cursor.fetchall()
    return rows
