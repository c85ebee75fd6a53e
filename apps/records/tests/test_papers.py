"""Prescriptions on paper: every script is legible, many medicines take several pages, the code leads to the check."""

import re
import zlib
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from apps.core.models import AuditEvent
from apps.core.typesetting import NotPrintable, printing, qr_svg
from apps.records.models import Prescription, SafetyCheck
from apps.records.selectors import papers
from tests.care import client_of, make_care
from tests.world import make_doctor

SCRIPTS = {
    "Latin": "Ferrous sulfate, Größe, Łódź, Việt Nam",
    "Greek": "Παρακεταμόλη",
    "Cyrillic": "Парацетамол 500 мг, Дніпро",
    "Arabic": "باراسيتامول ٥٠٠ ملغ",
    "Bengali": "প্যারাসিটামল ৫০০ মিলিগ্রাম",
}


@pytest.fixture
def issued(care, now) -> Any:
    """Let the doctor issue a prescription through the door."""
    doctor = client_of(care.doctor.user, now=now)

    def issue(**changes: Any) -> dict[str, Any]:
        body = {
            "patient": str(care.patient.pk),
            "diagnosis": "Anaemia",
            "medicines": [{"name": "Iron", "dosage": "1 tablet"}],
        }
        made = doctor.post("/api/v1/prescriptions/", {**body, **changes}, format="json")
        assert made.status_code == 201, made.json()
        return made.json()

    return issue


def pdf(client, shown: dict[str, Any]) -> Any:
    return client.get(f"/api/v1/prescriptions/{shown['id']}/pdf/")


class TestTheDoor:
    def test_the_patient_gets_it_as_an_attachment(self, patient, issued):
        shown = issued()
        answer = pdf(patient, shown)
        page = b"".join(answer.streaming_content)
        assert (answer.status_code, answer["Content-Type"], page[:5]) == (200, "application/pdf", b"%PDF-")
        assert f'filename="prescription-{shown["verification_code"]}.pdf"' in answer["Content-Disposition"]
        assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store")
        assert answer["Content-Length"] == str(len(page))

    def test_twice_the_same_bytes(self, patient, issued):
        shown = issued()
        first, second = (b"".join(pdf(patient, shown).streaming_content) for _ in range(2))
        assert first == second

    def test_a_newer_version_shows_on_the_old_page(self, patient, issued, care, now):
        shown = issued()
        before = b"".join(pdf(patient, shown).streaming_content)
        path = f"/api/v1/prescriptions/{shown['id']}/revise/"
        assert client_of(care.doctor.user, now=now).post(path, {"advice": "Rest."}, format="json").status_code == 201
        assert b"".join(pdf(patient, shown).streaming_content) != before

    def test_a_doctors_look_is_written_down_once(self, patient, issued, care, now):
        shown = issued()
        pdf(patient, shown)
        pdf(client_of(care.doctor.user, now=now), shown)
        looks = AuditEvent.objects.filter(action="clinical_read", concerns_id=care.patient.pk)
        assert [look.actor_id for look in looks] == [care.doctor.user.pk]

    def test_nobody_else_gets_it(self, issued, care, now):
        shown = issued()
        for stranger in (make_care(now, name="other_").manager, make_doctor("colleague", care.doctor.hospital).user):
            assert pdf(client_of(stranger, now=now), shown).status_code == 404

    def test_a_script_without_a_typeface_is_refused_and_named(self, patient, issued):
        answer = pdf(patient, issued(diagnosis="感冒"))
        assert (answer.status_code, answer.json()["code"], answer.json()["scripts"]) == (
            409,
            "not_printable",
            ["CJK"],
        )


@pytest.mark.django_db(transaction=True)
def test_no_page_is_set_inside_a_transaction(patient, issued, monkeypatch):
    inside = []

    def typeset(*args: Any, **kwargs: Any) -> bytes:
        inside.append(connection.in_atomic_block)
        return b"%PDF-"

    monkeypatch.setattr(papers, "typeset", typeset)
    assert pdf(patient, issued()).status_code == 200
    assert inside == [False]


class TestThePage:
    @pytest.fixture
    def page(self, issued) -> Any:
        """Return what is given to the template, as it would be printed."""

        def facts(**changes: Any) -> tuple[str, bytes]:
            shown = issued(**changes)
            one = Prescription.objects.select_related("patient", "doctor__hospital", "safety_check").get(pk=shown["id"])
            return str(papers._paper(one)), papers.prescription_pdf(one)

        return facts

    def test_it_says_all_that_was_issued_and_what_was_not_checked(self, page, care):
        care.patient.birth_date = date(1984, 3, 2)
        care.patient.save()
        said, _bytes = page(chief_complaint="Tired", advice="Rest", referral="Dr. Who", investigations="Ferritin")
        for words in ("Hospital", "Doctor Person", "Patient Person", "1984-03-02", "Anaemia", "Iron", "1 tablet"):
            assert words in said
        for words in ("Tired", "Rest", "Dr. Who", "Ferritin", "Not checked"):
            assert words in said

    def test_a_finding_and_the_reason_to_go_on_are_printed(self, page, issued):
        check = SafetyCheck(
            findings=[{"type": "allergy", "severity": "CRITICAL", "message": "Penicillin"}],
            override_reason="Desensitised in May.",
        )
        said = papers._safety(check)
        assert said["findings"] == [{"severity": "CRITICAL", "message": "Penicillin"}]
        assert said["reason"] == "Desensitised in May."

    def test_twenty_five_medicines_in_five_scripts_take_several_pages(self, page):
        words = list(SCRIPTS.values())
        medicines = [
            {"name": words[n % 5] + " long name" * 10, "dosage": words[n % 5], "instructions": words[(n + 1) % 5]}
            for n in range(25)
        ]
        _said, content = page(medicines=medicines)
        assert content.startswith(b"%PDF-")
        assert _pages(content) >= 3

    @pytest.mark.parametrize("script", SCRIPTS)
    def test_each_script_has_its_typeface(self, script):
        folders = printing._folders()
        assert printing._printable(SCRIPTS[script], printing._covered(folders)) == SCRIPTS[script]

    def test_typefaces_are_read_from_the_repository_alone(self):
        fonts, families = printing._fonts(printing._folders())
        assert families == ["Noto Sans", "Noto Sans Arabic", "Noto Sans Bengali"]
        assert {font.path.startswith(str(printing.FONTS)) for font in fonts.fonts()} == {True}
        assert "SIL OPEN FONT LICENSE" in (printing.FONTS / "OFL.txt").read_text()

    def test_an_operator_adds_typefaces(self, settings, tmp_path):
        settings.FONT_DIR = str(tmp_path)
        assert printing._folders() == (str(printing.FONTS), str(tmp_path))

    def test_words_are_data_and_never_markup(self, page):
        hostile = '#read("/etc/passwd") $x$ *b* \\ ] ) } // <label> @ref #{sys} `raw`'
        said, content = page(diagnosis=hostile, medicines=[{"name": hostile, "dosage": hostile}])
        assert content.startswith(b"%PDF-")
        assert hostile in said.replace("\\\\", "\\")

    @pytest.mark.parametrize(
        ("typed", "printed"),
        [
            ("Take 1 💊", "Take 1 [pill]"),
            ("a\u200db\ttext\n", "a\u200db\ttext\n"),
            ("x" * 30, "\u200b".join(["x" * 12, "x" * 12, "x" * 6])),
            ("phenoxymethylpenicillin", "phenoxymethylpenicillin"),
        ],
    )
    def test_nothing_prints_as_a_box_or_out_of_its_column(self, typed, printed):
        assert printing._printable(typed, printing._covered(printing._folders())) == printed

    def test_letters_are_never_left_out(self):
        with pytest.raises(NotPrintable) as refusal:
            printing._printable("अ and 感", printing._covered(printing._folders()))
        assert refusal.value.extensions == {"scripts": ["CJK", "DEVANAGARI"]}


def test_the_qr_code_leads_to_the_public_page(issued, monkeypatch):
    seen: list[str] = []
    monkeypatch.setattr(papers, "qr_svg", lambda link: seen.append(link) or qr_svg(link))
    shown = issued()
    papers.prescription_pdf(
        Prescription.objects.select_related("patient", "doctor__hospital", "safety_check").get(pk=shown["id"])
    )
    assert seen == [f"{settings.SITE_URL}/api/v1/prescriptions/verify/{shown['verification_code']}/"]


def _pages(content: bytes) -> int:
    """Return how many pages a PDF has."""
    text = content
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            text += zlib.decompress(stream)
        except zlib.error:
            continue
    return max(int(count) for count in re.findall(rb"/Count (\d+)", text))
