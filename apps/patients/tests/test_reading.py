"""Every look at clinical rows by somebody else leaves one row for each patient; managers leave none."""

from uuid import UUID

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.models import AuditEvent
from apps.patients.choices import Relation
from apps.patients.models import CareRelationship, HospitalRegistration, Management
from apps.patients.services.reading import record_clinical_read
from tests.care import client_of, make_care
from tests.world import make_patient, make_staff, make_user


@pytest.fixture
def doctor(db) -> User:
    return make_user("lena", Role.DOCTOR)


@pytest.fixture
def patients(db) -> list[UUID]:
    return [make_patient(make_user(name)).pk for name in ("amina", "omar", "yuki")]


def reads() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="clinical_read").order_by("concerns_id"))


def test_one_row_for_each_patient_however_often_a_page_shows_them(doctor, patients):
    record_clinical_read(actor=doctor, patient_ids=patients * 3, what="records.note")
    assert [event.concerns_id for event in reads()] == sorted(patients)
    assert {event.actor_id for event in reads()} == {doctor.pk}


def test_the_row_says_what_was_read_and_nothing_of_it(doctor, patients):
    record_clinical_read(actor=doctor, patient_ids=patients[:1], what="records.note")
    assert [event.details for event in reads()] == [{"what": "records.note"}]


def test_another_request_is_another_row(doctor, patients):
    for _ in range(2):
        record_clinical_read(actor=doctor, patient_ids=patients[:1], what="records.note")
    assert len(reads()) == 2


def test_managers_leave_none(patients):
    amina = User.objects.get(username="amina")
    child = make_patient(amina, relation=Relation.PARENT)
    record_clinical_read(actor=amina, patient_ids=[patients[0], child.pk], what="records.note")
    assert reads() == []


def test_a_doctor_reading_of_others_and_of_the_own_child_leaves_those_of_the_others(doctor, patients):
    child = make_patient(doctor, relation=Relation.PARENT)
    record_clinical_read(actor=doctor, patient_ids=[child.pk, *patients], what="records.note")
    assert [event.concerns_id for event in reads()] == sorted(patients)


def test_who_managed_once_leaves_rows_like_everybody(patients, now):
    amina = User.objects.get(username="amina")
    Management.objects.filter(user=amina).update(ended_at=now)
    record_clinical_read(actor=amina, patient_ids=patients[:1], what="records.note")
    assert len(reads()) == 1


def test_nothing_read_is_nothing_written(doctor):
    record_clinical_read(actor=doctor, patient_ids=[], what="records.note")
    assert reads() == []


class TestAtTheDoorsOfPatients:
    """Birth date, sex and blood group are clinical, as is what is noted on a care relationship."""

    PATHS = ("patients/", "patients/{}/", "doctors/my-patients/")

    @pytest.fixture
    def care(self, db, now):
        return make_care(now)

    @pytest.mark.parametrize("path", PATHS)
    def test_a_treating_doctor_leaves_one_row_for_each_request(self, care, now, path):
        doctor = client_of(care.doctor.user, now=now)
        for _ in range(2):
            assert "blood_group" in doctor.get(f"/api/v1/{path.format(care.patient.pk)}").content.decode()
        rows = [(each.actor_id, each.concerns_id, each.details) for each in reads()]
        assert rows == [(care.doctor.user_id, care.patient.pk, {"what": "patients.patient"})] * 2

    @pytest.mark.parametrize("path", PATHS[:2])
    def test_managers_and_staff_who_see_the_contact_leave_none(self, care, now, path):
        HospitalRegistration.objects.create(hospital=care.doctor.hospital, patient=care.patient)
        for user in (care.manager, make_staff("hana", care.doctor.hospital)):
            answer = client_of(user, now=now).get(f"/api/v1/{path.format(care.patient.pk)}")
            assert care.patient.first_name in answer.content.decode()
        assert reads() == []

    @pytest.mark.parametrize("path", ["mappings/", "mappings/{0}/", "mappings/{1}/", "patients/{1}/doctors/"])
    def test_notes_of_a_relationship_are_read(self, care, now, path):
        doctor = client_of(care.doctor.user, now=now)
        address = f"/api/v1/{path.format(care.relationship.pk, care.patient.pk)}"
        assert doctor.get(address).status_code == 200
        assert reads() == []  # Nothing is noted.
        CareRelationship.objects.update(notes="Follow-up after surgery")
        assert "Follow-up" in doctor.get(address).content.decode()
        assert [(each.concerns_id, each.details) for each in reads()] == [
            (care.patient.pk, {"what": "patients.carerelationship"})
        ]
