"""Doors of medicine safety: whose facts count, what every answer carries, the budget, the cache, the history."""

import pytest
from django.core.cache import cache

from apps.accounts.choices import Role
from apps.core.models import AuditEvent
from apps.patients.models import Allergy, Medication
from apps.patients.services.care import end_relationship
from apps.patients.services.profile import add_entry
from apps.recommendations.models import Recommendation
from tests.care import client_of, make_care
from tests.conftest import _empty_cache, now
from tests.world import ABSENT, make_user

__all__ = ["_empty_cache", "now"]
pytestmark = pytest.mark.django_db

ASK, CHECK = "/api/v1/recommendations/", "/api/v1/recommendations/check/"
ON_WARFARIN = {"age": 62, "current_medications": ["Warfarin 5 mg"]}


@pytest.fixture
def care(now):
    return make_care(now)


@pytest.fixture
def patient(care, now):
    return client_of(care.manager, now=now)


@pytest.fixture
def doctor(care, now):
    return client_of(care.doctor.user, now=now)


def post(client, path, **body):
    return client.post(path, body, format="json")


def kinds(answer):
    return {(each["type"], each["severity"]) for each in answer.json()["warnings"]}


class TestTheCheck:
    def test_facts_are_weighed_and_the_answer_says_from_what_and_that_it_is_no_advice(self, patient):
        answer = post(patient, CHECK, medicine_name="ibuprofen 400mg", patient_info=ON_WARFARIN)
        assert answer.status_code == 200
        body = answer.json()
        assert (body["medicine"], kinds(answer)) == ("ibuprofen", {("interaction", "CRITICAL")})
        assert set(body["warnings"][0]) == {"type", "severity", "subject", "with", "condition", "message", "source"}
        assert body["knowledge_version"]
        assert "no medical advice" in body["disclaimer"]
        assert not Recommendation.objects.exists()

    def test_every_fact_has_its_field(self, patient):
        told = post(
            patient,
            CHECK,
            medicine_name="Metformin",
            patient_info={
                "age": "0.5",
                "gender": "f",
                "weight": "7.5",
                "allergies": [{"substance": "Penicillin", "severity": "SEVERE"}, "Latex"],
                "comorbidities": ["Asthma"],
                "current_medications": [{"name": "Paracetamol", "dosage": "1 g four times a day"}],
                "pregnant": False,
                "lactating": None,
                "egfr": 25,
            },
        )
        assert ("condition", "CRITICAL") in kinds(told)

    @pytest.mark.parametrize("dose", ["2 g four times a day", {"amount": 2, "unit": "g", "times_per_day": 4}])
    def test_a_dose_is_a_text_or_figures(self, patient, dose):
        answer = post(patient, CHECK, medicine_name="Paracetamol", dose=dose, patient_info={"age": 40, "weight": 70})
        assert "dose" in {kind for kind, _ in kinds(answer)}

    def test_weeks_of_pregnancy_say_that_there_is_one(self, patient):
        info = {"age": 28, "sex": "FEMALE", "gestation_weeks": 33}
        assert ("pregnancy", "CRITICAL") in kinds(post(patient, CHECK, medicine_name="Ibuprofen", patient_info=info))

    def test_the_unknown_is_not_checked_and_never_safe(self, patient):
        body = post(
            patient,
            CHECK,
            medicine_name="Zorblax",
            patient_info={
                "allergies": ["Glimmerwort"],
                "comorbidities": ["Moon fever"],
                "current_medications": ["Xyz"],
            },
        ).json()
        assert (body["medicine"], body["warnings"]) == (None, [])
        assert {each["subject"] for each in body["not_checked"]} >= {"Zorblax", "Glimmerwort", "Moon fever", "Xyz"}

    def test_an_entry_of_the_record_may_be_sent_as_it_was_shown(self, patient, care, now):
        add_entry(actor=care.manager, kind=Allergy, patient_id=care.patient.pk, substance="Penicillin", now=now)
        add_entry(actor=care.manager, kind=Medication, patient_id=care.patient.pk, name="Warfarin 5 mg", now=now)
        base = f"/api/v1/patients/{care.patient.pk}"
        shown = {
            "allergies": patient.get(f"{base}/allergies/").json()["results"],
            "current_medications": patient.get(f"{base}/medications/").json()["results"],
        }
        assert ("allergy", "CRITICAL") in kinds(post(patient, CHECK, medicine_name="Amoxicillin", patient_info=shown))

    def test_what_an_allergy_did_is_weighed_as_from_the_record(self, patient):
        told = {"allergies": [{"substance": "Penicillin", "reaction": "Anaphylaxis"}]}
        answer = post(patient, CHECK, medicine_name="Cefalexin", patient_info=told)
        assert ("allergy", "CRITICAL") in kinds(answer)

    @pytest.mark.parametrize(
        ("medicine", "dose"),
        [
            ("salbutamol inhaler", "5 blips per fortnight"),
            ("Paracetamol", "500000000 mg 9 times a day"),
            ("Paracetamol 500 mg", "900000000 mg 9 times a day"),
            ("hydrocortisone cream", "a good handful"),
        ],
    )
    def test_a_dose_that_is_not_understood_is_not_checked(self, patient, medicine, dose):
        gaps = post(patient, CHECK, medicine_name=medicine, dose=dose).json()["not_checked"]
        said = [(gap["subject"], gap["reason"]) for gap in gaps if gap["kind"] == "dose"]
        assert said == [(dose, "no daily dose could be read from it")]

    def test_a_dose_may_count_what_the_name_says(self, patient):
        answer = post(patient, CHECK, medicine_name="Paracetamol 1000 mg", dose="six times a day")
        assert "dose" in {kind for kind, _ in kinds(answer)}

    @pytest.mark.parametrize("path", [ASK, CHECK])
    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"patient_info": {"allergie": ["Penicillin"]}}, "/patient_info/allergie"),
            (
                {"patient_info": {"allergies": [{"substance": "Nuts", "sevrity": "x"}]}},
                "/patient_info/allergies/0/sevrity",
            ),
            (
                {"patient_info": {"current_medications": [{"name": "X", "dose": "1"}]}},
                "/patient_info/current_medications/0/dose",
            ),
            ({"patient_infos": {"age": 3}}, "/patient_infos"),
            ({"dose": {"amount": 1, "unit": "mg", "times_per_day": 1, "times": 9}}, "/dose"),
            ({"patient_info": {"age": True}}, "/patient_info/age"),
            ({"patient_info": {"egfr": False}}, "/patient_info/egfr"),
            (
                {"patient_info": {"allergies": [{"substance": "Nuts", "severity": ["x"]}]}},
                "/patient_info/allergies/0/severity",
            ),
        ],
    )
    def test_nothing_that_is_said_goes_unheard(self, patient, path, body, pointer):
        refused = patient.post(path, {"medicine_name": "Amoxicillin", **body}, format="json")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "/medicine_name"),
            ({"medicine_name": ""}, "/medicine_name"),
            ({"medicine_name": "x" * 301}, "/medicine_name"),
            ({"medicine_name": "Aspirin", "dose": 5}, "/dose"),
            ({"medicine_name": "Aspirin", "dose": {"amount": 1}}, "/dose"),
            ({"medicine_name": "Aspirin", "patient": "x"}, "/patient"),
            ({"medicine_name": "Aspirin", "patient_info": {"age": -1}}, "/patient_info/age"),
            ({"medicine_name": "Aspirin", "patient_info": {"age": "NaN"}}, "/patient_info/age"),
            ({"medicine_name": "Aspirin", "patient_info": {"allergies": "nuts"}}, "/patient_info/allergies"),
            ({"medicine_name": "Aspirin", "patient_info": {"allergies": [{}]}}, "/patient_info/allergies/0"),
            ({"medicine_name": "Aspirin", "patient_info": {"sex": "maybe"}}, "/patient_info/sex"),
            ({"medicine_name": "Aspirin", "patient_info": []}, "/patient_info"),
            ({"medicine_name": "Aspirin", "patient": str(ABSENT), "patient_info": {}}, "/patient_info"),
        ],
    )
    def test_what_makes_no_sense_is_refused_with_its_place(self, patient, body, pointer):
        refused = patient.post(CHECK, body, format="json")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


class TestWhoseFacts:
    def test_facts_come_from_the_record_and_the_doctors_look_is_written_down(self, care, patient, doctor, now):
        add_entry(actor=care.manager, kind=Medication, patient_id=care.patient.pk, name="Warfarin", now=now)
        for client in (patient, doctor):
            answer = post(client, CHECK, medicine_name="Ibuprofen", patient=str(care.patient.pk))
            assert kinds(answer) == {("interaction", "CRITICAL")}
        (look,) = AuditEvent.objects.filter(action="clinical_read", concerns_id=care.patient.pk)
        assert look.actor_id == care.doctor.user_id

    def test_an_ex_doctor_and_a_stranger_find_nobody(self, care, doctor, now):
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        stranger = client_of(make_care(now, name="other_").doctor.user, now=now)
        hidden = post(doctor, CHECK, medicine_name="Ibuprofen", patient=str(care.patient.pk))
        foreign = post(stranger, CHECK, medicine_name="Ibuprofen", patient=str(care.patient.pk))
        absent = post(stranger, ASK, medicine_name="Ibuprofen", patient=str(ABSENT))
        assert {each.status_code for each in (hidden, foreign, absent)} == {404}


class TestRecommending:
    def test_the_answer_has_warnings_alternatives_and_a_suggestion(self, patient):
        answer = post(
            patient, ASK, medicine_name="Ibuprofen", patient_info={**ON_WARFARIN, "comorbidities": ["Migraine"]}
        )
        assert answer.status_code == 201, answer.json()
        body = answer.json()
        assert body["alternatives"]
        assert set(body["alternatives"][0]) == {"name", "reason", "notes", "not_checked"}
        assert "should not be given" in body["suggestion"]
        assert (body["cached"], body["response_time_ms"] > 0) == (False, True)
        assert "no medical advice" in body["disclaimer"]

    def test_alternatives_pass_the_same_check(self, patient):
        info = {"age": 62, "allergies": ["Penicillin"], "comorbidities": ["Cellulitis"]}
        others = post(patient, ASK, medicine_name="Flucloxacillin", patient_info=info).json()["alternatives"]
        assert others
        for other in others:
            warnings = post(patient, CHECK, medicine_name=other["name"], patient_info=info).json()["warnings"]
            assert not [each for each in warnings if each["severity"] in ("HIGH", "CRITICAL")]

    def test_nothing_found_is_not_called_safe(self, patient):
        said = post(patient, ASK, medicine_name="Paracetamol", patient_info={"age": 30}).json()["suggestion"]
        assert "Nothing was found" in said
        assert "could not be checked" in said
        assert "safe" not in said.lower()

    def test_the_same_question_is_answered_from_the_cache_and_another_is_not(self, patient):
        first = post(patient, ASK, medicine_name="Ibuprofen", patient_info=ON_WARFARIN).json()
        again = post(patient, ASK, medicine_name="Ibuprofen", patient_info=ON_WARFARIN).json()
        other = post(patient, ASK, medicine_name="Ibuprofen", patient_info={"age": 63}).json()
        assert [each["cached"] for each in (first, again, other)] == [False, True, False]
        assert again["warnings"] == first["warnings"]

    def test_the_cache_tells_nobody_anything(self, patient):
        post(patient, ASK, medicine_name="Ibuprofen", patient_info={"comorbidities": ["Sentinelitis"]})
        client = cache._cache.get_client()
        stored = b" ".join(
            key + (client.get(key) if client.type(key) == b"string" else b"") for key in client.keys("*")
        )
        assert b"advice" in stored
        assert b"entinel" not in stored
        assert b"uprofen" not in stored

    def test_a_changed_record_is_a_new_question(self, care, patient, now):
        post(patient, ASK, medicine_name="Amoxicillin", patient=str(care.patient.pk))
        add_entry(actor=care.manager, kind=Allergy, patient_id=care.patient.pk, substance="Penicillin", now=now)
        assert kinds(post(patient, ASK, medicine_name="Amoxicillin", patient=str(care.patient.pk))) == {
            ("allergy", "CRITICAL")
        }

    def test_a_cache_that_is_away_costs_no_answer(self, patient, settings):
        options = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}
        away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0", "OPTIONS": options}
        settings.CACHES = {"default": away}
        assert post(patient, ASK, medicine_name="Ibuprofen", patient_info=ON_WARFARIN).status_code == 201

    def test_ten_an_hour_and_the_check_has_no_such_limit(self, patient, settings):
        settings.RECOMMENDATIONS_PER_HOUR = 2
        answers = [post(patient, ASK, medicine_name="Ibuprofen") for _ in range(3)]
        assert [each.status_code for each in answers] == [201, 201, 429]
        assert int(answers[-1].headers["Retry-After"]) <= 3600
        assert post(patient, CHECK, medicine_name="Ibuprofen").status_code == 200
        assert Recommendation.objects.count() == 2


class TestHistory:
    def test_ones_own_and_nobody_elses(self, care, patient, doctor):
        mine = post(patient, ASK, medicine_name="Ibuprofen", patient=str(care.patient.pk)).json()
        theirs = post(doctor, ASK, medicine_name="Aspirin", patient=str(care.patient.pk)).json()
        assert [row["id"] for row in patient.get(f"{ASK}history/").json()["results"]] == [mine["id"]]
        assert [row["medicine_name"] for row in doctor.get(f"{ASK}history/").json()["results"]] == ["Aspirin"]
        assert patient.get(f"{ASK}{mine['id']}/").json() == mine
        assert patient.get(f"{ASK}{theirs['id']}/").status_code == 404

    def test_the_database_holds_no_word_in_clear(self, patient):
        post(patient, ASK, medicine_name="Ibuprofen", patient_info={"comorbidities": ["Sentinelitis"]})
        row = Recommendation.objects.get()
        assert b"entinel" not in bytes(row.content_sealed)
        assert "Sentinelitis" in str(row.content)

    def test_administrators_see_figures_and_clear_the_cache(self, patient, now):
        admin = client_of(make_user("root", Role.ADMIN), now=now)
        post(patient, ASK, medicine_name="Ibuprofen", patient_info=ON_WARFARIN)
        assert admin.post(f"{ASK}clear-cache/").status_code == 204
        assert post(patient, ASK, medicine_name="Ibuprofen", patient_info=ON_WARFARIN).json()["cached"] is False
        figures = admin.get(f"{ASK}stats/").json()
        assert (figures["total"], figures["people"], figures["critical"], figures["cached"]) == (2, 1, 2, 0)
        assert "buprofen" not in str(figures)


class TestSearching:
    @pytest.mark.parametrize(
        ("typed", "first"), [("amox", "amoxicillin"), ("AUGMENTIN", None), ("warfrin", "warfarin")]
    )
    def test_by_part_brand_and_misspelling(self, patient, typed, first):
        rows = patient.get("/api/v1/medicines/", {"search": typed}).json()["results"]
        assert rows
        assert first is None or rows[0]["id"] == first

    def test_too_little_to_search_is_refused(self, patient):
        for asked in ({}, {"search": "a"}):
            refused = patient.get("/api/v1/medicines/", asked)
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "?search")

    def test_no_match_is_an_empty_list(self, patient):
        assert patient.get("/api/v1/medicines/", {"search": "zzzzqq"}).json()["results"] == []
