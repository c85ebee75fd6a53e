"""Signing up: a login, its consent, its patient and its session, all of them or none."""

from functools import partial
from typing import Any

import pytest
from django.db import DataError
from rest_framework.test import APIClient

from apps.accounts.models import Consent, Session, User
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.patients.models import Management, Patient
from apps.patients.services.signing_up import sign_up

PERSON = {
    "email": "amina@example.org",
    "password": "correct horse battery",
    "first_name": "Amina",
    "last_name": "Rahman",
    "phone": "+15550100001",
    "time_zone": "Asia/Dhaka",
}
EVERYTHING = (User, Consent, Session, Patient, Management, AuditEvent)


def register(**changes: Any) -> Any:
    body = PERSON | {"consent": True} | changes
    given = {name: value for name, value in body.items() if value is not None}
    return APIClient().post("/api/v1/auth/register/", given, format="json")


def nothing_is_left() -> bool:
    return not any(model.objects.exists() for model in EVERYTHING)


@pytest.mark.django_db
class TestService:
    def test_makes_the_login_its_patient_its_consent_and_a_session(self, now):
        session = sign_up(**PERSON, now=now)
        user = User.objects.get()
        management = Management.objects.get()
        patient = management.patient
        assert (session.user, management.user, management.relation) == (user, user, "SELF")
        assert (patient.name, patient.phone, patient.time_zone) == ("Amina Rahman", "+15550100001", "Asia/Dhaka")
        assert user.consents.get().given_at == now
        assert user.sessions.get() == session

    def test_leaves_nothing_when_the_last_part_fails(self, now):
        with pytest.raises(DataError):
            sign_up(**PERSON | {"time_zone": "x" * 65}, now=now)
        assert nothing_is_left()


@pytest.mark.django_db
class TestDoor:
    def test_answers_as_signing_in_does_and_the_token_works(self):
        answer = register()
        assert answer.status_code == 201
        body = answer.json()
        assert set(body) == {"access", "refresh", "user"}
        assert body["user"]["email"] == "amina@example.org"
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {body['access']}")
        assert client.get("/api/v1/me/").json() == body["user"]
        assert [row["time_zone"] for row in client.get("/api/v1/patients/").json()["results"]] == ["Asia/Dhaka"]

    def test_the_address_is_kept_in_lower_case(self):
        assert register(email="Amina@Example.ORG").json()["user"]["email"] == "amina@example.org"

    @pytest.mark.parametrize("left_out", ["last_name", "phone", "time_zone"])
    def test_what_is_not_needed_may_be_left_out(self, left_out):
        assert register(**{left_out: None}).status_code == 201

    @pytest.mark.parametrize("name", ["role", "user_type"])
    @pytest.mark.parametrize("role", ["PATIENT", "patient"])
    def test_the_role_may_be_named(self, role, name):
        assert register(**{name: role}).json()["user"]["role"] == "PATIENT"

    @pytest.mark.parametrize("name", ["role", "user_type"])
    def test_who_will_be_a_doctor_is_an_applicant_and_no_patient(self, name):
        body = register(**{name: "doctor"}).json()
        assert body["user"]["role"] == "DOCTOR"
        assert not Patient.objects.exists()
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {body['access']}")
        assert client.get("/api/v1/appointments/").json()["code"] == "not_approved"
        facts = {"specialization": "Surgery", "license_number": "S-1", "qualification": "MD"}
        assert client.post("/api/v1/doctors/apply/", facts, "json").json()["status"] == "PENDING"

    def test_two_roles_are_none(self):
        answer = register(role="PATIENT", user_type="DOCTOR")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/user_type")
        assert register(role="DOCTOR", user_type="doctor").status_code == 201

    @pytest.mark.parametrize(
        "changes",
        [
            *({"role": role} for role in ("HOSPITAL", "ADMIN", "admin", "superuser", "")),
            *({"user_type": role} for role in ("HOSPITAL", "admin", 7)),
            *({"consent": consent} for consent in (None, False, "", "maybe")),
            *({"email": email} for email in (None, "", "amina", "a@b", "amina@example.org\x00", ["a@b.example"], 7)),
            *({"password": password} for password in (None, "", "too short", "password123", "x" * 129)),
            *({"first_name": name} for name in (None, "", "  ", "x" * 101, {"a": 1})),
            *({"phone": phone} for phone in ("call me", "1", "1" * 21)),
            *({"time_zone": name} for name in ("Mars/Olympus", "../../etc/passwd", "x" * 65, "", 3)),
        ],
        ids=lambda changes: repr(changes)[:40],
    )
    def test_what_cannot_be_used_is_400_and_writes_nothing(self, changes):
        answer = register(**changes)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert nothing_is_left()

    def test_a_weak_password_is_named_as_such(self):
        assert [(e["pointer"], e["code"]) for e in register(password="password123").json()["errors"]] == [
            ("/password", "weak_password")
        ]

    def test_nobody_makes_themselves_more_than_a_patient(self):
        register(is_staff=True, is_superuser=True, is_self_registered=False, username="root")
        user = User.objects.get()
        assert (user.role, user.is_staff, user.is_superuser, user.is_self_registered) == ("PATIENT", False, False, True)
        assert user.username == "amina"

    def test_an_address_is_taken_once(self):
        register()
        answer = register(email="AMINA@example.org", first_name="Somebody")
        assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
        assert [model.objects.count() for model in (User, Consent, Session, Patient, Management)] == [1] * 5


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_simultaneous_sign_ups_with_one_address_make_one_of_everything():
    for number in range(1, rounds(2, 20) + 1):
        answers = race([partial(register, email=f"amina{number}@example.org")] * 8)
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"email_taken"}
        assert [model.objects.count() for model in (User, Consent, Session, Patient, Management)] == [number] * 5
