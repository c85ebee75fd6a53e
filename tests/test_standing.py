"""What a login stands for is read with its session, and is never older than what the request itself has changed."""

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from apps.accounts.models import User
from apps.accounts.standing import standing_of
from apps.appointments.models import Appointment
from apps.hospitals.authentication import SessionTokenAuthentication
from apps.hospitals.models import DoctorApplication
from apps.hospitals.services.applications import apply_as_doctor
from apps.patients.choices import Relation
from apps.patients.services.registering import add_patient, give_up_patient

PARTS = ("hospital", "doctor", "managed")


@pytest.fixture
def signed_in(world):
    """Return a person of the cast as a request has them: read with the session."""

    def read(person: str) -> User:
        plain = RequestFactory().get("/", headers={"authorization": f"Bearer {world.token(person)}"})
        user, _session = SessionTokenAuthentication().authenticate(Request(plain))
        return user

    return read


@pytest.mark.parametrize("person", ["patient", "doctor", "ex_doctor", "hospital", "admin", "applicant"])
def test_the_session_brings_what_asking_brings(world, signed_in, person):
    user = signed_in(person)
    asked = User.objects.get(pk=user.pk)
    assert user.standing is not None
    assert asked.standing is None
    for part in PARTS:
        assert _sorted(standing_of(user, part)) == _sorted(standing_of(asked, part))


def test_it_is_what_the_rows_say(world, signed_in):
    own = world.circles["own"]
    assert _sorted(signed_in("patient").standing["managed"]) == sorted([own.patient.pk, world.dependant.pk])
    assert signed_in("doctor").standing["doctor"] == own.doctor.pk
    assert signed_in("hospital").standing["hospital"] == own.hospital.pk
    assert signed_in("admin").standing == {"hospital": None, "doctor": None, "managed": []}


def test_scoping_asks_nothing_more(world, signed_in, django_assert_num_queries):
    user = signed_in("hospital")
    with django_assert_num_queries(1):
        assert Appointment.objects.visible_to(user).exists()


class TestChanges:
    """Within one request."""

    def test_a_dependant_is_there_at_once(self, signed_in, now):
        parent = signed_in("patient")
        child = add_patient(
            actor=parent, relation=Relation.PARENT, first_name="Small", last_name="Person", time_zone="UTC", now=now
        )
        assert child.pk in standing_of(parent, "managed")

    def test_whom_one_gives_up_is_gone_at_once(self, world, signed_in, now):
        parent = signed_in("patient")
        give_up_patient(actor=parent, patient=world.dependant, now=now)
        assert standing_of(parent, "managed") == [world.circles["own"].patient.pk]

    def test_an_applicant_sees_the_application_at_once(self, signed_in, now):
        applicant = signed_in("patient")
        facts = {"specialization": "Cardiology", "license_number": "D-new", "qualification": "MD"}
        application = apply_as_doctor(actor=applicant, now=now, **facts)
        assert DoctorApplication.objects.visible_to(applicant).get() == application


def test_the_next_request_reads_it_anew(world, sign_in):
    client = sign_in("patient")
    address = f"/api/v1/appointments/{world.circles['own'].appointment.pk}/"
    assert client.get(address).status_code == 200
    world.people["patient"].managements.update(ended_at=world.now)
    assert client.get(address).status_code == 404


def _sorted(part: object) -> object:
    return sorted(part) if isinstance(part, list) else part
