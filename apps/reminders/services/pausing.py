"""Pausing a plan and going on with it; moving it to the clocks of the place where the patient is."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import NotAllowed
from apps.core.wakeups import wake_after_commit
from apps.core.zones import zone
from apps.patients.models import Patient
from apps.reminders.choices import OPEN_DOSES, STARTED_PLANS, PlanState, Times
from apps.reminders.models import ActionPlan
from apps.reminders.schedule import Calendar
from apps.reminders.services.laying_out import PlannedDose, Remaining, still_to_come
from apps.reminders.services.plans import (
    IllegalTransition,
    PlanOutdated,
    locked_for_its_doctor,
    locked_to_run,
    move,
    require_state,
)
from apps.reminders.services.rolling_over import roll_over_plan
from apps.reminders.services.safety_gate import pass_gate


def pause_plan(*, actor: User, plan_id: UUID, now: datetime) -> ActionPlan:
    """Pause an active plan: until it is resumed nothing is reminded of, and nothing more is missed.

    Raises NotAllowed, PlanOutdated, IllegalTransition. Announces `plan_changed`.
    """
    with transaction.atomic():
        plan = locked_for_its_doctor(actor=actor, plan_id=plan_id, now=now)
        roll_over_plan(plan, now=now)  # What was missed before the pause was missed.
        move(plan, to=PlanState.PAUSED, actor=actor, action="plan_paused", now=now)
        plan.doses.filter(state__in=OPEN_DOSES).update(next_reminder_at=None, updated_at=now)
    return plan


def resume_plan(*, actor: User, plan_id: UUID, override_reason: str = "", now: datetime) -> ActionPlan:
    """Go on with a paused plan. When a dose's window passed meanwhile, all that is open moves behind now.

    Raises NotAllowed, PlanOutdated, IllegalTransition, and OverrideNeeded for a danger that came meanwhile. Announces
    `plan_changed`.
    """
    with transaction.atomic():
        plan = locked_to_run(actor=actor, plan_id=plan_id, now=now)
        require_state(plan, is_in=PlanState.PAUSED, otherwise=IllegalTransition)
        pass_gate(plan, override_reason=override_reason, now=now)
        move(plan, to=PlanState.ACTIVE, actor=actor, action="plan_resumed", now=now)
        still_to_come(plan, now=now).go_on()
        wake_after_commit("doses")
    return plan


def change_zone(
    *, actor: User, plan_id: UUID, zone_name: str, times: Times, is_preview: bool, now: datetime
) -> tuple[ActionPlan, list[PlannedDose]]:
    """Let a travelling patient choose by which clock the doses to come are taken; return them as they are then.

    HOME keeps their moments, LOCAL moves them to the same times of day in `zone_name`, the first one not before the
    shortest gap after the last. A preview writes nothing. Raises NotAllowed (whoever does not manage the patient),
    PlanOutdated, IllegalTransition.
    """
    with transaction.atomic():
        plan = _locked_for_the_patient(actor, plan_id, now)
        remaining = still_to_come(plan, now=now, due_after=now)
        doses = _seen_from(zone_name, remaining, times)
        if not is_preview:
            _settle(remaining, doses, zone_name if times == Times.LOCAL else plan.time_zone)
            details = {"times": times.value, "time_zone": zone_name}
            audit.record(
                "plan_zone_chosen", actor_id=actor.pk, subject=plan, concerns_id=plan.patient_id, details=details
            )
    return plan, doses


def _locked_for_the_patient(actor: User, plan_id: UUID, now: datetime) -> ActionPlan:
    plan = ActionPlan.objects.select_for_update().get(pk=plan_id)
    if not Patient.objects.managed_by(actor).filter(pk=plan.patient_id).exists():
        raise NotAllowed
    if plan.state not in STARTED_PLANS:
        raise IllegalTransition
    if ActionPlan.objects.outdated(now=now).filter(pk=plan.pk).exists():
        raise PlanOutdated
    return plan


def _seen_from(zone_name: str, remaining: Remaining, times: Times) -> list[PlannedDose]:
    plan = remaining.plan
    if plan.as_needed or times == Times.HOME:
        return remaining.as_they_are()
    home = plan.calendar
    return remaining.on(calendar=Calendar(home.schedule, zone(zone_name), home.began_at, home.first_day))


def _settle(remaining: Remaining, doses: list[PlannedDose], zone_name: str) -> None:
    plan = remaining.plan
    is_elsewhere = plan.time_zone != zone_name
    plan.time_zone = zone_name
    plan.save(update_fields=["time_zone", "updated_at"])
    if is_elsewhere and not plan.as_needed:
        remaining.move_to(times=doses)
        wake_after_commit("doses")
