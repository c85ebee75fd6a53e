"""Access is derived on every request: who is suspended stops at once, and who is approved again goes on."""

import pytest
from rest_framework.test import APIClient

from apps.accounts import tokens
from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services.sessions import open_session
from apps.hospitals.choices import DoctorStatus, HospitalStatus
from apps.hospitals.models import Doctor, Hospital, StaffMember
from apps.hospitals.services.deciding import decide_hospital
from tests.world import PASSWORD, make_doctor, make_hospital, make_staff, make_user

PEOPLE = ("doctor", "staff", "independent", "foreign_doctor", "patient", "admin")


@pytest.fixture
def hospital(db) -> Hospital:
    return make_hospital("Riverside")


@pytest.fixture
def people(hospital) -> dict[str, User]:
    return {
        "doctor": make_doctor("doctor", hospital).user,
        "staff": make_staff("staff", hospital),
        "independent": make_doctor("independent", None).user,
        "foreign_doctor": make_doctor("foreign_doctor", make_hospital("Hillside")).user,
        "patient": make_user("patient"),
        "admin": make_user("admin", Role.ADMIN),
    }


@pytest.fixture
def working(people, now):
    """Ask who of these people gets in just now, each with the one token made at the beginning."""
    access = {name: tokens.issue_pair(open_session(user=user, now=now))["access"] for name, user in people.items()}

    def ask() -> set[str]:
        client = APIClient()
        statuses = {name: client.get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {access[name]}") for name in PEOPLE}
        assert {answer.status_code for answer in statuses.values()} <= {200, 401}
        return {name for name, answer in statuses.items() if answer.status_code == 200}

    return ask


@pytest.fixture
def decide(hospital, people, now):
    return lambda decision: decide_hospital(
        actor=people["admin"], hospital=hospital, decision=decision, reason="So", now=now
    )


def test_everybody_gets_in(working):
    assert working() == set(PEOPLE)


def test_a_suspended_hospitals_doctors_and_staff_stop_and_nobody_else(working, decide):
    decide(HospitalStatus.SUSPENDED)
    assert working() == set(PEOPLE) - {"doctor", "staff"}


def test_approval_lets_the_same_tokens_in_again(working, decide):
    decide(HospitalStatus.SUSPENDED)
    decide(HospitalStatus.APPROVED)
    assert working() == set(PEOPLE)


def test_approval_revives_nobody_who_was_deactivated_by_hand(working, decide, people):
    decide(HospitalStatus.SUSPENDED)
    Doctor.objects.filter(user=people["doctor"]).update(is_active=False)
    StaffMember.objects.filter(user=people["staff"]).update(is_active=False)
    decide(HospitalStatus.APPROVED)
    assert working() == set(PEOPLE) - {"doctor", "staff"}


@pytest.mark.parametrize("status", [DoctorStatus.PENDING, DoctorStatus.REJECTED])
def test_a_hospitals_doctor_who_is_not_approved_does_not_get_in(working, status):
    Doctor.objects.update(status=status)
    assert working() == {"staff", "patient", "admin", "independent"}


class TestApplicants:
    """Who is of no hospital and not approved gets to the own login, the application and own patients."""

    @pytest.fixture(params=["PENDING", "REJECTED", None], ids=["pending", "rejected", "has not applied yet"])
    def applicant(self, request, db, client_of):
        if request.param is None:
            return client_of(make_user("solo", Role.DOCTOR))
        doctor = make_doctor("solo", None)
        Doctor.objects.filter(pk=doctor.pk).update(status=request.param)
        return client_of(doctor.user)

    @pytest.mark.parametrize("path", ["me/", "auth/sessions/", "doctors/applications/", "patients/"])
    def test_reach_what_is_theirs(self, applicant, path):
        assert applicant.get(f"/api/v1/{path}").status_code == 200

    @pytest.mark.parametrize(
        "path", ["hospitals/", "appointments/", "notes/", "mappings/", "notifications/", "hospitals/nearby/"]
    )
    def test_reach_nothing_else(self, applicant, path):
        answer = applicant.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_approved")

    def test_reach_everything_from_the_moment_of_approval(self, db, client_of):
        doctor = make_doctor("solo", None)
        Doctor.objects.filter(pk=doctor.pk).update(status=DoctorStatus.PENDING)
        client = client_of(doctor.user)
        assert client.get("/api/v1/appointments/").status_code == 403
        Doctor.objects.filter(pk=doctor.pk).update(status=DoctorStatus.APPROVED)
        assert client.get("/api/v1/appointments/").status_code == 200


class TestEveryWayIn:
    """Suspension closes sign-in and refresh too, for each login of the hospital and for nobody else."""

    @pytest.mark.parametrize("who", PEOPLE)
    def test_closes_with_the_hospital(self, people, decide, now, who):
        pair = tokens.issue_pair(open_session(user=people[who], now=now))
        decide(HospitalStatus.SUSPENDED)
        credentials = {"identifier": people[who].username, "password": PASSWORD}
        expected = 401 if who in {"doctor", "staff"} else 200
        assert APIClient().post("/api/v1/auth/login/", credentials, "json").status_code == expected
        assert APIClient().post("/api/v1/auth/refresh/", {"refresh": pair["refresh"]}, "json").status_code == expected


def test_a_deactivated_independent_doctor_stops(working, people):
    Doctor.objects.filter(user=people["independent"]).update(is_active=False)
    assert working() == set(PEOPLE) - {"independent"}


@pytest.mark.parametrize("who", PEOPLE)
def test_a_deactivated_login_stops_and_goes_on_when_it_is_active_again(working, people, who):
    User.objects.filter(pk=people[who].pk).update(is_active=False)
    assert working() == set(PEOPLE) - {who}
    User.objects.filter(pk=people[who].pk).update(is_active=True)
    assert working() == set(PEOPLE)


def test_the_role_of_staff_alone_opens_nothing(db, now):
    access = tokens.issue_pair(open_session(user=make_user("impostor", Role.HOSPITAL), now=now))["access"]
    assert APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {access}").status_code == 401


@pytest.mark.parametrize("who", PEOPLE)
def test_it_is_asked_in_one_query(people, now, who, django_assert_num_queries):
    access = tokens.issue_pair(open_session(user=people[who], now=now))["access"]
    with django_assert_num_queries(1):
        APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {access}")
