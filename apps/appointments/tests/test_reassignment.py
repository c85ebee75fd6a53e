"""Appointments to come that somebody must take over, for those who can see to it."""

from datetime import timedelta

import pytest
import time_machine

from apps.accounts.choices import Role
from apps.appointments.models import Appointment
from apps.appointments.tests.cast import book, client_of
from apps.hospitals.models import Doctor
from tests.world import make_hospital, make_staff, make_user

URL = "/api/v1/appointments/needs-reassignment/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]


@pytest.fixture
def booked(amina, doctor) -> Appointment:
    return book(amina, doctor, reason="Chest pain")


def ids(user, **parameters) -> list[str]:
    answer = client_of(user).get(URL, parameters)
    assert answer.status_code == 200
    assert b"Chest pain" not in answer.content
    return [each["id"] for each in answer.json()["results"]]


@pytest.fixture
def admin(db):
    return make_user("ada", Role.ADMIN)


def test_those_of_a_suspended_hospital_wait_for_an_administrator(admin, doctor, booked):
    assert ids(admin) == []
    type(doctor.hospital).objects.update(status="SUSPENDED")
    assert ids(admin) == [str(booked.pk)]


def test_those_of_a_deactivated_doctor_wait_for_the_hospitals_staff(doctor, booked):
    desk, foreign = make_staff("desk", doctor.hospital), make_staff("foreign", make_hospital("Away"))
    assert ids(desk) == []
    Doctor.objects.update(is_active=False)
    assert ids(desk) == [str(booked.pk)]
    assert ids(foreign) == []


@pytest.mark.parametrize("columns", [{"status": "CANCELLED"}, {"status": "COMPLETED"}], ids=repr)
def test_what_does_not_live_waits_for_nobody(admin, booked, columns):
    Doctor.objects.update(is_active=False)
    Appointment.objects.update(**columns)
    assert ids(admin) == []


def test_nor_what_is_over(admin, booked):
    Doctor.objects.update(is_active=False)
    with time_machine.travel(booked.ends_at - timedelta(seconds=1), tick=False):
        client = client_of(admin, now=booked.ends_at - timedelta(seconds=1))
        assert len(client.get(URL).json()["results"]) == 1
    with time_machine.travel(booked.ends_at, tick=False):
        assert client_of(admin, now=booked.ends_at).get(URL).json()["results"] == []


@pytest.mark.parametrize("who", ["doctor", "patient"])
def test_nobody_else_enters(doctor, booked, who):
    user = doctor.user if who == "doctor" else booked.patient.managements.get().user
    assert client_of(user).get(URL).status_code == 403


def test_unknown_parameters_are_400(admin, db):
    assert client_of(admin).get(URL, {"status": "CONFIRMED"}).status_code == 400
