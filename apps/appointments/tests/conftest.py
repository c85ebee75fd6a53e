"""Who is there before a test of appointments begins: a doctor with a week, a patient, their appointment, the desk."""

from collections.abc import Iterator

import pytest
import time_machine
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.appointments.tests.cast import NOW, book, client_of, someone
from apps.hospitals.models import Doctor, Hospital
from tests.world import make_doctor, make_hospital, make_staff


@pytest.fixture
def fixed_present() -> Iterator[None]:
    """It is `NOW` and stays it."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hospital(db) -> Hospital:
    """A hospital in New York."""
    return make_hospital("Riverside")


@pytest.fixture
def doctor(hospital) -> Doctor:
    """Lena, with the week that every test's doctor has; modules that need other hours change it."""
    return make_doctor("lena", hospital)


@pytest.fixture
def lena(doctor) -> APIClient:
    return client_of(doctor.user)


@pytest.fixture
def desk(hospital) -> User:
    return make_staff("desk", hospital)


@pytest.fixture
def amina(db) -> User:
    return someone("amina")


@pytest.fixture
def booked(amina, doctor) -> Appointment:
    """Amina at Lena's, on Monday at nine."""
    return book(amina, doctor)
