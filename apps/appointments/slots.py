"""The arithmetic of slots: weekly rules and taken times in, free times out. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.core.zones import instant


@dataclass(frozen=True, slots=True)
class Rule:
    """A weekly range, in wall-clock time of the schedule's zone. `weekday` counts from Monday = 0."""

    weekday: int
    from_time: time
    to_time: time
    slot_minutes: int
    capacity: int
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether the rule applies on that local date."""
        begun = self.valid_from is None or self.valid_from <= day
        over = self.valid_to is not None and day > self.valid_to
        return day.weekday() == self.weekday and begun and not over


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked (UTC), on which local date it falls, and how many seats are left."""

    starts_at: datetime
    ends_at: datetime
    local_date: date
    capacity: int
    free: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A time that is used up (UTC): one seat of it, or everything when `seat` is None (an absence)."""

    starts_at: datetime
    ends_at: datetime
    seat: int | None = None


def slots_of_day(rules: Iterable[Rule], day: date, zone: ZoneInfo) -> Iterator[Slot]:
    """Yield the slots of one local date, by start.

    Slots are laid out in elapsed time from the rule's first instant to its last, so that on the day
    clocks change a slot keeps its length, and none falls into the hour that does not exist.
    """
    for rule in sorted(rules, key=lambda rule: rule.from_time):
        if not rule.holds_on(day):
            continue
        start, end = instant(day, rule.from_time, zone), instant(day, rule.to_time, zone)
        length = timedelta(minutes=rule.slot_minutes)
        while start + length <= end:
            yield Slot(start, start + length, day, rule.capacity, rule.capacity)
            start += length


def free_slots(slots: Iterable[Slot], taken: Iterable[Taken], *, not_before: datetime) -> Iterator[Slot]:
    """Yield the slots that still have a seat and begin at `not_before` or later."""
    used = sorted(taken, key=lambda one: one.starts_at)
    for slot in slots:
        if slot.starts_at < not_before:
            continue
        seats = free_seats(slot, used)
        if seats:
            yield Slot(slot.starts_at, slot.ends_at, slot.local_date, slot.capacity, len(seats))


def free_seats(slot: Slot, taken: Iterable[Taken]) -> list[int]:
    """Return the seat numbers (from 0) of a slot that nothing in `taken` overlaps."""
    overlapping = [one for one in taken if one.starts_at < slot.ends_at and one.ends_at > slot.starts_at]
    if any(one.seat is None for one in overlapping):
        return []
    used = {one.seat for one in overlapping}
    return [seat for seat in range(slot.capacity) if seat not in used]
