"""A medicine or a fact that the knowledge base does not know is named at every door, on paper and in drafts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.patients.models import Allergy, Medication
from apps.patients.services.profile import add_entry
from apps.records.services.notes import write_note
from apps.reminders.services.drafting import draft_plans, request_draft
from tests.care import Care, client_of, make_care
from tests.pdf_text import says

API = "/api/v1/"
NOW = datetime(2026, 6, 1, 5, 0, tzinfo=UTC)
MEDICINE, ALLERGY, TAKEN = "Zorblax", "Glimmerwort", "Xyzamine"
DOSAGE = "1 tablet twice daily for 5 days"
# What the base does not know of: the medicine, an allergy, what is taken; and of a known medicine the age.
UNKNOWN = {("medicine", MEDICINE), ("allergy", ALLERGY), ("current_medicine", TAKEN)}
MISSING = ("fact", "age")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def care() -> Care:
    """Return somebody of whom neither age nor weight is known, with an allergy and a medicine nobody knows."""
    care = make_care(NOW)
    whose = {"actor": care.manager, "patient_id": care.patient.pk, "now": NOW}
    add_entry(kind=Allergy, substance=ALLERGY, **whose)
    add_entry(kind=Medication, name=TAKEN, **whose)
    return care


@pytest.fixture
def doctor(care):
    return client_of(care.doctor.user, now=NOW)


@pytest.fixture
def patient(care):
    return client_of(care.manager, now=NOW)


def post(client, path: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"{API}{path}", body, format="json")
    assert answer.status_code in {200, 201}, answer.json()
    return answer.json()


def gaps(not_checked: list[dict[str, str]]) -> set[tuple[str, str]]:
    assert all(gap["reason"] for gap in not_checked)
    return {(gap["kind"], gap["subject"]) for gap in not_checked}


def prescribe(doctor, care) -> dict[str, Any]:
    medicines = [
        {"name": name, "dosage": "1 tablet", "frequency": "twice daily"} for name in (MEDICINE, "Aspirin 75 mg")
    ]
    return post(doctor, "prescriptions/", patient=str(care.patient.pk), diagnosis="Pain", medicines=medicines)


def page(client, path: str) -> bytes:
    return b"".join(client.get(f"{API}{path}").streaming_content)


class TestPrescriptions:
    def test_the_answer_and_the_list_name_it(self, doctor, patient, care):
        issued = prescribe(doctor, care)
        (listed,) = patient.get(f"{API}prescriptions/").json()["results"]
        for shown in (issued, listed):
            assert gaps(shown["safety_check"]["not_checked"]) >= {*UNKNOWN, MISSING}

    def test_the_paper_names_it(self, doctor, patient, care):
        paper = page(patient, f"prescriptions/{prescribe(doctor, care)['id']}/pdf/")
        for words in (MEDICINE, ALLERGY, TAKEN, "Not checked", "breastfeeding (needed for aspirin)"):
            assert says(paper, words), words
        assert not says(paper, "All was checked, and nothing was found.")

    def test_the_summary_and_its_paper_name_it(self, doctor, patient, care):
        prescribe(doctor, care)
        post(doctor, "action-plans/", patient=str(care.patient.pk), action=MEDICINE, dosage_text=DOSAGE, activate=True)
        summary = patient.get(f"{API}patients/{care.patient.pk}/summary/").json()
        assert gaps(summary["prescriptions"][0]["not_checked"]) >= {*UNKNOWN, MISSING}
        assert gaps(summary["open_plans"][0]["not_checked"]) >= UNKNOWN
        paper = page(patient, f"patients/{care.patient.pk}/summary.pdf")
        for words in (
            f"{MEDICINE} (not recognised)",
            f"{ALLERGY} (not recognised)",
            "needed for aspirin",
            "Not checked",
        ):
            assert says(paper, words), words


class TestAdvice:
    @pytest.mark.parametrize("door", ["recommendations/", "recommendations/check/"])
    def test_of_a_patient_and_of_a_description(self, patient, care, door):
        told = {"allergies": [ALLERGY], "current_medications": [TAKEN]}
        for whose in ({"patient": str(care.patient.pk)}, {"patient_info": told}):
            assert gaps(post(patient, door, medicine_name=MEDICINE, **whose)["not_checked"]) >= UNKNOWN
            assert MISSING in gaps(post(patient, door, medicine_name="Aspirin", **whose)["not_checked"])

    def test_the_history_keeps_it(self, patient, care):
        post(patient, "recommendations/", medicine_name=MEDICINE, patient=str(care.patient.pk))
        (kept,) = patient.get(f"{API}recommendations/history/").json()["results"]
        assert gaps(kept["not_checked"]) >= UNKNOWN

    def test_symptoms_that_nobody_knows_are_named(self, patient):
        predicted = post(patient, "predict/disease/", symptoms=["runny nose", "sneezing", "sore throat", "glorbness"])
        assert predicted["unmatched_symptoms"] == ["glorbness"]

    @pytest.mark.parametrize("text", ["use as directed", "now and then"])
    def test_a_dosage_that_says_nothing_gives_no_schedule(self, patient, text):
        assert post(patient, "action-plans/parse-dosage/", text=text)["schedule"] is None

    def test_the_chat_says_that_its_sources_say_nothing(self, patient):
        answer = post(patient, "chat/send-message/", question=f"{MEDICINE}?")
        assert "say nothing about this" in answer["answer"]
        assert answer["sources"] == []


class TestPlans:
    def test_entered_by_hand_as_a_draft_and_begun(self, doctor, patient, care):
        what = {"patient": str(care.patient.pk), "dosage_text": DOSAGE}
        for activate in (False, True):
            shown = post(doctor, "action-plans/", action=MEDICINE, activate=activate, **what)["safety_check"]
            assert gaps(shown["not_checked"]) >= UNKNOWN
        known = post(doctor, "action-plans/", action="Aspirin 75 mg", activate=True, **what)
        assert MISSING in gaps(known["safety_check"]["not_checked"])
        listed = patient.get(f"{API}action-plans/").json()["results"]
        assert all(gaps(plan["safety_check"]["not_checked"]) for plan in listed)

    def test_drafted_from_a_note_that_asks_to_begin_they_wait_and_say_why(self, doctor, care):
        text = f"{MEDICINE} 5 mg: {DOSAGE}.\nAspirin 75 mg: {DOSAGE}.\nWarfarin as discussed."
        note = write_note(
            actor=care.doctor.user,
            patient_id=care.patient.pk,
            text=text,
            replaces_plans=True,
            activates_plans=True,
            now=NOW,
        )
        request_draft(note_id=note.pk, now=NOW)
        draft_plans(now=NOW)
        unknown, known = sorted(
            doctor.get(f"{API}action-plans/").json()["results"], key=lambda plan: "Aspirin" in plan["action"]
        )
        assert {unknown["state"], known["state"]} == {"DRAFT"}
        assert {kind for kind, _subject in gaps(unknown["safety_check"]["not_checked"])} >= {"medicine", "allergy"}
        assert gaps(known["safety_check"]["not_checked"]) >= {
            MISSING,
            ("allergy", ALLERGY),
            ("current_medicine", TAKEN),
        }
        (drafting,) = doctor.get(f"{API}plan-drafts/?note={note.pk}").json()["results"]
        assert (drafting["state"], drafting["not_drafted"]) == ("DRAFTED", ["Warfarin as discussed"])
