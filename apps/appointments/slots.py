"""The arithmetic of a doctor's time: weekly rules, absences and taken times in; slots and places out. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apps.core.zones import instant

MIDNIGHT = time(0)
DAY = timedelta(days=1)


class Kind(StrEnum):
    """How a range is given out: cut into slots that are booked one by one, or as places in a line."""

    SLOTS = "SLOTS"
    QUEUE = "QUEUE"


@dataclass(frozen=True, slots=True)
class Rule:
    """A weekly range, in wall-clock time of the schedule's zone; `to_time` 00:00 is the end of the day.

    `weekday` counts from Monday = 0; `slot_minutes` is the length of a slot, or of a place in a queue.
    """

    weekday: int
    from_time: time
    to_time: time
    slot_minutes: int
    capacity: int
    valid_from: date | None = None
    valid_to: date | None = None
    kind: str = Kind.SLOTS

    def holds_on(self, day: date) -> bool:
        """Return whether the rule applies on that local date."""
        begun = self.valid_from is None or self.valid_from <= day
        over = self.valid_to is not None and day > self.valid_to
        return day.weekday() == self.weekday and begun and not over

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the moments (UTC) at which the range begins and ends on a local date."""
        last = day + DAY if self.to_time == MIDNIGHT else day
        return instant(day, self.from_time, zone), instant(last, self.to_time, zone)


class Slot(NamedTuple):  # No dataclass: a month is hundreds of them, and a tuple is made twice as fast.
    """A time that can be booked (UTC), on which local date it falls, and how many seats are left."""

    starts_at: datetime
    ends_at: datetime
    local_date: date
    capacity: int
    free: int


@dataclass(frozen=True, slots=True)
class Place:
    """The nth place in a doctor's line of one day, and when it is expected to be called (UTC)."""

    serial: int
    starts_at: datetime
    ends_at: datetime
    local_date: date


@dataclass(frozen=True, slots=True)
class Taken:
    """A time that is used up (UTC): one seat of it, or everything when `seat` is None (an absence).

    A place in a line also has its `serial`.
    """

    starts_at: datetime
    ends_at: datetime
    seat: int | None = None
    serial: int | None = None
    local_date: date | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a doctor works: the weekly rules in force, the zone they are written in, and the absences."""

    zone: ZoneInfo
    rules: tuple[Rule, ...]
    absences: tuple[Taken, ...] = ()

    def ranges_of_day(self, day: date, kind: str) -> list[tuple[datetime, datetime, Rule]]:
        """Return the ranges of one kind on a local date, by start, without those that clocks jump over."""
        held = [(*rule.on(day, self.zone), rule) for rule in self.rules if rule.kind == kind and rule.holds_on(day)]
        return sorted((each for each in held if each[0] < each[1]), key=lambda each: each[:2])

    def is_absent(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Return whether an absence touches the time between two moments."""
        return any(each.starts_at < ends_at and each.ends_at > starts_at for each in self.absences)

    def covers(self, held: Taken) -> bool:
        """Return whether the weekly rules have room for an appointment where it stands; absences aside.

        A slot lies in working time and its seat exists throughout. A place in a line is still that day's nth.
        """
        day = held.starts_at.astimezone(self.zone).date()
        if held.serial is not None:
            places = places_of_day(self.rules, held.local_date or day, self.zone)
            times = ((place.starts_at, place.ends_at) for place in places if place.serial == held.serial)
            return next(times, None) == (held.starts_at, held.ends_at)
        reached = held.starts_at
        for begins, ends, rule in self._ranges_around(day):
            if begins <= reached < ends and (held.seat or 0) < rule.capacity:
                reached = ends
        return reached >= held.ends_at

    def _ranges_around(self, day: date) -> Iterator[tuple[datetime, datetime, Rule]]:
        """Yield the slot ranges that may touch a local date; in a fold a range lies on the date before."""
        for each in (day - DAY, day, day + DAY):
            yield from self.ranges_of_day(each, Kind.SLOTS)


def slots_of_day(rules: Iterable[Rule], day: date, zone: ZoneInfo) -> Iterator[Slot]:
    """Yield the slots of one local date, by start.

    Slots are laid out in elapsed time from the rule's first instant to its last, so that on the day
    clocks change a slot keeps its length, and none falls into the hour that does not exist.
    """
    for start, end, rule in Calendar(zone, tuple(rules)).ranges_of_day(day, Kind.SLOTS):
        for begins, ends in _cut(start, end, rule.slot_minutes):
            yield Slot(begins, ends, day, rule.capacity, rule.capacity)


def places_of_day(rules: Iterable[Rule], day: date, zone: ZoneInfo) -> Iterator[Place]:
    """Yield the places of one local date's line in order, numbered from 1 through all its ranges.

    A place's time is when it is expected to be called; none passes the end of its range, nor midnight.
    """
    numbers = count(1)
    for start, end, rule in Calendar(zone, tuple(rules)).ranges_of_day(day, Kind.QUEUE):
        for begins, ends in _cut(start, end, rule.slot_minutes):
            yield Place(next(numbers), begins, ends, day)


def number_of(day: date, serial: int | None) -> str | None:
    """Return what a place in a line is called by, unique per doctor and day; None for what is no place."""
    return f"APT-{day:%Y%m%d}-{serial:03}" if serial else None


def _cut(start: datetime, end: datetime, minutes: int) -> Iterator[tuple[datetime, datetime]]:
    length = timedelta(minutes=minutes)
    over = start + length
    while over <= end:
        yield start, over
        start, over = over, over + length


def days(first: date, last: date) -> Iterator[date]:
    """Yield each date from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def free_slots(slots: Iterable[Slot], taken: Iterable[Taken], *, not_before: datetime) -> Iterator[Slot]:
    """Yield the slots that still have a seat and begin at `not_before` or later; `slots` come by start, all seats free.

    One walk along both: what has ended before a slot begins is not looked at again.
    """
    waiting = sorted(taken, key=lambda one: one.starts_at, reverse=True)
    near: list[Taken] = []
    for slot in slots:
        if slot.starts_at < not_before:
            continue
        while waiting and waiting[-1].starts_at < slot.ends_at:
            near.append(waiting.pop())
        if not near:
            yield slot
            continue
        near = [one for one in near if one.ends_at > slot.starts_at]
        seats = free_seats(slot, near)
        if seats:
            yield Slot(slot.starts_at, slot.ends_at, slot.local_date, slot.capacity, len(seats))


def free_seats(slot: Slot, taken: Iterable[Taken]) -> list[int]:
    """Return the seat numbers (from 0) of a slot that nothing in `taken` overlaps."""
    overlapping = [one for one in taken if one.starts_at < slot.ends_at and one.ends_at > slot.starts_at]
    if any(one.seat is None for one in overlapping):
        return []
    used = {one.seat for one in overlapping}
    return [seat for seat in range(slot.capacity) if seat not in used]


def next_place(calendar: Calendar, day: date, taken: Iterable[Taken], *, last_serial: int) -> Place | None:
    """Return the place that the next one in line gets, or None when the day's line is full.

    A place is never used again, so it comes after `last_serial`, whoever left since; what an absence
    or an appointment of another kind takes is passed over.
    """
    used = [one for one in taken if one.serial is None]
    for place in places_of_day(calendar.rules, day, calendar.zone):
        busy = any(one.starts_at < place.ends_at and one.ends_at > place.starts_at for one in used)
        if place.serial > last_serial and not busy and not calendar.is_absent(place.starts_at, place.ends_at):
            return place
    return None
