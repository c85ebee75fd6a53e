"""Check-ins: a dose taken or skipped, in time or in its window, exactly once."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import InvalidInput, RuleRefused
from apps.reminders.choices import ANSWERED_DOSES, DoseState, Outcome, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services import as_needed
from apps.reminders.services.holding import HeldDose, hold_dose
from apps.reminders.services.plans import complete_when_done
from apps.reminders.services.postponing import postpone_following

EARLIEST = timedelta(hours=1)


class AlreadyCheckedIn(RuleRefused):
    """The dose has its answer."""

    code = "already_checked_in"
    detail = _("This dose was checked in already.")


class DoseNotOpen(RuleRefused):
    """The dose was cancelled, or its plan is paused or has ended."""

    code = "dose_not_open"
    detail = _("This dose is not open: its plan is paused, has ended or was replaced.")


class DoseMissed(RuleRefused):
    """The dose's window was over at the time given."""

    code = "dose_missed"
    detail = _("This dose was missed; a new one was added at the end of the plan.")


class NotDueYet(RuleRefused):
    """Too early."""

    code = "not_due_yet"
    detail = _("This dose is not due yet. It can be checked in from one hour before.")


def check_in(*, actor: User, dose_id: UUID, outcome: Outcome, at: datetime | None, reason: str, now: datetime) -> Dose:
    """Record that a dose was taken or skipped, at `at` (default: now).

    A time inside the window of a missed dose turns it into TAKEN and withdraws the dose that the miss added, unless
    that is due already. A late answer moves the next dose as far as the shortest gap needs. Raises NotFound, NotAllowed
    (whoever sees it, but does not manage the patient), AlreadyCheckedIn, DoseNotOpen, DoseMissed, NotDueYet,
    InvalidInput, and for what is taken as needed TooSoon, DailyMaximum and NothingToSkip.
    """
    at = at or now
    if at > now:
        raise InvalidInput("at", _("This lies in the future."), code="in_the_future")
    with transaction.atomic():
        held = hold_dose(actor=actor, dose_id=dose_id, now=now)
        plan, dose = held.plan, held.dose
        _guard(held, at)
        if plan.as_needed:
            as_needed.guard(plan, dose=dose, outcome=outcome, at=at)
        was_missed = dose.state == DoseState.MISSED
        if was_missed:
            _withdraw_added_dose(plan, dose, now)
        _answer(dose, actor=actor, outcome=outcome, at=at, reason=reason, now=now)
        _follow_up(plan, dose, now)
        details = {"outcome": outcome, "was_missed": was_missed}
        audit.record("dose_checked_in", actor_id=actor.pk, subject=dose, concerns_id=plan.patient_id, details=details)
    return dose


def _guard(held: HeldDose, at: datetime) -> None:
    plan, dose, is_open = held
    if dose.state in ANSWERED_DOSES:
        raise AlreadyCheckedIn
    is_settled_miss = dose.state == DoseState.MISSED and plan.state in {PlanState.COMPLETED, PlanState.LAPSED}
    if dose.state == DoseState.CANCELLED or not (is_open or is_settled_miss):
        raise DoseNotOpen
    if dose.misses_at is None:
        return
    if at >= dose.misses_at:
        raise DoseMissed
    if at < dose.due_at - EARLIEST:
        raise NotDueYet


def _answer(dose: Dose, *, actor: User, outcome: Outcome, at: datetime, reason: str, now: datetime) -> None:
    dose.state = DoseState(outcome.value)
    dose.taken_at = at if outcome == Outcome.TAKEN else None
    dose.answered_at, dose.answered_by, dose.next_reminder_at = now, actor, None
    if reason:
        dose.seal_skip_reason(reason)
    dose.save()


def _follow_up(plan: ActionPlan, dose: Dose, now: datetime) -> None:
    """Do what follows from an answer: the next as-needed dose, the next one later, or the end of the plan."""
    if plan.as_needed and plan.state == PlanState.ACTIVE:
        as_needed.open_next(plan, taken=dose)
    elif dose.taken_at:
        postpone_following(plan, dose=dose)
    complete_when_done(plan, now=now)


def _withdraw_added_dose(plan: ActionPlan, dose: Dose, now: datetime) -> None:
    """Take one dose back from the end of the plan, unless the one that this miss added is due already.

    From the end, whichever miss that one was added for: taken out of the middle it would leave a day without a dose.
    """
    untold = plan.doses.filter(state=DoseState.SCHEDULED, reminders_sent=0, due_at__gt=now)
    added = untold.filter(makes_up_for=dose).first()
    if added is None:
        return
    last = untold.latest("number")
    if last != added:
        added.makes_up_for, last.makes_up_for = last.makes_up_for, None
        last.save(update_fields=["makes_up_for", "updated_at"])
        added.save(update_fields=["makes_up_for", "updated_at"])
    last.delete()  # It was never told to anybody; its number and moment become free again.
    plan.added_doses -= 1
    plan.save(update_fields=["added_doses", "updated_at"])
