"""Visits as iCalendar (RFC 5545): entries in, bytes out. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress

from apps.core.zones import zone

PRODUCT = "-//CareLoop//Appointments//EN"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit as a calendar shows it: never why, nor anything else that a doctor would ask about.

    A calendar takes a change when `sequence` has risen, and finds what it changes by `uid`.
    """

    uid: str
    sequence: int
    summary: str
    location: str
    starts_at: datetime
    ends_at: datetime
    zone_name: str
    status: str  # TENTATIVE, CONFIRMED or CANCELLED.
    changed_at: datetime


def write_calendar(entries: Sequence[Entry], *, name: str, method: str, organizer: str) -> bytes:
    """Return a calendar of the entries, each on the clock of its own zone, with what defines those zones."""
    calendar = Calendar()
    for key, value in (("prodid", PRODUCT), ("version", "2.0"), ("method", method), ("x-wr-calname", name)):
        calendar.add(key, value)
    for zone_name in sorted({entry.zone_name for entry in entries}):
        own = [entry for entry in entries if entry.zone_name == zone_name]
        first, last = min(entry.starts_at for entry in own), max(entry.ends_at for entry in own)
        calendar.add_component(zone_definition(zone_name, first.year - 1, last.year + 1))
    for entry in entries:
        calendar.add_component(_event(entry, organizer))
    return bytes(calendar.to_ical())


def _event(entry: Entry, organizer: str) -> Event:
    event = Event()
    facts = {
        "uid": entry.uid,
        "sequence": entry.sequence,
        "dtstamp": entry.changed_at.astimezone(UTC),
        "last-modified": entry.changed_at.astimezone(UTC),
        "dtstart": entry.starts_at.astimezone(zone(entry.zone_name)),
        "dtend": entry.ends_at.astimezone(zone(entry.zone_name)),
        "summary": entry.summary,
        "status": entry.status,
        "class": "PRIVATE",
        "transp": "TRANSPARENT" if entry.status == "CANCELLED" else "OPAQUE",
    }
    for name, value in facts.items():
        event.add(name, value)
    if entry.location:
        event.add("location", entry.location)
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    return event


@dataclass(frozen=True, slots=True)
class Onset:
    """A moment from which a zone's clocks show another offset."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    is_daylight: bool


@lru_cache(maxsize=512)
def zone_definition(zone_name: str, first_year: int, last_year: int) -> Timezone:
    """Return what defines a zone between two years, both included.

    Written out here: a change of clocks is stated on the clock that was valid until then (RFC 5545, 3.6.5), and the
    library states that of spring on the new one, an hour late.
    """
    definition = Timezone()
    definition.add("tzid", zone_name)
    alike = sorted(_onsets(zone_name, first_year, last_year), key=_kind)
    for _kind_of, same in groupby(alike, key=_kind):
        definition.add_component(_observance(sorted(same, key=lambda onset: onset.at)))
    return definition


def _kind(onset: Onset) -> tuple[bool, timedelta, timedelta, str]:
    return onset.is_daylight, onset.before, onset.after, onset.name


def _observance(onsets: Sequence[Onset]) -> TimezoneStandard | TimezoneDaylight:
    first = onsets[0]
    observance = TimezoneDaylight() if first.is_daylight else TimezoneStandard()
    begins, *again = [(onset.at + onset.before).replace(tzinfo=None) for onset in onsets]
    observance.add("dtstart", begins)
    if again:
        observance.add("rdate", again)
    observance.add("tzoffsetfrom", first.before)
    observance.add("tzoffsetto", first.after)
    observance.add("tzname", first.name)
    return observance


def _onsets(zone_name: str, first_year: int, last_year: int) -> Iterator[Onset]:
    """Yield how the first year begins, then every change of clocks until the last one ends."""
    there = zone(zone_name)
    moment, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    yield _onset(moment, moment, zone_name)
    while moment < end:
        following = moment + DAY
        if following.astimezone(there).utcoffset() != moment.astimezone(there).utcoffset():
            yield _onset(*_between(moment, following, zone_name), zone_name)
        moment = following


def _between(before: datetime, after: datetime, zone_name: str) -> tuple[datetime, datetime]:
    """Return the last whole minute of the old offset and the first of the new one."""
    there = zone(zone_name)
    old = before.astimezone(there).utcoffset()
    while after - before > MINUTE:
        middle = before + (after - before) // 2 // MINUTE * MINUTE
        before, after = (middle, after) if middle.astimezone(there).utcoffset() == old else (before, middle)
    return before, after


def _onset(before: datetime, at: datetime, zone_name: str) -> Onset:
    local, local_before = at.astimezone(zone(zone_name)), before.astimezone(zone(zone_name))
    return Onset(
        at=at,
        before=local_before.utcoffset() or timedelta(),
        after=local.utcoffset() or timedelta(),
        name=local.tzname() or zone_name,
        is_daylight=bool(local.dst()),
    )


def sorted_entries(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries in the order of time, so that the same visits are the same bytes."""
    return sorted(entries, key=lambda entry: (entry.starts_at, entry.uid))
