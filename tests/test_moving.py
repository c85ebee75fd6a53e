"""One journey for each of the five older systems, in that system's own addresses and field names.

What a frontend has to change is what stands here and not in that system's documentation: docs/moving-from.md lists it.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core.outbox import relay_outbox
from apps.core.testing.uploads import pdf
from apps.records.models import Prescription
from apps.reminders.services.drafting import draft_plans
from tests.older_answers import answers
from tests.world import NOTE, PASSWORD

GUIDE = (Path(__file__).resolve().parent.parent / "docs" / "moving-from.md").read_text()
PASSED = {200, 201, 202, 204}


class Frontend:
    """An older system's frontend with a new base URL."""

    def __init__(self) -> None:
        self.client = APIClient()

    def call(self, method: str, path: str, body: dict | None = None, form: str = "json", **headers: str) -> dict:
        """Send one request that has to succeed, and return what it answers."""
        answer = getattr(self.client, method.lower())(f"/api/v1/{path}", body, format=form, **headers)
        assert answer.status_code in PASSED, (method, path, answer.status_code, answer.content)
        return answer.json() if answer.content else {}

    def sign_in(self, path: str, **body: str) -> "Frontend":
        """Sign in at that system's own address."""
        access = self.call("POST", path, body)["access"]
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
        return self

    def rows(self, path: str) -> list[dict]:
        """Return the rows of a list."""
        return self.call("GET", path)["results"]


@pytest.fixture
def circle(world):
    return world.circles["own"]


def test_000_a_note_becomes_reminders_that_are_checked_in(world, circle):
    newcomer = Frontend()
    newcomer.call(
        "POST",
        "auth/register",
        {
            "email": "new@example.org",
            "password": "a long enough password",
            "user_type": "PATIENT",
            "first_name": "New",
            "consent": True,
        },
    )
    newcomer.sign_in("auth/login", email="new@example.org", password="a long enough password")
    doctors = newcomer.rows("doctors")
    relation = newcomer.call("POST", "doctors/assign", {"doctor_id": doctors[0]["id"]})
    doctor = Frontend().sign_in("auth/login", email="doctor@example.org", password=PASSWORD)
    if relation["doctor"] != str(circle.doctor.pk):
        newcomer.call("POST", "doctors/assign", {"doctor_id": str(circle.doctor.pk)})
    patient = next(row for row in doctor.rows("doctors/my-patients") if row["first_name"] == "New")
    doctor.call("POST", "notes/create", {"patient": patient["id"], "content": NOTE})
    relay_outbox(now=timezone.now())
    draft_plans(now=timezone.now())
    plan = next(row for row in doctor.rows("action-plans") if row["patient"] == patient["id"])
    doctor.call("POST", f"action-plans/{plan['id']}/activate", {"duration_days": 2})
    assert "Feels better." in newcomer.rows("patient-notes")[0]["text"]
    assert newcomer.rows("reminders")


def test_001_a_visit_is_asked_for_assigned_and_prescribed_in(world, circle):
    patient = Frontend().sign_in("token", username="patient", password=PASSWORD)
    patient.call("PATCH", "accounts/me", {"phone_number": "+15550100042"})
    asked = patient.call(
        "POST",
        "appointments",
        {
            "hospital": str(circle.hospital.pk),
            "department": str(circle.department.pk),
            "requested_time": (world.now + timedelta(days=20)).isoformat(),
            "reason": "A cough",
        },
    )
    hospital = Frontend().sign_in("token", username="hospital", password=PASSWORD)
    assert asked["id"] in {row["id"] for row in hospital.rows("appointments/hospital-appointments?status=REQUESTED")}
    hospital.call("POST", f"appointments/{asked['id']}/assign-doctor", {"doctor_id": str(circle.doctor.pk)})
    doctor = Frontend().sign_in("token", username="doctor", password=PASSWORD)
    issued = doctor.call(
        "POST",
        "records/prescriptions/create",
        {
            "patient": str(circle.patient.pk),
            "diagnosis": "Iron deficiency",
            "medicines": [{"name": "Ferrous sulfate", "dosage": "1 tablet", "frequency": "twice daily"}],
            "referral_notes": "To a dietician",
            "treatment_plan": "Red meat, lentils",
        },
    )
    assert Prescription.objects.get(pk=issued["id"]).advice == "Red meat, lentils"
    assert patient.call("GET", f"records/prescriptions/{issued['id']}")["referral"] == "To a dietician"
    report = {
        "file": SimpleUploadedFile("blood.pdf", pdf()),
        "file_type": "LAB",
        "title": "Blood count",
        "report_date": world.now.date().isoformat(),
    }
    patient.call("POST", f"records/patients/{circle.patient.pk}/reports/upload", report, "multipart")
    newest = patient.rows("records/my-reports")[0]
    assert (newest["record_type"], newest["date"]) == ("LAB_RESULT", report["report_date"])
    doctor.call("POST", "accounts/otp/generate", {"patient_phone": "+15550100042", "date_of_birth": "1984-03-02"})
    patient.call("POST", f"appointments/{asked['id']}/cancel", {"notes": "Feeling better"})
    admin = Frontend().sign_in("token", username="admin", password=PASSWORD)
    assert {row["role"] for row in admin.rows("accounts/users?user_type=doctor")} == {"DOCTOR"}
    assert admin.rows("hospitals?is_approved=true")


def test_002_a_doctor_writes_and_is_rated_and_readers_comment(world, circle):
    doctor = Frontend().sign_in("auth/login", email="doctor@example.org", password=PASSWORD)
    written = doctor.call(
        "POST",
        "blog/posts",
        {"title": "Salt and the heart", "content": "x" * 50, "is_published": "true"},
        "multipart",
    )
    Frontend().sign_in("auth/login", email="admin@example.org", password=PASSWORD).call(
        "POST", f"blogs/{written['id']}/moderate", {"status": "PUBLISHED"}
    )
    assert written["id"] in {row["id"] for row in doctor.rows("blog/posts/my_posts")}
    reader = Frontend().sign_in("auth/login", email="patient@example.org", password=PASSWORD)
    for text in ("This helps.", "It does not."):
        reader.call("POST", "blog/comments", {"blog_post": written["id"], "content": text})
    assert [row["text"] for row in reader.rows(f"blog/comments?blog_post={written['id']}")] == ["It does not."]
    assert reader.call("POST", f"blog/posts/{written['id']}/increment_views") == {"views_count": 1}
    rating = f"doctors/{circle.doctor.pk}/ratings/{circle.rating.pk}"
    assert reader.call("PUT", rating, {"rating": 5, "review_text": "Listens."})["review"] == "Listens."
    assert reader.call("GET", f"doctors/{circle.doctor.pk}/ratings/breakdown")["rating_count"] == 1
    assert doctor.rows("doctors/schedules/my_schedules")
    visit = f"appointments/{circle.yesterday.pk}"
    assert doctor.call("PATCH", visit, {"status": "completed", "doctor_notes": "Rest"})["status"] == "COMPLETED"
    reader.call("DELETE", f"appointments/{circle.appointment.pk}/delete-if-missed")
    assert reader.call("GET", f"appointments/{circle.appointment.pk}")["status"] == "CANCELLED"


def test_003_a_dependant_is_added_and_mapped_to_a_doctor(world, circle):
    tokens = Frontend().call("POST", "auth/login", {"email": "patient@example.org", "password": PASSWORD})
    frontend = Frontend()
    access = frontend.call("POST", "auth/token/refresh", {"refresh": tokens["refresh"]})["access"]
    frontend.client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    child = frontend.call(
        "POST", "patients", {"first_name": "Sami", "gender": "male", "contact": "+15550100043", "relation": "PARENT"}
    )
    assert (child["sex"], child["phone"]) == ("MALE", "+15550100043")
    free = next(row for row in frontend.rows("doctors?available=true") if row["id"] != str(circle.doctor.pk))
    mapped = frontend.call("POST", "mappings", {"patient": child["id"], "doctor": free["id"], "notes": "Asthma"})
    assert [row["doctor"] for row in frontend.rows(f"mappings/{child['id']}")] == [free["id"]]
    frontend.call("DELETE", f"mappings/{mapped['id']}")
    assert frontend.rows(f"mappings/{child['id']}") == []
    frontend.call("DELETE", f"patients/{child['id']}")


def test_004_a_record_is_sent_annotated_and_told(world, circle):
    patient = Frontend().sign_in("accounts/login", email="patient@example.org", password=PASSWORD)
    known = {"date_of_birth": "1984-03-02", "gender": "female", "address": "7 Lake Road"}
    assert patient.call("POST", "accounts/profile-create", known)["birth_date"] == "1984-03-02"
    assert circle.doctor.user.name in {row["name"] for row in patient.rows("accounts/doctors")}
    sent = patient.call(
        "POST",
        "records/patient",
        {
            "doctor": str(circle.doctor.pk),
            "record_type": "lab_result",
            "description": "Fasting",
            "files": SimpleUploadedFile("blood.pdf", pdf()),
        },
        "multipart",
    )
    assert sent["title"] == "Laboratory result"
    changed = patient.call("PUT", f"records/patient/{sent['id']}", {"description": "Not fasting"})
    assert changed["description"] == "Not fasting"
    doctor = Frontend().sign_in("accounts/login", email="doctor@example.org", password=PASSWORD)
    assert sent["id"] in {row["id"] for row in doctor.rows("records/doctor")}
    said = doctor.call("POST", "records/doctor/annotations", {"record": sent["id"], "note": "Too little iron."})
    doctor.call("PUT", f"records/doctor/annotations/{said['id']}", {"note": "Far too little iron."})
    assert patient.rows("notifications")
    patient.call("DELETE", f"records/files/{sent['files'][0]['id']}")
    patient.call("POST", "notifications/mark-all-read")
    assert patient.call("GET", "notifications/unread-count")["unread"] == 0


# --- What their frontends read in answers ---------------------------------------------------------------------


def test_what_each_frontend_reads_is_in_the_answers(world, circle, sign_in):
    lacking = []
    for system, person, path, names in answers():
        address = re.sub(r"\{(\w+)\}", lambda name: str(getattr(circle, name[1]).pk), path)
        answer = sign_in(person).get(f"/api/v1/{address}").json()
        rows = answer.get("results", [answer]) if isinstance(answer, dict) else answer
        read = rows[0] if rows else {}
        lacking += [f"{system} {path}: {ours}" for ours in names.values() if ours not in read]
    assert lacking == []


def test_each_field_that_is_called_otherwise_is_in_the_guide():
    chapters = dict(re.findall(r"^## (00\d) (.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL))
    words = {system: " ".join(chapter.split()) for system, chapter in chapters.items()}
    renamed = [(system, *pair) for system, _, _, names in answers() for pair in names.items() if pair[0] != pair[1]]
    assert [each for each in renamed if f"`{each[1]}` is `{each[2]}`" not in words[each[0]]] == []
