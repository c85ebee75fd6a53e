"""The summary on paper says what the answer says, in every script that the house has typefaces for."""

from datetime import UTC, datetime

import pytest

from apps.core.models import AuditEvent
from apps.core.typesetting import NotPrintable
from apps.overview.api.serializers import PatientSummaryOutput
from apps.overview.selectors.paper import _paper, summary_pdf
from apps.patients.models import Patient

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SHOWN = {**PatientSummaryOutput.example}


def section(paper, name):
    return next(each for each in paper["sections"] if each["name"] == name)


def test_what_is_unknown_is_said_and_never_left_blank():
    paper = _paper(SHOWN, NOW)
    assert dict(paper["facts"])["Blood group"] == "not recorded"
    assert dict(paper["facts"])["Pregnant"] == "not recorded"
    assert section(paper, "Conditions") == {**section(paper, "Conditions"), "rows": [], "empty": "Nothing recorded."}
    assert section(paper, "Allergies")["rows"] == [["Penicillin", "Rash", "Moderate"]]
    assert paper["warning"] == ""


def test_what_is_not_for_the_reader_is_not_said_to_be_absent():
    hidden = ["allergies", "blood_group", "health_facts"]
    paper = _paper({**SHOWN, "allergies": None, "blood_group": None, "not_shown": hidden, "is_whole": False}, NOW)
    assert section(paper, "Allergies")["empty"] == "Not shown to you."
    assert dict(paper["facts"])["Blood group"] == "not shown to you"
    assert paper["warning"]


def test_moments_are_on_the_patients_clock_and_visits_on_the_doctors():
    paper = _paper(SHOWN, NOW)
    assert paper["made"] == "2026-11-20 15:30 Asia/Dhaka"
    assert paper["clock"] == "Times are in Asia/Dhaka where no other zone is named."
    assert section(paper, "Appointments to come")["rows"][0][0] == "2026-11-23 09:00 America/New_York"


def test_names_in_arabic_bengali_and_cyrillic_are_printed_and_other_scripts_refused():
    for name in ("أمينة رحمن", "আমিনা রহমান", "Амина Рахман"):
        assert summary_pdf({**SHOWN, "name": name}, now=NOW).startswith(b"%PDF-")
    with pytest.raises(NotPrintable):
        summary_pdf({**SHOWN, "name": "아미나"}, now=NOW)


def test_a_long_record_runs_over_pages_and_the_same_gives_the_same_bytes():
    long = {**SHOWN, "allergies": SHOWN["allergies"] * 100}
    assert summary_pdf(long, now=NOW) == summary_pdf(long, now=NOW)


def test_the_door_hands_it_out_as_an_attachment_and_writes_the_look_down(world, sign_in):
    patient = world.circles["own"].patient
    served = sign_in("doctor").get(f"/api/v1/patients/{patient.pk}/summary.pdf")
    assert b"".join(served.streaming_content).startswith(b"%PDF-")
    assert (served["Content-Type"], served["Cache-Control"]) == ("application/pdf", "no-store")
    assert "attachment" in served["Content-Disposition"]
    assert AuditEvent.objects.filter(action="clinical_read", concerns_id=patient.pk).count() == 1


def test_a_name_that_cannot_be_printed_is_a_problem_and_no_failure(world, sign_in):
    patient = world.circles["own"].patient
    Patient.objects.filter(pk=patient.pk).update(first_name="아미나")
    answer = sign_in("patient").get(f"/api/v1/patients/{patient.pk}/summary.pdf")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_printable")
