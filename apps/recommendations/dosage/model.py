"""What a dosage text says, as frozen values: doses, timing, and the schedule that a reminder engine may follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

Number: TypeAlias = int | float

DAYS_OF_WEEK = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

DEFAULT_CLOCK_TIMES: Mapping[str, tuple[str, ...]] = {
    # Customary hours ("HH:MM", 24 h, the patient's local clock) for words that name no hour. A convention of this
    # house, near the usual UK ward rounds; callers may pass a table of their own with the same keys.
    "1": ("08:00",),
    "2": ("08:00", "20:00"),
    "3": ("08:00", "14:00", "20:00"),
    "4": ("08:00", "12:00", "16:00", "20:00"),
    "5": ("06:00", "10:00", "14:00", "18:00", "22:00"),
    "6": ("06:00", "09:00", "12:00", "15:00", "18:00", "21:00"),
    "MORNING": ("08:00",),
    "NOON": ("12:00",),
    "AFTERNOON": ("15:00",),
    "EVENING": ("18:00",),
    "NIGHT": ("22:00",),
    "MIDNIGHT": ("00:00",),
    "BREAKFAST": ("08:00",),
    "LUNCH": ("13:00",),
    "DINNER": ("19:00",),
    "SLOTS_3": ("08:00", "14:00", "20:00"),  # 1-0-1: morning, noon, night
    "SLOTS_4": ("08:00", "12:00", "18:00", "22:00"),  # 1-1-1-1: morning, noon, evening, bedtime
}


class Food(StrEnum):
    """How doses stand to food."""

    BEFORE = "BEFORE"
    WITH = "WITH"
    AFTER = "AFTER"
    EMPTY_STOMACH = "EMPTY_STOMACH"


class Every(StrEnum):
    """How a wall-clock schedule comes round."""

    DAY = "DAY"
    WEEKDAYS = "WEEKDAYS"
    N_DAYS = "N_DAYS"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The days on which a wall-clock schedule falls."""

    every: Every = Every.DAY
    days: tuple[str, ...] = ()  # with WEEKDAYS: names of DAYS_OF_WEEK
    n: int | None = None  # with N_DAYS: days from one dosing day to the next
    day: int | None = None  # with MONTH: day of the month, None when the text names none

    def as_json(self) -> dict[str, Any]:
        """Return the recurrence with only the keys of its kind."""
        own: dict[Every, dict[str, Any]] = {
            Every.DAY: {},
            Every.WEEKDAYS: {"days": list(self.days)},
            Every.N_DAYS: {"n": self.n},
            Every.MONTH: {"day": self.day},
        }
        return {"every": self.every.value, **own[self.every]}


@dataclass(frozen=True, slots=True)
class WallClock:
    """Doses at times of day ("HH:MM") of the patient's own clock."""

    times: tuple[str, ...]
    recurrence: Recurrence = Recurrence()

    def as_json(self) -> dict[str, Any]:
        """Return the tagged value."""
        return {"kind": "WALL_CLOCK", "times": list(self.times), "recurrence": self.recurrence.as_json()}


@dataclass(frozen=True, slots=True)
class Interval:
    """Doses a fixed number of elapsed hours apart, whatever the clock shows."""

    hours: Number

    def as_json(self) -> dict[str, Any]:
        """Return the tagged value."""
        return {"kind": "INTERVAL", "hours": self.hours}


@dataclass(frozen=True, slots=True)
class AsNeeded:
    """Doses the patient asks for; None where the text sets no gap (hours) or no maximum (doses a day)."""

    minimum_gap_hours: Number | None = None
    maximum_per_day: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the tagged value."""
        return {
            "kind": "AS_NEEDED",
            "minimum_gap_hours": self.minimum_gap_hours,
            "maximum_per_day": self.maximum_per_day,
        }


Schedule: TypeAlias = WallClock | Interval | AsNeeded


@dataclass(frozen=True, slots=True)
class MaxPerDay:
    """The most that may be taken in 24 hours; the unit is that of the dose, or "dose" where the text counts doses."""

    amount: Decimal
    unit: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the amount as a JSON number with its unit."""
        return {"amount": json_number(self.amount), "unit": self.unit}


@dataclass(frozen=True, slots=True)
class DosageStep:
    """One part of a dosage whose dose or timing changes.

    Parts that follow each other (a taper) have a `duration_days` each, the last perhaps none (it stays); parts of
    one and the same day (two in the morning, one at night) have `times_of_day` and no duration.
    """

    dose: Decimal | None = None
    dose_max: Decimal | None = None
    dose_unit: str | None = None
    doses_per_day: Number | None = None
    interval_hours: Number | None = None
    interval_hours_max: Number | None = None
    times_of_day: tuple[str, ...] = ()
    duration_days: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the step with its doses as JSON numbers."""
        return {
            "dose": json_number(self.dose),
            "dose_max": json_number(self.dose_max),
            "dose_unit": self.dose_unit,
            "doses_per_day": self.doses_per_day,
            "interval_hours": self.interval_hours,
            "interval_hours_max": self.interval_hours_max,
            "times_of_day": list(self.times_of_day),
            "duration_days": self.duration_days,
        }


@dataclass(frozen=True, slots=True)
class Dosage:
    """What one dosage text says; None, False or () where it says nothing.

    `doses_per_day` counts doses on a dosing day where days of the week are named, else doses over all days (every
    other day = 0.5). `interval_hours` is the spacing that the text names, days taken as 24 hours (every other day =
    48); whether it is elapsed time or the calendar is for `schedule` to say. `times_of_day` holds the times that the
    text names, as clock times or as parts of the day; customary hours for "twice daily" stand in `schedule` only.
    Where the dose differs between parts, `dose` is None and `steps` says which. A week is 7 days, a month 30.
    """

    doses_per_day: Number | None = None
    interval_hours: Number | None = None
    interval_hours_max: Number | None = None
    duration_days: int | None = None
    as_needed: bool = False
    food: Food | None = None
    times_of_day: tuple[str, ...] = ()
    days_of_week: tuple[str, ...] = ()
    dose: Decimal | None = None
    dose_max: Decimal | None = None
    dose_unit: str | None = None
    max_per_day: MaxPerDay | None = None
    steps: tuple[DosageStep, ...] = ()
    schedule: Schedule | None = None


def json_number(value: Decimal | None) -> Number | None:
    """Return a decimal as the JSON number that reads the same: whole numbers without a point."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def as_json(dosage: Dosage) -> dict[str, Any]:
    """Return the dosage as the API sends it, keys in the API's order; `schedule` is None when nothing can be said."""
    return {
        "doses_per_day": dosage.doses_per_day,
        "interval_hours": dosage.interval_hours,
        "interval_hours_max": dosage.interval_hours_max,
        "duration_days": dosage.duration_days,
        "as_needed": dosage.as_needed,
        "food": dosage.food.value if dosage.food else None,
        "times_of_day": list(dosage.times_of_day),
        "days_of_week": list(dosage.days_of_week),
        "dose": json_number(dosage.dose),
        "dose_max": json_number(dosage.dose_max),
        "dose_unit": dosage.dose_unit,
        "steps": [step.as_json() for step in dosage.steps],
        "schedule": dosage.schedule.as_json() if dosage.schedule else None,
        "max_per_day": dosage.max_per_day.as_json() if dosage.max_per_day else None,
    }
