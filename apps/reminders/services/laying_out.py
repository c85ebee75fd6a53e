"""Laying a plan's doses out: at first, anew after a pause or in another zone, and only to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Value
from django.db.models.functions import Greatest

from apps.reminders.choices import OPEN_DOSES, DoseState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.schedule import Calendar, Occurrence

MOST_DOSES = 2_000
# One statement, so that the constraint of one dose per moment is judged when all of them have moved.
MOVE = """
UPDATE reminders_dose AS dose
SET state = %(state)s, due_at = moved.due_at, local_date = moved.local_date, misses_at = moved.misses_at,
    next_reminder_at = moved.due_at, told_at = NULL, told_before = reminders_sent, postponed_from = NULL,
    updated_at = now()
FROM unnest(%(ids)s::uuid[], %(due)s::timestamptz[], %(dates)s::date[], %(misses)s::timestamptz[])
    AS moved(id, due_at, local_date, misses_at)
WHERE dose.id = moved.id
"""


@dataclass(frozen=True, slots=True)
class PlannedDose:
    """A dose as it would be; `was_due_at` is when the same dose is due now, if it is there already."""

    number: int
    due_at: datetime
    local_date: date
    misses_at: datetime | None
    was_due_at: datetime | None = None


def planned(plan: ActionPlan) -> list[PlannedDose]:
    """Return all doses that a plan begun now (see `begin`) promises; none for one as needed."""
    assert plan.activated_at is not None  # noqa: S101 - begun
    times = plan.calendar.first(plan.promised_doses, start=plan.activated_at)
    return [
        PlannedDose(number, time.due_at, time.local_date, missed)
        for number, (time, missed) in enumerate(times, start=1)
    ]


def lay_out(plan: ActionPlan) -> None:
    """Write the doses that a plan begun now promises; of one as needed, the first that may be taken."""
    assert plan.activated_at is not None  # noqa: S101 - begun
    if plan.as_needed:
        open_as_needed(plan, number=1, available_at=plan.activated_at)
        return
    times = plan.calendar.first(plan.promised_doses, start=plan.activated_at)
    doses = [new_dose(plan, number, time, missed) for number, (time, missed) in enumerate(times, start=1)]
    Dose.objects.bulk_create(doses, batch_size=1_000)


def open_as_needed(plan: ActionPlan, *, number: int, available_at: datetime) -> Dose:
    """Write the one dose of an as-needed plan that may be taken from this moment on: never reminded of or missed."""
    local_date = available_at.astimezone(plan.calendar.zone).date()
    return Dose.objects.create(plan=plan, number=number, due_at=available_at, local_date=local_date)


def new_dose(plan: ActionPlan, number: int, time: Occurrence, misses_at: datetime) -> Dose:
    """Return a dose of the plan, not saved yet."""
    return Dose(
        plan=plan,
        number=number,
        due_at=time.due_at,
        local_date=time.local_date,
        misses_at=misses_at,
        next_reminder_at=time.due_at,
    )


@dataclass(frozen=True, slots=True)
class Remaining:
    """The open doses of a locked plan, by number, and when the one before them was taken or due."""

    plan: ActionPlan
    doses: Sequence[Dose]
    last: datetime | None
    now: datetime

    def on(self, *, calendar: Calendar) -> list[PlannedDose]:
        """Return the same doses from now on, by this calendar."""
        times = calendar.first(len(self.doses), start=self.now, last=self.last)
        return [
            PlannedDose(dose.number, time.due_at, time.local_date, missed, was_due_at=dose.due_at)
            for dose, (time, missed) in zip(self.doses, times, strict=True)
        ]

    def as_they_are(self) -> list[PlannedDose]:
        """Return the doses as they are laid out now."""
        return [
            PlannedDose(dose.number, dose.due_at, dose.local_date, dose.misses_at, was_due_at=dose.due_at)
            for dose in self.doses
        ]

    def move_to(self, *, times: Sequence[PlannedDose]) -> None:
        """Write the doses' new times, in one statement; one before them that is open still is missed at the first."""
        if not times:
            return
        earlier = self.plan.doses.filter(state__in=OPEN_DOSES, number__lt=times[0].number)
        earlier.filter(misses_at__gt=times[0].due_at).update(misses_at=times[0].due_at)
        with connection.cursor() as cursor:
            cursor.execute(
                MOVE,
                {
                    "state": DoseState.SCHEDULED.value,
                    "ids": [dose.pk for dose in self.doses],
                    "due": [time.due_at for time in times],
                    "dates": [time.local_date for time in times],
                    "misses": [time.misses_at for time in times],
                },
            )

    def go_on(self) -> None:
        """Remind again: of doses whose window is open as they are, else of all of them from now on."""
        if self.plan.as_needed or not self.doses:
            return
        first = self.doses[0]
        if first.misses_at is not None and first.misses_at <= self.now:
            self.move_to(times=self.on(calendar=self.plan.calendar))
            return
        at_once = Greatest("due_at", Value(self.now))
        Dose.objects.filter(pk__in=[dose.pk for dose in self.doses]).update(next_reminder_at=at_once)


def still_to_come(plan: ActionPlan, *, now: datetime, due_after: datetime | None = None) -> Remaining:
    """Return what is open of a locked plan; with `due_after` only what falls due later than that."""
    remaining = plan.doses.filter(state__in=OPEN_DOSES).order_by("number")
    doses = list(remaining.filter(due_at__gt=due_after) if due_after else remaining)
    before = plan.doses.filter(number__lt=doses[0].number).order_by("number").last() if doses else None
    last = (before.taken_at or before.due_at) if before else None
    return Remaining(plan, doses, last, now)
