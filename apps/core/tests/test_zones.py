"""When a wall-clock time really is: on ordinary days, in the hour that is missing, in the hour that comes twice."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from apps.core.testing.proofs import dice, rounds
from apps.core.zones import instant, validate_zone, zone, zone_names

MINUTE = timedelta(minutes=1)


def when(name: str, day: str, wall: str) -> str:
    return f"{instant(date.fromisoformat(day), time.fromisoformat(wall), zone(name)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("name", "day", "wall", "expected"),
    [
        ("UTC", "2026-11-23", "09:00", "2026-11-23 09:00"),
        ("America/New_York", "2026-11-23", "09:00", "2026-11-23 14:00"),
        ("America/New_York", "2026-07-23", "09:00", "2026-07-23 13:00"),
        ("Asia/Kathmandu", "2026-11-23", "09:00", "2026-11-23 03:15"),
        ("Pacific/Kiritimati", "2026-11-23", "09:00", "2026-11-22 19:00"),
        ("Etc/GMT+12", "2026-11-23", "13:00", "2026-11-24 01:00"),
    ],
)
def test_on_an_ordinary_day(name, day, wall, expected):
    assert when(name, day, wall) == expected


@pytest.mark.parametrize(
    ("name", "day", "walls", "expected"),
    [
        ("America/New_York", "2027-03-14", ("02:00", "02:01", "02:59", "03:00"), "2027-03-14 07:00"),
        ("Africa/Cairo", "2026-04-24", ("00:00", "00:30", "00:59", "01:00"), "2026-04-23 22:00"),
        ("Australia/Lord_Howe", "2026-10-04", ("02:00", "02:15", "02:29", "02:30"), "2026-10-03 15:30"),
        ("Pacific/Apia", "2011-12-30", ("00:00", "12:00", "23:59"), "2011-12-30 10:00"),
    ],
    ids=["New York", "Cairo at midnight", "Lord Howe by half an hour", "Apia by a whole day"],
)
def test_in_a_gap_is_the_first_moment_after_it(name, day, walls, expected):
    assert {when(name, day, wall) for wall in walls} == {expected}


@pytest.mark.parametrize(
    ("name", "day", "wall", "expected"),
    [
        ("America/New_York", "2026-11-01", "01:00", "2026-11-01 05:00"),
        ("America/New_York", "2026-11-01", "01:59", "2026-11-01 05:59"),
        ("America/New_York", "2026-11-01", "02:00", "2026-11-01 07:00"),
        ("Africa/Cairo", "2026-10-29", "23:30", "2026-10-29 20:30"),
        ("Africa/Cairo", "2026-10-30", "00:00", "2026-10-29 22:00"),
        ("Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-03 14:45"),
    ],
)
def test_in_a_fold_is_the_earlier_one(name, day, wall, expected):
    assert when(name, day, wall) == expected


def test_answers_in_utc():
    assert instant(date(2026, 11, 23), time(9), zone("Asia/Tokyo")).tzinfo is UTC


@pytest.mark.proof
def test_agrees_with_a_clock_that_is_watched_minute_by_minute():
    """The oracle looks at every minute around each change of clocks: no arithmetic with offsets."""
    names = dice("zones").sample(sorted(zone_names()), rounds(25, len(zone_names())))
    for name in [*names, "America/New_York", "Africa/Cairo", "Australia/Lord_Howe"]:
        for day in _days_when_clocks_change(zone(name), years=rounds(1, 2)):
            clock = _watched(day, zone(name))
            for minutes in range(0, 24 * 60, 15):
                wall = datetime.combine(day, time()) + minutes * MINUTE
                shown = [moment for moment, local in clock if local == wall]
                later = [moment for moment, local in clock if local > wall]
                assert instant(day, wall.time(), zone(name)) == (shown or later)[0], (name, wall)


def _days_when_clocks_change(where: ZoneInfo, *, years: int) -> list[date]:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365 * years)]
    offsets = [datetime.combine(day, time(12), tzinfo=where).utcoffset() for day in days]
    changes = [number for number in range(1, len(days)) if offsets[number] != offsets[number - 1]]
    return [days[number - back] for number in changes for back in (0, 1)]


def _watched(day: date, where: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Return every minute (UTC) around a local date with what the clock on the wall shows."""
    start = datetime.combine(day, time(), tzinfo=UTC) - timedelta(hours=16)
    minutes = [start + number * MINUTE for number in range(56 * 60)]
    return [(moment, moment.astimezone(where).replace(tzinfo=None)) for moment in minutes]


@pytest.mark.parametrize("name", ["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires"])
def test_iana_names_are_zones(name):
    validate_zone(name)


@pytest.mark.parametrize(
    "name", ["", "Paris", "europe/paris", "+02:00", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "UTC\x00"]
)
def test_nothing_else_is_a_zone(name):
    with pytest.raises(ValidationError):
        validate_zone(name)
