"""Files of prescriptions: sent by the author, read by whoever reads the prescription, weighed with all others."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from apps.core.http.throttles import ScopedThrottle
from apps.core.models import AuditEvent, StoredFile
from apps.core.testing.uploads import pdf, picture
from apps.patients.models import AccessGrant
from apps.patients.services.care import choose_doctor, end_relationship
from apps.records.models import Prescription, PrescriptionAttachment
from apps.records.services.prescribing import issue_prescription
from tests.care import client_of, make_care
from tests.world import ABSENT, book, make_doctor

PRESCRIPTIONS = "/api/v1/prescriptions/"


@pytest.fixture
def prescription(care, now) -> Prescription:
    return issue_prescription(
        actor=care.doctor.user,
        patient_id=care.patient.pk,
        diagnosis="Anaemia",
        medicines=[{"name": "Iron", "dosage": "1 tablet"}],
        now=now,
    )


def attach(client, prescription, *uploads: tuple[str, bytes], **fields: str) -> Any:
    files = [SimpleUploadedFile(name, content) for name, content in uploads or [("paper.pdf", pdf())]]
    path = f"{PRESCRIPTIONS}{prescription.pk}/attachments/"
    return client.post(path, {"files": files, **fields}, format="multipart")


class TestAttaching:
    def test_its_author_sends_several_and_the_patient_reads_them(self, doctor, patient, prescription, store_keys):
        made = attach(doctor, prescription, ("paper.pdf", pdf()), ("scan.png", picture()), description="Signed")
        assert made.status_code == 201, made.json()
        assert [(each["name"], each["description"]) for each in made.json()] == [
            ("paper.pdf", "Signed"),
            ("scan.png", "Signed"),
        ]
        shown = patient.get(f"{PRESCRIPTIONS}{prescription.pk}/").json()
        assert shown["attachments"] == made.json()
        assert len(store_keys()) == 2
        answer = patient.get(f"{PRESCRIPTIONS}attachments/{made.json()[0]['id']}/download/")
        assert b"".join(answer.streaming_content) == pdf()
        assert answer["Content-Disposition"] == 'attachment; filename="paper.pdf"'

    def test_one_bad_file_refuses_all(self, doctor, prescription, store_keys):
        refused = attach(doctor, prescription, ("paper.pdf", pdf()), ("run.pdf", b"MZ"))
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/files/1")
        assert (store_keys(), PrescriptionAttachment.objects.count()) == (set(), 0)

    def test_without_a_file_it_is_refused(self, doctor, prescription):
        path = f"{PRESCRIPTIONS}{prescription.pk}/attachments/"
        refused = doctor.post(path, {"description": "x"}, format="multipart")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/files")

    def test_more_than_ten_in_two_goes_are_refused(self, doctor, prescription):
        assert attach(doctor, prescription, *[("a.pdf", pdf())] * 10).status_code == 201
        refused = attach(doctor, prescription)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "too_many_files")

    def test_they_are_weighed_with_the_patients_other_files(self, doctor, patient, prescription, settings, store_keys):
        settings.UPLOAD_QUOTA_MEGABYTES = 1
        big = StoredFile.objects.create(
            key="x", name="a.pdf", media_type="application/pdf", size=1024 * 1024, sha256=b"x"
        )
        PrescriptionAttachment.objects.create(prescription=prescription, file=big)
        upload = SimpleUploadedFile("a.pdf", pdf())
        record = patient.post("/api/v1/records/", {"title": "Blood", "files": [upload]}, format="multipart")
        for refused in (attach(doctor, prescription), record):
            assert (refused.status_code, refused.json()["code"]) == (409, "quota_used_up")
        assert store_keys() == set()

    def test_nobody_else_sends(self, patient, prescription, care, now):
        assert attach(patient, prescription).status_code == 403
        second = make_doctor("second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        assert attach(client_of(second.user, now=now), prescription).status_code == 404

    def test_a_treating_doctor_who_only_reads_it_by_a_grant_sends_and_removes_nothing(self, doctor, prescription, now):
        file = attach(doctor, prescription).json()[0]["id"]
        second, patient = make_doctor("second", None), prescription.patient
        choose_doctor(actor=patient.managements.get().user, patient_id=patient.pk, doctor_id=second.pk, now=now)
        soon = now + timedelta(minutes=30)
        AccessGrant.objects.create(patient=patient, doctor=second, kind="OTP", expires_at=soon)
        client = client_of(second.user, now=now)
        assert client.get(f"{PRESCRIPTIONS}attachments/{file}/").status_code == 200
        assert attach(client, prescription).status_code == 403
        assert client.delete(f"{PRESCRIPTIONS}attachments/{file}/").status_code == 403
        revised = client.patch(f"{PRESCRIPTIONS}{prescription.pk}/", {"advice": "x"}, format="json")
        assert revised.status_code == 403

    def test_an_ex_doctor_reads_and_writes_no_more(self, doctor, prescription, care, now):
        file = attach(doctor, prescription).json()[0]["id"]
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        assert doctor.get(f"{PRESCRIPTIONS}attachments/{file}/").status_code == 200
        for refused in (attach(doctor, prescription), doctor.delete(f"{PRESCRIPTIONS}attachments/{file}/")):
            assert (refused.status_code, refused.json()["code"]) == (409, "not_treating")


@pytest.mark.django_db(transaction=True)
def test_removing_takes_the_bytes_and_leaves_the_row(doctor, patient, prescription, store_keys):
    file = attach(doctor, prescription).json()[0]["id"]
    path = f"{PRESCRIPTIONS}attachments/{file}/"
    assert patient.delete(path).status_code == 403
    assert doctor.delete(path).status_code == 204
    assert store_keys() == set()
    assert PrescriptionAttachment.objects.filter(pk=file).exists()
    assert doctor.get(path).status_code == patient.get(f"{path}download/").status_code == 404
    assert patient.get(f"{PRESCRIPTIONS}{prescription.pk}/").json()["attachments"] == []


class TestReading:
    def test_anothers_file_is_as_absent_as_one_that_never_was(self, doctor, prescription, now):
        file = attach(doctor, prescription).json()[0]["id"]
        other = make_care(now, name="other_")
        for stranger in (other.manager, other.doctor.user):
            client = client_of(stranger, now=now)
            for path in (f"attachments/{file}/", f"attachments/{file}/download/", f"{prescription.pk}/attachments/"):
                hidden = client.get(PRESCRIPTIONS + path)
                nowhere = path.replace(file, str(ABSENT)).replace(str(prescription.pk), str(ABSENT))
                absent = client.get(PRESCRIPTIONS + nowhere)
                assert hidden.status_code == absent.status_code == 404
                assert {**hidden.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}

    def test_a_doctors_download_is_one_row_for_the_patient_and_the_own_is_none(
        self, doctor, patient, prescription, care
    ):
        file = attach(doctor, prescription).json()[0]["id"]
        for client in (patient, doctor):
            client.get(f"{PRESCRIPTIONS}attachments/{file}/download/")
        looks = AuditEvent.objects.filter(action="clinical_read", concerns_id=care.patient.pk)
        assert [look.actor_id for look in looks] == [care.doctor.user.pk]


class TestSelecting:
    """The addresses of an older system, within what the caller may see."""

    def test_by_appointment(self, doctor, care, now):
        booked = book(care.manager, care.doctor, now=now)
        body = {
            "patient": str(care.patient.pk),
            "diagnosis": "x",
            "medicines": [{"name": "Iron", "dosage": "1"}],
            "appointment": str(booked.pk),
        }
        made = doctor.post(PRESCRIPTIONS, body, format="json").json()
        del body["appointment"]
        assert doctor.post(PRESCRIPTIONS, body, format="json").status_code == 201
        found = doctor.get(f"{PRESCRIPTIONS}by-appointment/", {"appointment_id": str(booked.pk)}).json()["results"]
        assert [row["id"] for row in found] == [made["id"]]

    @pytest.mark.parametrize("path", ["by-appointment/", "patient-history/"])
    def test_what_is_asked_for_must_be_said(self, doctor, path):
        refused = doctor.get(PRESCRIPTIONS + path)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
        assert doctor.get(PRESCRIPTIONS + path, {"patient_id": "x", "appointment_id": "x"}).status_code == 400

    def test_a_history_holds_what_the_caller_may_see(self, doctor, patient, prescription, care, now):
        asked = {"patient_id": str(care.patient.pk)}
        second = make_doctor("second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        stranger = make_care(now, name="other_").manager
        seen = [
            len(client.get(f"{PRESCRIPTIONS}patient-history/", asked).json()["results"])
            for client in (doctor, patient, client_of(second.user, now=now), client_of(stranger, now=now))
        ]
        assert seen == [1, 1, 0, 0]
        rows = patient.get(f"{PRESCRIPTIONS}patient/{care.patient.pk}/").json()["results"]
        assert [row["id"] for row in rows] == [str(prescription.pk)]


def test_a_stranger_who_tries_codes_is_stopped(db, monkeypatch):
    monkeypatch.setattr(ScopedThrottle, "THROTTLE_RATES", {"auth": "3/hour"})
    answers = [APIClient().get(f"{PRESCRIPTIONS}verify/{'A' * 26}/").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
