"""Fifty random worlds of hospitals: no list shows a row that its reader may not see, under any filter or order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from apps.accounts import tokens
from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services.sessions import open_session
from apps.core.testing.proofs import rounds
from apps.hospitals.models import Department, Doctor, DoctorApplication, Hospital, StaffMember

STATUSES = st.sampled_from(["APPROVED", "APPROVED", "PENDING", "SUSPENDED", "REJECTED"])
DOCTORS = st.tuples(st.sampled_from(["APPROVED", "APPROVED", "PENDING"]), st.booleans(), st.booleans())
PLACES = st.fixed_dictionaries(
    {
        "status": STATUSES,
        "doctors": st.lists(DOCTORS, max_size=3),
        "staff": st.lists(st.booleans(), min_size=1, max_size=2),
        "departments": st.integers(0, 2),
    }
)
WORLDS = st.fixed_dictionaries(
    {"places": st.lists(PLACES, min_size=2, max_size=4), "independent": st.lists(DOCTORS, min_size=1, max_size=3)}
)
# Every filter, search and order of each list: whatever they do, they only narrow.
NARROWING = {
    "hospitals/": ["search=hospital", "city=lagos", "status=PENDING", "is_approved=false", "is_approved=true"],
    "hospitals/nearby/?lat=0&lng=0": ["radius_km=1000", "with_count=true"],
    "hospitals/departments/": ["hospital={hospital}", "hospital_id={hospital}"],
    "hospitals/staff/": ["state=ACTIVE", "state=INVITED", "hospital={hospital}"],
    "hospitals/doctors/": ["status=PENDING", "is_active=false", "hospital={hospital}", "search=doctro", "search=lagos"],
    "doctors/": [
        *("search=doctro", "search=lagos&ordering=-fee", "city=lagos", "specialization=cardiology", "min_rating=0"),
        *("hospital={hospital}", "ordering=experience", "disease=asthma", "language=english", "max_fee=10"),
        *("availability_status=AVAILABLE", "with_count=true", "page_size=100"),
    ],
    "doctors/applications/": ["status=PENDING", "status=APPROVED"],
}


@dataclass
class Plan:
    """A world as it was made, and what of it each reader may see, worked out without a query."""

    serial: Iterator[int] = field(default_factory=count)
    hospitals: list[Hospital] = field(default_factory=list)
    staff: list[StaffMember] = field(default_factory=list)
    departments: list[Department] = field(default_factory=list)
    doctors: list[Doctor] = field(default_factory=list)
    applications: list[DoctorApplication] = field(default_factory=list)

    def user(self, role: Role, *, is_active: bool = True) -> User:
        name = f"{role.lower()}{next(self.serial)}"
        return User.objects.create(username=name, first_name="Doctor", last_name=name, role=role, is_active=is_active)

    def place(self, facts: dict[str, Any]) -> None:
        number = next(self.serial)
        hospital = Hospital.objects.create(
            name=f"Hospital {number}",
            license_number=str(number),
            city="Lagos",
            time_zone="UTC",
            status=facts["status"],
            latitude=number % 5,
            longitude=0,
        )
        self.hospitals.append(hospital)
        for is_active in facts["staff"]:
            user = self.user(Role.HOSPITAL)
            self.staff.append(StaffMember.objects.create(user=user, hospital=hospital, is_active=is_active))
        for nth in range(facts["departments"]):
            self.departments.append(Department.objects.create(hospital=hospital, name=f"Department {nth}"))
        for doctor in facts["doctors"]:
            self.doctor(doctor, hospital)

    def doctor(self, facts: tuple[str, bool, bool], hospital: Hospital | None) -> None:
        status, is_active, works = facts
        user = self.user(Role.DOCTOR, is_active=works)
        doctor = Doctor.objects.create(
            user=user,
            hospital=hospital,
            status=status,
            is_active=is_active,
            specialization="Cardiology",
            languages=["English"],
            diseases_treated=["Asthma"],
            time_zone="UTC",
        )
        self.doctors.append(doctor)
        if hospital is None:
            made = DoctorApplication.objects.create(doctor=doctor, status=status, submitted_at=doctor.created_at)
            self.applications.append(made)

    def readers(self) -> dict[User, Hospital | None]:
        """Return some logins that work, each with the hospital that is theirs to look after."""
        staff = [each for each in self.staff if each.is_active and each.hospital.status == "APPROVED"]
        doctors = [each.user for each in self.doctors if self.is_listed(each)]
        chosen: dict[User, Hospital | None] = {each.user: each.hospital for each in staff[:2]}
        chosen |= dict.fromkeys(doctors[:1])
        chosen |= dict.fromkeys([each.doctor.user for each in self.applications if self.is_open(each)][:1])
        return chosen | {self.user(Role.PATIENT): None}

    def is_listed(self, doctor: Doctor) -> bool:
        is_at_work = doctor.hospital is None or doctor.hospital.status == "APPROVED"
        return is_at_work and doctor.status == "APPROVED" and doctor.is_active and doctor.user.is_active

    def is_open(self, application: DoctorApplication) -> bool:
        doctor = application.doctor
        return application.status == "PENDING" and doctor.is_active and doctor.user.is_active

    def visible(self, path: str, reader: User, own: Hospital | None) -> set[str] | None:
        """Return the ids that the reader may see in a list, or None where the door is closed to them."""
        is_applicant = any(each.user == reader and each.status != "APPROVED" for each in self.doctors)
        seen = [each for each in self.hospitals if each.status == "APPROVED" or each == own]
        rows: dict[str, list[Any]] = {
            "hospitals/": seen,
            "hospitals/nearby/?lat=0&lng=0": [each for each in self.hospitals if each.status == "APPROVED"],
            "hospitals/departments/": [each for each in self.departments if each.hospital in seen],
            "hospitals/staff/": [each for each in self.staff if each.hospital == own],
            "hospitals/doctors/": [each for each in self.doctors if each.hospital == own],
            "doctors/": [each for each in self.doctors if self.is_listed(each)],
            "doctors/applications/": [each for each in self.applications if each.doctor.user == reader],
        }
        is_for_staff = path in {"hospitals/staff/", "hospitals/doctors/"}
        is_for_all = path in {"doctors/", "doctors/applications/"}
        if (is_for_staff and own is None) or (is_applicant and not is_for_all):
            return None
        return {str(row.pk) for row in rows[path]}


def shown(client: APIClient, path: str, narrowing: str = "") -> set[str] | None:
    """Return every id of a list, page after page; None when the door is closed."""
    first = f"/api/v1/{path}{'&' if '?' in path else '?'}page_size=3&{narrowing.replace('page_size=100', '')}"
    ids: set[str] = set()
    url: str | None = first.rstrip("&")
    while url:
        answer = client.get(url)
        if answer.status_code == 403:
            return None
        assert answer.status_code == 200, answer.json()
        ids |= {row["id"] for row in answer.json()["results"]}
        url = answer.json()["next"]
    return ids


@pytest.mark.proof
@pytest.mark.django_db
@settings(
    max_examples=rounds(12, 50),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(facts=WORLDS, dice=st.randoms(use_true_random=False))
def test_no_list_leaks(now, facts, dice):
    with transaction.atomic():
        plan = Plan()
        for place in facts["places"]:
            plan.place(place)
        for doctor in facts["independent"]:
            plan.doctor(doctor, None)
        for reader, own in plan.readers().items():
            token = tokens.issue_pair(open_session(user=reader, now=now))["access"]
            client = APIClient()
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
            for path, narrowings in NARROWING.items():
                expected = plan.visible(path, reader, own)
                if "nearby" not in path:
                    assert shown(client, path) == expected, (path, reader)
                some = dice.choice(narrowings).format(hospital=dice.choice(plan.hospitals).pk)
                found = shown(client, path, some)
                assert (found is None) == (expected is None)
                assert (found or set()) <= (expected or set()), (path, some, reader)
        transaction.set_rollback(True)


def test_every_filter_of_every_list_is_tried():
    from apps.hospitals.api import filters
    from apps.hospitals.doors import DoctorFilter

    of = {
        "hospitals/": filters.HospitalFilter,
        "hospitals/departments/": filters.DepartmentFilter,
        "hospitals/staff/": filters.StaffFilter,
        "hospitals/doctors/": filters.HospitalDoctorFilter,
        "doctors/applications/": filters.ApplicationFilter,
    }
    for path, filterset in of.items():
        tried = {part.partition("=")[0] for narrowing in NARROWING[path] for part in narrowing.split("&")}
        assert set(filterset.base_filters) - tried <= {"department"}, path
    tried = {part.partition("=")[0] for narrowing in NARROWING["doctors/"] for part in narrowing.split("&")}
    like_others = {"min_experience", "max_experience", "min_fee", "max_rating"}
    assert set(DoctorFilter.base_filters) - tried == like_others
