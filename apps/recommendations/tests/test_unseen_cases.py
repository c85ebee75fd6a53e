"""Disease prediction on cases that were written before it was measured: named, dangers flagged, nothing blown up."""

from pathlib import Path

import pytest
import yaml

from apps.recommendations.prediction import NothingRecognised, Sex, Triage, predictor

VIGNETTES = Path(__file__).parent / "vignettes"


def cases_of(name):
    return yaml.safe_load((VIGNETTES / name).read_text(encoding="utf-8"))


def predict(case):
    return predictor().predict(
        symptoms=case.get("symptoms", ()),
        text=case.get("text", ""),
        age_years=case["age"],
        sex=Sex(case["sex"]),
    )


def triage(case):
    try:
        return predict(case).triage
    except NothingRecognised:
        return None


def is_named(case):
    try:
        prediction = predict(case).prediction
    except NothingRecognised:
        return False
    diseases = predictor().knowledge.diseases
    wanted = {diseases[id_].name for id_ in case["disease"]}
    named = [prediction.disease, *(other.disease for other in prediction.alternative_diseases)] if prediction else []
    return not wanted.isdisjoint(named)


PROSE, LAY, SHORT = cases_of("unseen_prose.yaml"), cases_of("unseen_lay.yaml"), cases_of("unseen_short.yaml")
ALL = [*PROSE, *LAY, *SHORT]


@pytest.mark.parametrize("cases", [PROSE, LAY], ids=["a physician's words", "patients' words"])
def test_the_disease_is_among_the_first_three(cases):
    assert sum(map(is_named, cases)) / len(cases) >= 0.95


def test_every_emergency_is_flagged():
    emergencies = [case for case in ALL if case.get("emergency")]
    assert len(emergencies) >= 250
    assert [case for case in emergencies if triage(case) is not Triage.EMERGENCY] == []


def test_nothing_mild_is_an_emergency():
    mild = [case for case in ALL if case.get("mild")]
    assert len(mild) >= 100
    assert [case for case in mild if triage(case) is Triage.EMERGENCY] == []


# --- nothing unknown is ever called safe ------------------------------------------------------------------------------

COLD = ["sneezing", "runny nose", "sore throat"]


def test_a_name_that_nobody_knows_is_never_left_to_self_care():
    assert predictor().predict(symptoms=COLD).triage is Triage.SELF_CARE
    for nonsense in ("blargh", "frobnicated elbow", "unbearable glorp", "qwerty", "12345"):
        advice = predictor().predict(symptoms=[*COLD, nonsense])
        assert (nonsense, advice.triage) == (*advice.unmatched_symptoms, Triage.ROUTINE)


def test_a_text_that_is_mostly_not_understood_is_never_left_to_self_care():
    understood = "sneezing, runny nose and a sore throat"
    assert predictor().predict(text=understood).triage is Triage.SELF_CARE
    unread = f"{understood}, zorbic flanging of quibbled trunnions, glorped spandrels wimpling"
    assert predictor().predict(text=unread).triage is Triage.ROUTINE


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("HIV", "hives"),
        ("out of the blue my heart races for minutes, then stops", "unconscious"),
        ("a mole with an irregular edge", "anxiety"),
        ("I fell asleep", "injury_pain"),
        ("can put weight on the ankle", "weight_gain"),
        ("piling on weight", "anal_lump"),
        ("sharp pain in the side", "injury_pain"),
        ("can't wake up in the mornings", "unconscious"),
    ],
)
def test_a_word_is_not_taken_for_another(text, wrong):
    assert wrong not in predictor().recognise(text=text).present()
