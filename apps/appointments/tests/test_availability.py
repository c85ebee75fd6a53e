"""When doctors can be booked next: slots and lines, absences, zones, and as many queries for ten as for one."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from apps.appointments.models import Absence, Appointment, ScheduleRule
from apps.appointments.selectors import next_free
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book
from apps.core.ids import uuid7
from apps.hospitals.models import Doctor
from tests.world import ABSENT, make_doctor

URL = "/api/v1/doctors/availability/"
DAY = timedelta(days=1)
SLOT = timedelta(minutes=20)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]


@pytest.fixture
def doctor(doctor) -> Doctor:
    """A doctor in New York with three slots on Mondays."""
    ScheduleRule.objects.exclude(weekday=0).delete()
    ScheduleRule.objects.update(from_time=time(9), to_time=time(10))
    return doctor


def free(doctor: Doctor, now: datetime = NOW, **given) -> datetime | None:
    return next_free([doctor.pk], now=now, **given).get(doctor.pk)


class TestNextFree:
    def test_is_the_first_slot_to_come(self, doctor):
        assert free(doctor) == MONDAY_NINE
        assert free(doctor, MONDAY_NINE) == MONDAY_NINE
        assert free(doctor, MONDAY_NINE + timedelta(seconds=1)) == MONDAY_NINE + SLOT

    def test_passes_over_what_is_taken(self, doctor, amina):
        book(amina, doctor)
        assert free(doctor) == MONDAY_NINE + SLOT

    def test_a_seat_left_is_free(self, doctor, amina):
        ScheduleRule.objects.update(capacity=2)
        book(amina, doctor)
        assert free(doctor) == MONDAY_NINE

    def test_passes_over_an_absence(self, doctor):
        Absence.objects.create(doctor=doctor, starts_at=NOW, ends_at=MONDAY_NINE + DAY)
        assert free(doctor) == MONDAY_NINE + 7 * DAY

    @pytest.mark.parametrize("away", [31 * DAY, 300 * DAY])
    def test_who_is_away_for_long_has_none(self, doctor, away):
        Absence.objects.create(doctor=doctor, starts_at=NOW - DAY, ends_at=NOW + away)
        assert free(doctor) is None

    def test_looks_as_far_as_the_horizon(self, doctor):
        assert free(doctor, horizon=2 * DAY) is None
        assert free(doctor, horizon=3 * DAY) == MONDAY_NINE

    def test_knows_seasons_and_what_is_switched_off(self, doctor):
        ScheduleRule.objects.update(valid_from=MONDAY_NINE.date() + DAY)
        assert free(doctor) == MONDAY_NINE + 7 * DAY
        ScheduleRule.objects.update(is_active=False)
        assert free(doctor) is None

    def test_without_a_week_there_is_none(self, doctor):
        ScheduleRule.objects.all().delete()
        assert free(doctor) is None
        assert next_free([], now=NOW) == {}
        assert next_free([uuid7()], now=NOW) == {}

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("Pacific/Kiritimati", "2026-11-22T19:00Z"),
            ("Etc/GMT+12", "2026-11-23T21:00Z"),
            ("Africa/Cairo", "2026-11-23T07:00Z"),
            ("Australia/Lord_Howe", "2026-11-22T22:00Z"),
        ],
    )
    def test_is_on_the_doctors_clock(self, doctor, name, expected):
        type(doctor.hospital).objects.update(time_zone=name)
        assert free(doctor) == datetime.fromisoformat(expected)


class TestInALine:
    @pytest.fixture
    def line(self, doctor) -> Doctor:
        ScheduleRule.objects.update(kind="QUEUE", slot_minutes=10)
        return doctor

    def place(self, doctor: Doctor, patient, serial: int, **columns) -> Appointment:
        starts_at = MONDAY_NINE + timedelta(minutes=10) * (serial - 1)
        return Appointment.objects.create(
            patient=patient,
            doctor=doctor,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=10),
            local_date=MONDAY_NINE.date(),
            serial=serial,
            **columns,
        )

    def test_is_the_next_place(self, line, amina):
        assert free(line) == MONDAY_NINE
        self.place(line, amina.managements.get().patient, 1)
        assert free(line) == MONDAY_NINE + timedelta(minutes=10)

    def test_a_place_that_was_left_is_not_given_again(self, line, amina):
        self.place(line, amina.managements.get().patient, 2, status="CANCELLED")
        assert free(line) == MONDAY_NINE + timedelta(minutes=20)

    def test_a_full_line_is_not_free(self, line, amina):
        self.place(line, amina.managements.get().patient, 6)
        assert free(line) is None  # The next Monday is more than seven days ahead.

    def test_opens_tomorrow_at_the_earliest_and_seven_days_ahead_at_most(self, line):
        assert free(line, MONDAY_NINE - timedelta(hours=5)) == MONDAY_NINE + 7 * DAY  # It is Monday there.
        assert free(line, MONDAY_NINE - 7 * DAY + timedelta(hours=5)) == MONDAY_NINE
        ScheduleRule.objects.update(weekday=5)
        assert free(line, NOW) == MONDAY_NINE - 2 * DAY

    def test_the_sooner_of_slot_and_place_counts(self, line):
        ScheduleRule.objects.create(doctor=line, weekday=6, from_time=time(9), to_time=time(10))
        assert free(line) == MONDAY_NINE - DAY


class TestTheDoor:
    def ask(self, *doctors, **parameters):
        ids = {"ids": ",".join(str(getattr(each, "pk", each)) for each in doctors)} if doctors else {}
        return APIClient().get(URL, ids | parameters)

    def test_answers_on_the_doctors_clock(self, doctor):
        assert self.ask(doctor).json() == {
            "results": [
                {
                    "doctor": str(doctor.pk),
                    "time_zone": "America/New_York",
                    "next_free_at": "2026-11-23T09:00:00-05:00",
                    "is_free_today": False,
                }
            ]
        }

    def test_knows_whether_that_is_today_there(self, doctor):
        with time_machine.travel(datetime(2026, 11, 23, 5, tzinfo=UTC), tick=False):  # Midnight in New York.
            assert self.ask(doctor).json()["results"][0]["is_free_today"] is True
        with time_machine.travel(datetime(2026, 11, 23, 4, 59, tzinfo=UTC), tick=False):
            assert self.ask(doctor).json()["results"][0]["is_free_today"] is False

    def test_who_is_full_has_no_time(self, doctor):
        ScheduleRule.objects.all().delete()
        assert self.ask(doctor).json()["results"][0]["next_free_at"] is None

    def test_who_may_not_be_booked_is_left_out(self, doctor):
        Doctor.objects.update(is_active=False)
        assert self.ask(doctor, uuid7()).json() == {"results": []}

    @pytest.mark.parametrize("ids", ["", "x", "1,2", f"{ABSENT},", ",".join([str(ABSENT)] * 101)])
    def test_ids_that_cannot_be_read(self, db, ids):
        answer = APIClient().get(URL, {"ids": ids})
        assert [error["pointer"] for error in answer.json()["errors"]] == ["?ids"]

    def test_no_ids_and_unknown_parameters(self, db, doctor):
        assert self.ask().status_code == 400
        assert self.ask(doctor, page_size="5").status_code == 400

    @pytest.mark.parametrize("kind", ["SLOTS", "QUEUE"])
    def test_ten_doctors_cost_what_one_costs(self, doctor, kind, django_assert_num_queries):
        doctors = [doctor, *(make_doctor(f"d{number}", doctor.hospital) for number in range(9))]
        ScheduleRule.objects.update(kind=kind)
        for some in (doctors[:1], doctors):
            with django_assert_num_queries(4 + (kind == "QUEUE")):
                assert len(self.ask(*some).json()["results"]) == len(some)


class TestSlotsInAnotherZone:
    def ask(self, doctor: Doctor, **parameters):
        return APIClient().get(f"/api/v1/doctors/{doctor.pk}/slots/", parameters)

    def test_the_times_and_both_zones_are_named(self, doctor):
        answer = self.ask(doctor, zone="Asia/Tokyo", **{"from": "2026-11-23"}).json()
        assert (answer["zone"], answer["doctor_zone"]) == ("Asia/Tokyo", "America/New_York")
        assert answer["slots"][0] == {
            "starts_at": "2026-11-23T23:00:00+09:00",
            "ends_at": "2026-11-23T23:20:00+09:00",
            "free": 1,
        }

    @pytest.mark.parametrize(
        ("name", "day", "count"),
        [
            ("Pacific/Kiritimati", "2026-11-23", 0),
            ("Pacific/Kiritimati", "2026-11-24", 3),
            ("Etc/GMT+12", "2026-11-23", 3),
            ("Etc/GMT+12", "2026-11-22", 0),
            ("America/New_York", "2026-11-23", 3),
        ],
    )
    def test_the_days_are_those_of_that_zone(self, doctor, name, day, count):
        assert len(self.ask(doctor, zone=name, **{"from": day, "to": day}).json()["slots"]) == count

    def test_every_day_of_a_month_has_the_same_slots_in_every_zone(self, doctor):
        make_doctor("busy", doctor.hospital)
        month = {"from": "2027-03-01", "to": "2027-03-31"}  # Clocks change in both zones, on different days.
        here = {slot["starts_at"] for slot in self.ask(doctor, **month).json()["slots"]}
        there = self.ask(doctor, zone="Europe/Paris", **month).json()["slots"]
        assert {datetime.fromisoformat(each) for each in here} == {
            datetime.fromisoformat(slot["starts_at"]) for slot in there
        }
        assert len(there) == 15

    @pytest.mark.parametrize("name", ["", "Mars/Olympus", "+02:00", "../../etc/passwd", "x" * 5000])
    def test_a_zone_that_does_not_exist(self, doctor, name):
        answer = self.ask(doctor, zone=name)
        assert answer.status_code == 400
        assert [error["pointer"] for error in answer.json()["errors"]] == ["?zone"]

    def test_a_month_costs_three_queries(self, doctor, amina, django_assert_num_queries):
        book(amina, doctor)
        Absence.objects.create(doctor=doctor, starts_at=MONDAY_NINE + 7 * DAY, ends_at=MONDAY_NINE + 8 * DAY)
        for last in ("2026-11-23", "2027-01-20"):
            with django_assert_num_queries(3):
                self.ask(doctor, zone="Asia/Tokyo", **{"from": "2026-11-23", "to": last})
