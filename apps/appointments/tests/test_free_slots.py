"""The door of free slots: for everybody, in the doctor's zone, only what can still be booked."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from apps.appointments.models import Appointment, ScheduleRule
from apps.appointments.tests.cast import book
from apps.core.ids import uuid7
from apps.hospitals.models import Doctor, Hospital
from tests.world import make_doctor

pytestmark = pytest.mark.usefixtures("fixed_present")


@pytest.fixture
def doctor(doctor) -> Doctor:
    """A doctor in New York with three slots every morning."""
    ScheduleRule.objects.update(from_time=time(9), to_time=time(10))
    return doctor


def ask(doctor: Doctor, **parameters):
    return APIClient().get(f"/api/v1/doctors/{doctor.pk}/slots/", parameters)


def monday(doctor: Doctor) -> list[tuple[str, int]]:
    slots = ask(doctor, **{"from": "2026-11-23", "to": "2026-11-23"}).json()["slots"]
    return [(slot["starts_at"], slot["free"]) for slot in slots]


def test_a_slot_has_its_times_on_the_doctors_clock(doctor):
    answer = ask(doctor, **{"from": "2026-11-23", "to": "2026-11-23"}).json()
    assert set(answer) == {"zone", "slots"}
    assert answer["zone"] == "America/New_York"
    assert len(answer["slots"]) == 3
    assert answer["slots"][0] == {
        "starts_at": "2026-11-23T09:00:00-05:00",
        "ends_at": "2026-11-23T09:20:00-05:00",
        "free": 1,
    }


def test_both_days_are_included(doctor):
    assert len(ask(doctor, **{"from": "2026-11-23", "to": "2026-11-24"}).json()["slots"]) == 6


def test_a_week_from_today_is_shown_unless_asked(doctor):
    slots = ask(doctor).json()["slots"]
    days = {datetime.fromisoformat(slot["starts_at"]).date() for slot in slots}
    assert (min(days), max(days), len(days)) == (date(2026, 11, 20), date(2026, 11, 26), 7)


def test_today_is_the_doctors_today(doctor):
    Hospital.objects.update(time_zone="Pacific/Kiritimati")  # It is Saturday there already.
    assert ask(doctor).json()["slots"][0]["starts_at"] == "2026-11-21T09:00:00+14:00"


def test_what_has_begun_is_not_shown(doctor):
    with time_machine.travel(datetime.fromisoformat("2026-11-23T09:10:00-05:00"), tick=False):
        assert monday(doctor) == [("2026-11-23T09:20:00-05:00", 1), ("2026-11-23T09:40:00-05:00", 1)]


def test_what_is_taken_is_not_shown_until_it_is_given_back(doctor, amina):
    booked = book(amina, doctor)
    assert monday(doctor) == [("2026-11-23T09:20:00-05:00", 1), ("2026-11-23T09:40:00-05:00", 1)]
    Appointment.objects.filter(pk=booked.pk).update(status="CANCELLED")
    assert len(monday(doctor)) == 3


def test_places_are_counted(doctor, amina):
    ScheduleRule.objects.update(capacity=3)
    book(amina, doctor)
    assert [free for _, free in monday(doctor)] == [2, 3, 3]


def test_appointments_of_others_take_nothing(doctor, amina):
    book(amina, make_doctor("omar", doctor.hospital))
    assert len(monday(doctor)) == 3


def test_every_slot_that_is_shown_can_be_booked(doctor, amina):
    ScheduleRule.objects.update(from_time=time(0), to_time=time(4))
    around = {"from": "2027-03-13", "to": "2027-03-15"}  # Clocks change on the 14th.
    for slot in ask(doctor, **around).json()["slots"]:
        booked = book(amina, doctor, at=datetime.fromisoformat(slot["starts_at"]))
        assert booked.ends_at == datetime.fromisoformat(slot["ends_at"])
        booked.delete()


def test_without_a_schedule_there_are_none(doctor):
    ScheduleRule.objects.all().delete()
    assert monday(doctor) == []


def test_a_doctor_who_is_not_there_is_404(db):
    answer = APIClient().get(f"/api/v1/doctors/{uuid7()}/slots/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_sixty_two_days_are_the_most(doctor):
    first = date(2026, 11, 23)
    spans = {days: {"from": first.isoformat(), "to": (first + timedelta(days=days)).isoformat()} for days in (62, 63)}
    assert ask(doctor, **spans[62]).status_code == 200
    assert ask(doctor, **spans[63]).status_code == 400


@pytest.mark.parametrize(
    "parameters",
    [
        *({"from": day} for day in ("", "x", "2026-02-30", "2026-11", "23.11.2026", "0001-01-01", "9999-12-31")),
        *({"from": day} for day in ("1999-12-31", "2101-01-01", "2026-11-23T09:00:00Z", "2026-11-23\x00", "9" * 1000)),
        *({"to": day} for day in ("x", "2026-11-19", "9999-12-31")),
        {"from": "2026-11-24", "to": "2026-11-23"},
        {"day": "2026-11-23"},
        {"page_size": "5"},
    ],
    ids=lambda parameters: repr(parameters)[:40],
)
def test_what_cannot_be_read_is_400(doctor, parameters):
    answer = ask(doctor, **parameters)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert {error["pointer"] for error in answer.json()["errors"]} <= {f"?{name}" for name in (*parameters, "to")}


def test_the_last_days_of_the_last_year_are_asked_without_an_error(doctor):
    assert ask(doctor, **{"from": "2100-12-31"}).status_code == 200


def test_a_long_span_costs_as_few_queries_as_a_day(doctor, amina, django_assert_num_queries):
    book(amina, doctor)
    for last in ("2026-11-23", "2027-01-20"):
        with django_assert_num_queries(3):
            ask(doctor, **{"from": "2026-11-23", "to": last})
