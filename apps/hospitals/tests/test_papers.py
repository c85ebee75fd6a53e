"""Documents of applications are for the applicant and administrators; a picture is for all, and only a picture."""

import io

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from apps.core.models import AuditEvent, StoredFile
from apps.core.testing.uploads import Upload, hostile_uploads, pdf, picture
from apps.hospitals.models import ApplicationPaper, Doctor
from apps.hospitals.services.applications import decide_application
from tests.little_cast import signed_in_to_admin
from tests.world import make_applicant, make_doctor, make_hospital, make_user

DOCTORS = "/api/v1/doctors/"
MADE_HARMLESS = ("jpg with", "png with", "the name")
FACTS = {"specialization": "Cardiology", "license_number": "M-1", "qualification": "MD"}


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def keys() -> set[str]:
    private = storages["private"]
    return {f"{folder}/{name}" for folder in private.listdir("")[0] for name in private.listdir(folder)[1]}


@pytest.fixture(autouse=True)
def _empty_store():
    for key in keys():
        storages["private"].delete(key)


@pytest.fixture
def application(db, now):
    return make_applicant("sara", now=now)


@pytest.fixture
def applicant(application, client_of):
    return client_of(application.doctor.user)


@pytest.fixture
def lena(db):
    return make_doctor("lena", make_hospital("Riverside"))


def add(client, application, *uploads, **fields):
    address = f"{DOCTORS}applications/{application.pk}/papers/"
    return client.post(address, {"files": [sent(*each) for each in uploads], **fields}, format="multipart")


class TestApplying:
    def test_documents_come_with_the_application(self, client_of, db):
        client = client_of(make_user("sara"))
        body = {**FACTS, "languages": ["Svenska", "English"], "files": [sent("licence.pdf", pdf())]}
        shown = client.post(f"{DOCTORS}apply/", body, format="multipart").json()
        assert [(each["name"], each["kind"]) for each in shown["papers"]] == [("licence.pdf", "OTHER")]
        assert shown["doctor"]["languages"] == ["Svenska", "English"]
        assert client.get(f"{DOCTORS}applications/{shown['id']}/").json() == shown

    def test_an_application_that_is_refused_leaves_no_bytes(self, applicant):
        body = {**FACTS, "files": [sent("licence.pdf", pdf())]}
        assert applicant.post(f"{DOCTORS}apply/", body, format="multipart").status_code == 409
        assert keys() == set()

    def test_more_documents_are_added_and_read_and_removed_while_it_waits(self, applicant, application):
        added = add(applicant, application, ("scan.jpg", picture("JPEG")), kind="licence").json()
        address = f"{DOCTORS}applications/papers/{added[0]['id']}/"
        served = applicant.get(f"{address}download/")
        assert "attachment" in served["Content-Disposition"]
        assert Image.open(io.BytesIO(b"".join(served.streaming_content))).format == "JPEG"
        assert added[0]["kind"] == "LICENSE"
        assert not AuditEvent.objects.filter(action="application_paper_read").exists()
        assert applicant.delete(address).status_code == 204
        assert applicant.get(f"{address}download/").status_code == 404

    def test_what_was_decided_on_stays_as_it_was(self, applicant, application, office, now):
        paper = add(applicant, application, ("scan.pdf", pdf())).json()[0]
        decide_application(actor=office, application=application, is_approved=True, now=now)
        for answer in (
            add(applicant, application, ("other.pdf", pdf())),
            applicant.delete(f"{DOCTORS}applications/papers/{paper['id']}/"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
        assert ApplicationPaper.objects.visible_to(office).count() == 1

    def test_no_more_than_a_record_may_have(self, applicant, application, settings):
        settings.UPLOAD_MAX_FILES = 2
        add(applicant, application, ("a.pdf", pdf()), ("b.pdf", pdf()))
        answer = add(applicant, application, ("c.pdf", pdf()))
        assert answer.json()["errors"][0]["code"] == "too_many_files"
        assert len(keys()) == 2

    def test_without_a_file_it_says_so(self, applicant, application):
        assert add(applicant, application).json()["errors"][0]["pointer"] == "/files"


class TestOffice:
    def test_the_queue_links_to_the_documents_and_a_look_is_written_down(self, applicant, application, office):
        paper = add(applicant, application, ("my licence.pdf", pdf())).json()[0]
        client = signed_in_to_admin(office)
        page = client.get(reverse("admin:hospitals_doctorapplication_change", args=[application.pk])).content.decode()
        link = reverse("admin:hospitals_application_paper", args=[paper["id"]])
        assert link in page
        served = client.get(link)
        assert b"".join(served.streaming_content).startswith(b"%PDF-")
        assert "attachment" in served["Content-Disposition"]
        assert AuditEvent.objects.get(action="application_paper_read").actor_id == office.pk

    def test_nobody_else_opens_the_link(self, applicant, application, client):
        paper = add(applicant, application, ("scan.pdf", pdf())).json()[0]
        assert client.get(reverse("admin:hospitals_application_paper", args=[paper["id"]])).status_code == 302


class TestPicture:
    def set(self, client, name: str, content: bytes):
        return client.post(f"{DOCTORS}profile/image/", {"file": sent(name, content)}, format="multipart")

    def test_everybody_sees_it_drawn_anew_and_may_keep_it(self, lena, client_of, anonymous):
        shown = self.set(client_of(lena.user), "me.png", picture("PNG", (40, 30))).json()
        served = anonymous.get(shown["image"])
        content = b"".join(served.streaming_content)
        assert Image.open(io.BytesIO(content)).size == (40, 30)
        assert (served["Content-Type"], served["X-Content-Type-Options"]) == ("image/png", "nosniff")
        assert "sandbox" in served["Content-Security-Policy"]
        assert "public" in served["Cache-Control"]
        assert anonymous.get(f"{DOCTORS}{lena.pk}/").json()["image"] == shown["image"]

    def test_a_new_one_has_a_new_address_and_the_old_bytes_go(
        self, lena, client_of, django_capture_on_commit_callbacks
    ):
        client = client_of(lena.user)
        first = self.set(client, "me.png", picture()).json()["image"]
        with django_capture_on_commit_callbacks(execute=True):
            second = self.set(client, "me.jpg", picture("JPEG")).json()["image"]
        assert first != second
        assert keys() == {Doctor.objects.get(pk=lena.pk).image.key}
        with django_capture_on_commit_callbacks(execute=True):
            assert client.delete(f"{DOCTORS}profile/image/").status_code == 204
        assert keys() == set()
        assert client.get(second).status_code == 404
        assert client.delete(f"{DOCTORS}profile/image/").status_code == 204

    def test_an_applicants_is_shown_to_nobody_yet(self, application, applicant, anonymous, office, now):
        shown = self.set(applicant, "me.png", picture()).json()
        assert anonymous.get(shown["image"]).status_code == 404
        decide_application(actor=office, application=application, is_approved=True, now=now)
        assert anonymous.get(shown["image"]).status_code == 200

    def test_that_of_a_suspended_doctor_is_gone(self, lena, client_of, anonymous):
        shown = self.set(client_of(lena.user), "me.png", picture()).json()
        Doctor.objects.filter(pk=lena.pk).update(is_active=False)
        assert anonymous.get(shown["image"]).status_code == 404

    def test_a_document_is_no_picture(self, lena, client_of):
        answer = self.set(client_of(lena.user), "me.pdf", pdf())
        assert answer.json()["errors"][0]["code"] == "file_type_not_allowed"
        assert keys() == set()

    def test_two_at_once_are_refused(self, lena, client_of):
        both = {"file": [sent("a.png", picture()), sent("b.png", picture())]}
        answer = client_of(lena.user).post(f"{DOCTORS}profile/image/", both, format="multipart")
        assert answer.status_code == 400

    def test_who_is_no_doctor_has_none(self, client_of, db):
        assert self.set(client_of(make_user("amina")), "me.png", picture()).status_code == 403


def test_hostile_files_are_refused_or_harmless_at_both_doors(lena, application, applicant, client_of, anonymous):
    doctor, wrong, taken = client_of(lena.user), [], 0
    for upload in hostile_uploads():
        if len(upload.content) > 5_000_000:
            continue  # Their size is what is hostile: the record's door is tested with them.
        answer = add(applicant, application, (upload.name, upload.content))
        if answer.status_code == 201:
            address = f"{DOCTORS}applications/papers/{answer.json()[0]['id']}/"
            wrong += _harm(upload, applicant.get(f"{address}download/"))
            applicant.delete(address)
        shown = doctor.post(f"{DOCTORS}profile/image/", {"file": sent(upload.name, upload.content)}, format="multipart")
        if shown.status_code == 201:
            taken += 1
            wrong += _harm(upload, anonymous.get(shown.json()["image"]))
        wrong += [
            f"{upload.what}: {each.status_code}" for each in (answer, shown) if each.status_code not in {201, 400}
        ]
    assert wrong == []
    assert taken > 5
    assert keys() == set(StoredFile.objects.values_list("key", flat=True))


def _harm(upload: Upload, served) -> list[str]:
    content = b"".join(served.streaming_content)
    is_expected = upload.what.startswith(MADE_HARMLESS)
    is_clean = b"alert(1)" not in content and b"SENTINEL" not in content
    return [] if is_expected and is_clean and served["X-Content-Type-Options"] == "nosniff" else [upload.what]
