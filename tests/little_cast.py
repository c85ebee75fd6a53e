"""One login, one doctor to book, and clients for them: fixtures for tests that need no whole world."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts import tokens
from apps.accounts.services.keys import ensure_key_pair
from apps.accounts.services.sessions import open_session
from apps.appointments.selectors import doctor_free_slots
from apps.patients.services.care import choose_doctor
from tests.world import PASSWORD, make_doctor, make_hospital, make_patient, make_user


@pytest.fixture
def client_of(now) -> Callable[..., APIClient]:
    """A client that carries a real access token of the login given."""

    def make(user) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue_pair(open_session(user=user, now=now))['access']}")
        return client

    return make


def signed_in_to_admin(user) -> Client:
    """Sign in to the admin as a person does: through the form."""
    client = Client()
    answer = client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


@pytest.fixture
def person(db):
    """A login that is a patient."""
    user = make_user("amina")
    make_patient(user)
    return user


@pytest.fixture
def signed_in(person, client_of) -> APIClient:
    return client_of(person)


@pytest.fixture
def doctor(db):
    return make_doctor("lena", make_hospital("Riverside"))


@pytest.fixture
def booking(person, doctor, now) -> dict[str, str]:
    """A good body for booking the doctor's first free slot of tomorrow or later."""
    tomorrow = (now + timedelta(days=1)).date()
    slot = doctor_free_slots(doctor, first=tomorrow, last=tomorrow + timedelta(days=2), now=now)[0]
    patient = person.managements.get().patient_id
    return {
        "doctor": str(doctor.pk),
        "patient": str(patient),
        "starts_at": slot.starts_at.isoformat(),
        "reason": "A cough",
    }


@pytest.fixture
def treated(person, doctor, now):
    """The person's patient, whom the doctor treats; both have their keys already, which take long to make."""
    patient = person.managements.get().patient
    choose_doctor(actor=person, patient_id=patient.pk, doctor_id=doctor.pk, now=now)
    for holder in (doctor.user_id, patient.pk):
        ensure_key_pair(holder_id=holder)
    return patient
