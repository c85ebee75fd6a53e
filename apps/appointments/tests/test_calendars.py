"""Queue places and what a calendar covers, on days of every length. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from apps.appointments.slots import Calendar, Rule, Taken, next_place, places_of_day, slots_of_day
from apps.core.testing.proofs import dice, rounds
from apps.core.zones import zone, zone_names

MONDAY = date(2026, 11, 23)


def rule(day: date = MONDAY, start: str = "09:00", end: str = "10:00", *, minutes: int = 20, **facts) -> Rule:
    facts = {"capacity": 1, **facts}
    return Rule(day.weekday(), time.fromisoformat(start), time.fromisoformat(end), minutes, **facts)


def queue(*where, **facts) -> Rule:
    return rule(*where, kind="QUEUE", **{"minutes": 10, **facts})


def held(start: str, end: str, seat: int | None = 0, serial: int | None = None) -> Taken:
    starts_at, ends_at = (datetime.fromisoformat(f"2026-11-23 {text}").replace(tzinfo=UTC) for text in (start, end))
    return Taken(starts_at, ends_at, seat, serial, MONDAY)


def calendar(*rules: Rule, absences: tuple[Taken, ...] = (), name: str = "UTC") -> Calendar:
    return Calendar(zone(name), rules, absences)


def estimates(name: str, day: date, *rules: Rule) -> list[tuple[int, str]]:
    return [(place.serial, f"{place.starts_at:%m-%d %H:%M}") for place in places_of_day(rules, day, zone(name))]


# zone, day, from, to: how long the range really is that day, in minutes.
DAYS = [
    ("America/New_York", "2027-03-14", "00:00", "04:00", 180),
    ("America/New_York", "2026-11-01", "00:00", "04:00", 300),
    ("America/New_York", "2026-11-01", "22:00", "00:00", 120),
    ("America/New_York", "2026-11-02", "00:00", "04:00", 240),
    ("Africa/Cairo", "2026-04-24", "00:00", "04:00", 180),
    ("Africa/Cairo", "2026-04-23", "22:00", "00:00", 120),
    ("Africa/Cairo", "2026-10-29", "22:00", "00:00", 180),
    ("Africa/Cairo", "2026-10-30", "00:00", "04:00", 240),
    ("Australia/Lord_Howe", "2026-10-04", "00:00", "04:00", 210),
    ("Australia/Lord_Howe", "2027-04-04", "00:00", "04:00", 270),
    ("Pacific/Kiritimati", "2026-11-23", "00:00", "00:00", 1440),
    ("Etc/GMT+12", "2026-11-23", "00:00", "00:00", 1440),
]


@pytest.mark.parametrize("case", DAYS, ids=lambda case: " ".join(map(str, case[:3])))
class TestDaysOfEveryLength:
    @pytest.mark.parametrize("length", [10, 15, 30])
    def test_no_slot_is_lost_or_doubled(self, case, length):
        name, day, start, end, minutes = case
        day = date.fromisoformat(day)
        slots = list(slots_of_day([rule(day, start, end, minutes=length)], day, zone(name)))
        self.check(slots, day, minutes, length)

    @pytest.mark.parametrize("length", [10, 15, 30])
    def test_no_place_is_lost_or_doubled(self, case, length):
        name, day, start, end, minutes = case
        day = date.fromisoformat(day)
        places = list(places_of_day([queue(day, start, end, minutes=length)], day, zone(name)))
        self.check(places, day, minutes, length)
        assert [place.serial for place in places] == list(range(1, len(places) + 1))

    def check(self, times, day, minutes, length):
        assert len(times) == minutes // length
        assert all(each.ends_at - each.starts_at == timedelta(minutes=length) for each in times)
        assert all(one.ends_at == other.starts_at for one, other in pairwise(times))
        assert {each.local_date for each in times} == {day}


class TestQueue:
    def test_runs_through_the_ranges_of_the_day_in_order(self):
        afternoon, morning = queue(MONDAY, "14:00", "14:20"), queue(MONDAY, "09:00", "09:20")
        assert estimates("UTC", MONDAY, afternoon, morning) == [
            (1, "11-23 09:00"),
            (2, "11-23 09:10"),
            (3, "11-23 14:00"),
            (4, "11-23 14:10"),
        ]

    def test_passes_neither_the_end_of_its_range_nor_midnight(self):
        assert estimates("UTC", MONDAY, queue(MONDAY, "09:00", "09:25")) == [(1, "11-23 09:00"), (2, "11-23 09:10")]
        late = list(places_of_day([queue(MONDAY, "23:30", "00:00", minutes=20)], MONDAY, zone("UTC")))
        assert [(place.starts_at.hour, place.ends_at.minute) for place in late] == [(23, 50)]

    def test_slots_and_places_do_not_mix(self):
        rules = [rule(), queue(MONDAY, "14:00", "14:20")]
        assert len(estimates("UTC", MONDAY, *rules)) == 2
        assert len(list(slots_of_day(rules, MONDAY, zone("UTC")))) == 3

    @pytest.mark.parametrize(("last", "expected"), [(0, 1), (1, 2), (5, 6), (6, None), (99, None)])
    def test_the_next_place_comes_after_the_last_one_given_out(self, last, expected):
        place = next_place(calendar(queue()), MONDAY, [], last_serial=last)
        assert (place.serial if place else None) == expected

    def test_a_place_that_something_else_takes_is_passed_over(self):
        visit, away = held("09:05", "09:15"), held("09:20", "09:30", None)
        place = next_place(calendar(queue()), MONDAY, [visit], last_serial=0)
        assert (place.serial, place.starts_at.minute) == (3, 20)
        place = next_place(calendar(queue(), absences=(away,)), MONDAY, [visit], last_serial=0)
        assert (place.serial, place.starts_at.minute) == (4, 30)

    def test_the_places_of_others_take_nothing_from_those_behind(self):
        others = [held("09:00", "09:10", 0, 1), held("09:10", "09:20", 0, 2)]
        assert next_place(calendar(queue()), MONDAY, others, last_serial=2).serial == 3

    def test_a_day_without_a_queue_has_no_place(self):
        assert next_place(calendar(rule()), MONDAY, [], last_serial=0) is None


class TestCovers:
    @pytest.mark.parametrize(("start", "end"), [("09:00", "09:20"), ("09:40", "10:00"), ("09:05", "09:55")])
    def test_what_lies_in_working_time(self, start, end):
        assert calendar(rule()).covers(held(start, end))

    @pytest.mark.parametrize(("start", "end"), [("08:50", "09:10"), ("09:50", "10:10"), ("11:00", "11:20")])
    def test_not_what_reaches_out_of_it(self, start, end):
        assert not calendar(rule()).covers(held(start, end))

    def test_what_lies_across_ranges_that_meet(self):
        both = calendar(rule(), rule(MONDAY, "10:00", "11:00"))
        assert both.covers(held("09:50", "10:10"))
        assert not calendar(rule(), rule(MONDAY, "10:05", "11:00")).covers(held("09:50", "10:10"))

    def test_what_passes_midnight(self):
        tuesday = MONDAY + timedelta(days=1)
        night = calendar(rule(MONDAY, "22:00", "00:00"), rule(tuesday, "00:00", "06:00"))
        over = Taken(datetime(2026, 11, 23, 23, 50, tzinfo=UTC), datetime(2026, 11, 24, 0, 10, tzinfo=UTC), 0)
        assert night.covers(over)

    def test_a_seat_that_is_there(self):
        assert calendar(rule(capacity=2)).covers(held("09:00", "09:20", 1))
        assert not calendar(rule(capacity=2)).covers(held("09:00", "09:20", 2))

    def test_no_slot_where_a_queue_is(self):
        assert not calendar(queue()).covers(held("09:00", "09:10"))

    @pytest.mark.parametrize(("facts", "is_covered"), [({}, True), ({"minutes": 15}, False), ({"minutes": 5}, False)])
    def test_a_place_only_where_it_is_still_that_days_nth(self, facts, is_covered):
        assert calendar(queue(**facts)).covers(held("09:10", "09:20", 0, 2)) is is_covered

    def test_a_place_whose_forerunners_went_is_another_one(self):
        second = held("14:00", "14:10", 0, 7)
        assert calendar(queue(), queue(MONDAY, "14:00", "15:00")).covers(second)
        assert not calendar(queue(MONDAY, "14:00", "15:00")).covers(second)

    @pytest.mark.proof
    def test_every_slot_and_place_of_every_day_and_zone_is_covered_by_its_own_calendar(self):
        chosen, names = dice("covers"), sorted(zone_names())
        for _ in range(rounds(300, 10_000)):
            name, day = chosen.choice(names), date(2000, 1, 1) + timedelta(days=chosen.randrange(20_000))
            walls = sorted(chosen.sample(range(0, 24 * 60, 5), 3))
            first, middle, last = (f"{wall // 60:02}:{wall % 60:02}" for wall in walls)
            rules = [rule(day, first, middle, capacity=2), queue(day, middle, last)]
            whole = calendar(*rules, name=name)
            for slot in slots_of_day(rules, day, zone(name)):
                assert whole.covers(Taken(slot.starts_at, slot.ends_at, 1, None, day)), (name, slot)
                assert not whole.covers(Taken(slot.starts_at, slot.ends_at, 2, None, day)), (name, slot)
            for place in places_of_day(rules, day, zone(name)):
                assert whole.covers(Taken(place.starts_at, place.ends_at, 0, place.serial, day)), (name, place)


class TestAbsent:
    @pytest.mark.parametrize(
        ("start", "end", "is_absent"),
        [("08:00", "09:00", False), ("09:59", "10:30", True), ("10:00", "10:20", False), ("08:00", "12:00", True)],
    )
    def test_whatever_an_absence_touches(self, start, end, is_absent):
        away = calendar(absences=(held("09:00", "10:00", None),))
        asked = held(start, end)
        assert away.is_absent(asked.starts_at, asked.ends_at) is is_absent
