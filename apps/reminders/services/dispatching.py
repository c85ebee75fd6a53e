"""Reminding: what is due is claimed and announced in one transaction, thousands of doses at a time."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from apps.notifications.services.announcing import Announcement, announce_many

BATCH = 5_000

# Claim and ledger rows commit together, so a kill loses nothing and repeats nothing. A dose whose plan,
# generation, relationship or window is over is not claimed; the roll-over writes it off.
CLAIM = """
WITH due AS (
    SELECT dose.id, plan.patient_id, plan.nag_minutes
    FROM reminders_dose dose
    JOIN reminders_actionplan plan ON plan.id = dose.plan_id AND plan.state = 'ACTIVE'
    JOIN patients_carerelationship care
        ON care.id = plan.relationship_id AND care.generation = plan.generation
        AND care.ended_at IS NULL AND (care.ends_at IS NULL OR care.ends_at > %(now)s)
    WHERE dose.state IN ('SCHEDULED', 'DUE') AND dose.next_reminder_at <= %(now)s AND dose.misses_at > %(now)s
    ORDER BY dose.next_reminder_at LIMIT %(limit)s
    FOR UPDATE OF dose SKIP LOCKED
), claimed AS (
    UPDATE reminders_dose AS dose
    SET state = 'DUE', reminders_sent = reminders_sent + 1, updated_at = %(now)s,
        next_reminder_at = CASE
            WHEN %(now)s::timestamptz + due.nag_minutes * interval '1 minute' < dose.misses_at
            THEN %(now)s::timestamptz + due.nag_minutes * interval '1 minute'
        END
    FROM due WHERE dose.id = due.id
    RETURNING dose.id, due.patient_id, dose.reminders_sent - 1 AS sequence
)
SELECT claimed.id, management.user_id, claimed.sequence
FROM claimed
LEFT JOIN (
    patients_management management JOIN accounts_user login ON login.id = management.user_id AND login.is_active
) ON management.patient_id = claimed.patient_id AND management.ended_at IS NULL
"""


class Dispatched(NamedTuple):
    """What one batch did."""

    doses: int
    announcements: int


def dispatch_due_doses(*, now: datetime, batch: int = BATCH) -> int:
    """Mark every dose due at `now` as due, remind (again) whoever manages the patient, and return how many doses."""
    total = 0
    while (dispatched := _dispatch_batch(now, batch)).doses:
        total += dispatched.doses
        if dispatched.doses < batch:
            break
    return total


def _dispatch_batch(now: datetime, limit: int) -> Dispatched:
    with transaction.atomic():
        rows = _claim(now, limit)
        announcements = [Announcement(dose, user, sequence) for dose, user, sequence in rows if user]
        announce_many("dose_due", announcements, now=now)
    return Dispatched(len({dose for dose, _, _ in rows}), len(announcements))


def _claim(now: datetime, limit: int) -> list[tuple[UUID, UUID | None, int]]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "limit": limit})
        rows: list[tuple[UUID, UUID | None, int]] = cursor.fetchall()
    return rows
