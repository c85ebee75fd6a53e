"""The calendar of doses: real clock changes as tables, and what holds in every zone as properties."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.testing.proofs import rounds
from apps.core.zones import zone_names
from apps.reminders.schedule import (
    WEEKDAYS,
    Calendar,
    Occurrence,
    doses_promised,
    read_schedule,
    shortest_gap,
)
from apps.reminders.schedule.calendar import SHORTEST_WINDOW

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")


def daily(*times: str) -> dict[str, Any]:
    return wall_clock({"every": "DAY"}, *times)


def wall_clock(recurrence: dict[str, Any], *times: str) -> dict[str, Any]:
    return {"kind": "WALL_CLOCK", "times": list(times), "recurrence": recurrence}


def every(hours: float) -> dict[str, Any]:
    return {"kind": "INTERVAL", "hours": hours}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def midnight(day: str, zone: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(0), tzinfo=ZoneInfo(zone))


def begun(schedule: dict[str, Any], zone: ZoneInfo, start: datetime) -> Calendar:
    return Calendar.beginning(read_schedule(schedule), zone, at=start)


def first_doses(schedule: dict[str, Any], zone: ZoneInfo, *, start: datetime, count: int) -> list[Occurrence]:
    return list(islice(begun(schedule, zone, start).since(start), count))


def local_dates(doses: list[Occurrence]) -> list[str]:
    return [dose.local_date.isoformat() for dose in doses]


class TestClockChanges:
    """Each case: a daily dose at this wall-clock time, from this local day on, falls due at these moments (UTC)."""

    @pytest.mark.parametrize(
        ("zone", "wall", "first_day", "due"),
        [
            pytest.param(
                *("Africa/Cairo", "00:30", "2026-04-23"),
                ["2026-04-22T22:30", "2026-04-23T22:00", "2026-04-24T21:30"],
                id="Cairo: 00:30 is skipped on 24 April, so that day's dose comes at 01:00",
            ),
            pytest.param(
                *("Africa/Cairo", "23:30", "2026-10-28"),
                ["2026-10-28T20:30", "2026-10-29T20:30", "2026-10-30T21:30"],
                id="Cairo: 23:30 comes twice on 29 October, and the dose at the first",
            ),
            pytest.param(
                *("America/New_York", "02:30", "2026-03-07"),
                ["2026-03-07T07:30", "2026-03-08T07:00", "2026-03-09T06:30"],
                id="New York: 02:30 is skipped on 8 March, so that day's dose comes at 03:00",
            ),
            pytest.param(
                *("America/New_York", "01:30", "2026-10-31"),
                ["2026-10-31T05:30", "2026-11-01T05:30", "2026-11-02T06:30"],
                id="New York: 01:30 comes twice on 1 November, and the dose at the first",
            ),
            pytest.param(
                *("America/New_York", "08:00", "2026-03-07"),
                ["2026-03-07T13:00", "2026-03-08T12:00", "2026-03-09T12:00"],
                id="New York: 08:00 stays 08:00 on the wall",
            ),
            pytest.param(
                *("Australia/Lord_Howe", "02:15", "2026-10-03"),
                ["2026-10-02T15:45", "2026-10-03T15:30", "2026-10-04T15:15"],
                id="Lord Howe: half an hour is skipped on 4 October",
            ),
            pytest.param(
                *("Australia/Lord_Howe", "01:45", "2026-04-04"),
                ["2026-04-03T14:45", "2026-04-04T14:45", "2026-04-05T15:15"],
                id="Lord Howe: half an hour comes twice on 5 April",
            ),
            pytest.param(
                *("Africa/Casablanca", "02:30", "2026-02-14"),
                ["2026-02-14T01:30", "2026-02-15T01:30", "2026-02-16T02:30"],
                id="Casablanca: clocks go back for Ramadan on 15 February",
            ),
            pytest.param(
                *("Africa/Casablanca", "02:30", "2026-03-21"),
                ["2026-03-21T02:30", "2026-03-22T02:00", "2026-03-23T01:30"],
                id="Casablanca: and forward after Ramadan on 22 March",
            ),
            pytest.param(
                *("America/Nuuk", "23:30", "2026-03-27"),
                ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
                id="Nuuk: the last hour of 28 March is skipped, and that day keeps its dose",
            ),
            pytest.param(
                *("Pacific/Apia", "08:00", "2011-12-28"),
                ["2011-12-28T18:00", "2011-12-29T18:00", "2011-12-30T18:00"],
                id="Apia: 30 December 2011 never was; no 24 hours without a dose, and none twice",
            ),
        ],
    )
    def test_a_daily_dose(self, zone, wall, first_day, due):
        doses = first_doses(daily(wall), ZoneInfo(zone), start=midnight(first_day, zone), count=3)
        assert [dose.due_at for dose in doses] == [at(moment) for moment in due]

    def test_a_date_that_never_was_has_no_dose(self):
        apia = ZoneInfo("Pacific/Apia")
        doses = first_doses(daily("08:00"), apia, start=midnight("2011-12-28", "Pacific/Apia"), count=4)
        assert local_dates(doses) == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]

    def test_a_dose_moved_over_midnight_belongs_to_the_day_it_was_meant_for(self):
        doses = first_doses(
            daily("23:30"), ZoneInfo("America/Nuuk"), start=midnight("2026-03-28", "America/Nuuk"), count=2
        )
        assert local_dates(doses) == ["2026-03-28", "2026-03-29"]

    def test_and_is_found_from_that_midnight_on(self):
        (first,) = first_doses(daily("23:30"), ZoneInfo("America/Nuuk"), start=at("2026-03-29T01:00"), count=1)
        assert (first.due_at, str(first.local_date)) == (at("2026-03-29T01:00"), "2026-03-28")

    def test_two_times_in_one_gap_are_one_dose(self):
        new_york = ZoneInfo("America/New_York")
        doses = first_doses(
            daily("02:10", "02:50"), new_york, start=midnight("2026-03-08", "America/New_York"), count=3
        )
        assert [dose.due_at for dose in doses] == [
            at("2026-03-08T07:00"),
            at("2026-03-09T06:10"),
            at("2026-03-09T06:50"),
        ]

    def test_hours_that_passed_are_counted_whatever_the_clocks_do(self):
        doses = first_doses(every(8), ZoneInfo("Africa/Cairo"), start=at("2026-04-23T15:00"), count=3)
        assert [dose.due_at for dose in doses] == [
            at("2026-04-23T15:00"),
            at("2026-04-23T23:00"),
            at("2026-04-24T07:00"),
        ]
        assert local_dates(doses) == ["2026-04-23", "2026-04-24", "2026-04-24"]


class TestRecurrence:
    def test_several_times_a_day_come_in_order_however_they_are_written(self):
        doses = first_doses(daily("20:00", "08:00"), PARIS, start=at("2026-06-01T10:00"), count=3)
        assert [dose.due_at for dose in doses] == [
            at("2026-06-01T18:00"),
            at("2026-06-02T06:00"),
            at("2026-06-02T18:00"),
        ]

    def test_a_time_that_is_just_now_counts_and_one_that_passed_does_not(self):
        start = at("2026-06-01T06:00")
        assert first_doses(daily("08:00"), PARIS, start=start, count=1)[0].due_at == start
        assert first_doses(daily("08:00"), PARIS, start=start + MINUTE, count=1)[0].due_at == start + DAY

    def test_days_of_the_week(self):
        schedule = wall_clock({"every": "WEEKDAYS", "days": ["MONDAY", "THURSDAY"]}, "08:00")
        doses = first_doses(schedule, PARIS, start=at("2026-06-02T00:00"), count=3)  # A Tuesday.
        assert local_dates(doses) == ["2026-06-04", "2026-06-08", "2026-06-11"]

    def test_every_third_day_counts_from_the_plans_first_day(self):
        schedule = wall_clock({"every": "N_DAYS", "n": 3}, "08:00")
        start = at("2026-06-01T10:00")  # Noon in Paris: the first day's hour has passed.
        assert local_dates(first_doses(schedule, PARIS, start=start, count=2)) == ["2026-06-04", "2026-06-07"]

    def test_every_third_day_keeps_step_when_the_calendar_is_taken_up_again(self):
        schedule = wall_clock({"every": "N_DAYS", "n": 3}, "08:00")
        anchor = at("2026-06-01T00:00")
        added = next(begun(schedule, PARIS, anchor).since(at("2026-06-05T12:00")))
        assert added.local_date == date(2026, 6, 7)

    def test_the_31st_is_the_last_day_of_a_shorter_month(self):
        schedule = wall_clock({"every": "MONTH", "day": 31}, "08:00")
        doses = first_doses(schedule, PARIS, start=at("2027-12-31T00:00"), count=4)
        assert local_dates(doses) == ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]

    def test_a_month_without_a_day_named_goes_by_the_plans_first_day(self):
        schedule = wall_clock({"every": "MONTH"}, "08:00")
        doses = first_doses(schedule, PARIS, start=at("2027-01-30T00:00"), count=3)
        assert local_dates(doses) == ["2027-01-30", "2027-02-28", "2027-03-30"]

    def test_the_plans_first_day_is_the_patients_and_not_utcs(self):
        schedule = wall_clock({"every": "MONTH"}, "08:00")
        doses = first_doses(schedule, ZoneInfo("Asia/Tokyo"), start=at("2026-06-14T20:00"), count=1)
        assert doses[0].local_date == date(2026, 6, 15)

    def test_an_interval_keeps_step_when_it_is_taken_up_again(self):
        calendar = begun(every(8), PARIS, at("2026-06-01T07:20"))
        assert calendar.next_after(at("2026-06-02T07:20")).due_at == at("2026-06-02T15:20")
        assert calendar.next_after(at("2026-06-02T07:21")).due_at == at("2026-06-02T15:20")

    def test_what_is_taken_as_needed_has_no_calendar(self):
        assert first_doses({"kind": "AS_NEEDED"}, PARIS, start=at("2026-06-01T00:00"), count=1) == []


class TestDosesPromised:
    @pytest.mark.parametrize(
        ("schedule", "days", "promised"),
        [
            (daily("08:00"), 7, 7),
            (daily("08:00", "14:00", "20:00"), 5, 15),
            (every(8), 2, 6),
            (every(36), 7, 4),
            (every(36), 1, 1),
            (wall_clock({"every": "WEEKDAYS", "days": ["MONDAY"]}, "08:00"), 28, 4),
            (wall_clock({"every": "WEEKDAYS", "days": ["MONDAY"]}, "08:00"), 3, 1),
            (wall_clock({"every": "WEEKDAYS", "days": ["MONDAY", "FRIDAY"]}, "08:00", "20:00"), 14, 8),
            (wall_clock({"every": "N_DAYS", "n": 7}, "08:00"), 28, 4),
            (wall_clock({"every": "N_DAYS", "n": 2}, "08:00"), 5, 3),
            (wall_clock({"every": "MONTH", "day": 31}, "08:00"), 90, 3),
            (wall_clock({"every": "MONTH"}, "08:00"), 7, 1),
            ({"kind": "AS_NEEDED"}, 7, 0),
        ],
    )
    def test_from_schedule_and_duration(self, schedule, days, promised):
        assert doses_promised(read_schedule(schedule), days) == promised


class TestMissesAt:
    def missed(self, schedule: dict[str, Any], due: str) -> datetime:
        calendar = begun(schedule, PARIS, at(due))
        (only,) = calendar.first(1, start=at(due))
        assert only[0].due_at == at(due)
        return only[1]

    def test_at_the_end_of_the_patients_day(self):
        assert self.missed(daily("08:00"), "2026-06-01T06:00") == at("2026-06-01T22:00")

    def test_but_not_sooner_than_six_hours_after_it_was_due(self):
        assert self.missed(daily("23:30"), "2026-06-01T21:30") == at("2026-06-02T03:30")

    def test_when_the_next_dose_falls_due_if_that_is_sooner(self):
        assert self.missed(daily("08:00", "14:00"), "2026-06-01T06:00") == at("2026-06-01T12:00")
        assert self.missed(daily("22:00", "02:00"), "2026-06-01T20:00") == at("2026-06-02T00:00")

    def test_a_last_dose_has_the_rest_of_its_day(self):
        assert self.missed(daily("08:00", "14:00"), "2026-06-01T12:00") == at("2026-06-01T22:00")

    def test_an_interval_dose_when_the_next_one_falls_due_over_midnight_too(self):
        assert self.missed(every(12), "2026-06-01T20:00") == at("2026-06-02T08:00")
        assert self.missed(every(4), "2026-06-01T20:00") == at("2026-06-02T00:00")

    def test_a_last_interval_dose_after_one_interval(self):
        assert self.missed(every(4), "2026-06-01T20:00") == at("2026-06-02T00:00")

    def test_the_day_before_a_date_that_never_was_ends_where_the_next_begins(self):
        apia = ZoneInfo("Pacific/Apia")
        ((_, missed),) = begun(daily("08:00"), apia, at("2011-12-29T18:00")).first(1, start=at("2011-12-29T18:00"))
        assert missed == at("2011-12-30T10:00")


# --- What holds in every zone ---------------------------------------------------------------------------

PROOF = settings(max_examples=rounds(60, 3_000), derandomize=True, deadline=None, database=None)
CLOCKS = st.one_of(
    st.times().map(lambda moment: moment.strftime("%H:%M")),
    st.sampled_from(["00:00", "00:30", "01:30", "02:00", "02:15", "02:30", "23:00", "23:30"]),
)
TIMES = st.lists(CLOCKS, min_size=1, max_size=4, unique=True)
# Some days before a change that is out of the ordinary: at midnight, before midnight, of half an hour, of a day.
CHANGES = (
    ("Africa/Cairo", "2026-04-20"),
    ("Africa/Cairo", "2026-10-26"),
    ("Africa/Casablanca", "2026-02-12"),
    ("America/Havana", "2026-10-29"),
    ("America/Nuuk", "2026-03-25"),
    ("America/Santiago", "2026-04-01"),
    ("Australia/Lord_Howe", "2026-10-01"),
    ("Pacific/Apia", "2011-12-27"),
)
PLACES = st.one_of(
    st.tuples(
        st.sampled_from(sorted(zone_names())).map(ZoneInfo),
        st.datetimes(*(datetime(year, 1, 1) for year in (2008, 2032)), timezones=st.just(UTC)),  # noqa: DTZ001 - ditto
    ),
    st.sampled_from(CHANGES).map(lambda change: (ZoneInfo(change[0]), at(change[1]))),
)
RECURRENCES = st.one_of(
    st.just({"every": "DAY"}),
    st.fixed_dictionaries(
        {
            "every": st.just("WEEKDAYS"),
            "days": st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True),
        }
    ),
    st.fixed_dictionaries({"every": st.just("N_DAYS"), "n": st.integers(1, 40)}),
    st.fixed_dictionaries({"every": st.just("MONTH"), "day": st.none() | st.integers(1, 31)}),
)
WALL_CLOCKS = st.builds(lambda recurrence, times: wall_clock(recurrence, *times), RECURRENCES, TIMES)
INTERVALS = st.sampled_from([0.5, 1, 4, 6, 8, 12, 24, 36, 72]).map(every)


def first_moment_showing(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """The slow, plain way: the first minute at which the wall shows this time of this day, or a later one."""
    wanted = datetime.combine(day, time.fromisoformat(clock))
    moment = datetime.combine(day, time(0), tzinfo=UTC) - timedelta(hours=16)
    while moment.astimezone(zone).replace(tzinfo=None) < wanted:
        moment += MINUTE
    return moment


def dates_between(first: datetime, last: datetime, zone: ZoneInfo) -> Iterator[date]:
    """The slow, plain way: every date that the calendar on the wall shows at some quarter of an hour."""
    moment, shown = first, None
    while moment < last:
        if (today := moment.astimezone(zone).date()) != shown:
            yield today
            shown = today
        moment += timedelta(minutes=15)


@pytest.mark.proof
class TestInEveryZone:
    @PROOF
    @given(st.one_of(WALL_CLOCKS, INTERVALS), PLACES)
    def test_doses_follow_each_other_and_each_has_a_window(self, schedule, place):
        zone, start = place
        doses = first_doses(schedule, zone, start=start, count=30)
        assert doses[0].due_at >= start
        for dose, following in pairwise(doses):
            assert dose.due_at < following.due_at
            assert dose.local_date <= following.local_date
            assert following.due_at - dose.due_at >= shortest_gap(read_schedule(schedule))
            missed = begun(schedule, zone, start).missed_from(dose, following.due_at)
            assert dose.due_at < missed <= following.due_at
            assert missed == following.due_at or missed >= dose.due_at + SHORTEST_WINDOW

    @PROOF
    @given(CLOCKS, PLACES)
    def test_a_daily_dose_comes_once_on_each_date_there_is(self, clock, place):
        zone, start = place
        doses = first_doses(daily(clock), zone, start=start, count=120)
        dates = list(dates_between(start - DAY, doses[-1].due_at + 2 * DAY, zone))
        first = dates.index(doses[0].local_date)
        assert [dose.local_date for dose in doses] == dates[first : first + 120]
        assert first_moment_showing(dates[first - 1], clock, zone) < start

    @PROOF
    @given(WALL_CLOCKS, PLACES)
    def test_the_wall_shows_the_time_or_the_first_after_a_gap(self, schedule, place):
        zone, start = place
        for dose in first_doses(schedule, zone, start=start, count=4):
            meant = {first_moment_showing(dose.local_date, clock, zone) for clock in schedule["times"]}
            assert dose.due_at in meant

    @PROOF
    @given(INTERVALS, PLACES)
    def test_an_interval_is_exact(self, schedule, place):
        zone, start = place
        gap = timedelta(hours=schedule["hours"])
        doses = first_doses(schedule, zone, start=start, count=40)
        assert [dose.due_at for dose in doses] == [start + number * gap for number in range(40)]
        assert all(dose.local_date == dose.due_at.astimezone(zone).date() for dose in doses)

    @PROOF
    @given(st.one_of(WALL_CLOCKS, INTERVALS), PLACES)
    def test_what_a_miss_adds_is_what_the_calendar_would_have_brought(self, schedule, place):
        zone, start = place
        doses = first_doses(schedule, zone, start=start, count=12)
        for dose, following in pairwise(doses):
            assert begun(schedule, zone, start).next_after(dose.due_at) == following

    @PROOF
    @given(WALL_CLOCKS, PLACES)
    def test_only_days_of_the_recurrence_have_doses(self, schedule, place):
        zone, start = place
        recurrence = schedule["recurrence"]
        first_day = start.astimezone(zone).date()
        for dose in first_doses(schedule, zone, start=start, count=20):
            if recurrence["every"] == "WEEKDAYS":
                assert WEEKDAYS[dose.local_date.weekday()] in recurrence["days"]
            if recurrence["every"] == "N_DAYS":
                assert (dose.local_date - first_day).days % recurrence["n"] == 0
            if recurrence["every"] == "MONTH" and dose.local_date.day < (recurrence["day"] or first_day.day):
                assert (dose.local_date + DAY).day == 1
