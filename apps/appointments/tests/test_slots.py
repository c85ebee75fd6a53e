"""The arithmetic of slots: a weekly rule on days of every length, seats, absences."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from apps.appointments.slots import Rule, Slot, Taken, free_seats, free_slots, slots_of_day
from apps.core.testing.proofs import dice, rounds
from apps.core.zones import zone, zone_names

NEW_YORK = "America/New_York"
MONDAY = date(2026, 11, 23)
MINUTE = timedelta(minutes=1)


def rule(
    day: date = MONDAY, start: str = "09:00", end: str = "10:00", *, minutes: int = 20, capacity: int = 1, **validity
) -> Rule:
    return Rule(day.weekday(), time.fromisoformat(start), time.fromisoformat(end), minutes, capacity, **validity)


def starts(name: str, day: date, *rules: Rule) -> list[str]:
    """Return when the slots of a day begin, in UTC."""
    return [f"{slot.starts_at:%m-%d %H:%M}" for slot in slots_of_day(rules, day, zone(name))]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-23 {text}").replace(tzinfo=UTC)


class TestWeek:
    def test_a_range_is_cut_into_slots(self):
        assert starts("UTC", MONDAY, rule()) == ["11-23 09:00", "11-23 09:20", "11-23 09:40"]

    def test_what_is_left_over_is_no_slot(self):
        assert starts("UTC", MONDAY, rule(minutes=25)) == ["11-23 09:00", "11-23 09:25"]

    def test_a_range_shorter_than_a_slot_has_none(self):
        assert starts("UTC", MONDAY, rule(minutes=61)) == []

    def test_a_slot_may_fill_the_range(self):
        assert starts("UTC", MONDAY, rule(minutes=60)) == ["11-23 09:00"]

    @pytest.mark.parametrize("days", range(1, 7))
    def test_other_weekdays_have_none(self, days):
        assert starts("UTC", MONDAY + timedelta(days=days), rule()) == []

    def test_the_same_weekday_of_every_week_has_them(self):
        assert len(starts("UTC", MONDAY + timedelta(weeks=1), rule())) == 3

    def test_several_ranges_come_by_time_of_day(self):
        late, early = rule(start="14:00", end="14:20"), rule(start="08:00", end="08:20")
        assert starts("UTC", MONDAY, late, early) == ["11-23 08:00", "11-23 14:00"]

    def test_a_slot_knows_its_local_date_and_its_seats(self):
        slot = next(slots_of_day([rule(capacity=3)], MONDAY, zone("Pacific/Kiritimati")))
        assert (slot.local_date, slot.capacity, slot.free) == (MONDAY, 3, 3)
        assert slot.starts_at == datetime(2026, 11, 22, 19, tzinfo=UTC)


class TestValidity:
    @pytest.mark.parametrize(
        ("validity", "count"),
        [
            ({"valid_from": MONDAY}, 3),
            ({"valid_from": MONDAY + timedelta(days=1)}, 0),
            ({"valid_to": MONDAY}, 3),
            ({"valid_to": MONDAY - timedelta(days=1)}, 0),
            ({"valid_from": MONDAY, "valid_to": MONDAY}, 3),
        ],
    )
    def test_first_and_last_day_are_included(self, validity, count):
        assert len(starts("UTC", MONDAY, rule(**validity))) == count


class TestChangesOfClocks:
    def test_spring_in_new_york_has_no_slot_in_the_missing_hour(self):
        day = date(2027, 3, 14)
        assert starts(NEW_YORK, day, rule(day, "01:00", "04:00", minutes=30)) == [
            *("03-14 06:00", "03-14 06:30"),  # 01:00 and 01:30 EST
            *("03-14 07:00", "03-14 07:30"),  # 03:00 and 03:30 EDT
        ]

    def test_a_range_inside_the_missing_hour_has_no_slot(self):
        day = date(2027, 3, 14)
        assert starts(NEW_YORK, day, rule(day, "02:00", "03:00")) == []

    def test_ranges_that_meet_in_the_missing_hour_do_not_overlap(self):
        day = date(2027, 3, 14)
        assert starts(
            NEW_YORK, day, rule(day, "01:30", "02:30", minutes=30), rule(day, "02:30", "03:30", minutes=30)
        ) == [
            "03-14 06:30",
            "03-14 07:00",
        ]

    def test_autumn_in_new_york_has_slots_in_both_hours(self):
        day = date(2026, 11, 1)
        assert starts(NEW_YORK, day, rule(day, "00:00", "03:00", minutes=60)) == [
            *("11-01 04:00", "11-01 05:00"),  # 00:00 and 01:00 EDT
            *("11-01 06:00", "11-01 07:00"),  # 01:00 again and 02:00 EST
        ]

    def test_spring_in_cairo_begins_after_midnight(self):
        day = date(2026, 4, 24)
        assert starts("Africa/Cairo", day, rule(day, "00:00", "02:00", minutes=30)) == ["04-23 22:00", "04-23 22:30"]

    def test_autumn_in_cairo_ends_a_day_of_twenty_five_hours(self):
        day = date(2026, 10, 29)
        assert len(starts("Africa/Cairo", day, rule(day, "00:00", "23:00", minutes=60))) == 23
        friday = date(2026, 10, 30)
        assert starts("Africa/Cairo", friday, rule(friday, "00:00", "01:00", minutes=60)) == ["10-29 22:00"]

    def test_lord_howe_moves_by_half_an_hour(self):
        spring, autumn = date(2026, 10, 4), date(2027, 4, 4)
        assert starts("Australia/Lord_Howe", spring, rule(spring, "01:00", "03:00", minutes=30)) == [
            *("10-03 14:30", "10-03 15:00", "10-03 15:30"),
        ]
        assert starts("Australia/Lord_Howe", autumn, rule(autumn, "01:00", "03:00", minutes=30)) == [
            *("04-03 14:00", "04-03 14:30", "04-03 15:00", "04-03 15:30", "04-03 16:00"),
        ]

    def test_a_day_that_was_left_out_has_no_slot(self):
        day = date(2011, 12, 30)
        assert starts("Pacific/Apia", day, rule(day, "09:00", "17:00")) == []

    @pytest.mark.parametrize(("name", "first"), [("Pacific/Kiritimati", "11-22 10:00"), ("Etc/GMT+12", "11-23 12:00")])
    def test_at_the_ends_of_the_world_the_day_is_the_local_one(self, name, first):
        assert starts(name, MONDAY, rule(MONDAY, "00:00", "23:59", minutes=60))[0] == first

    @pytest.mark.proof
    def test_on_no_day_of_any_zone_do_slots_change_their_length_overlap_or_leave_their_range(self):
        chosen = dice("slots")
        names = sorted(zone_names())
        for _ in range(rounds(300, 30_000)):
            where, day = zone(chosen.choice(names)), date(2000, 1, 1) + timedelta(days=chosen.randrange(20_000))
            walls = sorted(chosen.sample(range(0, 24 * 60, 5), 3))
            first, middle, last = (time(wall // 60, wall % 60) for wall in walls)
            minutes = chosen.choice([5, 20, 45, 480])
            rules = [Rule(day.weekday(), first, middle, minutes, 1), Rule(day.weekday(), middle, last, minutes, 1)]
            slots = list(slots_of_day(rules, day, where))
            assert all(slot.ends_at - slot.starts_at == minutes * MINUTE for slot in slots)
            assert all(one.ends_at <= other.starts_at for one, other in pairwise(slots))
            for slot in slots:
                shown = slot.starts_at.astimezone(where)
                if not shown.fold:  # In the hour that comes again, the clock shows what was before the range.
                    assert (shown.date(), slot.local_date) == (day, day), (where, slot)
                    assert first <= shown.time() < last, (where, slot)


class TestSeats:
    SLOT = Slot(moment("09:00"), moment("09:20"), MONDAY, 3, 3)

    def taken(self, start: str, end: str, seat: int | None) -> Taken:
        return Taken(moment(start), moment(end), seat)

    def test_all_are_free_at_first(self):
        assert free_seats(self.SLOT, []) == [0, 1, 2]

    def test_a_taken_one_is_not_free(self):
        assert free_seats(self.SLOT, [self.taken("09:00", "09:20", 1)]) == [0, 2]

    @pytest.mark.parametrize(
        ("start", "end"), [("08:50", "09:01"), ("09:19", "09:30"), ("08:00", "10:00"), ("09:05", "09:10")]
    )
    def test_whatever_overlaps_takes_its_seat(self, start, end):
        assert free_seats(self.SLOT, [self.taken(start, end, 0)]) == [1, 2]

    @pytest.mark.parametrize(("start", "end"), [("08:40", "09:00"), ("09:20", "09:40")])
    def test_what_only_touches_takes_none(self, start, end):
        assert free_seats(self.SLOT, [self.taken(start, end, 0)]) == [0, 1, 2]

    def test_one_seat_taken_twice_is_one_seat(self):
        halves = [self.taken("09:00", "09:10", 0), self.taken("09:10", "09:20", 0)]
        assert free_seats(self.SLOT, halves) == [1, 2]

    def test_a_seat_beyond_the_capacity_takes_none_within(self):
        assert free_seats(self.SLOT, [self.taken("09:00", "09:20", 7)]) == [0, 1, 2]

    def test_an_absence_takes_them_all(self):
        assert free_seats(self.SLOT, [self.taken("09:10", "09:11", None)]) == []


class TestFreeSlots:
    SLOTS = list(slots_of_day([rule(capacity=2)], MONDAY, zone("UTC")))

    def free(self, *taken: Taken, not_before: str = "00:00") -> list[tuple[str, int]]:
        found = free_slots(self.SLOTS, taken, not_before=moment(not_before))
        return [(f"{slot.starts_at:%H:%M}", slot.free) for slot in found]

    def test_count_their_seats(self):
        one = Taken(moment("09:20"), moment("09:40"), 0)
        assert self.free(one) == [("09:00", 2), ("09:20", 1), ("09:40", 2)]

    def test_a_full_one_is_not_free(self):
        both = [Taken(moment("09:20"), moment("09:40"), seat) for seat in range(2)]
        assert self.free(*both) == [("09:00", 2), ("09:40", 2)]

    def test_an_absence_hides_every_slot_that_it_touches(self):
        assert self.free(Taken(moment("09:10"), moment("09:25"), None)) == [("09:40", 2)]

    @pytest.mark.parametrize(("now", "count"), [("09:00", 3), ("09:01", 2), ("09:40", 1), ("09:41", 0)])
    def test_what_has_begun_is_not_free(self, now, count):
        assert len(self.free(not_before=now)) == count
