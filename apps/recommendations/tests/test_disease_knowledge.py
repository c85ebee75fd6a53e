"""The knowledge base of diseases: complete, sourced, within bounds; and every kind of broken file is refused."""

import shutil

import pytest

from apps.recommendations.prediction import (
    KNOWLEDGE_FOLDER,
    InvalidKnowledge,
    Triage,
    load_disease_knowledge,
    predictor,
)
from apps.recommendations.prediction.bayes import Model, evidence_of
from apps.recommendations.prediction.phrases import PhraseBook

OLD_DISEASES = """
Fungal infection|Allergy|GERD|Chronic cholestasis|Drug Reaction|Peptic ulcer diseae|AIDS|Diabetes|
Gastroenteritis|Bronchial Asthma|Hypertension|Migraine|Cervical spondylosis|Paralysis (brain hemorrhage)|
Jaundice|Malaria|Chicken pox|Dengue|Typhoid|hepatitis A|Hepatitis B|Hepatitis C|Hepatitis D|
Hepatitis E|Alcoholic hepatitis|Tuberculosis|Common Cold|Pneumonia|Dimorphic hemmorhoids(piles)|
Heart attack|Varicose veins|Hypothyroidism|Hyperthyroidism|Hypoglycemia|Osteoarthristis|Arthritis|
(vertigo) Paroymsal Positional Vertigo|Acne|Urinary tract infection|Psoriasis|Impetigo
""".replace("\n", "").split("|")


def diseases():
    return predictor().knowledge.diseases.values()


# --- what is there ---------------------------------------------------------------------------------------------------


def test_there_are_enough_diseases_symptoms_and_rules():
    knowledge = predictor().knowledge
    assert len(knowledge.diseases) >= 80
    assert len(knowledge.symptoms) >= 150
    assert len(knowledge.red_flags) >= 100


@pytest.mark.parametrize("name", OLD_DISEASES)
def test_every_disease_of_the_old_system_is_known_by_its_name(name):
    known = {words.casefold() for disease in diseases() for words in (disease.name, *disease.also)}
    assert name.casefold() in known


def test_names_are_unique():
    names = [
        words.casefold()
        for disease in diseases()
        for words in {disease.name.casefold(), *map(str.casefold, disease.also)}
    ]
    assert sorted(names) == sorted(set(names))


def test_no_source_holds_an_address():
    sources = [*(disease.source for disease in diseases()), *(rule.source for rule in predictor().knowledge.red_flags)]
    assert not [source for source in sources if "http" in source or "www" in source]


def test_every_disease_has_enough_to_be_told_by():
    assert [disease.id for disease in diseases() if not disease.symptoms or max(disease.symptoms.values()) < 0.5] == []


def test_every_emergency_says_what_to_do_at_once():
    urgent_words = ("ambulance", "emergency", "hospital", "maternity", "be seen", "today", "sugar", "now", "at once")
    silent = [
        d.id
        for d in diseases()
        if d.triage is Triage.EMERGENCY and not any(w in d.self_care.lower() for w in urgent_words)
    ]
    assert silent == []


def test_every_symptom_is_used_by_a_disease_a_rule_or_another_symptom():
    knowledge = predictor().knowledge
    used = {id_ for disease in diseases() for id_ in disease.symptoms}
    used |= {id_ for rule in knowledge.red_flags for id_ in rule.symptoms()}
    used |= {id_ for symptom in knowledge.symptoms.values() for id_ in symptom.implies}
    wider_used = {id_ for id_ in knowledge.symptoms if knowledge.implied[id_] & used}
    assert sorted(set(knowledge.symptoms) - used - wider_used) == []


def test_a_disease_never_finds_a_narrow_symptom_more_often_than_the_wide_one():
    knowledge = predictor().knowledge
    model = Model(knowledge)
    wrong = []
    for symptom in knowledge.symptoms:
        for wide in knowledge.implied[symptom]:
            pairs = zip(model.diseases, model._present[symptom], model._present[wide], strict=False)
            wrong += [(disease.id, symptom, wide) for disease, narrow, broad in pairs if narrow > broad + 1e-9]
    assert wrong == []


def test_an_impossible_sex_is_excluded():
    evidence = evidence_of(predictor().knowledge, ["sudden_testicular_pain"], [])
    shares = Model(predictor().knowledge).posterior(evidence, age_years=15, sex=None)
    assert shares.diseases[0][0].sex.female == 0


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "knowledge"
    for part in ("symptoms", "diseases"):
        shutil.copytree(KNOWLEDGE_FOLDER / part, copy / part)
    shutil.copy(KNOWLEDGE_FOLDER / "red_flags.yaml", copy)
    return copy


def plant(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


PLANTS = {
    "a chance above one": (
        "diseases/heart_and_vessels.yaml",
        "chest_pain: 0.85",
        "chest_pain: 1.85",
        "heart_and_vessels.yaml",
    ),
    "a chance of nothing": (
        "diseases/heart_and_vessels.yaml",
        "chest_pain: 0.85",
        "chest_pain: 0",
        "heart_and_vessels.yaml",
    ),
    "an unknown symptom": ("diseases/heart_and_vessels.yaml", "chest_pain: 0.85", "chest_pian: 0.85", "chest_pian"),
    "a symptom given twice": (
        "diseases/heart_and_vessels.yaml",
        "chest_pain: 0.85",
        "chest_pain: 0.85, chest_pain: 0.2",
        "given twice",
    ),
    "an unknown triage": (
        "diseases/heart_and_vessels.yaml",
        "triage: EMERGENCY",
        "triage: SOON",
        "heart_and_vessels.yaml",
    ),
    "an unknown frequency": (
        "diseases/heart_and_vessels.yaml",
        "frequency: OCCASIONAL",
        "frequency: OFTEN",
        "heart_and_vessels.yaml",
    ),
    "an unknown field": (
        "diseases/heart_and_vessels.yaml",
        "triage: EMERGENCY",
        "triage: EMERGENCY\n    colour: red",
        "colour",
    ),
    "no source": (
        "diseases/lungs.yaml",
        "    source: British Thoracic Society guideline for pleural disease\n",
        "",
        "source",
    ),
    "an unknown age band": ("diseases/lungs.yaml", "infant: 0.2", "infnt: 0.2", "infnt"),
    "a disease twice": ("diseases/lungs.yaml", "id: pneumothorax", "id: pneumonia", "pneumonia: defined twice"),
    "an id with blanks": ("diseases/lungs.yaml", "id: pneumothorax", "id: pneumo thorax", "lungs.yaml"),
    "a synonym of two": (
        "symptoms/eyes.yaml",
        "synonyms: [redness of eyes",
        "synonyms: [chesty cough, redness of eyes",
        "chesty cough",
    ),
    "a circle": (
        "symptoms/eyes.yaml",
        "    name: Eye pain\n",
        "    name: Eye pain\n    implies: [severe_eye_pain]\n",
        "implies itself",
    ),
    "an unknown wider symptom": ("symptoms/eyes.yaml", "implies: [eye_pain]", "implies: [eyepain]", "eyepain"),
    "words beside nothing": (
        "symptoms/eyes.yaml",
        "    name: Eye pain\n",
        "    name: Eye pain\n    beside: [dull]\n",
        "beside nothing",
    ),
    "a rule about nothing": ("red_flags.yaml", "any: [radiating_chest_pain]", "any: []", "never fire"),
    "a rule beyond its list": (
        "red_flags.yaml",
        "any: [radiating_chest_pain]",
        "any: [radiating_chest_pain], at_least: 2",
        "never fire",
    ),
    "a rule with an unknown symptom": (
        "red_flags.yaml",
        "any: [radiating_chest_pain]",
        "any: [radiating_pain]",
        "radiating_pain",
    ),
    "a rule twice": ("red_flags.yaml", "id: spreading_chest_pain", "id: chest_pressure", "defined twice"),
    "not YAML": ("red_flags.yaml", "red_flags:", "red_flags: [", "red_flags.yaml"),
}


@pytest.mark.parametrize(("name", "old", "new", "told"), PLANTS.values(), ids=PLANTS.keys())
def test_broken_knowledge_is_refused_and_named(folder, name, old, new, told):
    plant(folder / name, old, new)
    with pytest.raises(InvalidKnowledge, match=told):
        load_disease_knowledge(folder)


def test_a_whole_copy_loads(folder):
    assert load_disease_knowledge(folder).diseases.keys() == predictor().knowledge.diseases.keys()


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(InvalidKnowledge, match="no files"):
        load_disease_knowledge(tmp_path)


def test_a_synonym_without_a_word_of_weight_is_refused(folder):
    plant(folder / "symptoms/eyes.yaml", "synonyms: [redness of eyes", "synonyms: [at the, redness of eyes")
    with pytest.raises(InvalidKnowledge, match="no word of weight"):
        PhraseBook(load_disease_knowledge(folder))


def test_two_synonyms_that_read_the_same_are_refused(folder):
    plant(folder / "symptoms/eyes.yaml", "synonyms: [redness of eyes", "synonyms: [phlegms, redness of eyes")
    with pytest.raises(InvalidKnowledge, match="means both"):
        PhraseBook(load_disease_knowledge(folder))
