"""Reading `available_timings`, the weekly hours of systems that CareLoop replaces, into plain ranges. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from itertools import pairwise
from typing import Any

NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WALL = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::00)?)?\s*(?P<half>[ap]\.?m\.?)?", re.IGNORECASE)
DASH = re.compile(r"\s*(?:-|–|—|\bto\b)\s*", re.IGNORECASE)
CLOSED = {"", "closed", "off", "-"}


@dataclass(frozen=True, slots=True)
class Timing:
    """One range of a weekday (Monday = 0), and the pointer of where it was written; `to_time` 00:00 ends the day."""

    weekday: int
    from_time: time
    to_time: time
    pointer: str


class UnreadableTiming(ValueError):
    """Something in the timings cannot be read: `pointer` says where, `code` what is wrong with it."""

    def __init__(self, pointer: str, code: str) -> None:
        self.pointer, self.code = pointer, code
        super().__init__(f"{pointer}: {code}")


def read_timings(timings: Mapping[str, Any]) -> list[Timing]:
    """Return the ranges of `{"monday": ["09:00-12:00", ...], ...}` by weekday and start; raises UnreadableTiming.

    A day may be abbreviated, a single text, or empty; a range may be `9 am - 5 pm`, `{"start": ..., "end": ...}`.
    Ranges of a day that overlap are refused; days that are not named have none.
    """
    found: list[Timing] = []
    for name, ranges in timings.items():
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        found += _of_day(weekday_named(name, pointer), ranges, pointer)
    found.sort(key=lambda each: (each.weekday, each.from_time))
    for one, other in pairwise(found):
        if one.weekday == other.weekday and (one.to_time == time(0) or other.from_time < one.to_time):
            raise UnreadableTiming(other.pointer, "overlap")
    return found


def weekday_named(name: Any, pointer: str) -> int:
    """Return the number (Monday = 0) of a weekday by its English name, or by three letters of it or more."""
    text = str(name).strip().lower()
    matching = [number for number, full in enumerate(NAMES) if len(text) >= 3 and full.startswith(text)]
    if len(matching) != 1:
        raise UnreadableTiming(pointer, "unknown_weekday")
    return matching[0]


def _of_day(weekday: int, ranges: Any, pointer: str) -> Iterator[Timing]:
    if isinstance(ranges, str):
        ranges = [each for each in ranges.split(",") if each.strip().lower() not in CLOSED]
    if ranges is None:
        return
    if not isinstance(ranges, list):
        raise UnreadableTiming(pointer, "not_a_range")
    for position, written in enumerate(ranges):
        here = f"{pointer}/{position}"
        start, end = _ends_of(written, here)
        from_time, to_time = _wall(start, here), _wall(end, here, is_end=True)
        if to_time != time(0) and to_time <= from_time:
            raise UnreadableTiming(here, "ends_before_start")
        yield Timing(weekday, from_time, to_time, here)


def _ends_of(written: Any, pointer: str) -> tuple[str, str]:
    if isinstance(written, Mapping):
        ends = [written.get("start", written.get("from")), written.get("end", written.get("to"))]
    else:
        ends = DASH.split(written.strip()) if isinstance(written, str) else []
    if len(ends) != 2 or not all(isinstance(each, str) for each in ends):
        raise UnreadableTiming(pointer, "not_a_range")
    return str(ends[0]), str(ends[1])


def _wall(text: str, pointer: str, *, is_end: bool = False) -> time:
    match = WALL.fullmatch(text.strip())
    if match is None:
        raise UnreadableTiming(pointer, "not_a_time")
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), (match["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise UnreadableTiming(pointer, "not_a_time")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if is_end and (hour, minute) == (24, 0):
        hour = 0
    if hour > 23 or minute > 59:
        raise UnreadableTiming(pointer, "not_a_time")
    return time(hour, minute)
