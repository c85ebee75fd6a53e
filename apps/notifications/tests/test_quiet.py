"""Quiet hours on a wall clock: over midnight, at their edges, and when the clock is changed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.notifications.quiet import quiet_until

YEAR = (datetime(2026, 1, 1), datetime(2027, 1, 1))  # noqa: DTZ001 - hypothesis adds the zone
WALLS = st.integers(0, 1439).map(lambda minute: time(*divmod(minute, 60)))
PARIS = ZoneInfo("Europe/Paris")
NIGHT = {"begins": time(22), "ends": time(7), "zone": PARIS}


def paris(day: int, hour: int, minute: int = 0, *, month: int = 6, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        (paris(1, 21, 59), None),
        (paris(1, 22), paris(2, 7)),
        (paris(1, 23, 59), paris(2, 7)),
        (paris(2, 0), paris(2, 7)),
        (paris(2, 6, 59), paris(2, 7)),
        (paris(2, 7), None),
        (paris(2, 12), None),
    ],
)
def test_the_night(moment, until):
    assert quiet_until(moment, **NIGHT) == until


def test_a_nap_within_one_day():
    nap = {"begins": time(13), "ends": time(15), "zone": PARIS}
    assert quiet_until(paris(1, 14), **nap) == paris(1, 15)
    assert quiet_until(paris(1, 15), **nap) is quiet_until(paris(1, 12, 59), **nap) is None


def test_equal_times_are_no_hours():
    assert quiet_until(paris(1, 7), begins=time(7), ends=time(7), zone=PARIS) is None


def test_the_end_that_a_spring_night_skips_is_when_the_clock_jumps():
    hours = {"begins": time(23), "ends": time(2, 30), "zone": PARIS}  # On 2026-03-29 it jumps from 2:00 to 3:00.
    assert quiet_until(paris(28, 23, 30, month=3), **hours) == datetime(2026, 3, 29, 1, tzinfo=UTC)


@given(
    moment=st.datetimes(*YEAR, timezones=st.just(UTC)),
    begins=WALLS,
    ends=WALLS,
    zone=st.sampled_from(["Europe/Paris", "Australia/Lord_Howe", "America/New_York", "Africa/Cairo", "UTC"]),
)
def test_they_end_after_the_moment_within_a_day_and_when_asked_again_soon(moment, begins, ends, zone):
    hours = {"begins": begins, "ends": ends, "zone": ZoneInfo(zone)}
    until, asked = quiet_until(moment, **hours), 0
    while until is not None and asked < 5:  # The hour that comes twice may ask for a second look, at its own second.
        assert moment < until <= moment + timedelta(hours=26)
        if until == moment + timedelta(seconds=1):
            break
        moment, until, asked = until, quiet_until(until, **hours), asked + 1
    assert asked < 5
