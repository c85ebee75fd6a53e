"""From a dosage back to plain English, in words that the parser reads as the same dosage."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from .doses import Part
from .lexing import plain
from .model import (
    DEFAULT_CLOCK_TIMES,
    AsNeeded,
    Dosage,
    DosageStep,
    Every,
    Food,
    Recurrence,
    WallClock,
)
from .rhythm import Rhythm
from .scheduling import customary_times, doses_within
from .words import FORM, VOLUME

ELSEWHERE = "see the prescriber's own words"
_FOOD = {
    Food.BEFORE: "before food",
    Food.WITH: "with food",
    Food.AFTER: "after food",
    Food.EMPTY_STOMACH: "on an empty stomach",
}
_VERBS = {
    **dict.fromkeys(("tablet", "capsule", "caplet", "pill", "softgel", "gummy", "sachet"), "take"),
    **dict.fromkeys(("puff", "inhalation", "actuation"), "inhale"),
    **dict.fromkeys(("patch", "application"), "apply"),
    **dict.fromkeys(("suppository", "pessary"), "insert"),
}
_COUNTS = {1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times", 6: "six times"}


def render_dosage(dosage: Dosage, *, clock_times: Mapping[str, tuple[str, ...]] = DEFAULT_CLOCK_TIMES) -> str:
    """Return the dosage in clear English; `parse_dosage` with the same clock times reads it as the same dosage."""
    phrases = (
        _what_and_when(dosage, clock_times),
        "as needed" if dosage.as_needed else "",
        _FOOD[dosage.food] if dosage.food else "",
        _days(dosage.duration_days) if not _is_taper(dosage) and not _is_single_dose(dosage) else "",
    )
    sentences = (
        _joined(phrases, ", "),
        f"maximum {_amount(dosage.max_per_day.amount, None, dosage.max_per_day.unit)} in 24 hours"
        if dosage.max_per_day
        else "",
        ELSEWHERE if dosage.schedule is None else "",
    )
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences if sentence)


def _joined(phrases: Sequence[str], link: str) -> str:
    return link.join(phrase for phrase in phrases if phrase)


def _what_and_when(dosage: Dosage, clock_times: Mapping[str, tuple[str, ...]]) -> str:
    meals = _meals(dosage, clock_times)
    if _is_taper(dosage):
        return ", then ".join(_step(step, meals) for step in dosage.steps)
    if dosage.steps:
        parts = [_joined((_amount_of(step), _at(step.times_of_day)), " ") for step in dosage.steps]
        return _joined((_listed(parts), _rhythm(dosage)), " ")
    verb = _VERBS.get(dosage.dose_unit or "", "")
    when = (_rhythm(dosage), _at(dosage.times_of_day), meals, _gap_or_count(dosage))
    return _joined((verb, _joined((_amount_of(dosage), _joined(when, " ")), _link(dosage))), " ")


def _is_taper(dosage: Dosage) -> bool:
    """Tell whether steps follow each other, rather than share one day."""
    return any(step.duration_days or step.doses_per_day or not step.times_of_day for step in dosage.steps)


def _is_single_dose(dosage: Dosage) -> bool:
    return dosage.schedule is None and not (dosage.days_of_week or dosage.steps) and _is_one_off(dosage)


def _is_one_off(item: Dosage | DosageStep) -> bool:
    is_one = (item.doses_per_day, item.duration_days) == (1, 1)
    return is_one and not (item.times_of_day or item.interval_hours)


def _step(step: DosageStep, meals: str) -> str:
    if _is_one_off(step) and not meals:
        return _joined((_amount_of(step), "as a single dose"), " ")
    when = _rate(step.doses_per_day, step.interval_hours, step.interval_hours_max, len(step.times_of_day))
    return _joined(
        (_amount_of(step), _joined((when, _at(step.times_of_day), meals, _days(step.duration_days)), " ")), _link(step)
    )


def _link(item: Dosage | DosageStep) -> str:
    """Keep a bare number apart from the number of times."""
    return " " if item.dose_unit else ", "


def _rhythm(dosage: Dosage) -> str:
    """Return how often, without the times of day."""
    if _is_single_dose(dosage):
        return "as a single dose"
    named = len(dosage.times_of_day)
    if isinstance(dosage.schedule, WallClock) and dosage.schedule.recurrence.every in (Every.N_DAYS, Every.MONTH):
        count = len(dosage.schedule.times)
        how_often = _count(count) if count not in (1, named) else ""
        return _joined((how_often, _days_apart(dosage.schedule.recurrence)), " ")
    days = f"every {_listed([day.title() for day in dosage.days_of_week])}" if dosage.days_of_week else ""
    if days and dosage.doses_per_day == 1:
        return days
    rate = _rate(dosage.doses_per_day, dosage.interval_hours, dosage.interval_hours_max, named)
    return _joined((rate, days), " ")


def _days_apart(recurrence: Recurrence) -> str:
    if recurrence.every is Every.N_DAYS:
        return f"every {recurrence.n} days"
    return f"on day {recurrence.day} of each month" if recurrence.day else "once a month"


def _rate(doses_per_day: float | None, interval: float | None, interval_max: float | None, named_times: int) -> str:
    """Return doses a day and hours apart; a count that the named times already show is left out."""
    rate = Fraction(doses_per_day).limit_denominator(366) if doses_per_day else None
    hours = Fraction(interval) if interval else None
    if rate and rate < 1 and hours and rate * hours == 24:
        return f"every {rate.denominator} days"
    if rate and rate.denominator == 7:  # on days that the text does not name
        return _count(rate.numerator, "week")
    count = _count(rate.numerator) if rate and rate.numerator != named_times else ""
    days = f"every {rate.denominator} days" if rate and rate.denominator > 1 else ""
    return _joined((count, days, _hours(interval, interval_max)), " ")


def _count(count: int, period: str = "day") -> str:
    return f"{_COUNTS.get(count, f'{count} times')} a {period}"


def _hours(low: float | None, high: float | None) -> str:
    if low is None:
        return ""
    if high:
        return f"every {_number(low)} to {_number(high)} hours"
    return "every hour" if low == 1 else f"every {_number(low)} hours"


def _number(value: float | Decimal) -> str:
    return plain(Decimal(str(value)))


def _at(times: Sequence[str]) -> str:
    return f"at {_listed(times)}" if times else ""


def _meals(dosage: Dosage, clock_times: Mapping[str, tuple[str, ...]]) -> str:
    """Say "at mealtimes" where the schedule has the hours of meals in place of the customary ones."""
    if not isinstance(dosage.schedule, WallClock) or dosage.times_of_day:
        return ""
    count = len(dosage.schedule.times)
    usual = customary_times(Rhythm(low=count, high=count), clock_times)
    return "at mealtimes" if dosage.schedule.times != usual else ""


def _gap_or_count(dosage: Dosage) -> str:
    """Say what an as-needed schedule keeps and no other field shows: the least gap, the most doses of a range."""
    if not isinstance(dosage.schedule, AsNeeded):
        return ""
    gap, most = dosage.schedule.minimum_gap_hours, dosage.schedule.maximum_per_day
    apart = f"at least {_number(gap)} hours apart" if gap and dosage.interval_hours is None else ""
    is_shown = dosage.doses_per_day is not None or most is None or _limited(dosage) == most
    return _joined((apart, "" if is_shown else f"1 to {most} times a day"), " ")


def _limited(dosage: Dosage) -> int | None:
    if dosage.max_per_day is None:
        return None
    part = Part(dosage.dose, dosage.dose_max or dosage.dose, dosage.dose_unit) if dosage.dose else None
    return doses_within(dosage.max_per_day, part)


def _days(days: int | None) -> str:
    if days is None:
        return ""
    return f"for {days} day{'' if days == 1 else 's'}"


def _amount_of(item: Dosage | DosageStep) -> str:
    return _amount(item.dose, item.dose_max, item.dose_unit) if item.dose else ""


def _amount(low: Decimal, high: Decimal | None, unit: str | None) -> str:
    number = f"{plain(low)} to {plain(high)}" if high else plain(low)
    return f"{number} {_plural(unit) if (high or low) > 1 else unit}" if unit else number


def _plural(unit: str) -> str:
    if unit not in FORM and unit not in VOLUME and unit != "unit":
        return unit
    if unit in ("ml", "l", "oz"):
        return unit
    if unit.endswith("y") and not unit.endswith("ay"):
        return f"{unit[:-1]}ies"
    return f"{unit}es" if unit.endswith("ch") else f"{unit}s"


def _listed(items: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""
