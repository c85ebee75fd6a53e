"""When doses fall due, when they are missed, what a miss adds: the whole calendar of doses. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from apps.core.zones import instant

WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
SHORTEST_WINDOW = timedelta(hours=6)  # The end of the day alone misses no dose sooner than this.
DAYS_A_MONTH = 30
ONE_DAY = timedelta(days=1)

Schedule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A dose's time (UTC) and the local date it belongs to."""

    due_at: datetime
    local_date: date


def occurrences(
    schedule: Schedule, zone: ZoneInfo, *, start: datetime, anchor: datetime | None = None
) -> Iterator[Occurrence]:
    """Yield the doses of a schedule from `start` on, without end, strictly later each time.

    `anchor` is when the plan began: intervals and every-n-days count from it (default: `start`).
    Wall-clock times follow the clocks: an hour that does not exist moves forward, one that comes twice
    counts once (at the end of a day too: the dose moves past midnight and still belongs to its day), and a
    local date that was skipped altogether has no dose.
    """
    anchor = anchor or start
    if schedule["kind"] == "INTERVAL":
        yield from _elapsed(timedelta(hours=schedule["hours"]), zone, start, anchor)
    elif schedule["kind"] == "WALL_CLOCK":
        yield from _by_the_clock(schedule, zone, start, anchor)


def _elapsed(gap: timedelta, zone: ZoneInfo, start: datetime, anchor: datetime) -> Iterator[Occurrence]:
    steps = max(0, -((anchor - start) // gap))
    while True:
        due = anchor + steps * gap
        yield Occurrence(due, due.astimezone(zone).date())
        steps += 1


def _by_the_clock(schedule: Schedule, zone: ZoneInfo, start: datetime, anchor: datetime) -> Iterator[Occurrence]:
    times = sorted(time.fromisoformat(text) for text in schedule["times"])
    first_day = anchor.astimezone(zone).date()
    day = start.astimezone(zone).date()
    previous: datetime | None = None
    while True:
        if _falls_on(schedule["recurrence"], day, first_day) and _exists(day, zone):
            for wall in times:
                due = instant(day, wall, zone)
                if due >= start and (previous is None or due > previous):
                    yield Occurrence(due, day)
                    previous = due
        day += ONE_DAY


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Return whether the zone has this date at all; Samoa went from 29 to 31 December 2011."""
    return instant(day, time(0), zone) < instant(day + ONE_DAY, time(0), zone)


def _falls_on(recurrence: Mapping[str, Any], day: date, first_day: date) -> bool:
    every = recurrence["every"]
    if every == "WEEKDAYS":
        return WEEKDAYS[day.weekday()] in recurrence["days"]
    if every == "N_DAYS":
        return (day - first_day).days % int(recurrence["n"]) == 0
    if every == "MONTH":
        return day.day == _day_of_month(recurrence.get("day") or first_day.day, day)
    return True


def _day_of_month(wanted: int, day: date) -> int:
    """Return the wanted day, or the month's last where the month is shorter."""
    next_month = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return min(wanted, (next_month - ONE_DAY).day)


def doses_promised(schedule: Schedule, duration_days: int) -> int:
    """Return how many doses `duration_days` days of the schedule promise: a weekly one of 28 days is 4."""
    if schedule["kind"] == "INTERVAL":
        return max(1, int(duration_days * 24 / schedule["hours"]))
    if schedule["kind"] != "WALL_CLOCK":
        return 0
    recurrence, times = schedule["recurrence"], len(schedule["times"])
    every = recurrence["every"]
    if every == "WEEKDAYS":
        days = round(duration_days * len(recurrence["days"]) / 7)
    elif every == "N_DAYS":
        days = -(-duration_days // int(recurrence["n"]))
    elif every == "MONTH":
        days = round(duration_days / DAYS_A_MONTH)
    else:
        days = duration_days
    return max(1, days) * times


def first_doses(schedule: Schedule, zone: ZoneInfo, *, start: datetime, count: int) -> list[Occurrence]:
    """Return the first `count` doses from `start` on."""
    return list(islice(occurrences(schedule, zone, start=start), count))


def next_dose(schedule: Schedule, zone: ZoneInfo, *, after: datetime, anchor: datetime) -> Occurrence:
    """Return the first dose later than `after`: what a miss adds at the end."""
    return next(occurrences(schedule, zone, start=after + timedelta(microseconds=1), anchor=anchor))


def misses_at(schedule: Schedule, zone: ZoneInfo, *, dose: Occurrence, next_due: datetime | None) -> datetime:
    """Return when an unanswered dose counts as missed.

    When the next dose falls due; by the wall clock also at the end of the local day, but not sooner than
    6 h after it was due; whichever comes first. A last interval dose waits one interval.
    """
    if schedule["kind"] == "INTERVAL":
        return next_due or dose.due_at + timedelta(hours=schedule["hours"])
    end_of_day = instant(dose.local_date + ONE_DAY, time(0), zone)
    by_the_clock = max(end_of_day, dose.due_at + SHORTEST_WINDOW)
    return min(by_the_clock, next_due) if next_due else by_the_clock
