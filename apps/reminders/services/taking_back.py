"""Taking an answer back within minutes, and putting a reminder off."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import RuleRefused
from apps.reminders.choices import ANSWERED_DOSES, OPEN_DOSES, DoseState, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services.checking_in import AlreadyCheckedIn, DoseNotOpen, NotDueYet
from apps.reminders.services.holding import hold_dose
from apps.reminders.services.plans import move
from apps.reminders.services.postponing import put_back_following
from apps.reminders.services.rolling_over import roll_over_plan


class NotCheckedIn(RuleRefused):
    """There is no answer to take back."""

    code = "not_checked_in"
    detail = _("This dose has no answer that could be taken back.")


class TooLateToUndo(RuleRefused):
    """The answer stands."""

    code = "too_late_to_undo"
    detail = _("An answer can be taken back within a few minutes only.")


class LaterAnswered(RuleRefused):
    """A later dose was allowed because of this answer."""

    code = "later_dose_answered"
    detail = _("A later dose was checked in after this one. Take that answer back first.")


class WindowTooShort(RuleRefused):
    """The dose would be missed before the reminder."""

    code = "window_too_short"
    detail = _("This dose would count as missed before that. Choose a shorter time.")


def undo_check_in(*, actor: User, dose_id: UUID, now: datetime) -> Dose:
    """Take an answer back within the minutes that the house allows: everything is as if it had not been given.

    A dose whose window is over is missed again, one that the answer moved goes back, a plan that it completed goes on.
    Of what is taken as needed the latest answer goes first, for the moment of each dose hangs on the one before.
    Raises NotFound, NotAllowed, NotCheckedIn, TooLateToUndo, LaterAnswered, DoseNotOpen.
    """
    with transaction.atomic():
        plan, dose, _is_open = hold_dose(actor=actor, dose_id=dose_id, now=now)
        _guard_undo(plan, dose, now)
        if plan.state == PlanState.COMPLETED and not _had_ended_before(plan, dose):
            move(plan, to=PlanState.ACTIVE, actor=actor, action="plan_reopened", now=now)
        _undo_follow_up(plan, dose)
        _reopen(plan, dose, now)
        roll_over_plan(plan, now=now)
        audit.record("check_in_undone", actor_id=actor.pk, subject=dose, concerns_id=plan.patient_id)
        dose.refresh_from_db()
    return dose


def snooze_dose(*, actor: User, dose_id: UUID, minutes: int, now: datetime) -> Dose:
    """Put the next reminder of a due dose off by so many minutes; its window stays.

    Raises NotFound, NotAllowed, AlreadyCheckedIn, DoseNotOpen, NotDueYet, WindowTooShort.
    """
    with transaction.atomic():
        plan, dose, _is_open = hold_dose(actor=actor, dose_id=dose_id, now=now)
        if dose.state in ANSWERED_DOSES:
            raise AlreadyCheckedIn
        if not Dose.objects.open(now=now).filter(pk=dose.pk, misses_at__gt=now).exists():
            raise DoseNotOpen
        if dose.due_at > now:
            raise NotDueYet
        dose.next_reminder_at = now + timedelta(minutes=minutes)
        if dose.misses_at is None or dose.next_reminder_at >= dose.misses_at:
            raise WindowTooShort
        dose.save(update_fields=["next_reminder_at", "updated_at"])
        audit.record("dose_snoozed", actor_id=actor.pk, subject=dose, concerns_id=plan.patient_id)
    return dose


def _guard_undo(plan: ActionPlan, dose: Dose, now: datetime) -> None:
    if dose.state not in ANSWERED_DOSES or dose.answered_at is None:
        raise NotCheckedIn
    if now - dose.answered_at > timedelta(minutes=settings.CHECK_IN_UNDO_MINUTES):
        raise TooLateToUndo
    if plan.as_needed and plan.doses.filter(number__gt=dose.number, state__in=ANSWERED_DOSES).exists():
        raise LaterAnswered
    is_current = ActionPlan.objects.current(now=now).filter(pk=plan.pk).exists()
    if not is_current or plan.state not in {PlanState.ACTIVE, PlanState.COMPLETED, PlanState.LAPSED}:
        raise DoseNotOpen


def _had_ended_before(plan: ActionPlan, dose: Dose) -> bool:
    """Return whether the answer was about a miss of a plan that was complete already."""
    return plan.ended_at is not None and dose.answered_at is not None and plan.ended_at < dose.answered_at


def _undo_follow_up(plan: ActionPlan, dose: Dose) -> None:
    if plan.as_needed:
        plan.doses.filter(number__gt=dose.number, state__in=OPEN_DOSES).delete()  # Never told to anybody.
    else:
        put_back_following(plan, dose=dose)


def _reopen(plan: ActionPlan, dose: Dose, now: datetime) -> None:
    """Open the dose as it was before; of a plan that has ended, in which nothing is open, it is missed."""
    dose.state = DoseState.DUE if dose.reminders_sent else DoseState.SCHEDULED
    dose.next_reminder_at = max(dose.due_at, now + timedelta(minutes=plan.nag_minutes))
    if plan.state != PlanState.ACTIVE:
        dose.state = DoseState.MISSED
    if plan.as_needed or dose.state == DoseState.MISSED:
        dose.next_reminder_at = None
    dose.taken_at = dose.answered_at = dose.answered_by = dose.skip_reason_sealed = None
    dose.save()
