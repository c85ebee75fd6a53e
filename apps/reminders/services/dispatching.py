"""Reminding: what is due is claimed and announced in one transaction, thousands of doses at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from apps.notifications.services.announcing import Announcement, announce_many
from apps.patients.models import Caregiver

BATCH = 5_000

# Claim and ledger rows commit together, so a kill loses nothing and repeats nothing: it needs no lease of its own, the
# deliveries that it writes have one. A dose whose plan, generation, relationship or window is over is not claimed; the
# roll-over writes it off. A dose told of for the first time long after it was due, because the house was away, is told
# of once, as late, and not nagged about.
CLAIM = """
WITH due AS (
    SELECT dose.id, plan.patient_id, plan.nag_minutes, plan.escalate_after, plan.is_time_critical
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
        told_at = COALESCE(dose.told_at, %(now)s),
        next_reminder_at = CASE
            WHEN dose.told_at IS NULL AND dose.due_at < %(late)s THEN NULL
            WHEN %(now)s::timestamptz + due.nag_minutes * interval '1 minute' < dose.misses_at
            THEN %(now)s::timestamptz + due.nag_minutes * interval '1 minute'
        END
    FROM due WHERE dose.id = due.id
    RETURNING dose.id, due.patient_id, dose.reminders_sent - 1 AS sequence,
        due.escalate_after > 0 AND due.escalate_after = dose.reminders_sent - 1 AS escalates,
        due.is_time_critical
)
SELECT claimed.id, claimed.patient_id, management.user_id, claimed.sequence, claimed.escalates,
    claimed.is_time_critical
FROM claimed
LEFT JOIN (
    patients_management management JOIN accounts_user login ON login.id = management.user_id AND login.is_active
) ON management.patient_id = claimed.patient_id AND management.ended_at IS NULL
"""


class Reminder(NamedTuple):
    """A claimed dose and one login that manages its patient, if any; `sequence` 0 is no nag yet."""

    dose_id: UUID
    patient_id: UUID
    user_id: UUID | None
    sequence: int
    escalates: bool
    is_time_critical: bool


def dispatch_due_doses(*, now: datetime, batch: int = BATCH) -> int:
    """Mark every dose due at `now` as due, remind (again) whoever manages the patient, and return how many doses.

    After as many nags as the plan says the patient's caregivers are told too. Announces `dose_due`, `dose_unanswered`.
    """
    total = 0
    while doses := _dispatch_batch(now, batch):
        total += doses
        if doses < batch:
            break
    return total


def _dispatch_batch(now: datetime, limit: int) -> int:
    with transaction.atomic():
        reminders = _claim(now, limit)
        told = [
            Announcement(each.dose_id, each.user_id, each.sequence, each.is_time_critical)
            for each in reminders
            if each.user_id
        ]
        announce_many("dose_due", told, now=now)
        _escalate([each for each in reminders if each.escalates], now)
    return len({each.dose_id for each in reminders})


def _claim(now: datetime, limit: int) -> list[Reminder]:
    late = now - timedelta(minutes=settings.DOSE_LATE_MINUTES)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "limit": limit, "late": late})
        return [Reminder(*row) for row in cursor.fetchall()]


def _escalate(unanswered: Sequence[Reminder], now: datetime) -> None:
    """Tell the caregivers whom the patients chose; each row of them is a consent."""
    if not unanswered:
        return
    doses = {each.dose_id: (each.patient_id, each.is_time_critical) for each in unanswered}
    chosen = Caregiver.objects.filter(
        patient__in={patient for patient, _ in doses.values()}, ended_at=None, user__is_active=True
    )
    caregivers = list(chosen.values_list("patient", "user"))
    told = [
        Announcement(dose, user, is_urgent=is_time_critical)
        for dose, (patient, is_time_critical) in doses.items()
        for whose, user in caregivers
        if whose == patient
    ]
    announce_many("dose_unanswered", told, now=now)
