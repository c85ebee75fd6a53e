"""Reading a schedule from JSON, whoever wrote it: a doctor, the dosage parser, a language model, this database."""

import re
from collections.abc import Mapping
from typing import Any

from apps.recommendations.dosage import AsNeeded, Every, Interval, Recurrence, Schedule, WallClock
from apps.recommendations.dosage.model import DAYS_OF_WEEK, Number

WEEKDAYS = DAYS_OF_WEEK
TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
MOST_TIMES = 24
LONGEST_INTERVAL_HOURS = 366 * 24
LONGEST_STEP_DAYS = 366


class UnusableSchedule(ValueError):
    """What was given is no schedule: `field` says where, `code` why."""

    def __init__(self, field: str, code: str) -> None:
        self.field, self.code = field, code
        super().__init__(f"{field}: {code}")


def read_schedule(raw: Any) -> Schedule:
    """Return the schedule that this JSON value describes; raises UnusableSchedule."""
    if not isinstance(raw, Mapping):
        raise UnusableSchedule("", "no_object")
    kind = str(raw.get("kind", "")).upper()
    if kind == "WALL_CLOCK":
        return WallClock(_times(raw.get("times")), _recurrence(raw.get("recurrence", {})))
    if kind == "INTERVAL":
        return Interval(_number(raw, "hours", least=0.25, most=LONGEST_INTERVAL_HOURS))
    if kind == "AS_NEEDED":
        gap = _optional(raw, "minimum_gap_hours", least=0.25, most=LONGEST_INTERVAL_HOURS)
        most = _optional(raw, "maximum_per_day", least=1, most=100)
        return AsNeeded(gap, None if most is None else _whole(most, "maximum_per_day"))
    raise UnusableSchedule("kind", "unknown_kind")


def _times(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or not 1 <= len(raw) <= MOST_TIMES:
        raise UnusableSchedule("times", "how_many_times")
    if not all(isinstance(text, str) and TIME_OF_DAY.fullmatch(text) for text in raw):
        raise UnusableSchedule("times", "no_time_of_day")
    if len(set(raw)) < len(raw):
        raise UnusableSchedule("times", "repeated")
    return tuple(sorted(raw))


def _recurrence(raw: Any) -> Recurrence:
    if not isinstance(raw, Mapping):
        raise UnusableSchedule("recurrence", "no_object")
    every = str(raw.get("every", Every.DAY)).upper()
    if every == Every.WEEKDAYS:
        return Recurrence(Every.WEEKDAYS, days=_days(raw.get("days")))
    if every == Every.N_DAYS:
        step = _number(raw, "n", least=1, most=LONGEST_STEP_DAYS, within="recurrence/")
        return Recurrence(Every.N_DAYS, n=_whole(step, "recurrence/n"))
    if every == Every.MONTH:
        day = _optional(raw, "day", least=1, most=31, within="recurrence/")
        return Recurrence(Every.MONTH, day=None if day is None else _whole(day, "recurrence/day"))
    if every == Every.DAY:
        return Recurrence()
    raise UnusableSchedule("recurrence/every", "unknown_recurrence")


def _days(raw: Any) -> tuple[str, ...]:
    named = {str(day).upper() for day in raw} if isinstance(raw, list | tuple) else set()
    if not named or not named <= set(WEEKDAYS):
        raise UnusableSchedule("recurrence/days", "no_weekdays")
    return tuple(day for day in WEEKDAYS if day in named)


def _optional(raw: Mapping[str, Any], name: str, *, least: float, most: float, within: str = "") -> Number | None:
    return None if raw.get(name) is None else _number(raw, name, least=least, most=most, within=within)


def _number(raw: Mapping[str, Any], name: str, *, least: float, most: float, within: str = "") -> Number:
    value = raw.get(name)
    # A boolean is an integer to Python, and NaN is in no range.
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise UnusableSchedule(f"{within}{name}", "out_of_range")
    return value


def _whole(value: Number, field: str) -> int:
    if value != int(value):
        raise UnusableSchedule(field, "out_of_range")
    return int(value)
