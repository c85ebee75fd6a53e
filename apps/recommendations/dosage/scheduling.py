"""From a rhythm to a schedule, or to none: only what the text says exactly, or customary hours for a count it says."""

from collections.abc import Mapping
from decimal import Decimal

from .doses import Part
from .hours import smallest_spacing_hours
from .model import AsNeeded, Every, Interval, MaxPerDay, Recurrence, Schedule, WallClock, json_number
from .rhythm import Rhythm
from .words import IN_SMALLEST

_MEALS_FOR = {2: ("BREAKFAST", "DINNER"), 3: ("BREAKFAST", "LUNCH", "DINNER")}


def schedule_of(
    rhythm: Rhythm,
    part: Part | None,
    limit: MaxPerDay | None,
    *,
    as_needed: bool,
    clock_times: Mapping[str, tuple[str, ...]],
) -> Schedule | None:
    """Return the schedule, or None where the rhythm is a range, a one-off, at odds with the day's limit, or unsaid."""
    if not rhythm.is_exact or rhythm.is_once:
        return None
    if as_needed:
        return _as_needed(rhythm, part, limit)
    if rhythm.is_limit or rhythm.low != rhythm.high or not _keeps_limit(rhythm, part, limit):
        return None
    if rhythm.gap and not rhythm.times:
        return _interval(rhythm)
    return _wall_clock(rhythm, clock_times)


def customary_times(rhythm: Rhythm, clock_times: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the named times, else the customary ones for the count; () where there is no custom."""
    if rhythm.times or rhythm.count is None:
        return rhythm.times
    if rhythm.at_meals and rhythm.count in _MEALS_FOR:
        return tuple(sorted(time for meal in _MEALS_FOR[rhythm.count] for time in clock_times[meal]))
    return clock_times.get(str(rhythm.count), ())


def _interval(rhythm: Rhythm) -> Schedule | None:
    """Space doses by the longer end of a range: every gap the text names is kept, and none is closer."""
    longest = rhythm.gap[1] if rhythm.gap else None
    if longest is None or (rhythm.apart and longest < rhythm.apart):
        return None
    hours = json_number(longest)
    return Interval(hours) if hours is not None else None


def _wall_clock(rhythm: Rhythm, clock_times: Mapping[str, tuple[str, ...]]) -> Schedule | None:
    times = customary_times(rhythm, clock_times)
    if not times or (rhythm.apart and smallest_spacing_hours(times) < rhythm.apart):
        return None
    return WallClock(times, _recurrence(rhythm))


def _recurrence(rhythm: Rhythm) -> Recurrence:
    if rhythm.days:
        return Recurrence(Every.WEEKDAYS, days=rhythm.days)
    if rhythm.month:
        return Recurrence(Every.MONTH, day=rhythm.month.day)
    return Recurrence(Every.N_DAYS, n=rhythm.each_days) if rhythm.each_days > 1 else Recurrence()


def _as_needed(rhythm: Rhythm, part: Part | None, limit: MaxPerDay | None) -> Schedule | None:
    if rhythm.each_days > 1 or rhythm.days or rhythm.month:
        return None  # a gap of whole days is no daily maximum
    gap = rhythm.gap[0] if rhythm.gap else rhythm.apart
    counts = [rhythm.high] if rhythm.high is not None else []
    if limit is not None:
        most = doses_within(limit, part)
        if not most:
            return None  # the limit cannot be kept by counting doses
        counts.append(most)
    return AsNeeded(json_number(gap), min(counts, default=None))


def doses_within(limit: MaxPerDay, part: Part | None) -> int | None:
    """Return how many doses, each at its largest, the day's limit allows; None where the units do not compare."""
    if limit.unit == "dose" and (part is None or part.unit != "dose"):
        return int(limit.amount)
    if part is None:
        return None
    each, most = _in_smallest(part.high, part.unit), _in_smallest(limit.amount, limit.unit)
    return int(most[1] // each[1]) if each[0] == most[0] else None


def _in_smallest(amount: Decimal, unit: str | None) -> tuple[str | None, Decimal]:
    """Return an amount in the smallest unit of its kind, so that milligrams and grams compare."""
    name, factor = IN_SMALLEST.get(unit or "", (unit, Decimal(1)))
    return name, amount * factor


def _keeps_limit(rhythm: Rhythm, part: Part | None, limit: MaxPerDay | None) -> bool:
    """Tell whether the day's doses, each at its largest, stay within the limit that the same text sets."""
    if limit is None:
        return True
    most = doses_within(limit, part)
    per_day = 24 / rhythm.gap[1] if rhythm.gap else rhythm.count
    return most is None or per_day is None or per_day <= most
