"""Doors of disease prediction: what is answered, what is refused, doctors, and another program as the model."""

import json

import pytest
from werkzeug import Response

from apps.hospitals.models import Doctor
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
    def elsewhere(self, httpserver, settings):
        settings.ML_SERVICE_URL = httpserver.url_for("/")
        return httpserver

    def test_it_names_the_disease_and_danger_signs_stay_ours(self, patient, elsewhere):
        elsewhere.expect_request("/predict/", method="POST").respond_with_json(ELSEWHERE)
        body = predict(patient, text="crushing chest pain into my left arm, sweating", age=61, sex="male").json()
        assert (body["prediction"]["disease"], body["model"], body["triage"]) == ("Glanders", "external", "EMERGENCY")
        assert body["red_flags"]

    @pytest.mark.parametrize(
        "answer",
        [
            Response("oops", status=500),
            Response("<html>", content_type="text/html"),
            Response(json.dumps({"prediction": {"disease": "X", "confidence": 7}})),
            Response(json.dumps({"prediction": {"disease": 5}})),
            Response("[" * 200_000),
        ],
    )
    def test_whatever_it_fails_at_the_built_in_model_does(self, patient, elsewhere, answer):
        elsewhere.expect_request("/predict/", method="POST").respond_with_response(answer)
        body = predict(patient, symptoms=COLD).json()
        assert (body["prediction"]["disease"], body["model"]) == ("Common cold", "built-in")

    def test_nobody_there_is_no_failure(self, patient, settings):
        settings.ML_SERVICE_URL = "http://127.0.0.1:1"
        assert predict(patient, symptoms=COLD).json()["model"] == "built-in"
