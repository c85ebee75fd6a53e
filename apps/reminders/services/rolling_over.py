"""Missed doses: each adds one at the end, until as many were added as were promised; then the plan lapses."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.core.zones import zone
from apps.notifications.services.announcing import announce
from apps.reminders.choices import OPEN_DOSES, DoseState, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.schedule import next_dose
from apps.reminders.services.plans import (
    cancel_outdated_plans,
    close_open_doses,
    new_dose,
)

BATCH = 200


def roll_over_missed_doses(*, now: datetime) -> int:
    """Write off outdated plans, mark what was missed, extend or lapse the plans, and return how many were missed."""
    cancel_outdated_plans(now=now)
    missed = 0
    while found := _roll_over_batch(now):
        missed += found
    return missed


def _roll_over_batch(now: datetime) -> int:
    overdue = Dose.objects.filter(plan=OuterRef("pk"), state__in=OPEN_DOSES, misses_at__lte=now)
    with transaction.atomic():
        # The plan's lock comes before its doses', as everywhere (docs/locking.md).
        plans = ActionPlan.objects.filter(Exists(overdue), state=PlanState.ACTIVE).order_by("pk")
        return sum(_roll_over(plan, now) for plan in plans.select_for_update(of=("self",), skip_locked=True)[:BATCH])


def _roll_over(plan: ActionPlan, now: datetime) -> int:
    missed = list(plan.doses.filter(state__in=OPEN_DOSES, misses_at__lte=now).order_by("number"))
    for dose in missed:
        dose.state, dose.next_reminder_at = DoseState.MISSED, None
    Dose.objects.bulk_update(missed, ["state", "next_reminder_at"])
    for dose in missed:
        if plan.added_doses >= plan.promised_doses * settings.DOSE_EXTENSION_LIMIT:
            _lapse(plan, now)
            break
        _add_dose(plan, missed=dose)
    plan.save(update_fields=["added_doses", "updated_at"])
    return len(missed)


def _add_dose(plan: ActionPlan, *, missed: Dose) -> None:
    """Add one dose after the last one, one period later: spacing stays, the end date follows."""
    last = plan.doses.order_by("-number").values_list("number", "due_at").first()
    assert last is not None  # noqa: S101 - an active plan has doses
    assert plan.activated_at is not None  # noqa: S101 - an active plan was activated
    number, due_at = last
    area = zone(plan.time_zone)
    time = next_dose(plan.schedule, area, after=due_at, anchor=plan.activated_at)
    after = next_dose(plan.schedule, area, after=time.due_at, anchor=plan.activated_at)
    added = new_dose(plan, number + 1, time, after)
    added.makes_up_for = missed
    added.save(force_insert=True)
    plan.added_doses += 1


def _lapse(plan: ActionPlan, now: datetime) -> None:
    """Stop reminding a patient who never answers, and tell the doctor."""
    close_open_doses([plan.pk])
    plan.state, plan.ended_at = PlanState.LAPSED, now
    plan.save(update_fields=["state", "ended_at", "updated_at"])
    doctor_id = plan.relationship.doctor.user_id
    announce("plan_lapsed", subject_id=plan.pk, recipient_ids=[doctor_id], now=now)
