"""The life of a plan: activated by its doctor, ended by completion, lapse or its generation."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import NotAllowed, RuleRefused
from apps.core.wakeups import wake_after_commit
from apps.core.zones import zone
from apps.patients.models import CareRelationship
from apps.patients.querysets import is_live_relationship
from apps.reminders.choices import OPEN_DOSES, OPEN_PLANS, DoseState, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.schedule import Occurrence, doses_promised, first_doses, misses_at

MOST_DOSES = 2_000


class PlanNotDraft(RuleRefused):
    """Only a draft can be activated."""

    code = "plan_not_draft"
    detail = _("This plan is not a draft any more.")


class PlanOutdated(RuleRefused):
    """A newer note, or the end of the relationship, has replaced this plan."""

    code = "plan_outdated"
    detail = _("A newer note has replaced this plan, or you no longer treat the patient.")


class DurationUnknown(RuleRefused):
    """Nobody said for how long."""

    code = "duration_unknown"
    detail = _("The note does not say for how long. Give `duration_days` or `total_doses`.")


class TooManyDoses(RuleRefused):
    """More doses than one plan can hold."""

    code = "too_many_doses"
    detail = _("One plan holds at most 2,000 doses. Choose a shorter time.")


def activate_plan(
    *, actor: User, plan_id: UUID, duration_days: int | None, total_doses: int | None, now: datetime
) -> ActionPlan:
    """Activate a draft: its doses are laid out in the patient's zone from `now` on, and reminding begins.

    Raises NotAllowed (not its doctor), PlanNotDraft, PlanOutdated, DurationUnknown, TooManyDoses.
    """
    with transaction.atomic():
        plan = ActionPlan.objects.select_for_update().get(pk=plan_id)
        _guard_activation(actor, plan, now)
        plan.duration_days = duration_days or plan.duration_days
        plan.promised_doses = _doses_to_promise(plan, total_doses)
        plan.state, plan.activated_at, plan.nag_minutes = PlanState.ACTIVE, now, settings.DOSE_NAG_MINUTES
        plan.save()
        _lay_out_doses(plan, now)
        audit.record("plan_activated", actor_id=actor.pk, subject=plan, concerns_id=plan.patient_id)
        wake_after_commit("doses")
    return plan


def cancel_outdated_plans(*, now: datetime, relationship_id: UUID | None = None) -> int:
    """Write CANCELLED where a plan's generation or relationship is over, and return how many plans that were.

    Nothing depends on this having run: dispatcher, check-in and lists ask the relationship itself.
    """
    is_outdated = ~is_live_relationship("relationship", "generation", now=now)
    outdated = ActionPlan.objects.filter(is_outdated, state__in=OPEN_PLANS)
    if relationship_id:
        outdated = outdated.filter(relationship=relationship_id)
    with transaction.atomic():
        ids = list(outdated.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        close_open_doses(ids)
        return ActionPlan.objects.filter(pk__in=ids).update(state=PlanState.CANCELLED, ended_at=now, updated_at=now)


def close_open_doses(plan_ids: list[UUID]) -> None:
    """Cancel what is still open of these plans; part of the caller's transaction."""
    open_doses = Dose.objects.filter(plan__in=plan_ids, state__in=OPEN_DOSES)
    open_doses.update(state=DoseState.CANCELLED, next_reminder_at=None)


def complete_when_done(plan: ActionPlan, *, now: datetime) -> None:
    """Complete a locked plan that has no open dose left; part of the caller's transaction."""
    if plan.state == PlanState.ACTIVE and not plan.doses.filter(state__in=OPEN_DOSES).exists():
        plan.state, plan.ended_at = PlanState.COMPLETED, now
        plan.save(update_fields=["state", "ended_at", "updated_at"])


def _guard_activation(actor: User, plan: ActionPlan, now: datetime) -> None:
    relationship = CareRelationship.objects.select_related("doctor").get(pk=plan.relationship_id)
    if relationship.doctor.user_id != actor.pk:
        raise NotAllowed
    if plan.state != PlanState.DRAFT:
        raise PlanNotDraft
    if relationship.generation != plan.generation or not relationship.is_live(now=now):
        raise PlanOutdated


def _doses_to_promise(plan: ActionPlan, total_doses: int | None) -> int:
    if total_doses is None and plan.duration_days is None:
        raise DurationUnknown
    promised = total_doses or doses_promised(plan.schedule, plan.duration_days or 0)
    if promised > MOST_DOSES:
        raise TooManyDoses
    return promised


def _lay_out_doses(plan: ActionPlan, now: datetime) -> None:
    # One more than promised, so that the last dose's window ends where the next one would begin.
    times = first_doses(plan.schedule, zone(plan.time_zone), start=now, count=plan.promised_doses + 1)
    following = [*times[1:], None]
    doses = [
        new_dose(plan, number, dose, after)
        for number, (dose, after) in enumerate(zip(times, following, strict=True), start=1)
    ]
    Dose.objects.bulk_create(doses[: plan.promised_doses], batch_size=1_000)


def new_dose(plan: ActionPlan, number: int, time: Occurrence, after: Occurrence | None) -> Dose:
    """Return a dose of the plan, not saved yet; `after` is the one that follows it, if any."""
    missed = misses_at(plan.schedule, zone(plan.time_zone), dose=time, next_due=after.due_at if after else None)
    return Dose(
        plan=plan,
        number=number,
        due_at=time.due_at,
        local_date=time.local_date,
        misses_at=missed,
        next_reminder_at=time.due_at,
    )
