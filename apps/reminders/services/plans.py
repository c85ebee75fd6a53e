"""The life of a plan: activated and cancelled by its doctor, moved from state to state, ended by its generation."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import UUIDField
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit, sealing
from apps.core.crypto import CannotOpen
from apps.core.errors import NotAllowed, RuleRefused
from apps.core.prepared import Given, PreparedQuestion
from apps.core.wakeups import wake_after_commit
from apps.patients.models import CareRelationship
from apps.recommendations.services.checking import hold_medicines
from apps.reminders.choices import OPEN_DOSES, PLAN_TRANSITIONS, UNENDED_PLANS, DoseState, PlanState
from apps.reminders.messages import tell_of_plan
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.schedule import doses_promised, read_schedule
from apps.reminders.services.laying_out import MOST_DOSES, lay_out
from apps.reminders.services.safety_gate import pass_gate


class PlanNotDraft(RuleRefused):
    """Only a draft can be activated or changed."""

    code = "plan_not_draft"
    detail = _("This plan is not a draft any more.")


class PlanOutdated(RuleRefused):
    """A newer note, or the end of the relationship, has replaced this plan."""

    code = "plan_outdated"
    detail = _("A newer note has replaced this plan, or you no longer treat the patient.")


class DurationUnknown(RuleRefused):
    """Nobody said for how long."""

    code = "duration_unknown"
    detail = _("Nobody said for how long. Give `duration_days` or `total_doses`.")


class TooManyDoses(RuleRefused):
    """More doses than one plan can hold."""

    code = "too_many_doses"
    detail = _("One plan holds at most 2,000 doses. Choose a shorter time.")


class IllegalTransition(RuleRefused):
    """The plan's state does not lead there."""

    code = "illegal_transition"
    detail = _("The plan's present state does not allow this.")


class TextLost(RuleRefused):
    """A text of the draft does not open, so that nobody can be told it, and it cannot stay."""

    code = "text_lost"
    detail = _("A text of this draft cannot be opened any more. Give both the action and the dosage text anew.")


def activate_plan(
    *,
    actor: User,
    plan_id: UUID,
    duration_days: int | None,
    total_doses: int | None,
    override_reason: str = "",
    now: datetime,
) -> ActionPlan:
    """Activate a draft: its doses are laid out in the patient's zone from `now` on, and reminding begins.

    Raises NotAllowed (not its doctor), PlanNotDraft, PlanOutdated, TextLost, OverrideNeeded (a critical danger, and no
    reason to go on), DurationUnknown, TooManyDoses. Announces `plan_changed`.
    """
    with transaction.atomic():
        plan = locked_to_run(actor=actor, plan_id=plan_id, now=now)
        require_state(plan, is_in=PlanState.DRAFT, otherwise=PlanNotDraft)
        opened_text(plan, column="action_sealed")
        pass_gate(plan, override_reason=override_reason, now=now)
        begin(plan, duration_days=duration_days, total_doses=total_doses, now=now)
        lay_out(plan)
        move(plan, to=PlanState.ACTIVE, actor=actor, action="plan_activated", now=now)
        wake_after_commit("doses")
    return plan


def opened_text(plan: ActionPlan, *, column: str) -> str:
    """Return the text in a sealed column of the plan, for those who write on with it; raises TextLost."""
    try:
        return sealing.opened(plan, column).decode()
    except CannotOpen as failure:
        raise TextLost from failure


def cancel_plan(*, actor: User, plan_id: UUID, now: datetime) -> ActionPlan:
    """Cancel an unended plan, a draft too; what was answered stays answered.

    Raises NotAllowed, PlanOutdated, IllegalTransition. Announces `plan_changed` unless it was a draft.
    """
    with transaction.atomic():
        plan = locked_for_its_doctor(actor=actor, plan_id=plan_id, now=now)
        move(plan, to=PlanState.CANCELLED, actor=actor, action="plan_cancelled", now=now)
        close_open_doses([plan.pk], now=now)
    return plan


def cancel_outdated_plans(*, now: datetime, relationship_id: UUID | None = None) -> int:
    """Write CANCELLED where a plan's generation or relationship is over, and return how many plans that were.

    Nothing depends on this having run: dispatcher, check-in and lists ask the relationship itself.
    """
    outdated = ActionPlan.objects.outdated(now=now)
    if relationship_id:
        outdated = outdated.filter(relationship=relationship_id)
    with transaction.atomic():
        ids = list(outdated.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        close_open_doses(ids, now=now)
        return ActionPlan.objects.filter(pk__in=ids).update(state=PlanState.CANCELLED, ended_at=now, updated_at=now)


def close_open_doses(plan_ids: list[UUID], *, now: datetime) -> None:
    """Cancel what is still open of these plans; part of the caller's transaction."""
    _open_doses(plan_ids).update(state=DoseState.CANCELLED, next_reminder_at=None, updated_at=now)


def complete_when_done(plan: ActionPlan, *, now: datetime) -> None:
    """Complete a locked plan that has no open dose left; part of the caller's transaction."""
    if plan.state == PlanState.ACTIVE and not _STILL_OPEN.first(plan=plan.pk):
        move(plan, to=PlanState.COMPLETED, actor=None, action="plan_completed", now=now)


def move(plan: ActionPlan, *, to: PlanState, actor: User | None, action: str, now: datetime) -> None:
    """Bring a locked plan into another state, write it down and tell the patient; raises IllegalTransition.

    Every change of a plan's state comes through here, but for the outdated ones, which are over already.
    """
    if to not in PLAN_TRANSITIONS[plan.state]:
        raise IllegalTransition
    was_draft = plan.state == PlanState.DRAFT
    plan.state, plan.ended_at = to, None if to in UNENDED_PLANS else now
    plan.changes += 1
    plan.save()
    audit.record(
        action,
        actor_id=actor.pk if actor else None,
        subject=plan,
        concerns_id=plan.patient_id,
        details=_danger(plan) if to == PlanState.ACTIVE else {},
    )
    if not (was_draft and to == PlanState.CANCELLED):  # The patient never saw it.
        tell_of_plan(plan, now=now)


def locked_to_run(*, actor: User, plan_id: UUID, now: datetime) -> ActionPlan:
    """Return the plan locked as for its doctor, after the patient's medicines are held: it is about to be checked."""
    hold_medicines(ActionPlan.objects.values_list("patient_id", flat=True).get(pk=plan_id))
    return locked_for_its_doctor(actor=actor, plan_id=plan_id, now=now)


def locked_for_its_doctor(*, actor: User, plan_id: UUID, now: datetime) -> ActionPlan:
    """Return the plan locked; raises NotAllowed for anybody but its doctor, and PlanOutdated."""
    plan = ActionPlan.objects.select_for_update(of=("self",)).select_related("relationship__doctor").get(pk=plan_id)
    if plan.relationship.doctor.user_id != actor.pk:
        raise NotAllowed
    # Asked anew: the relationship may have changed while the lock was waited for.
    relationship = CareRelationship.objects.get(pk=plan.relationship_id)
    is_current = relationship.generation == plan.generation and relationship.is_live(now=now)
    if plan.state in UNENDED_PLANS and not is_current:
        raise PlanOutdated
    return plan


def begin(plan: ActionPlan, *, duration_days: int | None, total_doses: int | None, now: datetime) -> None:
    """Fix when a plan began and how many doses it promises, unsaved; raises DurationUnknown, TooManyDoses."""
    if duration_days or total_doses:
        plan.duration_days, plan.total_doses = duration_days or plan.duration_days, total_doses
    plan.activated_at = now
    plan.first_day = plan.calendar.first_day
    plan.promised_doses = _doses_to_promise(plan)
    if plan.as_needed and plan.duration_days:
        plan.ends_at = now + timedelta(days=plan.duration_days)


def _doses_to_promise(plan: ActionPlan) -> int:
    if plan.as_needed is None and plan.total_doses is None and plan.duration_days is None:
        raise DurationUnknown
    promised = plan.total_doses or doses_promised(read_schedule(plan.schedule), plan.duration_days or 0)
    if promised > MOST_DOSES:
        raise TooManyDoses
    return promised


def require_state(plan: ActionPlan, *, is_in: PlanState, otherwise: type[RuleRefused]) -> None:
    """Raise `otherwise` unless the plan is in this state."""
    if plan.state != is_in:
        raise otherwise


def _danger(plan: ActionPlan) -> dict[str, bool]:
    """Return what the audit log keeps of the check that let a plan run, as of one that issued a prescription."""
    check = plan.safety_check or {}
    return {"is_critical": bool(check.get("is_critical"))}


def _open_doses(plan_ids: list[UUID]) -> Any:
    return Dose.objects.filter(plan__in=plan_ids, state__in=OPEN_DOSES)


def _first_open_dose() -> Any:
    doses = Dose.objects.filter(plan=Given("plan", UUIDField()), state__in=OPEN_DOSES)
    return doses.order_by().values_list("pk")[:1]


_STILL_OPEN = PreparedQuestion(_first_open_dose)
