"""What is taken as needed: one open dose at a time, from when on it may be taken."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core.errors import RuleRefused
from apps.reminders.choices import DoseState, Outcome
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.schedule import available_from
from apps.reminders.services.laying_out import open_as_needed

A_DAY = timedelta(hours=24)


class _NotYet(RuleRefused):
    """The dose may be taken later; `available_at` says when."""

    def __init__(self, available_at: datetime) -> None:
        super().__init__()
        self.extensions = {"available_at": available_at.isoformat()}


class TooSoon(_NotYet):
    """The gap that the plan demands is not over."""

    code = "too_soon"
    detail = _("It is too soon after the last dose. `available_at` says from when on the next may be taken.")


class DailyMaximum(_NotYet):
    """As many as the plan allows were taken within 24 hours."""

    code = "daily_maximum"
    detail = _("As many doses as allowed were taken in 24 hours. `available_at` says when the next may be taken.")


class PlanOver(RuleRefused):
    """The days of the plan are over."""

    code = "dose_not_open"
    detail = _("The days of this plan are over.")


class NothingToSkip(RuleRefused):
    """Nobody waits for a dose that is taken as needed."""

    code = "nothing_to_skip"
    detail = _("This is taken as needed: there is nothing to skip.")


def guard(plan: ActionPlan, *, dose: Dose, outcome: Outcome, at: datetime) -> None:
    """Raise NothingToSkip, PlanOver, and TooSoon or DailyMaximum for a dose that may not be taken yet."""
    if outcome == Outcome.SKIPPED:
        raise NothingToSkip
    if plan.ends_at and at >= plan.ends_at:
        raise PlanOver
    if at < dose.due_at:
        rule = plan.as_needed
        most = rule.maximum_per_day if rule else None
        recent = plan.doses.filter(state=DoseState.TAKEN, taken_at__gt=at - A_DAY).count()
        raise (DailyMaximum if most and recent >= most else TooSoon)(dose.due_at)


def open_next(plan: ActionPlan, *, taken: Dose) -> None:
    """Date the dose by when it was taken, and open the next one unless all that were promised are taken."""
    rule = plan.as_needed
    assert rule is not None  # noqa: S101 - of an as-needed plan
    assert taken.taken_at is not None  # noqa: S101 - taken
    taken.local_date = taken.taken_at.astimezone(plan.calendar.zone).date()
    taken.save(update_fields=["local_date", "updated_at"])
    if plan.promised_doses and taken.number >= plan.promised_doses:
        return
    recent = plan.doses.filter(state=DoseState.TAKEN).order_by("-number").values_list("taken_at", flat=True)
    oldest_first = [moment for moment in reversed(list(recent[: rule.maximum_per_day or 1])) if moment]
    available_at = available_from(rule, oldest_first) or taken.taken_at
    # A microsecond later than the one before at least: no two doses of a plan have one moment.
    available_at = max(available_at, taken.due_at + timedelta(microseconds=1))
    open_as_needed(plan, number=taken.number + 1, available_at=available_at)
