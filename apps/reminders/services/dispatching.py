"""Reminding: what is due is claimed and announced in one transaction, thousands of doses at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, QuerySet

from apps.core.prepared import Given, PreparedQuestion
from apps.notifications.services.announcing import Announcement, announce_found, announce_many
from apps.patients.models import Caregiver
from apps.reminders.choices import OPEN_DOSES
from apps.reminders.models import Dose

BATCH = 5_000

# Claim and ledger rows commit together, so a kill loses nothing and repeats nothing: it needs no lease of its own, the
# deliveries that it writes have one. A dose whose plan, generation, relationship or window is over is not claimed; the
# roll-over writes it off. A dose told of for the first time long after it was due, because the house was away, is told
# of once, as late, and not nagged about. The ledger numbers all reminders of a dose; what is a nag, and how many there
# were, counts from the first one of its present time.
CLAIM = """due AS (
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
        due.escalate_after > 0 AND due.escalate_after = dose.reminders_sent - 1 - dose.told_before AS escalates,
        due.is_time_critical OR dose.reminders_sent - 1 = dose.told_before AS is_urgent
), told AS (
    SELECT claimed.id AS subject_id, management.user_id AS recipient_id, claimed.sequence,
        claimed.is_urgent
    FROM claimed
    JOIN patients_management management
        ON management.patient_id = claimed.patient_id AND management.ended_at IS NULL
    JOIN accounts_user login ON login.id = management.user_id AND login.is_active
)"""
CLAIMED = "SELECT count(*), array_agg(id) FILTER (WHERE escalates) FROM claimed"
# A batch names its rows, but to the planner five thousand of them look like reading through the whole table: with a
# million doses that was half of the time.
BY_INDEX = "SET LOCAL enable_seqscan = off"


def dispatch_due_doses(*, now: datetime, batch: int = BATCH) -> int:
    """Mark every dose due at `now` as due, remind (again) whoever manages the patient, and return how many doses.

    After as many nags as the plan says the patient's caregivers are told too. Announces `dose_due`, `dose_unanswered`.
    """
    if not _DUE.first(now=now):  # As on most beats: planning the claim takes longer than this.
        return 0
    total = 0
    while doses := _dispatch_batch(now, batch):
        total += doses
        if doses < batch:
            break
    return total


def _first_due() -> QuerySet[Dose, Any]:
    due = Dose.objects.filter(state__in=OPEN_DOSES, next_reminder_at__lte=Given("now", DateTimeField()))
    return due.order_by("next_reminder_at").values_list("pk")[:1]  # In the order of the index, or it is not used.


_DUE = PreparedQuestion(_first_due)


def _dispatch_batch(now: datetime, limit: int) -> int:
    late = now - timedelta(minutes=settings.DOSE_LATE_MINUTES)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(BY_INDEX)
        given = {"limit": limit, "late": late}
        [(doses, unanswered)] = announce_found("dose_due", found=CLAIM, answer=CLAIMED, given=given, now=now)
        if unanswered:
            _escalate(unanswered, now)
    return int(doses)


def _escalate(dose_ids: Sequence[UUID], now: datetime) -> None:
    """Tell the caregivers whom the patients chose; each row of them is a consent."""
    columns = ("pk", "plan__patient", "told_before", "plan__is_time_critical")
    doses = Dose.objects.filter(pk__in=dose_ids).values_list(*columns)
    patients = {patient for _, patient, _, _ in doses}
    chosen = Caregiver.objects.filter(patient__in=patients, ended_at=None, user__is_active=True)
    caregivers = list(chosen.values_list("patient", "user"))
    told = [
        Announcement(dose, user, told_before, is_time_critical)
        for dose, patient, told_before, is_time_critical in doses
        for whose, user in caregivers
        if whose == patient
    ]
    announce_many("dose_unanswered", told, now=now)
