"""Missed doses: each adds one at the end, until as many were added as were promised; then the plan lapses."""

import logging
from datetime import datetime
from uuid import UUID

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

logger = logging.getLogger(__name__)

BATCH = 200


def roll_over_missed_doses(*, now: datetime) -> int:
    """Write off outdated plans, mark what was missed, extend or lapse the plans, and return how many were missed.

    A plan that fails is logged and passed over: it must not keep the others from being rolled over.
    """
    cancel_outdated_plans(now=now)
    missed, last = 0, UUID(int=0)
    while plan_ids := _plans_with_a_miss(now, after=last):
        missed += sum(_roll_over_safely(plan_id, now) for plan_id in plan_ids)
        last = plan_ids[-1]
    return missed


def _plans_with_a_miss(now: datetime, *, after: UUID) -> list[UUID]:
    overdue = Dose.objects.filter(plan=OuterRef("pk"), state__in=OPEN_DOSES, misses_at__lte=now)
    plans = ActionPlan.objects.filter(Exists(overdue), state=PlanState.ACTIVE, pk__gt=after)
    return list(plans.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _roll_over_safely(plan_id: UUID, now: datetime) -> int:
    try:
        with transaction.atomic():
            # The plan's lock comes before its doses', as everywhere (docs/locking.md).
            locked = ActionPlan.objects.filter(pk=plan_id, state=PlanState.ACTIVE)
            plan = locked.select_for_update(skip_locked=True).first()
            return _roll_over_until_now(plan, now) if plan else 0
    except Exception:
        logger.exception("roll-over failed", extra={"plan_id": str(plan_id)})
        return 0


def _roll_over_until_now(plan: ActionPlan, now: datetime) -> int:
    """Roll a plan over until nothing of it is overdue: after a long standstill what a miss added is missed too."""
    missed = 0
    while plan.state == PlanState.ACTIVE and (found := _roll_over(plan, now)):
        missed += found
    return missed


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
