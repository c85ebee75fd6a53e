"""Who is listed, who sees which hospital, and what the public is shown."""

import pytest
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.hospitals.choices import DoctorStatus, HospitalStatus
from apps.hospitals.models import Department, Doctor, Hospital, StaffMember
from tests.care import client_of
from tests.world import make_doctor, make_hospital, make_staff, make_user


@pytest.fixture
def hospital(db) -> Hospital:
    return make_hospital("Riverside")


@pytest.fixture
def doctor(hospital) -> Doctor:
    return make_doctor("lena", hospital, Department.objects.create(hospital=hospital, name="Heart"))


def get(path: str, **parameters):
    return APIClient().get(f"/api/v1/{path}", parameters)


@pytest.mark.django_db
class TestPractising:
    """Only these may be listed, booked and assigned."""

    def test_are_approved_active_doctors_of_approved_hospitals_and_independent_ones(self, doctor):
        independent = make_doctor("solo", None)
        assert set(Doctor.objects.practising()) == {doctor, independent}

    @pytest.mark.parametrize(
        "change",
        [
            lambda doctor: Doctor.objects.update(is_active=False),
            lambda doctor: Doctor.objects.update(status=DoctorStatus.PENDING),
            lambda doctor: Doctor.objects.update(status=DoctorStatus.REJECTED),
            lambda doctor: User.objects.filter(pk=doctor.user_id).update(is_active=False),
            lambda doctor: Hospital.objects.update(status=HospitalStatus.PENDING),
            lambda doctor: Hospital.objects.update(status=HospitalStatus.SUSPENDED),
            lambda doctor: Hospital.objects.update(status=HospitalStatus.REJECTED),
        ],
        ids=[
            "inactive",
            "applying",
            "rejected",
            "login inactive",
            "hospital waiting",
            "hospital suspended",
            "hospital rejected",
        ],
    )
    def test_nobody_else_is_listed_shown_or_has_slots(self, doctor, change):
        assert len(get("doctors/").json()["results"]) == 1
        change(doctor)
        assert get("doctors/").json()["results"] == []
        assert get(f"doctors/{doctor.pk}/").status_code == 404
        assert get(f"doctors/{doctor.pk}/slots/").status_code == 404


class TestPublicProfile:
    SHOWN = {
        *("id", "name", "specialization", "qualification", "education", "bio", "time_zone", "is_verified"),
        *("hospital", "hospital_name", "department", "city", "practice_location", "availability_status"),
        *("experience_years", "consultation_fee", "languages", "diseases_treated", "image"),
        *("rating_average", "rating_count", "patient_count"),
    }

    def test_shows_what_helps_to_choose(self, doctor):
        shown = get(f"doctors/{doctor.pk}/").json()
        assert set(shown) == self.SHOWN | {"next_free_at"}
        assert (shown["name"], shown["hospital_name"], shown["is_verified"]) == ("Lena Person", "Riverside", True)
        assert shown["time_zone"] == "America/New_York"

    def test_of_an_independent_doctor_names_no_hospital_but_a_zone(self, db):
        shown = get(f"doctors/{make_doctor('solo', None).pk}/").json()
        assert (shown["hospital"], shown["hospital_name"], shown["time_zone"]) == (None, None, "UTC")

    @pytest.mark.parametrize("path", ["doctors/", "doctors/{}/"])
    def test_holds_no_address_phone_licence_or_username(self, doctor, path):
        User.objects.filter(pk=doctor.user_id).update(phone="+15550100200", username="secretname")
        page = get(path.format(doctor.pk)).content.decode()
        assert "Lena Person" in page
        for private in ("lena@example.org", "+15550100200", doctor.license_number, "secretname"):
            assert private not in page

    def test_of_a_hospital_holds_no_licence_number(self, hospital, now):
        page = client_of(make_user("reader"), now=now).get("/api/v1/hospitals/").content.decode()
        assert hospital.name in page
        assert hospital.license_number not in page


class TestFilters:
    @pytest.mark.parametrize(
        ("parameters", "found"),
        [
            ({}, 2),
            ({"specialization": "CARDIOLOGY"}, 2),
            ({"specialization": "Oncology"}, 0),
            ({"hospital": "01900000-0000-7000-8000-00000000dead"}, 0),
        ],
    )
    def test_narrow_the_directory(self, doctor, parameters, found):
        make_doctor("solo", None)
        assert len(get("doctors/", **parameters).json()["results"]) == found

    def test_by_hospital_finds_its_doctors(self, doctor, hospital):
        make_doctor("solo", None)
        assert [row["id"] for row in get("doctors/", hospital=hospital.pk).json()["results"]] == [str(doctor.pk)]

    @pytest.mark.parametrize("parameters", [{"hospital": "x"}, {"unknown": "1"}, {"page_size": "0"}, {"cursor": "x"}])
    def test_bad_ones_are_400(self, db, parameters):
        answer = get("doctors/", **parameters)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


class TestHospitalsVisible:
    @pytest.fixture
    def others(self, hospital) -> dict[str, Hospital]:
        states = ("PENDING", "SUSPENDED", "REJECTED")
        return {state: make_hospital(state.title(), status=state) for state in states}

    @pytest.mark.parametrize("role", [Role.PATIENT, Role.DOCTOR, Role.HOSPITAL])
    def test_to_everybody_are_the_approved_ones(self, hospital, others, role):
        assert set(Hospital.objects.visible_to(make_user("somebody", role))) == {hospital}

    def test_to_staff_also_their_own_whatever_its_state(self, hospital, others):
        staff = make_staff("clerk", others["PENDING"])
        assert set(Hospital.objects.visible_to(staff)) == {hospital, others["PENDING"]}

    def test_to_staff_who_left_no_longer_their_own(self, hospital, others):
        staff = make_staff("clerk", others["PENDING"])
        StaffMember.objects.update(is_active=False)
        assert set(Hospital.objects.visible_to(staff)) == {hospital}

    def test_to_an_administrator_are_all(self, hospital, others):
        assert set(Hospital.objects.visible_to(make_user("admin", Role.ADMIN))) == {hospital, *others.values()}

    def test_departments_go_with_their_hospital(self, hospital, others):
        for each in (hospital, *others.values()):
            Department.objects.create(hospital=each, name="Heart")
        seen = Department.objects.visible_to(make_staff("clerk", others["SUSPENDED"]))
        assert {department.hospital for department in seen} == {hospital, others["SUSPENDED"]}
