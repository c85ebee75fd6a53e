"""A late answer moves the next dose as far as the shortest gap needs; taken back, it goes back where it was."""

from collections.abc import Sequence
from typing import Any

from django.db.models import PositiveIntegerField, QuerySet, UUIDField

from apps.core.prepared import Given, PreparedQuestion
from apps.reminders.choices import OPEN_DOSES, DoseState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.schedule import Occurrence, postponed, read_schedule

NEAREST = 10  # A late answer moves the next dose, and hardly ever a second one.


def postpone_following(plan: ActionPlan, *, dose: Dose) -> None:
    """Move the doses of a locked plan that a late answer brought too close; nothing else moves."""
    assert dose.taken_at is not None  # noqa: S101 - taken
    due = [moment for (moment,) in _DUE.all(plan=plan.pk, number=dose.number)]
    moved = postponed(read_schedule(plan.schedule), taken_at=dose.taken_at, due=due)
    if not moved:  # As nearly always.
        return
    following = _following(plan, dose)
    for each, moment in zip(following, moved, strict=False):
        each.postponed_from = each.postponed_from or each.due_at
        each.due_at = moment
    _write(plan, following, range(len(moved)))


def put_back_following(plan: ActionPlan, *, dose: Dose) -> None:
    """Move the doses of a locked plan back that the answer to this one had moved."""
    following = _following(plan, dose)
    moved = [place for place, each in enumerate(following) if each.postponed_from]
    for place in moved:
        each = following[place]
        each.due_at, each.postponed_from = each.postponed_from or each.due_at, None
    _write(plan, following, moved)


def _following(plan: ActionPlan, dose: Dose) -> list[Dose]:
    return list(plan.doses.filter(number__gt=dose.number, state__in=OPEN_DOSES).order_by("number")[:NEAREST])


def _moments_following() -> QuerySet[Dose, Any]:
    following = Dose.objects.filter(
        plan=Given("plan", UUIDField()), number__gt=Given("number", PositiveIntegerField()), state__in=OPEN_DOSES
    )
    return following.order_by("number").values_list("due_at")[:NEAREST]


_DUE = PreparedQuestion(_moments_following)


def _write(plan: ActionPlan, following: Sequence[Dose], moved: Sequence[int]) -> None:
    """Write the moved doses: to be told of anew at their time, each missed when the one after it falls due."""
    calendar = plan.calendar
    for place in moved:
        each, after = following[place], following[place + 1 : place + 2]
        next_due = after[0].due_at if after else calendar.next_after(each.due_at).due_at
        each.misses_at = calendar.missed_from(Occurrence(each.due_at, each.local_date), next_due)
        each.state, each.told_at, each.next_reminder_at = DoseState.SCHEDULED, None, each.due_at
        each.told_before = each.reminders_sent
    fields = ["due_at", "postponed_from", "misses_at", "state", "told_at", "told_before", "next_reminder_at"]
    Dose.objects.bulk_update([following[place] for place in moved], fields)
