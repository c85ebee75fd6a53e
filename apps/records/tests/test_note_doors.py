"""The doors of notes: what they refuse, what they write down, and that a repeated POST is one note."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.core.models import AuditEvent
from apps.patients.services.care import end_relationship
from apps.records.api.serializers.notes import LONGEST_NOTE
from apps.records.models import Note
from tests.care import client_of, make_care
from tests.world import ABSENT

pytestmark = pytest.mark.django_db
NOTES = "/api/v1/notes/"


@pytest.fixture
def body(care):
    return {"patient": str(care.patient.pk), "text": "Rest and drink."}


def post(client: APIClient, body: dict[str, Any], **headers: Any) -> Any:
    return client.post(NOTES, body, format="json", **headers)


class TestWriting:
    def test_answers_the_note_in_clear(self, doctor, care, body):
        answer = post(doctor, body)
        assert answer.status_code == 201
        shown = answer.json()
        assert (shown["text"], shown["patient"], shown["author"]) == (
            body["text"],
            body["patient"],
            str(care.doctor.user.pk),
        )
        assert (shown["custody"], shown["replaces_plans"]) == ("SERVER", True)
        assert shown == doctor.get(f"{NOTES}{shown['id']}/").json()

    def test_plans_go_on_when_told_to(self, doctor, body):
        assert post(doctor, {**body, "replaces_plans": False}).json()["replaces_plans"] is False
        assert not Note.objects.get().replaces_plans

    def test_sixty_four_kibibytes_are_taken_and_one_more_is_not(self, doctor, body):
        assert post(doctor, {**body, "text": "x" * LONGEST_NOTE}).status_code == 201
        refused = post(doctor, {**body, "text": "x" * (LONGEST_NOTE + 1)})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/text")
        assert Note.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"text": ""}, "/text"),
            ({"text": "   "}, "/text"),
            ({"text": None}, "/text"),
            ({"text": ["x"]}, "/text"),
            ({"patient": "nobody"}, "/patient"),
            ({"patient": None}, "/patient"),
            ({"replaces_plans": "perhaps"}, "/replaces_plans"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, doctor, body, changes, pointer):
        refused = post(doctor, body | changes)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
        assert not Note.objects.exists()

    def test_a_nul_is_refused(self, doctor, body):
        assert post(doctor, {**body, "text": "a\0b"}).status_code == 400
        assert not Note.objects.exists()

    def test_when_the_relationship_is_over_is_409_and_says_why(self, doctor, care, body, now):
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        refused = post(doctor, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_treating")

    def test_about_a_patient_one_never_treated_looks_like_one_who_never_was(self, doctor, body, now):
        other = make_care(now, name="other_")
        hidden, absent = (post(doctor, {**body, "patient": str(pk)}) for pk in (other.patient.pk, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        assert {**hidden.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}

    def test_is_for_doctors(self, patient, body):
        assert post(patient, body).status_code == 403
        assert not Note.objects.exists()


class TestTwice:
    KEY = {"HTTP_IDEMPOTENCY_KEY": "one visit, one note"}

    def test_under_one_idempotency_key_is_one_note(self, doctor, body):
        first, second = (post(doctor, body, **self.KEY) for _ in range(2))
        assert first.json() == second.json()
        assert (second.status_code, second["Idempotent-Replayed"]) == (201, "true")
        assert Note.objects.count() == 1

    def test_with_another_text_is_refused(self, doctor, body):
        post(doctor, body, **self.KEY)
        assert post(doctor, {**body, "text": "Another"}, **self.KEY).status_code == 422
        assert Note.objects.count() == 1

    def test_after_a_refusal_the_key_is_still_good(self, doctor, body):
        assert post(doctor, {**body, "text": ""}, **self.KEY).status_code == 400
        assert post(doctor, body, **self.KEY).status_code == 201


class TestReading:
    def looks(self, care) -> list[dict[str, str]]:
        events = AuditEvent.objects.filter(action="clinical_read", concerns_id=care.patient.pk)
        return list(events.values_list("details", flat=True))

    def test_a_doctors_look_is_written_down(self, doctor, care, write):
        note = write()
        doctor.get(f"{NOTES}{note.pk}/")
        assert self.looks(care) == [{"what": "records.note"}]
        assert AuditEvent.objects.get(action="clinical_read").actor_id == care.doctor.user.pk

    def test_a_page_of_one_patients_notes_is_one_look(self, doctor, care, write):
        write()
        write()
        assert len(doctor.get(NOTES).json()["results"]) == 2
        assert len(self.looks(care)) == 1

    def test_a_manager_looking_at_the_own_leaves_none(self, patient, care, write):
        note = write()
        assert patient.get(NOTES).status_code == patient.get(f"{NOTES}{note.pk}/").status_code == 200
        assert self.looks(care) == []

    def test_anothers_note_is_as_absent_as_one_that_never_was(self, write, now):
        note = write()
        other = make_care(now, name="other_")
        for stranger in (other.manager, other.doctor.user):
            client = client_of(stranger, now=now)
            hidden, absent = (client.get(f"{NOTES}{pk}/") for pk in (note.pk, ABSENT))
            assert hidden.status_code == absent.status_code == 404
            assert {**hidden.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}
            assert client.get(NOTES).json()["results"] == []

    def test_can_be_narrowed_to_a_patient(self, doctor, care, write):
        note = write()
        assert [row["id"] for row in doctor.get(NOTES, {"patient": str(care.patient.pk)}).json()["results"]] == [
            str(note.pk)
        ]
        assert doctor.get(NOTES, {"patient": str(ABSENT)}).json()["results"] == []
        assert doctor.get(NOTES, {"patient": "nobody"}).status_code == 400

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_a_note_is_never_changed_or_deleted(self, doctor, write, method):
        note = write()
        assert getattr(doctor, method)(f"{NOTES}{note.pk}/", {}, format="json").status_code == 405
        assert Note.objects.filter(pk=note.pk).exists()

    def test_one_that_was_tampered_with_says_so_and_the_others_are_there(self, doctor, write):
        sound, changed = write("Rest and drink."), write("Another one.")
        Note.objects.filter(pk=changed.pk).update(signature=b"x" * 64)
        shown = {row["id"]: (row["state"], row["text"]) for row in doctor.get(NOTES).json()["results"]}
        assert shown == {str(sound.pk): ("OPEN", "Rest and drink."), str(changed.pk): ("UNREADABLE", None)}
        answer = doctor.get(f"{NOTES}{changed.pk}/")
        assert (answer.status_code, answer.json()["state"], answer.json()["text"]) == (200, "UNREADABLE", None)

    def test_one_patients_notes_have_addresses_of_their_own(self, doctor, patient, care, write):
        note = write()
        for path in (f"/api/v1/patients/{care.patient.pk}/notes/", f"{NOTES}patient/{care.patient.pk}/"):
            for client in (doctor, patient):
                assert [row["id"] for row in client.get(path).json()["results"]] == [str(note.pk)]


class TestBytes:
    def test_are_counted_not_letters(self, doctor, body):
        letters = "ব" * (LONGEST_NOTE // 3)
        assert post(doctor, {**body, "text": letters}).status_code == 201
        refused = post(doctor, {**body, "text": letters + "ব"})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/text")


def test_the_answer_shows_which_plans_end(doctor, care, body):
    ended = post(doctor, body).json()["ends"]
    assert ended == {"relationship": str(care.relationship.pk), "generations_below": 2}
    assert post(doctor, {**body, "replaces_plans": False}).json()["ends"] is None
