"""Who reads which row of a record, by which right, at every address; and that each look of another is in the log once.

One patient, treated by `treating`, who wrote a row of each kind; `former` treated the patient before and wrote the same
kinds; `second` treats the patient too and wrote nothing.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.files import write_upload
from apps.core.models import AuditEvent
from apps.core.testing.uploads import pdf
from apps.hospitals.models import Doctor
from apps.patients.models import AccessGrant
from apps.patients.services.care import choose_doctor, end_relationship
from apps.records.services.annotating import annotate
from apps.records.services.attaching import attach_files
from apps.records.services.health import add_record
from apps.records.services.notes import write_note
from apps.records.services.prescribing import issue_prescription
from apps.records.services.visits import write_visit
from tests.care import Care, client_of, make_care
from tests.world import ABSENT, book, make_doctor, make_hospital, make_staff, make_user

pytestmark = pytest.mark.django_db

ROWS = (
    "records/{record}/",
    "records/{record}/annotations/",
    "records/annotations/{annotation}/",
    "records/files/{file}/",
    "files/{file}/download/",
    "visits/{visit}/",
    "visits/tests/{test}/",
    "prescriptions/{prescription}/",
    "prescriptions/{prescription}/pdf/",
    "prescriptions/{prescription}/versions/",
    "prescriptions/{prescription}/attachments/",
    "prescriptions/attachments/{attachment}/",
    "prescriptions/attachments/{attachment}/download/",
    "notes/{note}/",
)
KINDS = ("records", "reports", "visits", "vitals", "tests", "prescriptions", "notes")
NESTED = (
    *(f"patients/{{patient}}/{kind}/" for kind in KINDS),
    "prescriptions/patient/{patient}/",
    "notes/patient/{patient}/",
)
LISTS = ("records/", "visits/", "prescriptions/", "notes/", "prescriptions/patient-history/?patient_id={patient}")


@dataclass
class Writings:
    """The ids of what one doctor wrote about the patient."""

    ids: dict[str, Any] = field(default_factory=dict)

    def fill(self, path: str) -> str:
        return f"/api/v1/{path.format(**self.ids)}"


def write_all(doctor: Doctor, care: Care, now: datetime) -> Writings:
    """Let a doctor who treats now write a row of each kind."""
    actor, patient_id = doctor.user, care.patient.pk

    def file() -> Any:
        return write_upload(field="files", name="a.pdf", stream=io.BytesIO(pdf()))

    record = add_record(actor=actor, patient_id=patient_id, files=[file()], title="Blood", now=now)
    visit = write_visit(
        actor=actor,
        patient_id=patient_id,
        chief_complaint="Tired",
        vitals={"weight_kg": 70},
        tests=[{"name": "Ferritin"}],
        now=now,
    )
    medicines = [{"name": "Ferrous sulfate", "dosage": "1 tablet"}]
    prescription = issue_prescription(
        actor=actor, patient_id=patient_id, diagnosis="Anaemia", medicines=medicines, override_reason="x", now=now
    )
    note = write_note(actor=actor, patient_id=patient_id, text="Rest.", replaces_plans=True, now=now)
    rows = {
        "patient": care.patient,
        "record": record,
        "file": record.files.get(),
        "annotation": annotate(actor=actor, record=record, text="Low.", now=now),
        "visit": visit,
        "test": visit.tests.get(),
        "prescription": prescription,
        "attachment": attach_files(actor=actor, prescription=prescription, files=[file()], now=now)[0],
        "note": note,
    }
    return Writings({name: row.pk for name, row in rows.items()})


@dataclass
class Scene:
    """The people around one patient, what the two doctors wrote, and clients for all."""

    care: Care
    now: datetime
    people: dict[str, User]
    of_treating: Writings
    of_former: Writings

    def client(self, person: str) -> APIClient:
        return client_of(self.people[person], now=self.now)

    def looks(self, person: str) -> int:
        return AuditEvent.objects.filter(action="clinical_read", actor_id=self.people[person].pk).count()


def grant(care: Care, doctor: Doctor, now: datetime, **columns: Any) -> None:
    columns = {"patient": care.patient, "kind": "OTP", "expires_at": now + timedelta(minutes=30), **columns}
    AccessGrant.objects.create(doctor=doctor, **columns)


@pytest.fixture
def scene(now) -> Scene:
    care, other = make_care(now), make_care(now, name="other_")
    away = make_hospital("Elsewhere")
    former, second = make_doctor("former", care.doctor.hospital), make_doctor("second", None)
    past = choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=former.pk, now=now)
    of_former = write_all(former, care, now)
    end_relationship(actor=care.manager, relationship=past, now=now)
    choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
    doctors = {name: make_doctor(name, away) for name in ("granted", "expired", "revoked", "misgranted", "emergency")}
    grant(care, doctors["granted"], now)
    grant(care, doctors["expired"], now, expires_at=now - timedelta(seconds=1))
    grant(care, doctors["revoked"], now, revoked_at=now)
    grant(care, doctors["misgranted"], now, patient=other.patient)
    grant(care, doctors["emergency"], now, kind="BREAK_GLASS", reason="Unconscious in the street")
    people = {name: doctor.user for name, doctor in doctors.items()} | {
        "manager": care.manager,
        "treating": care.doctor.user,
        "second": second.user,
        "former": former.user,
        "colleague": make_doctor("colleague", care.doctor.hospital).user,
        "stranger": other.manager,
        "staff": make_staff("clerk", care.doctor.hospital),
        "admin": make_user("office", Role.ADMIN, is_staff=True, is_superuser=True),
    }
    return Scene(care, now, people, write_all(care.doctor, care, now), of_former)


# What each sees of what `treating` and what `former` wrote, and whether the patient's own addresses open.
SEES: dict[str, tuple[bool, bool, bool]] = {
    "manager": (True, True, True),
    "treating": (True, False, True),
    "second": (False, False, True),
    "former": (False, True, True),
    "granted": (True, True, True),
    "emergency": (True, True, True),
    "expired": (False, False, False),
    "revoked": (False, False, False),
    "misgranted": (False, False, False),
    "colleague": (False, False, False),
    "stranger": (False, False, False),
    "staff": (False, False, False),
    "admin": (False, False, False),
}


@pytest.mark.parametrize("person", SEES)
def test_rows_nested_routes_and_lists_by_right(scene, person):
    client, (treatings, formers, opens) = scene.client(person), SEES[person]
    wrong = []
    for writings, sees in ((scene.of_treating, treatings), (scene.of_former, formers)):
        for path in ROWS:
            looks = scene.looks(person)
            answer = client.get(writings.fill(path))
            wrong += _judged(path, answer, 200 if sees else 404)
            if scene.looks(person) - looks != (sees and person != "manager"):
                wrong.append(f"{path}: {scene.looks(person) - looks} rows in the log")
    seen = {str(w.ids["note"]) for w, sees in ((scene.of_treating, treatings), (scene.of_former, formers)) if sees}
    for path in (*NESTED, *LISTS):
        looks = scene.looks(person)
        answer = client.get(scene.of_treating.fill(path))
        expected = 200 if opens or path in LISTS else 404
        wrong += _judged(path, answer, expected)
        if expected == 200 and len(answer.json()["results"]) != len(seen):
            wrong.append(f"{path}: {len(answer.json()['results'])} rows instead of {len(seen)}")
        is_looked_at = expected == 200 and person != "manager" and (path in NESTED or bool(seen))
        if scene.looks(person) - looks != is_looked_at:
            wrong.append(f"{path}: {scene.looks(person) - looks} rows in the log instead of {is_looked_at:d}")
    assert wrong == []


def _judged(path: str, answer: Any, expected: int) -> list[str]:
    if answer.streaming:
        b"".join(answer.streaming_content)
    return [] if answer.status_code == expected else [f"{path}: {answer.status_code} instead of {expected}"]


def test_each_look_is_in_the_patients_own_log_and_in_nobody_elses(scene):
    scene.client("granted").get(scene.of_treating.fill("prescriptions/{prescription}/pdf/"))
    shown = scene.client("manager").get(scene.of_treating.fill("patients/{patient}/access-log/")).json()["results"]
    looks = [row for row in shown if row["action"] == "clinical_read"]
    assert [row["actor"] for row in looks] == [str(scene.people["granted"].pk)]
    for person in ("stranger", "staff", "colleague"):
        answer = scene.client(person).get(scene.of_treating.fill("patients/{patient}/access-log/"))
        assert answer.status_code in {403, 404}


def test_a_page_about_two_patients_is_one_row_for_each(scene):
    other = make_care(scene.now, name="third_")
    doctor = scene.people["treating"].doctor
    choose_doctor(actor=other.manager, patient_id=other.patient.pk, doctor_id=doctor.pk, now=scene.now)
    write_all(doctor, other, scene.now)
    for path in ("records/", "visits/", "prescriptions/", "notes/"):
        before = scene.looks("treating")
        scene.client("treating").get(f"/api/v1/{path}")
        rows = AuditEvent.objects.filter(action="clinical_read").order_by("-id")[: scene.looks("treating") - before]
        assert {row.concerns_id for row in rows} == {scene.care.patient.pk, other.patient.pk}
        assert len(rows) == 2


def test_a_refused_download_leaves_no_row(scene):
    for path in ("files/{file}/download/", "prescriptions/{prescription}/pdf/"):
        assert scene.client("colleague").get(scene.of_treating.fill(path)).status_code == 404
    assert scene.looks("colleague") == 0


def test_the_links_of_a_granted_doctor_end_with_the_grant(scene):
    paths = ("files/{file}/download/", "prescriptions/{prescription}/pdf/", "prescriptions/attachments/{attachment}/")
    client = scene.client("granted")
    assert {client.get(scene.of_treating.fill(path)).status_code for path in paths} == {200}
    AccessGrant.objects.filter(doctor__user=scene.people["granted"]).update(revoked_at=scene.now)
    assert {client.get(scene.of_treating.fill(path)).status_code for path in paths} == {404}


class TestNested:
    """An own parent with a foreign child, and the reverse: as if the foreign one never was."""

    @pytest.fixture
    def foreign(self, scene) -> Writings:
        other = make_care(scene.now, name="foreign_")
        written = write_all(other.doctor, other, scene.now)
        booked = book(other.manager, other.doctor, now=scene.now)
        written.ids |= {"doctor": other.doctor.pk, "appointment": booked.pk}
        return written

    @pytest.fixture
    def ask(self, scene, foreign) -> Callable[..., None]:
        """Ask with the foreign id and with one that nobody has; the answers are the same refusal."""

        def same(person: str, method: str, path: str, body: dict[str, Any], child: str) -> None:
            own, client = scene.of_treating.ids, scene.client(person)
            answers = []
            for pk in (foreign.ids[child], ABSENT):
                ids = {**own, f"the_{child}": pk}
                filled = {name: each.format(**ids) if isinstance(each, str) else each for name, each in body.items()}
                address = f"/api/v1/{path.format(**ids)}"
                answers.append(client.generic(method, address, json.dumps(filled), content_type="application/json"))
            hidden, absent = answers
            assert hidden.status_code == absent.status_code == 404, (path, hidden.status_code, absent.status_code)
            assert {**hidden.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}

        return same

    def test_own_parent_and_foreign_child(self, ask):
        ask("manager", "POST", "records/{record}/share/", {"doctor": "{the_doctor}"}, "doctor")
        ask("manager", "PATCH", "records/{record}/", {"doctor": "{the_doctor}"}, "doctor")
        ask("manager", "POST", "notes/{note}/readers/", {"doctor": "{the_doctor}"}, "doctor")
        ask("treating", "POST", "visits/tests/{test}/result/", {"result": "x", "record": "{the_record}"}, "record")
        visit = {"patient": "{patient}", "chief_complaint": "x", "appointment": "{the_appointment}"}
        ask("treating", "POST", "visits/", visit, "appointment")
        medicines = [{"name": "Iron", "dosage": "1"}]
        body = {"patient": "{patient}", "diagnosis": "x", "medicines": medicines, "appointment": "{the_appointment}"}
        ask("treating", "POST", "prescriptions/", body, "appointment")

    def test_foreign_parent_and_own_child(self, ask, scene):
        own = str(scene.people["treating"].doctor.pk)
        ask("manager", "POST", "records/{the_record}/share/", {"doctor": own}, "record")
        ask("manager", "DELETE", f"records/{{the_record}}/share/{own}/", {}, "record")
        ask("manager", "POST", "notes/{the_note}/readers/", {"doctor": own}, "note")
        ask("manager", "DELETE", f"notes/{{the_note}}/readers/{own}/", {}, "note")
        ask("treating", "POST", "visits/tests/{the_test}/result/", {"result": "x", "record": "{record}"}, "test")
        ask("treating", "POST", "visits/{the_visit}/tests/", {"name": "x"}, "visit")
        ask("treating", "POST", "records/{the_record}/annotations/", {"text": "x"}, "record")
        ask("treating", "POST", "prescriptions/{the_prescription}/revise/", {"advice": "x"}, "prescription")
        ask("treating", "GET", "records/{the_record}/annotations/", {}, "record")
        ask("treating", "GET", "prescriptions/{the_prescription}/versions/", {}, "prescription")
