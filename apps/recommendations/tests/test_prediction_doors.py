"""Doors of disease prediction: what is answered, what is refused, doctors, and another program as the model."""

import json
from time import monotonic

import pytest
from django.test import override_settings

from apps.hospitals.models import Doctor
from apps.recommendations.channels import breaker, diseases
from apps.recommendations.channels.asking import Outside
from apps.recommendations.tests import fake_model
from tests.care import client_of, make_care
from tests.conftest import _empty_cache, now

__all__ = ["_empty_cache", "now"]
pytestmark = pytest.mark.django_db

PATH = "/api/v1/predict/"
COLD = ["runny_nose", "Sneezing", "sore throt"]


@pytest.fixture
def care(now):
    return make_care(now)


@pytest.fixture
def patient(care, now):
    return client_of(care.manager, now=now)


def predict(client, **body):
    return client.post(f"{PATH}disease/", body, format="json")


class TestPredicting:
    def test_names_in_any_spelling_and_the_answers_shape(self, patient):
        body = predict(patient, symptoms=[*COLD, "glorbness"]).json()
        assert body["prediction"]["disease"] == "Common cold"
        assert set(body["prediction"]) >= {
            "disease",
            "confidence",
            "alternative_diseases",
            "matched_symptoms",
            "unmatched_symptoms",
            "total_symptoms",
        }
        assert (body["prediction"]["total_symptoms"], body["prediction"]["unmatched_symptoms"]) == (4, ["glorbness"])
        assert (body["red_flags"], body["reason"], body["model"]) == ([], None, "built-in")
        assert body["knowledge_version"]
        assert "no medical advice" in body["disclaimer"]

    def test_an_emergency_is_flagged_in_ones_own_words(self, patient):
        body = predict(patient, text="crushing chest pain into my left arm, sweating", age=61, sex="male").json()
        assert body["triage"] == "EMERGENCY"
        assert body["red_flags"][0]["triage"] == "EMERGENCY"

    def test_too_little_names_nothing_and_says_why(self, patient):
        body = predict(patient, symptoms=["tired"]).json()
        assert (body["prediction"], body["reason"]) == (None, "too_few_symptoms")

    def test_nothing_known_is_a_refusal(self, patient):
        for body, pointer in (({"symptoms": ["glorbness"]}, "/symptoms"), ({"text": "hello doctor"}, "/text")):
            refused = predict(patient, **body)
            assert (refused.status_code, refused.json()["errors"][0]) == (
                400,
                {"pointer": pointer, "detail": "No symptom was recognised in this.", "code": "nothing_recognised"},
            )

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "/symptoms"),
            ({"symptoms": []}, "/symptoms"),
            ({"symptoms": "fever"}, "/symptoms"),
            ({"symptoms": [{}]}, "/symptoms/0"),
            ({"symptoms": ["fever"] * 101}, "/symptoms"),
            ({"text": "x" * 5001}, "/text"),
            ({"symptoms": ["fever"], "age": 151}, "/age"),
            ({"symptoms": ["fever"], "sex": "x"}, "/sex"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, patient, body, pointer):
        refused = predict(patient, **body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)

    def test_doctors_for_it_and_in_an_emergency_too(self, patient, care):
        Doctor.objects.filter(pk=care.doctor.pk).update(specialization="Cardiology")
        body = predict(patient, text="crushing chest pain into my left arm, sweating", age=61, sex="male").json()
        assert [each["id"] for each in body["recommended_doctors"]] == [str(care.doctor.pk)]
        assert "email" not in body["recommended_doctors"][0]
        assert predict(patient, symptoms=COLD).json()["recommended_doctors"] == []


class TestLists:
    def test_symptoms_diseases_and_what_predicts(self, patient):
        symptoms = patient.get(f"{PATH}symptoms/").json()
        diseases = patient.get(f"{PATH}diseases/").json()
        told = patient.get(f"{PATH}info/").json()
        assert symptoms["total"] == len(symptoms["symptoms"]) == told["symptoms"] >= 150
        assert diseases["total"] == len(diseases["diseases"]) == told["diseases"] >= 60
        assert told["is_external_configured"] is False


ELSEWHERE = {
    "prediction": {
        "disease": "Glanders",
        "confidence": 0.8,
        "alternative_diseases": [{"disease": "Q fever", "confidence": 0.1}],
    }
}


class TestAnotherProgram:
    @pytest.fixture
    def elsewhere(self, settings, monkeypatch, tmp_path):
        """A program that is configured, which nobody has an opinion of yet."""
        monkeypatch.setattr(diseases, "service", Outside("external prediction"))
        monkeypatch.setattr(diseases, "SECONDS", 0.6)
        monkeypatch.setattr(breaker.tempfile, "gettempdir", lambda: str(tmp_path))
        settings.WEB_THREADS = 3
        with fake_model.running() as fake:
            settings.ML_SERVICE_URL = fake.url
            yield fake

    def test_it_names_the_disease_and_danger_signs_stay_ours(self, patient, elsewhere):
        elsewhere.answer = fake_model.whole(json.dumps(ELSEWHERE).encode())
        body = predict(patient, text="crushing chest pain into my left arm, sweating", age=61, sex="male").json()
        assert (body["prediction"]["disease"], body["model"], body["triage"]) == ("Glanders", "external", "EMERGENCY")
        assert body["red_flags"]

    def test_of_a_disease_that_is_not_known_here_nothing_is_said_and_a_doctor_is_to_see_it(self, patient, elsewhere):
        elsewhere.answer = fake_model.whole(json.dumps(ELSEWHERE).encode())
        assert predict_without(patient, symptoms=COLD)["triage"] == "SELF_CARE"
        body = predict(patient, symptoms=COLD).json()
        named = body["prediction"]
        assert (named["self_care"], named["specialization"], named["also_called"]) == ("", "", [])
        assert "not checked" in named["source"]
        assert body["not_checked"] == ["Glanders", "Q fever"]
        assert body["triage"] == "ROUTINE"

    @pytest.mark.parametrize("name", ["Heart attack", "heart_attack", "Myocardial infarction"])
    def test_of_one_that_is_known_here_all_is_said_as_of_our_own(self, patient, elsewhere, name):
        elsewhere.answer = fake_model.whole(json.dumps(named_by(name, 0.05)).encode())
        body = predict(patient, symptoms=COLD).json()
        named = body["prediction"]
        assert (named["disease"], named["specialization"]) == ("Heart attack", "Cardiology")
        assert "ambulance" in named["self_care"]
        assert (body["triage"], body["not_checked"]) == ("EMERGENCY", [])
        assert [flag["id"] for flag in body["red_flags"]] == ["myocardial_infarction_suspected"]

    def test_an_emergency_that_it_thinks_of_second_is_a_danger_sign_too(self, patient, elsewhere):
        others = [{"disease": "Pulmonary embolism", "confidence": 0.4}]
        elsewhere.answer = fake_model.whole(json.dumps(named_by("Common cold", 0.6, others)).encode())
        assert predict(patient, symptoms=COLD).json()["triage"] == "EMERGENCY"

    def test_it_never_calms_down(self, patient, elsewhere):
        elsewhere.answer = fake_model.whole(json.dumps(named_by("Common cold", 0.99)).encode())
        ill = {"text": "coughing up blood and fever"}
        assert predict(patient, **ill).json()["triage"] == predict_without(patient, **ill)["triage"] != "SELF_CARE"

    def test_it_is_sent_our_names_of_symptoms_and_no_word_of_the_text(self, patient, elsewhere):
        elsewhere.answer = fake_model.whole(json.dumps(ELSEWHERE).encode())
        predict(patient, text="I am Amina, my sneezing and runny nose began on Tuesday")
        assert sorted(elsewhere.asked[-1]["symptoms"]) == ["Runny nose", "Sneezing"]

    @pytest.mark.parametrize(
        "answer",
        [
            fake_model.whole(b"oops", status=500),
            fake_model.whole(b"<html>", kind="text/html"),
            fake_model.whole(json.dumps({"prediction": {"disease": "X", "confidence": 7}}).encode()),
            fake_model.whole(b'{"prediction": {"disease": 5}}'),
            fake_model.whole(b"[" * 200_000),
            fake_model.whole(b"x" * 10_000_000),
            fake_model.hangs,
            fake_model.drips_its_body,
            fake_model.drips_its_head,
        ],
    )
    def test_whatever_it_fails_at_the_built_in_model_does(self, patient, elsewhere, answer):
        elsewhere.answer = answer
        began = monotonic()
        body = predict(patient, symptoms=COLD).json()
        assert (body["prediction"]["disease"], body["model"]) == ("Common cold", "built-in")
        assert monotonic() - began < 3
        assert len(elsewhere.asked) == 1

    def test_after_failures_it_is_left_alone(self, patient, elsewhere):
        elsewhere.answer = fake_model.whole(b"", status=500)
        for _ in range(5):
            predict(patient, symptoms=COLD)
        assert len(elsewhere.asked) == 3

    def test_nobody_there_is_no_failure(self, patient, elsewhere, settings):
        settings.ML_SERVICE_URL = "http://127.0.0.1:1"
        assert predict(patient, symptoms=COLD).json()["model"] == "built-in"


def named_by(name, confidence, others=()):
    return {"prediction": {"disease": name, "confidence": confidence, "alternative_diseases": list(others)}}


def predict_without(patient, **asked):
    """Return what is answered where no other program is configured."""
    with override_settings(ML_SERVICE_URL=""):
        return predict(patient, **asked).json()
