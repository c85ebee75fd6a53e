"""Missed doses: each adds one at the end, until as many were added as were promised; then the plan lapses."""

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.notifications.services.announcing import announce
from apps.reminders.choices import OPEN_DOSES, DoseState, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services.laying_out import new_dose
from apps.reminders.services.plans import cancel_outdated_plans, close_open_doses, complete_when_done, move

logger = logging.getLogger(__name__)

BATCH = 200


def roll_over_missed_doses(*, now: datetime) -> int:
    """Write off outdated plans, mark what was missed, extend or lapse the plans, and return how many were missed.

    A plan that fails is logged and passed over: it must not keep the others from being rolled over.
    """
    cancel_outdated_plans(now=now)
    end_as_needed_plans(now=now)
    missed, last = 0, UUID(int=0)
    while plan_ids := _plans_with_a_miss(now, after=last):
        missed += sum(_roll_over_safely(plan_id, now) for plan_id in plan_ids)
        last = plan_ids[-1]
    return missed


def end_as_needed_plans(*, now: datetime) -> int:
    """Complete the as-needed plans whose days are over, and return how many that were."""
    over = ActionPlan.objects.filter(state=PlanState.ACTIVE, ends_at__lte=now)
    with transaction.atomic():
        plans = list(over.order_by("pk").select_for_update(of=("self",), skip_locked=True)[:BATCH])
        close_open_doses([plan.pk for plan in plans], now=now)
        for plan in plans:
            complete_when_done(plan, now=now)
    return len(plans)


def roll_over_plan(plan: ActionPlan, *, now: datetime) -> int:
    """Roll a locked plan over until nothing of it is overdue, and return how many doses were missed.

    After a long standstill what a miss added is missed too. Part of the caller's transaction.
    """
    missed = 0
    while plan.state == PlanState.ACTIVE and (found := _roll_over(plan, now)):
        missed += found
    if missed:
        complete_when_done(plan, now=now)
    return missed


def _plans_with_a_miss(now: datetime, *, after: UUID) -> list[UUID]:
    overdue = Dose.objects.filter(state__in=OPEN_DOSES, misses_at__lte=now)
    plans = overdue.filter(plan__state=PlanState.ACTIVE, plan__gt=after).order_by("plan")
    return list(plans.values_list("plan", flat=True).distinct()[:BATCH])


def _roll_over_safely(plan_id: UUID, now: datetime) -> int:
    try:
        with transaction.atomic():
            # The plan's lock comes before its doses', as everywhere (docs/locking.md).
            locked = ActionPlan.objects.filter(pk=plan_id, state=PlanState.ACTIVE)
            plan = locked.select_for_update(skip_locked=True).first()
            return roll_over_plan(plan, now=now) if plan else 0
    except Exception:
        logger.exception("roll-over failed", extra={"plan_id": str(plan_id)})
        return 0


def _roll_over(plan: ActionPlan, now: datetime) -> int:
    missed = list(plan.doses.filter(state__in=OPEN_DOSES, misses_at__lte=now).order_by("number"))
    for dose in missed:
        dose.state, dose.next_reminder_at = DoseState.MISSED, None
    Dose.objects.bulk_update(missed, ["state", "next_reminder_at"])
    made_up = set(plan.doses.filter(makes_up_for__in=missed).values_list("makes_up_for", flat=True))
    for dose in missed:
        if dose.pk in made_up:  # An answer that was taken back: its miss had added a dose before, which stayed.
            continue
        if plan.added_doses >= plan.promised_doses * settings.DOSE_EXTENSION_LIMIT:
            _lapse(plan, now)
            break
        _add_dose(plan, missed=dose)
    plan.save(update_fields=["added_doses", "updated_at"])
    return len(missed)


def _add_dose(plan: ActionPlan, *, missed: Dose) -> None:
    """Add one dose after the last one, one period later: spacing stays, the end date follows."""
    number, due_at = plan.doses.order_by("-number").values_list("number", "due_at")[0]
    calendar = plan.calendar
    time = calendar.next_after(due_at)
    misses_at = calendar.missed_from(time, calendar.next_after(time.due_at).due_at)
    added = new_dose(plan, number + 1, time, misses_at)
    added.makes_up_for = missed
    added.save(force_insert=True)
    plan.added_doses += 1


def _lapse(plan: ActionPlan, now: datetime) -> None:
    """Stop reminding a patient who never answers, and tell the doctor."""
    close_open_doses([plan.pk], now=now)
    move(plan, to=PlanState.LAPSED, actor=None, action="plan_lapsed", now=now)
    announce("plan_lapsed", subject_id=plan.pk, recipient_ids=[plan.relationship.doctor.user_id], now=now)
