"""Health records: files and rows in one transaction, who sees them by which right, and what each look leaves."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core import files as store
from apps.core.files import WrittenFile
from apps.core.models import AuditEvent, StoredFile
from apps.core.testing.proofs import dice, race, rounds
from apps.core.testing.uploads import doc, docx, hostile_uploads, pdf, picture
from apps.notifications.models import Notification
from apps.patients.models import AccessGrant
from apps.patients.services.care import choose_doctor, end_relationship
from apps.records.models import AnnotationVersion, HealthRecord, RecordFile
from apps.records.services.health import add_record
from apps.records.services.storing import QuotaUsedUp
from tests.care import client_of, make_care
from tests.world import ABSENT, make_doctor, make_hospital, make_staff, make_user

RECORDS = "/api/v1/records/"


def sent(*uploads: tuple[str, bytes]) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, content) for name, content in uploads]


@pytest.fixture
def staff(care, now):
    return client_of(make_staff("clerk", care.doctor.hospital), now=now)


def add(client, *uploads: tuple[str, bytes], **fields: Any) -> Any:
    body = {"title": "Blood count", **fields}
    return client.post(RECORDS, {**body, "files": sent(*uploads)} if uploads else body, format="multipart")


@pytest.fixture
def record(patient, care) -> HealthRecord:
    answer = add(patient, ("blood.pdf", pdf()), doctor=str(care.doctor.pk))
    assert answer.status_code == 201, answer.json()
    return HealthRecord.objects.get()


class TestAdding:
    def test_several_files_come_with_one_record(self, patient, care, store_keys):
        answer = add(patient, ("blood.pdf", pdf()), ("x-ray.jpg", picture("JPEG")), record_type="lab_result")
        shown = answer.json()
        assert answer.status_code == 201
        assert [(each["name"], each["media_type"]) for each in shown["files"]] == [
            ("blood.pdf", "application/pdf"),
            ("x-ray.jpg", "image/jpeg"),
        ]
        assert (shown["patient"], shown["record_type"]) == (str(care.patient.pk), "LAB_RESULT")
        assert shown == patient.get(f"{RECORDS}{shown['id']}/").json()
        assert len(store_keys()) == 2

    def test_one_bad_file_refuses_all_and_says_which(self, patient, care, store_keys):
        refused = add(patient, ("blood.pdf", pdf()), ("run.pdf", b"MZ"))
        assert refused.status_code == 400
        assert refused.json()["errors"][0] | {"detail": ""} == {
            "pointer": "/files/1",
            "code": "content_is_not_its_extension",
            "detail": "",
        }
        assert not HealthRecord.objects.exists()
        assert store_keys() == set()

    def test_a_refused_body_leaves_no_bytes(self, patient, care, store_keys):
        assert add(patient, ("blood.pdf", pdf()), title="").status_code == 400
        assert add(patient, ("blood.pdf", pdf()), date="2999-01-01").status_code == 400
        assert add(patient, ("blood.pdf", pdf()), patient=str(ABSENT)).status_code == 404
        assert add(patient, ("blood.pdf", pdf()), doctor=str(ABSENT)).status_code == 404
        assert (store_keys(), StoredFile.objects.count()) == (set(), 0)

    def test_eleven_files_are_too_many(self, patient, care, store_keys):
        refused = add(patient, *[("a.pdf", pdf())] * 11)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "too_many_files")
        assert store_keys() == set()

    def test_more_are_added_later(self, patient, record, store_keys):
        more = {"files": sent(("b.pdf", pdf()))}
        answer = patient.post(f"{RECORDS}{record.pk}/files/", more, format="multipart")
        assert (answer.status_code, [file["name"] for file in answer.json()["files"]][-1]) == (201, "b.pdf")
        assert len(store_keys()) == 2

    def test_and_so_are_more_than_ten_in_two_goes(self, patient, record, store_keys):
        more = {"files": sent(*[("a.pdf", pdf())] * 10)}
        refused = patient.post(f"{RECORDS}{record.pk}/files/", more, format="multipart")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "too_many_files")
        assert len(store_keys()) == 1
        assert patient.post(f"{RECORDS}{record.pk}/files/", {"files": more["files"][:0]}).status_code == 400

    def test_a_patient_has_a_quota(self, patient, care, settings, store_keys):
        settings.UPLOAD_QUOTA_MEGABYTES = 0
        refused = add(patient, ("a.pdf", pdf()))
        assert (refused.status_code, refused.json()["code"]) == (409, "quota_used_up")
        assert store_keys() == set()

    def test_the_same_key_is_one_record_and_another_file_another_request(self, patient, care, store_keys):
        def post(content: bytes) -> Any:
            body = {"title": "Blood", "files": sent(("a.png", content))}
            return patient.post(RECORDS, body, format="multipart", HTTP_IDEMPOTENCY_KEY="one")

        first, second, other = post(picture()), post(picture()), post(picture(size=(9, 9)))
        assert (first.status_code, second.json(), other.status_code) == (201, first.json(), 422)
        assert HealthRecord.objects.count() == len(store_keys()) == 1

    def test_a_treating_doctor_adds_one_and_the_patient_is_told(self, doctor, care):
        assert add(doctor, patient=str(care.patient.pk)).status_code == 201
        assert Notification.objects.get(topic="record_added").recipient_id == care.manager.pk

    def test_whom_one_does_not_treat_is_absent(self, doctor, care, now):
        other = make_care(now, name="other_")
        hidden, absent = (add(doctor, patient=str(pk)) for pk in (other.patient.pk, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        assert {**hidden.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}

    def test_a_doctor_who_does_not_treat_is_not_assigned(self, patient, care):
        stranger = make_doctor("stranger", None)
        hidden, absent = (add(patient, doctor=str(pk)) for pk in (stranger.pk, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        assert not HealthRecord.objects.exists()

    @pytest.mark.parametrize(
        "body",
        [b"", b"--x\r\n", b"not multipart at all", b"--x\r\nContent-Disposition: form-data\r\n\r\n"],
    )
    def test_a_body_that_is_no_form_is_refused(self, patient, care, body):
        refused = patient.generic("POST", RECORDS, body, content_type="multipart/form-data; boundary=x")
        assert refused.status_code == 400

    def test_a_body_larger_than_all_files_is_not_read(self, patient, care, settings):
        settings.UPLOAD_MAX_MEGABYTES, settings.UPLOAD_MAX_FILES = 1, 1
        refused = add(patient, ("a.pdf", bytes(3 * 1024 * 1024)))
        assert (refused.status_code, refused.json()["code"]) == (400, "too_large")


class TestHostileUploads:
    def test_each_is_refused_or_served_back_harmless(self, patient, care, store_keys):
        wrong, taken = [], 0
        for upload in hostile_uploads():
            if len(upload.content) > 5_000_000 and rounds(0, 1) == 0:
                continue  # In `make proof`.
            answer = add(patient, (upload.name, upload.content))
            if answer.status_code == 400:
                continue
            if answer.status_code != 201 or not upload.what.startswith(("jpg with", "png with", "the name")):
                wrong.append(f"{upload.what}: {answer.status_code}")
                continue
            taken += 1
            served = patient.get(f"/api/v1/files/{answer.json()['files'][0]['id']}/download/")
            content = b"".join(served.streaming_content)
            if b"alert(1)" in content or b"SENTINEL" in content or "attachment" not in served["Content-Disposition"]:
                wrong.append(f"{upload.what}: served")
        assert wrong == []
        assert taken > 10
        assert store_keys() == set(StoredFile.objects.values_list("key", flat=True))

    def test_damaged_files_are_never_a_failure(self, patient, care):
        random = dice("damaged uploads")
        good = [
            ("a.pdf", pdf()),
            ("a.docx", docx()),
            ("a.doc", doc()),
            ("a.png", picture()),
            ("a.jpg", picture("JPEG")),
        ]
        for _ in range(rounds(60, 2000)):
            name, content = random.choice(good)
            damaged = bytearray(content)
            for _ in range(random.randint(1, 12)):
                damaged[random.randrange(len(damaged))] = random.randrange(256)
            answer = add(patient, (name, bytes(damaged[: random.randint(1, len(damaged))])))
            assert answer.status_code in {201, 400}, (name, answer.json())


class TestDownloading:
    def test_it_is_an_attachment_that_no_browser_shows_or_keeps(self, patient, record):
        answer = patient.get(f"/api/v1/files/{record.files.get().pk}/download/")
        assert b"".join(answer.streaming_content) == pdf()
        assert answer["Content-Disposition"] == 'attachment; filename="blood.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"
        assert (answer["Content-Type"], answer["Content-Length"]) == ("application/pdf", str(len(pdf())))

    def test_a_doctors_download_is_written_down_once_and_the_own_is_not(self, patient, doctor, care, record):
        path = f"/api/v1/files/{record.files.get().pk}/download/"
        for client, looks in ((patient, 0), (doctor, 1), (doctor, 2)):
            b"".join(client.get(path).streaming_content)
            seen = AuditEvent.objects.filter(action="clinical_read", concerns_id=care.patient.pk)
            assert seen.count() == looks

    def test_the_link_of_another_is_absent_and_ends_with_the_right(self, doctor, care, record, now):
        path = f"/api/v1/files/{record.files.get().pk}/download/"
        b"".join(doctor.get(path).streaming_content)
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        ended, absent = doctor.get(path), doctor.get(f"/api/v1/files/{ABSENT}/download/")
        assert ended.status_code == absent.status_code == 404
        assert {**ended.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}


@pytest.mark.django_db(transaction=True)
class TestRemoving:
    def test_the_patients_side_removes_what_it_sent_and_its_bytes(self, patient, record, store_keys):
        file = RecordFile.objects.get()
        assert patient.delete(f"{RECORDS}files/{file.pk}/").status_code == 204
        assert store_keys() == set()
        assert patient.get(f"/api/v1/files/{file.pk}/download/").status_code == 404
        assert patient.get(f"{RECORDS}{record.pk}/").json()["files"] == []
        assert RecordFile.objects.filter(pk=file.pk).exists()

    def test_what_a_doctor_sent_stays_the_doctors(self, patient, doctor, care, store_keys):
        add(doctor, ("a.pdf", pdf()), patient=str(care.patient.pk))
        path = f"{RECORDS}files/{RecordFile.objects.get().pk}/"
        assert patient.delete(path).status_code == 403
        assert doctor.delete(path).status_code == 204
        assert store_keys() == set()

    def test_a_doctor_does_not_remove_what_the_patient_sent(self, doctor, record, store_keys):
        assert doctor.delete(f"{RECORDS}files/{RecordFile.objects.get().pk}/").status_code == 403
        assert len(store_keys()) == 1

    def test_what_a_doctor_wrote_is_assigned_by_managers_and_rewritten_by_nobody(self, patient, doctor, care):
        path = f"{RECORDS}{add(doctor, patient=str(care.patient.pk)).json()['id']}/"
        refused = patient.patch(path, {"title": "All is well"}, format="json")
        assert (refused.status_code, HealthRecord.objects.get().title) == (403, "Blood count")
        assigned = patient.patch(path, {"doctor": str(care.doctor.pk)}, format="json")
        assert (assigned.status_code, HealthRecord.objects.get().doctor_id) == (200, care.doctor.pk)


class TestHospitals:
    def upload(self, staff, care, **fields: Any) -> Any:
        body = {"title": "X-ray", "files": sent(("a.pdf", pdf())), **fields}
        return staff.post(f"/api/v1/patients/{care.patient.pk}/reports/upload/", body, format="multipart")

    def test_staff_upload_for_a_registered_patient_and_cannot_read_it(self, staff, patient, care):
        assert self.upload(staff, care).status_code == 404
        from apps.patients.models import HospitalRegistration

        HospitalRegistration.objects.create(hospital=care.doctor.hospital, patient=care.patient)
        made = self.upload(staff, care)
        assert (made.status_code, made.json()["hospital"]) == (201, str(care.doctor.hospital_id))
        record, file = made.json()["id"], made.json()["files"][0]["id"]
        for path in (f"records/{record}/", f"files/{file}/download/", f"records/files/{file}/"):
            assert staff.get(f"/api/v1/{path}").status_code == 404
        assert staff.get(RECORDS).json()["results"] == []
        assert patient.get(f"{RECORDS}{record}/").status_code == 200
        assert Notification.objects.get(topic="record_added").recipient_id == care.manager.pk

    def test_a_report_is_a_file(self, staff, care):
        from apps.patients.models import HospitalRegistration

        HospitalRegistration.objects.create(hospital=care.doctor.hospital, patient=care.patient)
        body = {"title": "X-ray"}
        refused = staff.post(f"/api/v1/patients/{care.patient.pk}/reports/upload/", body, format="multipart")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/files")


class TestWhoSees:
    """One record that is assigned to nobody, asked for by each right in turn."""

    @pytest.fixture
    def secret(self, patient, care) -> HealthRecord:
        add(patient, ("a.pdf", pdf()))
        return HealthRecord.objects.get()

    def statuses(self, client, record) -> set[int]:
        file = record.files.get().pk
        paths = (f"records/{record.pk}/", f"files/{file}/download/", f"records/files/{file}/")
        answers = [client.get(f"/api/v1/{path}") for path in paths]
        found = {answer.status_code for answer in answers}
        listed = {row["id"] for row in client.get(RECORDS).json()["results"]}
        assert (str(record.pk) in listed) == (found == {200})
        return found

    def test_treating_alone_opens_nothing_that_was_not_shared(self, doctor, secret):
        assert self.statuses(doctor, secret) == {404}

    def test_sharing_opens_it_and_ending_that_closes_it(self, patient, doctor, care, secret):
        shared = patient.post(f"{RECORDS}{secret.pk}/share/", {"doctor": str(care.doctor.pk)}, format="json")
        assert shared.json()["shared_with"] == [str(care.doctor.pk)]
        assert Notification.objects.filter(topic="record_shared", recipient=care.doctor.user).count() == 1
        assert self.statuses(doctor, secret) == {200}
        assert patient.delete(f"{RECORDS}{secret.pk}/share/{care.doctor.pk}/").status_code == 204
        assert self.statuses(doctor, secret) == {404}

    def test_assigning_opens_it_tells_the_doctor_and_moves_on(self, patient, doctor, care, secret, now):
        path = f"{RECORDS}{secret.pk}/"
        second = make_doctor("second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        assert patient.patch(path, {"doctor": str(care.doctor.pk)}, format="json").status_code == 200
        assert self.statuses(doctor, secret) == {200}
        assert patient.patch(path, {"doctor": str(second.pk)}, format="json").status_code == 200
        assert self.statuses(doctor, secret) == {404}
        assert self.statuses(client_of(second.user, now=now), secret) == {200}
        told = Notification.objects.filter(topic="record_assigned").values_list("recipient", flat=True)
        assert set(told) == {care.doctor.user_id, second.user_id}

    @pytest.mark.parametrize("kind", ["OTP", "BREAK_GLASS"])
    def test_a_grant_opens_all_of_it_until_it_ends(self, care, secret, now, kind):
        stranger = make_doctor("stranger", make_hospital("Elsewhere"))
        client = client_of(stranger.user, now=now)
        assert self.statuses(client, secret) == {404}
        grant = AccessGrant.objects.create(
            patient=care.patient, doctor=stranger, kind=kind, reason="x" * 10, expires_at=now + timedelta(hours=1)
        )
        assert self.statuses(client, secret) == {200}
        answer = client.post(f"{RECORDS}{secret.pk}/annotations/", {"text": "x"}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_treating")  # Read-only.
        for ended in ({"revoked_at": now}, {"revoked_at": None, "expires_at": now - timedelta(seconds=1)}):
            AccessGrant.objects.filter(pk=grant.pk).update(**ended)
            assert self.statuses(client, secret) == {404}

    def test_a_grant_to_another_patient_or_doctor_opens_nothing(self, care, secret, now):
        stranger, other = make_doctor("stranger", None), make_care(now, name="other_")
        soon = now + timedelta(hours=1)
        AccessGrant.objects.create(patient=other.patient, doctor=stranger, kind="OTP", expires_at=soon)
        AccessGrant.objects.create(patient=care.patient, doctor=other.doctor, kind="OTP", expires_at=soon)
        assert self.statuses(client_of(stranger.user, now=now), secret) == {404}

    def test_an_ex_doctor_keeps_what_that_doctor_wrote_and_nothing_else(self, doctor, patient, care, record, now):
        add(doctor, ("own.pdf", pdf()), patient=str(care.patient.pk))
        own = HealthRecord.objects.get(uploaded_by=care.doctor.user)
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        assert self.statuses(doctor, own) == {200}
        assert self.statuses(doctor, record) == {404}
        refused = doctor.post(f"{RECORDS}{own.pk}/files/", {"files": sent(("a.pdf", pdf()))}, format="multipart")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_treating")

    def test_hospital_admin_colleague_and_stranger_see_nothing(self, staff, care, secret, now):
        from apps.accounts.choices import Role

        colleague = make_doctor("colleague", care.doctor.hospital).user
        admin = make_user("office", Role.ADMIN, is_staff=True, is_superuser=True)
        for person in (colleague, admin, make_user("somebody")):
            assert self.statuses(client_of(person, now=now), secret) == {404}
        assert self.statuses(staff, secret) == {404}

    def test_a_look_at_a_page_is_one_row_for_each_patient(self, doctor, patient, care, record, now):
        add(patient, doctor=str(care.doctor.pk))
        AuditEvent.objects.filter(action="clinical_read")
        doctor.get(RECORDS)
        assert AuditEvent.objects.filter(action="clinical_read", concerns_id=care.patient.pk).count() == 1
        patient.get(RECORDS)
        assert AuditEvent.objects.filter(action="clinical_read").count() == 1


class TestAnnotations:
    def annotate(self, client, record, text: str = "Too low.") -> Any:
        return client.post(f"{RECORDS}{record.pk}/annotations/", {"text": text}, format="json")

    def test_a_treating_doctor_says_something_and_the_patient_is_told(self, doctor, patient, care, record):
        made = self.annotate(doctor, record)
        assert (made.status_code, made.json()["author"]) == (201, str(care.doctor.user_id))
        assert Notification.objects.get(topic="record_annotated").recipient_id == care.manager.pk
        assert patient.get(f"{RECORDS}{record.pk}/annotations/").json()["results"][0]["text"] == "Too low."

    def test_what_it_said_before_is_kept(self, doctor, patient, record):
        path = f"{RECORDS}annotations/{self.annotate(doctor, record).json()['id']}/"
        for text in ("Fine.", "Fine.", "Fine after all."):
            assert doctor.patch(path, {"text": text}, format="json").status_code == 200
        shown = patient.get(path).json()
        assert (shown["text"], [each["text"] for each in shown["history"]]) == (
            "Fine after all.",
            ["Fine.", "Too low."],
        )
        assert AnnotationVersion.objects.count() == 2

    def test_only_its_author_changes_it_and_only_while_treating(self, doctor, care, record, now):
        path = f"{RECORDS}annotations/{self.annotate(doctor, record).json()['id']}/"
        second = make_doctor("second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        HealthRecord.objects.update(doctor=second)
        assert client_of(second.user, now=now).patch(path, {"text": "x"}, format="json").status_code == 403
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        assert doctor.get(path).status_code == 200
        refused = doctor.patch(path, {"text": "x"}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_treating")

    def test_its_text_is_in_no_audit_row(self, doctor, record):
        self.annotate(doctor, record, "SENTINEL")
        assert "SENTINEL" not in str(list(AuditEvent.objects.values_list("details", flat=True)))


def test_the_sweeper_of_the_store_leaves_what_a_record_owns(patient, record, now, store_keys):
    assert store.sweep_files(now=now + timedelta(hours=2)) == 0
    assert len(store_keys()) == 1


@pytest.mark.django_db(transaction=True)
def test_uploads_at_once_never_pass_the_quota(settings, now):
    """Each weighs what the one before it has committed: of files of 300 KiB, three go into a mebibyte."""
    settings.UPLOAD_QUOTA_MEGABYTES = 1
    for turn in range(rounds(2, 20)):
        care = make_care(now, name=f"q{turn}_")
        add_one = partial(add_record, actor=care.manager, patient_id=care.patient.pk, title="Blood", now=now)
        written = [WrittenFile(f"{turn}/{n}", "a.pdf", "application/pdf", 300 * 1024, b"x" * 32) for n in range(6)]
        outcomes = race([partial(add_one, files=[each]) for each in written])
        refused = [each for each in outcomes if isinstance(each, QuotaUsedUp)]
        assert (len(outcomes) - len(refused), len(refused)) == (3, 3)
        assert RecordFile.objects.all().bytes_of(care.patient.pk) == 3 * 300 * 1024
