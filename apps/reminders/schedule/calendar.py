"""Laying doses out: a schedule on a patient's own clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from apps.core.zones import instant
from apps.recommendations.dosage import AsNeeded, Every, Interval, Recurrence, Schedule, WallClock

from .reading import WEEKDAYS

SHORTEST_WINDOW = timedelta(hours=6)  # The end of the day alone misses no dose sooner than this.
ONE_DAY = timedelta(days=1)
DAYS_A_MONTH = 30
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A dose's time (UTC) and the local date it belongs to."""

    due_at: datetime
    local_date: date


@dataclass(frozen=True, slots=True)
class Calendar:
    """A schedule in a zone. Intervals count from `began_at`, every-n-days and monthly recurrences from `first_day`."""

    schedule: Schedule
    zone: ZoneInfo
    began_at: datetime
    first_day: date

    @classmethod
    def beginning(cls, schedule: Schedule, zone: ZoneInfo, *, at: datetime) -> "Calendar":
        """Return the calendar of a plan that begins at this moment."""
        return cls(schedule, zone, at, at.astimezone(zone).date())

    def since(self, start: datetime, *, last: datetime | None = None) -> Iterator[Occurrence]:
        """Yield the doses from `start` on, without end, none closer than the shortest gap to the one before it.

        `last` is when the dose before them was due or taken. What is taken as needed has no calendar.
        """
        gap = shortest_gap(self.schedule)
        for dose in self._nominal(start):
            if last is None or dose.due_at - last >= gap:
                yield dose
                last = dose.due_at

    def next_after(self, due_at: datetime) -> Occurrence:
        """Return the dose that follows the one due at this moment: what a miss adds behind the last."""
        return next(self.since(due_at + INSTANT, last=due_at))

    def first(self, count: int, *, start: datetime, last: datetime | None = None) -> list[tuple[Occurrence, datetime]]:
        """Return the first `count` doses from `start` on, each with the moment from which it counts as missed."""
        # One more than asked, so that the last dose's window ends where the next one would begin.
        doses = list(islice(self.since(start, last=last), count + 1))
        return [(dose, self.missed_from(dose, following.due_at)) for dose, following in pairwise(doses)]

    def missed_from(self, dose: Occurrence, next_due: datetime) -> datetime:
        """Return when an unanswered dose counts as missed.

        When the next dose falls due; by the wall clock also at the end of the local day, but not sooner than 6 h after
        it was due; whichever comes first.
        """
        if not isinstance(self.schedule, WallClock):
            return next_due
        end_of_day = instant(dose.local_date + ONE_DAY, time(0), self.zone)
        return min(max(end_of_day, dose.due_at + SHORTEST_WINDOW), next_due)

    def _nominal(self, start: datetime) -> Iterator[Occurrence]:
        if isinstance(self.schedule, Interval):
            yield from self._elapsed(timedelta(hours=self.schedule.hours), start)
        elif isinstance(self.schedule, WallClock):
            yield from self._by_the_clock(self.schedule, start)

    def _elapsed(self, interval: timedelta, start: datetime) -> Iterator[Occurrence]:
        steps = max(0, -((self.began_at - start) // interval))
        while True:
            due = self.began_at + steps * interval
            yield Occurrence(due, due.astimezone(self.zone).date())
            steps += 1

    def _by_the_clock(self, schedule: WallClock, start: datetime) -> Iterator[Occurrence]:
        times = sorted(time.fromisoformat(text) for text in schedule.times)
        day = start.astimezone(self.zone).date() - ONE_DAY  # A dose moved over midnight belongs to the day before.
        while True:
            if _falls_on(schedule.recurrence, day, self.first_day) and _exists(day, self.zone):
                moments = (instant(day, wall, self.zone) for wall in times)
                yield from (Occurrence(due, day) for due in moments if due >= start)
            day += ONE_DAY


def shortest_gap(schedule: Schedule) -> timedelta:
    """Return what two doses are always apart: half the schedule's shortest spacing, or the gap it names itself."""
    if isinstance(schedule, Interval):
        return timedelta(hours=schedule.hours) / 2
    if isinstance(schedule, AsNeeded):
        return timedelta(hours=schedule.minimum_gap_hours or 0)
    minutes = sorted(int(text[:2]) * 60 + int(text[3:]) for text in schedule.times)
    around = [*minutes, minutes[0] + 24 * 60]  # From the last of a day to the first of the next.
    return timedelta(minutes=min(later - earlier for earlier, later in pairwise(around))) / 2


def doses_promised(schedule: Schedule, duration_days: int) -> int:
    """Return how many doses `duration_days` days of the schedule promise: a weekly one of 28 days is 4."""
    if isinstance(schedule, Interval):
        return max(1, int(duration_days * 24 / schedule.hours))
    if isinstance(schedule, AsNeeded):
        return 0
    return max(1, _dosing_days(schedule.recurrence, duration_days)) * len(schedule.times)


def _dosing_days(recurrence: Recurrence, duration_days: int) -> int:
    if recurrence.every is Every.WEEKDAYS:
        return round(duration_days * len(recurrence.days) / 7)
    if recurrence.every is Every.N_DAYS:
        return -(-duration_days // (recurrence.n or 1))
    if recurrence.every is Every.MONTH:
        return round(duration_days / DAYS_A_MONTH)
    return duration_days


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Return whether the zone has this date at all; Samoa went from 29 to 31 December 2011."""
    return instant(day, time(0), zone) < instant(day + ONE_DAY, time(0), zone)


def _falls_on(recurrence: Recurrence, day: date, first_day: date) -> bool:
    if recurrence.every is Every.WEEKDAYS:
        return WEEKDAYS[day.weekday()] in recurrence.days
    if recurrence.every is Every.N_DAYS:
        return (day - first_day).days % (recurrence.n or 1) == 0
    if recurrence.every is Every.MONTH:
        return day.day == _day_of_month(recurrence.day or first_day.day, day)
    return True


def _day_of_month(wanted: int, day: date) -> int:
    """Return the wanted day, or the month's last where the month is shorter."""
    next_month = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return min(wanted, (next_month - ONE_DAY).day)
