"""Prescriptions: none without a recorded safety check, none changed, and of revisions at once one wins."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from apps.appointments.choices import Status
from apps.core.errors import DomainError
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.notifications.models import Notification
from apps.patients.models import AccessGrant, Medication
from apps.patients.services.care import end_relationship
from apps.recommendations.services.checking import Checked
from apps.records.models import Prescription, PrescriptionLine, SafetyCheck
from apps.records.services.prescribing import issue_prescription, revise_prescription
from tests.care import client_of, make_care
from tests.world import ABSENT, book, make_doctor

PATH = "/api/v1/prescriptions/"
IRON = {"name": "Ferrous sulfate 200 mg", "dosage": "1 tablet", "frequency": "twice daily", "duration": "for 5 days"}
DANGER = {"type": "allergy", "severity": "CRITICAL", "message": "SENTINEL"}
GRAVE = Checked(
    "2026.11",
    findings=({**DANGER, "subject": "iron", "with": "Iron", "condition": None, "source": "x"},),
    not_checked=(),
)


@pytest.fixture
def body(care):
    return {"patient": str(care.patient.pk), "diagnosis": "Anaemia", "medicines": [IRON]}


def issue(client, body):
    return client.post(PATH, body, format="json")


class TestIssuing:
    def test_words_stay_verbatim_and_what_can_be_read_is_structured(self, doctor, patient, body, care):
        odd = {"name": "Oil", "dosage": "a  little,\nas you LIKE"}
        made = issue(doctor, {**body, "medicines": [IRON, odd]})
        assert made.status_code == 201, made.json()
        iron, oil = made.json()["medicines"]
        assert {name: iron[name] for name in IRON} == IRON
        assert (iron["structured"]["doses_per_day"], iron["structured"]["duration_days"]) == (2, 5)
        assert (oil["dosage"], oil["structured"]["schedule"]) == (odd["dosage"], None)
        assert Notification.objects.get(topic="prescription_issued").recipient_id == care.manager.pk
        assert patient.get(f"{PATH}{made.json()['id']}/").json() == made.json()

    def test_what_was_not_checked_is_listed_and_never_called_safe(self, doctor, body):
        odd = {"name": "Oil of nothing", "dosage": "a little"}
        check = issue(doctor, {**body, "medicines": [IRON, odd]}).json()["safety_check"]
        assert check["findings"] == []
        assert {("medicine", "Oil of nothing"), ("dose", "a little")} <= {
            (each["kind"], each["subject"]) for each in check["not_checked"]
        }

    def test_what_is_known_against_it_is_recorded(self, doctor, body):
        both = [{"name": name, "dosage": "1 tablet daily"} for name in ("Warfarin 5 mg", "Ibuprofen 400 mg")]
        refused = issue(doctor, {**body, "medicines": both})
        assert (refused.status_code, refused.json()["finding_types"]) == (409, ["interaction"])
        reason = {"override_reason": "Two days only, with pantoprazole."}
        check = issue(doctor, {**body, **reason, "medicines": both}).json()["safety_check"]
        assert [each["with"] for each in check["findings"] if each["severity"] == "CRITICAL"] == ["Warfarin 5 mg"]

    def test_the_medication_list_is_kept(self, doctor, body, care):
        issue(doctor, body)
        held = Medication.objects.get(patient=care.patient)
        assert (held.name, held.source, held.ended_date) == (IRON["name"], "PRESCRIBED", None)

    def test_it_completes_the_appointment(self, doctor, body, care, now):
        booked = book(care.manager, care.doctor, now=now)
        assert issue(doctor, {**body, "appointment": str(booked.pk)}).status_code == 201
        booked.refresh_from_db()
        assert booked.status == Status.COMPLETED
        assert issue(doctor, {**body, "appointment": str(booked.pk)}).status_code == 201  # A second one of the visit.

    def test_a_foreign_appointment_is_absent_and_nothing_is_issued(self, doctor, body, now):
        other = make_care(now, name="other_")
        foreign = book(other.manager, other.doctor, now=now)
        hidden, absent = (issue(doctor, {**body, "appointment": str(pk)}) for pk in (foreign.pk, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        assert not Prescription.objects.exists()
        assert not SafetyCheck.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"diagnosis": ""}, "/diagnosis"),
            ({"medicines": []}, "/medicines"),
            ({"medicines": [{"name": "Iron"}]}, "/medicines/0/dosage"),
            ({"medicines": "iron"}, "/medicines"),
            ({"follow_up_date": "2020-01-01"}, "/follow_up_date"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, doctor, body, changes, pointer):
        refused = issue(doctor, body | changes)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
        assert not Prescription.objects.exists()

    def test_an_ex_doctor_and_a_reader_by_grant_prescribe_nothing(self, doctor, body, care, now):
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        soon = now + timedelta(minutes=30)
        AccessGrant.objects.create(patient=care.patient, doctor=care.doctor, kind="OTP", expires_at=soon)
        refused = issue(doctor, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_treating")


class TestTheSafetyGate:
    @pytest.fixture
    def grave(self, monkeypatch):
        monkeypatch.setattr("apps.records.services.prescribing.check_medicines", lambda **facts: GRAVE)

    def test_a_critical_finding_needs_a_reason_and_keeps_it(self, doctor, body, grave):
        refused = issue(doctor, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "override_needed")
        assert refused.json()["finding_types"] == ["allergy"]
        assert not Prescription.objects.exists()
        assert not Medication.objects.exists()
        assert issue(doctor, {**body, "override_reason": "   "}).status_code == 409
        made = issue(doctor, {**body, "override_reason": "Desensitised in May."})
        assert made.status_code == 201
        check = made.json()["safety_check"]
        assert (check["is_critical"], check["override_reason"]) == (True, "Desensitised in May.")

    def test_a_revision_passes_it_too(self, doctor, body, monkeypatch):
        path = f"{PATH}{issue(doctor, body).json()['id']}/"
        monkeypatch.setattr("apps.records.services.prescribing.check_medicines", lambda **facts: GRAVE)
        for refused in (
            doctor.post(f"{path}revise/", {"advice": "x"}, format="json"),
            doctor.patch(path, {"advice": "x"}, format="json"),
            doctor.put(path, {"diagnosis": "x", "medicines": [IRON]}, format="json"),
        ):
            assert (refused.status_code, refused.json()["code"]) == (409, "override_needed")
        assert Prescription.objects.count() == 1
        assert Medication.objects.get().ended_date is None  # Ending the old medicines was taken back.

    def test_findings_are_in_no_audit_row(self, doctor, body, grave):
        issue(doctor, {**body, "override_reason": "SENTINEL"})
        assert "SENTINEL" not in str(list(AuditEvent.objects.values_list("details", flat=True)))

    def test_the_database_knows_no_prescription_without_its_check(self, care):
        bare = Prescription(patient=care.patient, doctor=care.doctor, diagnosis="x", verification_code="X")
        bare.chain = bare.pk
        with pytest.raises(IntegrityError), transaction.atomic():
            bare.save()

    def test_and_no_critical_check_without_a_reason(self, care):
        with pytest.raises(IntegrityError), transaction.atomic():
            SafetyCheck.objects.create(
                patient=care.patient, checked_by=care.manager, knowledge_version="x", is_critical=True
            )


class TestRevising:
    def test_a_revision_follows_and_the_issued_one_stays(self, doctor, body, care):
        first = issue(doctor, body).json()
        second = doctor.post(f"{PATH}{first['id']}/revise/", {"advice": "With food."}, format="json")
        shown = second.json()
        assert (second.status_code, shown["version"], shown["previous"]) == (201, 2, first["id"])
        assert (shown["diagnosis"], shown["advice"], shown["medicines"][0]["name"]) == (
            "Anaemia",
            "With food.",
            IRON["name"],
        )
        again = doctor.get(f"{PATH}{first['id']}/").json()
        assert again == {**first, "is_current": False}
        assert [row["version"] for row in doctor.get(f"{PATH}{first['id']}/versions/").json()["results"]] == [2, 1]
        assert [row["version"] for row in doctor.get(PATH, {"is_current": "true"}).json()["results"]] == [2]
        assert Medication.objects.filter(patient=care.patient, ended_date=None).count() == 1

    def test_a_medicine_that_starts_on_a_later_calendar_is_revised_too_and_not_checked_against_itself(
        self, doctor, body, care, now
    ):
        first = issue(doctor, body).json()
        later = (now + timedelta(hours=14)).date()  # Today where the day comes first.
        Medication.objects.update(started_date=later)  # The patient has travelled west since.
        revised = doctor.post(f"{PATH}{first['id']}/revise/", {"advice": "Rest"}, format="json")
        assert revised.status_code == 201, revised.json()
        assert Medication.objects.get(ended_date__isnull=False).ended_date == later
        assert revised.json()["safety_check"]["findings"] == first["safety_check"]["findings"] == []

    def test_only_the_newest_is_revised(self, doctor, body):
        path = f"{PATH}{issue(doctor, body).json()['id']}/revise/"
        assert doctor.post(path, {"advice": "x"}, format="json").status_code == 201
        refused = doctor.post(path, {"advice": "y"}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "already_revised")

    def test_a_stale_reader_is_told(self, doctor, body):
        path = f"{PATH}{issue(doctor, body).json()['id']}/"
        assert doctor.patch(path, {"advice": "x"}, format="json", HTTP_IF_MATCH='"old"').status_code == 412

    def test_nothing_is_deleted(self, doctor, patient, body):
        path = f"{PATH}{issue(doctor, body).json()['id']}/"
        for client in (doctor, patient):
            refused = client.delete(path)
            assert (refused.status_code, refused.json()["code"]) == (409, "issued")

    def test_nobody_else_revises(self, doctor, body, care, now):
        from apps.patients.services.care import choose_doctor

        path = f"{PATH}{issue(doctor, body).json()['id']}/"
        second = make_doctor("second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        client = client_of(second.user, now=now)
        assert client.patch(path, {"advice": "x"}, format="json").status_code == 404


class TestVerifying:
    def test_anybody_tells_genuine_from_forged_and_learns_nothing_else(self, doctor, body, anonymous):
        made = issue(doctor, body).json()
        code = made["verification_code"]
        genuine = anonymous.get(f"{PATH}verify/{code[:13].lower()}-{code[13:]}/")
        assert genuine.json() == {"is_genuine": True, "is_current": True}
        doctor.post(f"{PATH}{made['id']}/revise/", {"advice": "x"}, format="json")
        assert anonymous.get(f"{PATH}verify/{code}/").json() == {"is_genuine": True, "is_current": False}
        for forged in ("A" * 26, made["id"], "%00", "x" * 500):
            answer = anonymous.get(f"{PATH}verify/{forged}/")
            assert (answer.status_code, answer.json()) == (200, {"is_genuine": False, "is_current": False})

    @pytest.fixture
    def anonymous(self):
        from rest_framework.test import APIClient

        return APIClient()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_revisions_at_once_one_wins_and_the_chain_is_linear(self, now):
        for turn in range(rounds(2, 20)):
            care = make_care(now, name=f"p{turn}_")
            first = issue_prescription(
                actor=care.doctor.user, patient_id=care.patient.pk, diagnosis="Anaemia", medicines=[IRON], now=now
            )
            revise = partial(revise_prescription, actor=care.doctor.user, prescription=first, now=now)
            outcomes = race([partial(revise, advice=f"Advice {number}") for number in range(6)])
            won = [each for each in outcomes if isinstance(each, Prescription)]
            refused = [each.code for each in outcomes if isinstance(each, DomainError)]
            assert (len(won), refused) == (1, ["already_revised"] * 5)
            chain = Prescription.objects.filter(chain=first.chain).order_by("version")
            assert [(each.version, each.previous_id) for each in chain] == [(1, None), (2, first.pk)]
            assert PrescriptionLine.objects.filter(prescription__chain=first.chain).count() == 2
            assert Medication.objects.filter(patient=care.patient, ended_date=None).count() == 1
