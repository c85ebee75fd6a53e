"""From facts to a dosage: parts that follow each other, what they share, and whether a schedule may be given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise, takewhile

from .doses import Doses, Part, resolve_doses
from .facts import (
    Amount,
    AtTime,
    CourseDays,
    Eating,
    Fact,
    Lasting,
    LastingDoses,
    Limit,
    OneOff,
    Slots,
    Stop,
    Then,
    Unknown,
    WhenNeeded,
    of_kind,
    only,
)
from .hours import with_slots_timed
from .model import AsNeeded, Dosage, DosageStep, Every, Food, MaxPerDay, Schedule, WallClock
from .rhythm import Rhythm, resolve_rhythm, speaks_of_timing
from .scheduling import schedule_of
from .words import FORM

_MOST_DAYS = 3660
_DAILY = Rhythm(low=1, high=1, is_said=True)


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the course: how much, how often, how long. `is_clear`: all of it is understood and agrees."""

    doses: Doses
    rhythm: Rhythm
    days: int | None
    first_day: int | None
    is_clear: bool

    @property
    def part(self) -> Part | None:
        """Return the amount where it is the same at all times."""
        return self.doses.parts[0] if len(self.doses.parts) == 1 else None

    @property
    def says_something(self) -> bool:
        """Tell whether the stage speaks of an amount or of timing."""
        return self.doses.is_said or self.rhythm.is_said


def assemble(facts: Sequence[Fact], clock_times: Mapping[str, tuple[str, ...]]) -> Dosage:
    """Return the dosage that the facts make, its schedule None unless every one of them is understood."""
    stages = _stages(_segments(facts), clock_times, as_needed=bool(of_kind(facts, WhenNeeded)))
    speaking = [stage for stage in stages if stage.says_something] or (stages if len(stages) == 1 else [])
    common = _common(facts, speaking)
    if not speaking:
        return common
    is_clear = (
        all(stage.is_clear and stage.says_something for stage in stages)
        and not of_kind(facts, Unknown)
        and len(set(of_kind(facts, Limit))) < 2
        and (speaking[-1].days is not None or not of_kind(facts, Stop))
    )
    if len(speaking) == 1:
        return _single(common, speaking[0], clock_times, is_clear=is_clear)
    if stages[: len(speaking)] != speaking or not _are_steps(speaking):
        return _without_amount(common)
    return _taper(common, speaking, clock_times, is_clear=is_clear)


# --- parts that follow each other ------------------------------------------------------------------------------------


def _segments(facts: Sequence[Fact]) -> list[list[Fact]]:
    """Split where the text says "then", and where a new amount with its own timing follows a duration."""
    segments: list[list[Fact]] = [[]]
    for position, fact in enumerate(facts):
        if isinstance(fact, Then):
            segments += [] if fact.is_last and len(segments) > 1 else [[]]
        elif _opens_segment(fact, segments[-1]) and _has_timing(facts[position:]):
            segments.append([fact])
        else:
            segments[-1].append(fact)
    # "2 in the morning then 1 at night" is one day, not a taper.
    is_one_day = not any(_ends(segment) for segment in segments) and all(_names_times(s) for s in segments)
    return [[fact for segment in segments for fact in segment]] if is_one_day else segments


def _has_timing(facts: Sequence[Fact]) -> bool:
    """Tell whether the first fact says when, or timing or an end follows it before the next amount."""
    own = [facts[0], *takewhile(lambda fact: not isinstance(fact, Amount | Slots | Then), facts[1:])]
    return speaks_of_timing(own) or _ends(own)


def _ends(segment: Sequence[Fact]) -> bool:
    return any(isinstance(fact, Lasting | CourseDays | OneOff | LastingDoses) for fact in segment)


def _names_times(segment: Sequence[Fact]) -> bool:
    return any(isinstance(fact, AtTime | Slots) for fact in segment)


def _opens_segment(fact: Fact, segment: Sequence[Fact]) -> bool:
    has_amount = any(isinstance(other, Amount | Slots) for other in segment)
    if isinstance(fact, CourseDays):
        return has_amount and bool(of_kind(segment, CourseDays))
    return isinstance(fact, Amount | Slots) and has_amount and _ends(segment)


def _stages(
    segments: Sequence[Sequence[Fact]], clock_times: Mapping[str, tuple[str, ...]], *, as_needed: bool
) -> list[Stage]:
    stages: list[Stage] = []
    for segment in segments:
        before = stages[-1] if stages else None
        unit = before.doses.parts[0].unit if before and before.doses.parts else None
        stage = _stage(segment, clock_times, unit, as_needed=as_needed)
        stages.append(_inherit(stage, before) if before else stage)
    return stages


def _stage(
    segment: Sequence[Fact], clock_times: Mapping[str, tuple[str, ...]], unit: str | None, *, as_needed: bool
) -> Stage:
    segment = with_slots_timed(segment, clock_times)
    resolved = resolve_doses(segment, clock_times, unit)
    rhythm = resolve_rhythm(segment, clock_times, as_needed=as_needed) if resolved else None
    is_split = resolved is not None and len(resolved.parts) > 1
    doses = Doses(is_said=True) if resolved is None or (is_split and rhythm is None) else resolved
    days, days_are_clear = _days(segment, rhythm or Rhythm())
    course = only(segment, CourseDays)
    return Stage(
        doses=doses,
        rhythm=rhythm or Rhythm(is_said=True),
        days=days,
        first_day=course.first if course else None,
        is_clear=days_are_clear and resolved is not None and doses.is_sane and rhythm is not None,
    )


def _inherit(stage: Stage, before: Stage) -> Stage:
    """Let "then 20 mg for 5 days" after "40 mg daily" be daily too, and "then once a day" be of the same amount."""
    is_daily = replace(before.rhythm, at_meals=False) == _DAILY
    if stage.doses.parts and not stage.rhythm.is_said and is_daily:
        return replace(stage, rhythm=before.rhythm)
    if stage.rhythm.is_said and not stage.doses.is_said:
        return replace(stage, doses=before.doses)
    return stage


def _days(segment: Sequence[Fact], rhythm: Rhythm) -> tuple[int | None, bool]:
    """Return how many days the part lasts, and whether that is clear."""
    said = {(lasting.low, lasting.high) for lasting in of_kind(segment, Lasting)}
    said |= {(day.last - day.first + 1,) * 2 for day in of_kind(segment, CourseDays)}
    said |= {(_days_of_doses(lasting.n, rhythm),) * 2 for lasting in of_kind(segment, LastingDoses)}
    if rhythm.is_once:
        said.add((1, 1))
    if not said:
        return None, True
    low, high = said.pop()
    is_clear = not said and low == high and rhythm.fewest_days <= low <= _MOST_DAYS and _british_is_clear(segment)
    return (low if is_clear else None), is_clear


def _days_of_doses(doses: int, rhythm: Rhythm) -> int:
    """Return the days in which so many doses are taken, 0 where they do not fill whole days."""
    is_daily = rhythm.each_days == 1 and not rhythm.days and not rhythm.month
    return doses // rhythm.count if is_daily and rhythm.count and doses % rhythm.count == 0 else 0


def _british_is_clear(segment: Sequence[Fact]) -> bool:
    """Take 5/7 for five days only after a frequency; before one it may be days of the week or a fraction."""
    positions = [i for i, fact in enumerate(segment) if isinstance(fact, Lasting) and fact.is_british]
    return not positions or speaks_of_timing(segment[: positions[0]])


# --- what the whole text says ----------------------------------------------------------------------------------------


def _common(facts: Sequence[Fact], stages: Sequence[Stage]) -> Dosage:
    return Dosage(as_needed=bool(of_kind(facts, WhenNeeded)), food=_food(facts), max_per_day=_limit(facts, stages))


def _food(facts: Sequence[Fact]) -> Food | None:
    foods = {eating.food for eating in of_kind(facts, Eating)}
    if Food.EMPTY_STOMACH in foods:  # "on an empty stomach, 1 hour before food"
        foods -= {Food.BEFORE, Food.AFTER}
    return foods.pop() if len(foods) == 1 else None


def _limit(facts: Sequence[Fact], stages: Sequence[Stage]) -> MaxPerDay | None:
    limits = set(of_kind(facts, Limit))
    if len(limits) == 1:
        limit = limits.pop()
        return MaxPerDay(limit.amount, limit.unit or _unit_counted(stages))
    highs = {stage.rhythm.high for stage in stages if stage.rhythm.is_limit}
    high = highs.pop() if len(highs) == 1 and not limits else None
    return MaxPerDay(Decimal(high), "dose") if high else None


def _unit_counted(stages: Sequence[Stage]) -> str | None:
    """Return what "max 8 a day" counts: the forms of the dose (None: its bare number), else doses."""
    part = stages[0].part if stages else None
    return part.unit if part and (part.unit is None or part.unit in FORM) else "dose"


def _single(common: Dosage, stage: Stage, clock_times: Mapping[str, tuple[str, ...]], *, is_clear: bool) -> Dosage:
    rhythm, part = stage.rhythm, stage.part
    amount = replace(
        common,
        duration_days=stage.days,
        dose=part.low if part else None,
        dose_max=part.high if part and part.high > part.low else None,
        dose_unit=part.unit if part else None,
    )
    dosage = replace(
        amount,
        doses_per_day=rhythm.doses_per_day,
        interval_hours=rhythm.interval_hours,
        interval_hours_max=rhythm.interval_hours_max,
        times_of_day=rhythm.times,
        days_of_week=rhythm.days,
        steps=() if part else tuple(_step_of_day(each) for each in stage.doses.parts),
    )
    schedule = _schedule(dosage, stage, clock_times) if is_clear else None
    # Half of a rhythm would mislead: times without their day of the month, a rate without its days.
    return replace(dosage, schedule=schedule) if schedule or rhythm.fits_fields else amount


def _step_of_day(part: Part) -> DosageStep:
    dose_max = part.high if part.high > part.low else None
    return DosageStep(dose=part.low, dose_max=dose_max, dose_unit=part.unit, times_of_day=part.times)


def _schedule(dosage: Dosage, stage: Stage, clock_times: Mapping[str, tuple[str, ...]]) -> Schedule | None:
    if dosage.as_needed and dosage.steps:
        return None  # which of the amounts is "as needed" is not said
    if stage.first_day not in (None, 1):
        return None
    return schedule_of(
        stage.rhythm, stage.part, dosage.max_per_day, as_needed=dosage.as_needed, clock_times=clock_times
    )


def _taper(
    common: Dosage, stages: Sequence[Stage], clock_times: Mapping[str, tuple[str, ...]], *, is_clear: bool
) -> Dosage:
    steps = tuple(_step(stage) for stage in stages)
    first, days = steps[0], [stage.days for stage in stages]
    is_even = len({(s.doses_per_day, s.interval_hours, s.interval_hours_max, s.times_of_day) for s in steps}) == 1
    dosage = replace(
        common,
        doses_per_day=first.doses_per_day if is_even else None,
        interval_hours=first.interval_hours if is_even else None,
        interval_hours_max=first.interval_hours_max if is_even else None,
        times_of_day=first.times_of_day if is_even else (),
        duration_days=sum(day for day in days if day) if all(days) else None,
        steps=steps,
    )
    return replace(dosage, schedule=_schedule_of_taper(dosage, stages, clock_times) if is_clear else None)


def _are_steps(stages: Sequence[Stage]) -> bool:
    """Tell whether each stage can be told in a step, and each but the last has an end."""
    return all(_fits_step(stage) for stage in stages) and all(stage.days for stage in stages[:-1])


def _fits_step(stage: Stage) -> bool:
    """Tell whether a step can say all that the stage says; days of the week and unread amounts it cannot."""
    is_read = bool(stage.part) or not stage.doses.is_said
    rhythm = stage.rhythm
    is_rate = rhythm.doses_per_day is not None or rhythm.interval_hours is not None or not rhythm.is_said
    return is_read and is_rate and rhythm.fits_fields and not rhythm.days


def _without_amount(common: Dosage) -> Dosage:
    """Let a limit on "8 a day" count doses where no amount is left for it to count."""
    limit = common.max_per_day
    return replace(common, max_per_day=replace(limit, unit=limit.unit or "dose") if limit else None)


def _step(stage: Stage) -> DosageStep:
    rhythm, part = stage.rhythm, stage.part
    return DosageStep(
        dose=part.low if part else None,
        dose_max=part.high if part and part.high > part.low else None,
        dose_unit=part.unit if part else None,
        doses_per_day=rhythm.doses_per_day,
        interval_hours=rhythm.interval_hours,
        interval_hours_max=rhythm.interval_hours_max,
        times_of_day=rhythm.times,
        duration_days=stage.days,
    )


def _schedule_of_taper(
    dosage: Dosage, stages: Sequence[Stage], clock_times: Mapping[str, tuple[str, ...]]
) -> Schedule | None:
    """Return the one schedule that all steps share, where each but the last has an end and none is missing."""
    if not _follow_each_other(stages) or len({bool(stage.part) for stage in stages}) != 1:
        return None
    rhythms = [replace(stage.rhythm, is_once=False) for stage in stages]  # "today" is a daily dose for one day
    schedules = {
        schedule_of(rhythm, stage.part, dosage.max_per_day, as_needed=dosage.as_needed, clock_times=clock_times)
        for rhythm, stage in zip(rhythms, stages, strict=True)
    }
    schedule = schedules.pop()
    if schedules or isinstance(schedule, AsNeeded):
        return None
    is_daily = not isinstance(schedule, WallClock) or schedule.recurrence.every is Every.DAY
    return schedule if is_daily else None


def _follow_each_other(stages: Sequence[Stage]) -> bool:
    alike = [replace(_step(stage), duration_days=None) for stage in stages]
    if any(one == other for one, other in pairwise(alike)):
        return False  # what changes between them is not understood
    day = 1
    for stage in stages:
        if stage.first_day not in (None, day):
            return False
        day += stage.days or 0
    return True
