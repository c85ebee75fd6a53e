"""How often and when: the timing facts of one part of a dosage, put together or found to contradict each other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from .facts import (
    Amount,
    ApartHours,
    AtMeals,
    AtTime,
    CourseDays,
    Divided,
    EachDay,
    EachDays,
    EachHours,
    EachMonth,
    Fact,
    OneOff,
    OnWeekdays,
    PerDay,
    PerWeek,
    Slots,
    of_kind,
    only,
)
from .hours import named_times, slot_times, spacings
from .model import Number, json_number

_MOST_PER_DAY = 24
_HOURS = (Decimal(1), Decimal(168))  # an hour to a week
_HOURS_A_DAY = 24
_MOST_DAYS_APART = 366
_DAYS = (EachDays, EachMonth, OnWeekdays, PerWeek)
_COUNTING = (PerDay, Divided, Slots, EachDay, *_DAYS)
_TIMING = (*_COUNTING, EachHours, AtTime, OneOff, CourseDays)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often doses fall due. `is_exact` is False where the words leave more than one reading."""

    low: int | None = None  # doses on a dosing day
    high: int | None = None
    times: tuple[str, ...] = ()  # "HH:MM", as named by the text
    gap: tuple[Decimal, Decimal] | None = None  # hours
    apart: Decimal | None = None  # hours between doses, at least
    each_days: int = 1
    per_week: int | None = None  # doses a week on days that are not named
    days: tuple[str, ...] = ()
    month: EachMonth | None = None
    at_meals: bool = False
    is_said: bool = False  # the text speaks of timing at all
    is_limit: bool = False
    is_once: bool = False
    is_exact: bool = True

    @property
    def count(self) -> int | None:
        """Return the doses on a dosing day where the text fixes them."""
        return self.low if self.low == self.high and not self.is_limit else None

    @property
    def doses_per_day(self) -> Number | None:
        """Return doses a day over all days, or on a dosing day where days of the week are named."""
        most = self.high if self.is_limit else self.count
        if self.per_week:
            return _number(Fraction(self.per_week, 7))
        if most is None or self.month:
            return None
        return _number(Fraction(most, self.each_days))

    @property
    def interval_hours(self) -> Number | None:
        """Return the hours that the text names between doses, the lower end of a range."""
        if self.gap:
            return json_number(self.gap[0])
        return 24 * self.each_days if self.each_days > 1 and self.count == 1 else None

    @property
    def interval_hours_max(self) -> Number | None:
        """Return the upper end of a range of hours."""
        return json_number(self.gap[1]) if self.gap and self.gap[0] < self.gap[1] else None

    @property
    def fewest_days(self) -> int:
        """Return the days that one round takes: "weekly for 3 days" is no course."""
        if self.gap:
            return max(1, int(self.gap[0] // _HOURS_A_DAY))
        return 28 if self.month else 7 if self.days or self.per_week else self.each_days

    @property
    def fits_fields(self) -> bool:
        """Tell whether the fields of a dosage say it all without a schedule: not months, not "twice every 3 days"."""
        is_uneven = (self.each_days > 1 or bool(self.days)) and self.count is None
        return not self.month and not is_uneven and (self.each_days == 1 or self.count == 1)


def _number(fraction: Fraction) -> Number:
    return fraction.numerator if fraction.denominator == 1 else fraction.numerator / fraction.denominator


def resolve_rhythm(
    facts: Sequence[Fact], clock_times: Mapping[str, tuple[str, ...]], *, as_needed: bool
) -> Rhythm | None:
    """Return the rhythm of one part, or None where its words contradict each other or go beyond what can be said."""
    if _is_contradictory(facts):
        return None
    rhythm = _with_times(_gathered(facts), facts, clock_times)
    if rhythm is None or not _fits_days(rhythm, facts) or not _times_fit_gap(rhythm):
        return None
    if not _count_fits_gap(rhythm, as_needed=as_needed):
        rhythm = replace(rhythm, is_exact=False)
    rhythm = _once(rhythm, facts)
    return rhythm if rhythm is None or _is_sane(rhythm) else None


def speaks_of_timing(facts: Iterable[Fact]) -> bool:
    """Tell whether any of the facts says when or how often."""
    return any(isinstance(fact, _TIMING) for fact in facts)


def is_total_of_day(facts: Sequence[Fact]) -> bool:
    """Tell whether the amount is the day's, with no time for all of it: it may be taken at once or in parts."""
    return any(day.is_total for day in of_kind(facts, EachDay)) and not any(
        isinstance(fact, AtTime | Divided) for fact in facts
    )


def _is_contradictory(facts: Sequence[Fact]) -> bool:
    kinds = (PerDay, EachHours, EachDays, EachMonth, PerWeek, OnWeekdays, ApartHours, Divided, Slots)
    said_twice = any(len(set(of_kind(facts, kind))) > 1 for kind in kinds)
    both = len({type(fact) for fact in facts} & {PerDay, Divided, Slots}) > 1 and not _agree(facts)
    unsure_clock = any(not at.is_sure for at in of_kind(facts, AtTime)) and not of_kind(facts, Amount)
    daily_and_rarer = bool(of_kind(facts, EachDay)) and bool(of_kind(facts, EachDays) or of_kind(facts, EachMonth))
    names_times = bool(of_kind(facts, AtTime)) or any(meal.each for meal in of_kind(facts, AtMeals))
    slots_and_times = names_times and bool(of_kind(facts, Slots))
    return said_twice or both or unsure_clock or daily_and_rarer or slots_and_times or _is_daily_but_other(facts)


def _is_daily_but_other(facts: Sequence[Fact]) -> bool:
    """Tell whether "daily" stands against what follows: "daily every 6 hours", "daily bid", "each day q48h"."""
    days = of_kind(facts, EachDay)
    dailies = [position for position, fact in enumerate(facts) if isinstance(fact, EachDay) and fact.is_daily]
    following = facts[dailies[0] :] if dailies else ()
    is_by_hours = any(gap.low != _HOURS_A_DAY for gap in of_kind(following, EachHours))
    is_rarer = bool(days) and any(gap.high > _HOURS_A_DAY for gap in of_kind(facts, EachHours))
    return is_by_hours or is_rarer or any(count.high > 1 for count in of_kind(following, PerDay))


def _agree(facts: Sequence[Fact]) -> bool:
    """Tell whether counts said in different ways are the same: "1-0-1 twice daily"."""
    counts = {(f.low, f.high) for f in of_kind(facts, PerDay)} | {(f.n, f.n) for f in of_kind(facts, Divided)}
    counts |= {(n, n) for n in (sum(1 for dose in f.doses if dose) for f in of_kind(facts, Slots))}
    return len(counts) == 1


def _gathered(facts: Sequence[Fact]) -> Rhythm:
    per_day, divided = only(facts, PerDay), only(facts, Divided)
    gap, each_days, weekdays = only(facts, EachHours), only(facts, EachDays), only(facts, OnWeekdays)
    apart, per_week = only(facts, ApartHours), only(facts, PerWeek)
    is_on_unnamed_days = bool(per_week and not weekdays and per_week.n != 7)
    low = per_day.low if per_day else divided.n if divided else None
    is_single_day = bool(weekdays and not weekdays.recurs and not each_days and not per_week)
    return Rhythm(
        low=low,
        high=per_day.high if per_day else low,
        gap=(gap.low, gap.high) if gap else None,
        apart=apart.hours if apart else None,
        each_days=each_days.n if each_days else 1,
        per_week=per_week.n if per_week and is_on_unnamed_days else None,
        days=weekdays.days if weekdays else (),
        month=only(facts, EachMonth),
        is_said=speaks_of_timing(facts),
        is_limit=bool(per_day and per_day.is_limit),
        is_exact=not (is_single_day or is_on_unnamed_days or is_total_of_day(facts) or (divided and divided.n is None)),
    )


def _with_times(rhythm: Rhythm, facts: Sequence[Fact], clock_times: Mapping[str, tuple[str, ...]]) -> Rhythm | None:
    named = named_times(facts, clock_times)
    for slots in of_kind(facts, Slots):
        named |= set(slot_times(slots, clock_times))
    if rhythm.low is not None and named:
        return replace(rhythm, times=tuple(sorted(named))) if (rhythm.low, rhythm.high) == (len(named),) * 2 else None
    count = rhythm.low if rhythm.low is not None else len(named) or _implied_count(rhythm, facts)
    return replace(
        rhythm,
        low=count,
        high=rhythm.high if rhythm.low is not None else count,
        times=tuple(sorted(named)),
        at_meals=bool(of_kind(facts, AtMeals)) and not named,
        is_said=rhythm.is_said or bool(named),
    )


def _implied_count(rhythm: Rhythm, facts: Sequence[Fact]) -> int | None:
    """Return one dose on each day that is named in any way, where no interval in hours is named."""
    is_unsaid = bool(rhythm.gap) or is_total_of_day(facts)
    return 1 if not is_unsaid and any(isinstance(fact, (EachDay, CourseDays, *_DAYS)) for fact in facts) else None


def _fits_days(rhythm: Rhythm, facts: Sequence[Fact]) -> bool:
    """Tell whether days, weeks and months that are said together are one and the same rhythm."""
    per_week = only(facts, PerWeek)
    if per_week and rhythm.days and len(rhythm.days) != per_week.n:
        return False
    weekly_on_one_day = rhythm.each_days == 7 and len(rhythm.days) == 1
    said = [rhythm.each_days > 1 and not weekly_on_one_day, bool(rhythm.days), bool(rhythm.month), bool(rhythm.gap)]
    said += [rhythm.per_week is not None]
    return sum(said) <= 1 and not (rhythm.per_week and of_kind(facts, PerDay))


def _times_fit_gap(rhythm: Rhythm) -> bool:
    """Tell whether clock times stand as many hours apart as the text says."""
    if not rhythm.gap or not rhythm.times:
        return True
    low, high = rhythm.gap
    return low == high and spacings(rhythm.times) == {low * 60}


def _count_fits_gap(rhythm: Rhythm, *, as_needed: bool) -> bool:
    """Tell whether hours apart agree with the doses a day; as needed, the count is but a limit."""
    if not rhythm.gap or rhythm.times or rhythm.low is None or as_needed or rhythm.is_limit:
        return True
    low, high = rhythm.gap
    return low == high and rhythm.low == rhythm.high and low * rhythm.low == 24


def _once(rhythm: Rhythm, facts: Sequence[Fact]) -> Rhythm | None:
    one_offs = of_kind(facts, OneOff)
    if not one_offs:
        return _weekly_on_a_day(rhythm)
    recurs = any(isinstance(fact, _COUNTING) for fact in facts)
    is_alone = not recurs and not rhythm.gap and not rhythm.times
    if all(one_off.is_loose for one_off in one_offs) and not is_alone:
        # "once at bedtime" may be tonight or each night; "once in the morning and once at night" is each day.
        is_clear = recurs or len(rhythm.times) != 1
        return _weekly_on_a_day(replace(rhythm, is_exact=rhythm.is_exact and is_clear))
    if not is_alone:
        return None
    return replace(rhythm, low=1, high=1, is_once=True, is_exact=not any(one_off.is_now for one_off in one_offs))


def _weekly_on_a_day(rhythm: Rhythm) -> Rhythm:
    return replace(rhythm, each_days=1) if rhythm.days else rhythm


def _is_sane(rhythm: Rhythm) -> bool:
    counts_fit = rhythm.low is None or rhythm.high is None or 1 <= rhythm.low <= rhythm.high <= _MOST_PER_DAY
    gaps = [*(rhythm.gap or ()), *([rhythm.apart] if rhythm.apart is not None else [])]
    gaps_fit = all(_HOURS[0] <= hours <= _HOURS[1] for hours in gaps)
    days_fit = 1 <= rhythm.each_days <= _MOST_DAYS_APART
    # "Weekly twice daily" is one or the other; "twice daily every other day" is neither rare nor odd.
    is_rare = rhythm.each_days >= 7 or rhythm.month is not None
    return counts_fit and gaps_fit and days_fit and not (is_rare and rhythm.count != 1)
