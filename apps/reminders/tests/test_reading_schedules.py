"""Reading schedules: what a person may write, and where exactly it makes no sense."""

import pytest

from apps.reminders.schedule import UnusableSchedule, read_schedule

DAILY = {"kind": "WALL_CLOCK", "times": ["08:00"], "recurrence": {"every": "DAY"}}


class TestReading:
    @pytest.mark.parametrize(
        "schedule",
        [
            DAILY,
            {**DAILY, "times": ["08:00", "20:00"]},
            {**DAILY, "recurrence": {"every": "WEEKDAYS", "days": ["MONDAY", "FRIDAY"]}},
            {**DAILY, "recurrence": {"every": "N_DAYS", "n": 3}},
            {**DAILY, "recurrence": {"every": "MONTH", "day": 31}},
            {**DAILY, "recurrence": {"every": "MONTH", "day": None}},
            {"kind": "INTERVAL", "hours": 8},
            {"kind": "INTERVAL", "hours": 0.5},
            {"kind": "AS_NEEDED", "minimum_gap_hours": 6, "maximum_per_day": 4},
            {"kind": "AS_NEEDED", "minimum_gap_hours": None, "maximum_per_day": None},
        ],
    )
    def test_what_is_stored_is_what_was_given(self, schedule):
        assert read_schedule(schedule).as_json() == schedule

    def test_case_and_order_do_not_matter(self):
        days = {"every": "weekdays", "days": ["friday", "Monday"]}
        read = read_schedule({"kind": "wall_clock", "times": ["20:00", "08:00"], "recurrence": days}).as_json()
        assert read["times"] == ["08:00", "20:00"]
        assert read["recurrence"] == {"every": "WEEKDAYS", "days": ["MONDAY", "FRIDAY"]}

    @pytest.mark.parametrize(
        ("schedule", "field", "code"),
        [
            (None, "", "no_object"),
            ([], "", "no_object"),
            ({}, "kind", "unknown_kind"),
            ({"kind": 7}, "kind", "unknown_kind"),
            ({**DAILY, "times": []}, "times", "how_many_times"),
            ({**DAILY, "times": "08:00"}, "times", "how_many_times"),
            ({**DAILY, "times": ["8:00"]}, "times", "no_time_of_day"),
            ({**DAILY, "times": ["24:00"]}, "times", "no_time_of_day"),
            ({**DAILY, "times": ["08:00\n"]}, "times", "no_time_of_day"),
            ({**DAILY, "times": [800]}, "times", "no_time_of_day"),
            ({**DAILY, "times": ["08:00", "08:00"]}, "times", "repeated"),
            ({**DAILY, "recurrence": "DAY"}, "recurrence", "no_object"),
            ({**DAILY, "recurrence": {"every": "YEAR"}}, "recurrence/every", "unknown_recurrence"),
            ({**DAILY, "recurrence": {"every": "WEEKDAYS", "days": []}}, "recurrence/days", "no_weekdays"),
            ({**DAILY, "recurrence": {"every": "WEEKDAYS", "days": ["FUNDAY"]}}, "recurrence/days", "no_weekdays"),
            ({**DAILY, "recurrence": {"every": "N_DAYS"}}, "recurrence/n", "out_of_range"),
            ({**DAILY, "recurrence": {"every": "N_DAYS", "n": 0}}, "recurrence/n", "out_of_range"),
            ({**DAILY, "recurrence": {"every": "N_DAYS", "n": 1.5}}, "recurrence/n", "out_of_range"),
            ({**DAILY, "recurrence": {"every": "MONTH", "day": 32}}, "recurrence/day", "out_of_range"),
            ({"kind": "INTERVAL", "hours": 0}, "hours", "out_of_range"),
            ({"kind": "INTERVAL", "hours": True}, "hours", "out_of_range"),
            ({"kind": "INTERVAL", "hours": float("nan")}, "hours", "out_of_range"),
            ({"kind": "INTERVAL", "hours": "8"}, "hours", "out_of_range"),
            ({"kind": "AS_NEEDED", "maximum_per_day": 0}, "maximum_per_day", "out_of_range"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, schedule, field, code):
        with pytest.raises(UnusableSchedule) as refusal:
            read_schedule(schedule)
        assert (refusal.value.field, refusal.value.code) == (field, code)
