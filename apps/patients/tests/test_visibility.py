"""Who sees which patient and which care relationship: managers, doctors who treat now, staff where registered."""

from datetime import timedelta

import pytest

from apps.hospitals.models import StaffMember
from apps.patients.models import CareRelationship, HospitalRegistration, Management, Patient
from apps.patients.querysets import managers_of

NOBODY: set[str] = set()

PATIENTS = {
    "patient": {"patient", "dependant"},
    "other_patient": {"other_patient"},
    "foreign_patient": {"foreign_patient"},
    "doctor": {"patient"},
    "colleague": {"other_patient"},
    "ex_doctor": NOBODY,
    "foreign_doctor": {"foreign_patient"},
    "hospital": {"patient", "other_patient"},
    "foreign_hospital": {"foreign_patient"},
    "admin": NOBODY,
    "applicant": NOBODY,
}
# Whom each doctor treats or treated; a relationship that is over stays visible to its two sides, and to nobody else.
RELATIONSHIPS = {
    "patient": {"doctor", "ex_doctor"},
    "other_patient": {"colleague"},
    "foreign_patient": {"foreign_doctor"},
    "doctor": {"doctor"},
    "colleague": {"colleague"},
    "ex_doctor": {"ex_doctor"},
    "foreign_doctor": {"foreign_doctor"},
    "hospital": NOBODY,
    "foreign_hospital": NOBODY,
    "admin": NOBODY,
    "applicant": NOBODY,
}


@pytest.fixture
def names(world) -> dict[Patient, str]:
    circles = {"own": "patient", "tenant": "other_patient", "foreign": "foreign_patient"}
    return {world.circles[circle].patient: name for circle, name in circles.items()} | {world.dependant: "dependant"}


@pytest.fixture
def seen_by(world, names):
    """Return the names of the patients whom a person of the cast sees."""
    return lambda person: {names[patient] for patient in Patient.objects.visible_to(world.people[person])}


def test_patients(world, seen_by):
    assert {person: seen_by(person) for person in world.people} == PATIENTS


def test_relationships(world):
    seen = {
        person: {each.doctor.user.username for each in CareRelationship.objects.visible_to(user)}
        for person, user in world.people.items()
    }
    assert seen == RELATIONSHIPS


def test_a_doctor_whose_time_ran_out_sees_the_patient_no_more_but_still_the_relationship(world, seen_by, now):
    CareRelationship.objects.filter(pk=world.circles["own"].relationship.pk).update(ends_at=now)
    assert seen_by("doctor") == NOBODY
    assert CareRelationship.objects.visible_to(world.people["doctor"]).count() == 1


def test_a_doctor_sees_the_patient_until_the_last_moment(world, seen_by, now):
    relationship = CareRelationship.objects.filter(pk=world.circles["own"].relationship.pk)
    relationship.update(ends_at=now + timedelta(minutes=10))
    assert seen_by("doctor") == {"patient"}


def test_who_manages_no_more_sees_nothing(world, seen_by, now):
    Management.objects.filter(user=world.people["patient"]).update(ended_at=now)
    assert seen_by("patient") == NOBODY
    assert not CareRelationship.objects.visible_to(world.people["patient"]).exists()


def test_staff_who_left_see_nothing(world, seen_by):
    StaffMember.objects.filter(user=world.people["hospital"]).update(is_active=False)
    assert seen_by("hospital") == NOBODY


def test_staff_see_whom_their_hospital_knows_and_no_clinical_relationship(world, seen_by):
    HospitalRegistration.objects.create(hospital=world.circles["own"].hospital, patient=world.dependant)
    assert seen_by("hospital") == {"patient", "other_patient", "dependant"}


def test_two_ways_to_one_patient_show_it_once(world):
    parent = world.people["other_patient"]
    Management.objects.create(user=parent, patient=world.circles["own"].patient, relation="PARENT")
    Management.objects.create(user=world.people["doctor"], patient=world.circles["own"].patient, relation="GUARDIAN")
    assert Patient.objects.visible_to(parent).count() == 2
    assert Patient.objects.visible_to(world.people["doctor"]).count() == 1


def test_those_are_told_who_manage_now_and_may_sign_in(world, now):
    patient = world.circles["own"].patient
    Management.objects.create(user=world.people["admin"], patient=patient, relation="GUARDIAN", ended_at=now)
    gone = world.people["foreign_patient"]
    Management.objects.create(user=gone, patient=patient, relation="GUARDIAN")
    gone.is_active = False
    gone.save()
    assert [each.user for each in managers_of([patient.pk])] == [world.people["patient"]]


class TestDoor:
    """The list is what is visible; another's row is as absent as one that never was."""

    @pytest.mark.parametrize("person", ["patient", "doctor", "ex_doctor", "hospital", "foreign_hospital", "admin"])
    def test_lists_what_is_visible(self, sign_in, names, person):
        rows = sign_in(person).get("/api/v1/patients/").json()["results"]
        by_id = {str(patient.pk): name for patient, name in names.items()}
        assert {by_id[row["id"]] for row in rows} == PATIENTS[person]
