"""A doctor who is taken in with `available_timings` has that week from the first moment; both are there or neither."""

from datetime import time

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.models import ScheduleRule
from apps.appointments.tests.cast import client_of
from apps.hospitals.models import Doctor
from tests.world import make_hospital, make_staff, make_user

pytestmark = pytest.mark.django_db

NEW = {"first_name": "Sara", "email": "sara@example.org", "specialization": "Surgery"}
WEEK = {"available_timings": {"monday": ["09:00-12:00", "13:00-17:00"], "Fri": "9 am - 11 am"}, "slot_minutes": 30}


@pytest.fixture(params=["hospitals/doctors/create/", "doctors/"])
def take_in(request, now):
    staff = client_of(make_staff("hana", make_hospital("Riverside")), now=now)
    return lambda headers=None, **more: staff.post(
        f"/api/v1/{request.param}", {**NEW, **more}, "json", headers=headers or {}
    )


def test_the_week_comes_with_the_doctor(take_in):
    answer = take_in(**WEEK)
    assert answer.status_code == 201, answer.json()
    rules = ScheduleRule.objects.filter(doctor=answer.json()["doctor"]["id"])
    assert set(rules.values_list("weekday", "from_time", "to_time", "slot_minutes")) == {
        (0, time(9), time(12), 30),
        (0, time(13), time(17), 30),
        (4, time(9), time(11), 30),
    }


def test_without_one_there_is_none(take_in):
    assert take_in().status_code == 201
    assert not ScheduleRule.objects.exists()


@pytest.mark.parametrize(
    ("timings", "pointer"),
    [
        ({"someday": ["09:00-12:00"]}, "/available_timings/someday"),
        ({"monday": ["12:00-09:00"]}, "/available_timings/monday/0"),
        ({"monday": ["09:00-12:00", "11:00-13:00"]}, "/available_timings/monday/1"),
        ({"monday": ["09:00-09:05"]}, "/slot_minutes"),
    ],
)
def test_a_week_that_cannot_be_makes_no_doctor(take_in, timings, pointer):
    answer = take_in(available_timings=timings)
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (400, [pointer])
    assert not Doctor.objects.exists()
    assert not User.objects.filter(role=Role.DOCTOR).exists()


def test_a_repeated_request_shows_no_password_and_makes_no_second_doctor(take_in):
    key = {"Idempotency-Key": "k1"}
    first, second = take_in(headers=key, **WEEK), take_in(headers=key, **WEEK)
    assert (first.status_code, second.status_code, second.json()["code"]) == (201, 409, "already_done")
    assert first.json()["password"] not in second.content.decode()
    assert Doctor.objects.count() == 1


def test_a_repeated_reset_shows_no_password_either(take_in, now):
    doctor = take_in().json()["doctor"]["id"]
    office = client_of(make_user("office", Role.ADMIN), now=now)
    path = f"/api/v1/hospitals/doctors/{doctor}/reset-password/"
    answers = [office.post(path, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 409]
    assert answers[1].json()["code"] == "already_done"
