"""Times of the day on the clock: of the words that name them, of patterns such as 1-0-1, and how far apart they are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from .facts import AtMeals, AtTime, Fact, Slots, of_kind, only

_SLOT_MINUTES = 120  # how far the time that a text names may stand from the customary one of its slot


def clock_time(at: AtTime, clock_times: Mapping[str, tuple[str, ...]]) -> str:
    """Return "HH:MM" for a time of day."""
    name = clock_times[at.name][0] if at.name in clock_times else at.name
    minutes = (_minutes(name) + at.offset_minutes) % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def named_times(facts: Sequence[Fact], clock_times: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return the times of day that the text names, those of "each meal" and of "meals and bedtime" too."""
    named = {clock_time(at, clock_times) for at in of_kind(facts, AtTime)}
    meals = of_kind(facts, AtMeals)
    if any(meal.each for meal in meals) or (meals and named == set(clock_times["NIGHT"])):
        named |= {time for meal in ("BREAKFAST", "LUNCH", "DINNER") for time in clock_times[meal]}
    return named


def slot_times(slots: Slots, clock_times: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the times of the slots that hold a dose."""
    all_times = clock_times[f"SLOTS_{len(slots.doses)}"]
    return slots.times or tuple(time for time, dose in zip(all_times, slots.doses, strict=True) if dose)


def with_slots_timed(facts: Sequence[Fact], clock_times: Mapping[str, tuple[str, ...]]) -> Sequence[Fact]:
    """Give a pattern of the day the times that the text names beside it: "0-0-1 at bedtime" is one dose, not two.

    Unchanged, and so a contradiction, where the times are not those of the pattern: "1-0-1 at noon".
    """
    slots, named = only(facts, Slots), named_times(facts, clock_times)
    if slots is None or not named:
        return facts
    times, usual = tuple(sorted(named)), slot_times(slots, clock_times)
    if len(times) != len(usual) or any(
        _minutes_apart(*pair) > _SLOT_MINUTES for pair in zip(times, usual, strict=True)
    ):
        return facts
    timed = replace(slots, times=times)
    kept = [fact for fact in facts if not isinstance(fact, AtTime | AtMeals)]
    return [timed if fact == slots else fact for fact in kept]


def smallest_spacing_hours(times: Sequence[str]) -> Decimal:
    """Return the least hours between neighbouring times round the clock."""
    return min(spacings(times)) / 60


def spacings(times: Sequence[str]) -> set[Decimal]:
    """Return the minutes between neighbouring times round the clock."""
    minutes = sorted(_minutes(time) for time in times)
    following = [*minutes[1:], minutes[0] + 24 * 60]
    return {Decimal(after - before) for before, after in zip(minutes, following, strict=True)}


def _minutes_apart(one: str, other: str) -> int:
    return abs(_minutes(one) - _minutes(other))


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])
