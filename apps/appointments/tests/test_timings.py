"""Reading the weekly hours of other systems: every form they take, and what cannot be read, by its place."""

from datetime import time

import pytest

from apps.appointments.timings import UnreadableTiming, read_timings


def read(timings) -> list[tuple[int, str, str]]:
    return [(each.weekday, f"{each.from_time:%H:%M}", f"{each.to_time:%H:%M}") for each in read_timings(timings)]


def test_the_form_of_system_001():
    assert read({"monday": ["09:00-12:00", "13:00-17:00"], "friday": ["09:00-12:00"]}) == [
        (0, "09:00", "12:00"),
        (0, "13:00", "17:00"),
        (4, "09:00", "12:00"),
    ]


@pytest.mark.parametrize("day", ["monday", "Monday", "MONDAY", "mon", " Mon "], ids=lambda day: day.strip() or "spaces")
def test_a_day_in_any_case_or_abbreviated(day):
    assert read({day: ["09:00-12:00"]}) == [(0, "09:00", "12:00")]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("09:00-12:00", ("09:00", "12:00")),
        ("9:00 - 12:00", ("09:00", "12:00")),
        ("9:00–12:00", ("09:00", "12:00")),
        ("09:00:00-12:00:00", ("09:00", "12:00")),
        ("09.00-12.30", ("09:00", "12:30")),
        ("9-12", ("09:00", "12:00")),
        ("9 am - 5 pm", ("09:00", "17:00")),
        ("9:30 AM to 12:00 PM", ("09:30", "12:00")),
        ("12:00 am - 12:30 a.m.", ("00:00", "00:30")),
        ("22:00-24:00", ("22:00", "00:00")),
        ("22:00-00:00", ("22:00", "00:00")),
        ({"start": "09:00", "end": "12:00"}, ("09:00", "12:00")),
        ({"from": "09:00", "to": "12:00"}, ("09:00", "12:00")),
    ],
)
def test_a_range_in_every_form(written, expected):
    assert read({"sunday": [written]}) == [(6, *expected)]


def test_a_day_may_be_one_text():
    assert read({"monday": "09:00-12:00, 13:00-17:00"}) == [(0, "09:00", "12:00"), (0, "13:00", "17:00")]


@pytest.mark.parametrize("nothing", [[], "", None, "closed", "Off"])
def test_a_day_may_be_empty(nothing):
    assert read({"monday": nothing}) == []


def test_ranges_are_put_in_order_and_may_meet():
    assert read({"mon": ["13:00-24:00", "09:00-13:00"]}) == [(0, "09:00", "13:00"), (0, "13:00", "00:00")]


def test_the_end_of_the_day_is_midnight():
    assert read_timings({"mon": ["22:00-24:00"]})[0].to_time == time(0)


@pytest.mark.parametrize(
    ("timings", "pointer", "code"),
    [
        ({"funday": ["09:00-12:00"]}, "/funday", "unknown_weekday"),
        ({"m": ["09:00-12:00"]}, "/m", "unknown_weekday"),
        ({"": ["09:00-12:00"]}, "/", "unknown_weekday"),
        ({"0": ["09:00-12:00"]}, "/0", "unknown_weekday"),
        ({"mon/day~": []}, "/mon~1day~0", "unknown_weekday"),
        ({"monday": 9}, "/monday", "not_a_range"),
        ({"monday": {"start": "09:00"}}, "/monday", "not_a_range"),
        ({"monday": ["09:00"]}, "/monday/0", "not_a_range"),
        ({"monday": ["09:00-10:00-11:00"]}, "/monday/0", "not_a_range"),
        ({"monday": [{"start": "09:00"}]}, "/monday/0", "not_a_range"),
        ({"monday": [{"start": 9, "end": 12}]}, "/monday/0", "not_a_range"),
        ({"monday": [None]}, "/monday/0", "not_a_range"),
        ({"monday": ["09:00-12:00", "x-y"]}, "/monday/1", "not_a_time"),
        ({"monday": ["25:00-26:00"]}, "/monday/0", "not_a_time"),
        ({"monday": ["24:00-25:00"]}, "/monday/0", "not_a_time"),
        ({"monday": ["09:60-10:00"]}, "/monday/0", "not_a_time"),
        ({"monday": ["09:00-24:01"]}, "/monday/0", "not_a_time"),
        ({"monday": ["13 pm - 2 pm"]}, "/monday/0", "not_a_time"),
        ({"monday": ["09:00-09:00"]}, "/monday/0", "ends_before_start"),
        ({"monday": ["22:00-02:00"]}, "/monday/0", "ends_before_start"),
        ({"monday": ["09:00-12:00", "11:00-13:00"]}, "/monday/1", "overlap"),
        ({"monday": ["09:00-12:00"], "mon": ["09:00-12:00"]}, "/mon/0", "overlap"),
        ({"monday": ["20:00-24:00", "22:00-23:00"]}, "/monday/1", "overlap"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_place(timings, pointer, code):
    with pytest.raises(UnreadableTiming) as told:
        read_timings(timings)
    assert (told.value.pointer, told.value.code) == (pointer, code)
