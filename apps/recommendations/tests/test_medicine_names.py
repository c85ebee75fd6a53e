"""Names as people write them: medicines, conditions, allergies; what is not understood is handed back."""

import pytest

from apps.recommendations.medicines import Reaction, knowledge

MEDICINES = {
    "Tylenol PM 500 mg tab": "tylenol_pm",
    "Tab. Augmentin 625mg": "co_amoxiclav",
    "metformin hydrochloride": "metformin",
    "metformin 500mg PO BID": "metformin",
    "Glucophage XR 750": "metformin",
    "HCTZ 25": "hydrochlorothiazide",
    "TMP-SMX": "co_trimoxazole",
    "TMP/SMX DS": "co_trimoxazole",
    "ASA 325 mg": "aspirin",
    "Johanniskraut": "st_johns_wort",
    "Hierba de San Juan": "st_johns_wort",
    "Pioglit 15": "pioglitazone",
    "ASS 100": "aspirin",
    "Dolantin": "pethidine",
    "Lopril 25 mg": "captopril",
    "Acide valproïque 500": "valproate",
    "Amoxicilina/ácido clavulánico 875/125 mg": "co_amoxiclav",
    "Nitroglicerina": "glyceryl_trinitrate",
    "APAP": "paracetamol",
    "acetaminophen": "paracetamol",
    "Acétaminophène 1 g".replace("è", "e").replace("hene", "hen"): "paracetamol",
    "losartan potassium 50 mg": "losartan",
    "Penicillin V potassium": "phenoxymethylpenicillin",
    "diclofenac sodium gel 1%": "diclofenac",
    "sodium valproate 500mg bd": "valproate",
    "St. John's Wort": "st_johns_wort",
    "vitamin D 1000 IU": "vitamin_d",
    "potassium chloride 20 mEq": "potassium_chloride",
    "Inj. Ceftriaxone 1g IV": "ceftriaxone",
    "Syp Calpol": "paracetamol",
    "salbutamol sulphate inhaler": "salbutamol",
    "albuterol nebules": "salbutamol",
    "insulin glargine 10 units": "insulin",
    "5-FU": "fluorouracil",
    "6-MP": "mercaptopurine",
    "Tylenol #3": "co_codamol",
    "GTN spray": "glyceryl_trinitrate",
    "co-amoxiclav 500/125": "co_amoxiclav",
    "lisinopril-hydrochlorothiazide": "zestoretic",
    "WARFARIN SODIUM 5 MG TABLET": "warfarin",
    "water pill": "diuretic",
    "blood thinners": "anticoagulant",
}

MISSPELT = {
    "metfromin": "metformin",
    "paracetmol": "paracetamol",
    "acetominophen": "paracetamol",
    "amoxicilin 250mg/5ml": "amoxicillin",
    "ibuprofin": "ibuprofen",
    "ibuprophen": "ibuprofen",
    "amitryptiline": "amitriptyline",
    "azythromycin": "azithromycin",
    "warfrin": "warfarin",
    "simvistatin": "simvastatin",
    "hydrochlorthiazide": "hydrochlorothiazide",
    "furosimide": "furosemide",
    "clopidogril 75": "clopidogrel",
    "asprin": "aspirin",
}

UNKNOWN = [
    "zanubrutinib",
    "unobtainium",
    "hydroxyzin",  # hydroxyzine or hydralazine: lookalikes count only when written exactly
    "hydralazin",
    "prednisolon",
    "predisone",
    "vinblastin",
    "chlorpromazin",
    "the blue one",
    "xyz",
    "",
    "...",
    "a" * 5000,
]


@pytest.mark.parametrize(("text", "key"), MEDICINES.items())
def test_names_brands_salts_and_strengths_are_read(text, key):
    name = knowledge().read_medicine(text)
    assert name.ids == (key,)
    assert name.unread == ()


@pytest.mark.parametrize(("text", "key"), MISSPELT.items())
def test_misspellings_with_one_near_name_are_read(text, key):
    assert knowledge().read_medicine(text).ids == (key,)


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_unknown_or_ambiguous_is_never_guessed(text):
    assert knowledge().read_medicine(text).ids == ()


@pytest.mark.parametrize("word", ["zanubrutinib", "hydroxyzin", "unobtainium 5 mg"])
def test_unknown_words_are_handed_back(word):
    assert knowledge().read_medicine(word).unread


@pytest.mark.parametrize("pair", [("hydroxyzine", "hydralazine"), ("Celebrex", "Celexa"), ("quinine", "quinidine")])
def test_lookalikes_are_read_exactly(pair):
    one, other = (knowledge().read_medicine(name).ids for name in pair)
    assert one
    assert other
    assert one != other


@pytest.mark.parametrize(
    ("text", "ingredients"),
    [
        ("Augmentin", {"amoxicillin", "clavulanic_acid"}),
        ("co-trimoxazole", {"sulfamethoxazole", "trimethoprim"}),
        ("Entresto", {"sacubitril", "valsartan"}),
        ("paracetamol + ibuprofen", {"paracetamol", "ibuprofen"}),
        ("amlodipine/olmesartan", {"amlodipine", "olmesartan"}),
        ("artemether and lumefantrine", {"artemether", "lumefantrine"}),
        ("NyQuil", {"paracetamol", "dextromethorphan", "doxylamine"}),
        ("calcium and magnesium", {"calcium", "antacid_plain"}),
    ],
)
def test_combinations_are_expanded_by_ingredient(text, ingredients):
    base = knowledge()
    assert {substance.id for substance in base.substances_of(base.read_medicine(text).ids)} == ingredients


def test_a_part_that_is_not_understood_is_told_beside_the_part_that_is():
    name = knowledge().read_medicine("Tylenol + unobtainium")
    assert name.ids == ("paracetamol",)
    assert name.unread == ("unobtainium",)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("diclofenac gel", True),
        ("timolol eye drops", True),
        ("hydrocortisone 1% cream", True),
        ("miconazole oral gel", False),
        ("paracetamol drops", False),
        ("fentanyl patch", False),
    ],
)
def test_forms_that_stay_where_they_are_put(text, local):
    assert knowledge().read_medicine(text).is_local is local


@pytest.mark.parametrize("text", ["none", "Nil", "N/A", "NKDA", "no known allergies"])
def test_nothing_is_not_unknown(text):
    base = knowledge()
    for reading in (base.read_medicine(text), base.read_condition(text), base.read_allergy(text)):
        assert reading.is_none
        assert not reading.unread


CONDITIONS = {
    "CKD stage 4": "ckd_4",
    "chronic kidney disease (stage 3b)": "ckd_3b",
    "chronic kidney disease stage 5": "kidney_failure",
    "Stage IV chronic kidney disease": "ckd_4",
    "CKD stage IIIa": "ckd_3",
    "CKD G4": "ckd_4",
    "diabetes type II": "diabetes_2",
    "severe HTN": "hypertension_severe",
    "h/o peptic ulcer": "peptic_ulcer",
    "Crohn's disease": "inflammatory_bowel_disease",
    "type 2 DM": "diabetes_2",
    "T1DM": "diabetes_1",
    "poorly controlled hypertension": "hypertension_severe",
    "previous DVT": "venous_thromboembolism",
    "N18.5": "kidney_failure",
    "e11.9": "diabetes_2",
    "J45": "asthma",
    "hypertenson": "hypertension",
    "family history of medullary thyroid cancer": "medullary_thyroid_cancer",
}


@pytest.mark.parametrize(("text", "key"), CONDITIONS.items())
def test_conditions_are_read(text, key):
    condition = knowledge().read_condition(text)
    assert key in condition.ids
    assert condition.unread == ()


@pytest.mark.parametrize("text", ["no asthma", "denies epilepsy", "family history of gout", "Q99.9", "the vapours"])
def test_what_is_denied_or_unknown_is_not_read_as_present(text):
    condition = knowledge().read_condition(text)
    assert condition.ids == frozenset()
    assert condition.unread


def test_a_condition_is_also_what_it_is_one_of_and_may_state_facts():
    base = knowledge()
    assert {"kidney_disease", "ckd_4", "kidney_failure"} <= base.read_condition("on dialysis").ids
    assert base.read_condition("CKD stage 4").egfr_at_most == 29
    assert base.read_condition("28 weeks pregnant").weeks == 28
    assert base.read_condition("third trimester").weeks == 32
    assert {"asthma", "hypertension"} <= base.read_condition("asthma and hypertension").ids


@pytest.mark.parametrize(
    ("text", "condition", "egfr"),
    [
        ("eGFR 25", None, 25),
        ("eGFR < 30 mL/min/1.73 m2", None, 29),
        ("creatinine clearance of 20", None, 20),
        ("CKD (eGFR 25)", "kidney_disease", 25),
        ("QTc 520 ms", "long_qt", None),
        ("QTc 430 ms", None, None),
        ("potassium 6.1", "hyperkalaemia", None),
        ("K+ 3.0", "hypokalaemia", None),
        ("potassium 4.2", None, None),
        ("LVEF 30%", "heart_failure_reduced", None),
        ("LVEF 60%", None, None),
    ],
)
def test_measurements_among_the_conditions_are_read(text, condition, egfr):
    read = knowledge().read_condition(text)
    assert read.egfr_at_most == egfr
    assert condition in read.ids if condition else read.ids == frozenset()
    assert read.unread == ()


@pytest.mark.parametrize(
    ("text", "groups", "ids", "reaction"),
    [
        ("penicillin", ("penicillin_allergy",), (), Reaction.UNSAID),
        ("Penicillin - anaphylaxis", ("penicillin_allergy",), (), Reaction.SEVERE),
        ("sulfa drugs", ("sulfonamide_allergy",), (), Reaction.UNSAID),
        ("codeine (nausea)", (), ("codeine",), Reaction.INTOLERANCE),
        ("amoxicillin rash", (), ("amoxicillin",), Reaction.UNSAID),
        ("penicillin and sulfa", ("penicillin_allergy", "sulfonamide_allergy"), (), Reaction.UNSAID),
        ("sulphites", ("sulfite_allergy",), (), Reaction.UNSAID),
        ("penicilin", ("penicillin_allergy",), (), Reaction.UNSAID),
        ("alergia a la penicilina", ("penicillin_allergy",), (), Reaction.UNSAID),
        ("Penicillinallergie", ("penicillin_allergy",), (), Reaction.UNSAID),
        ("ASS", (), ("aspirin",), Reaction.UNSAID),
        ("penicillamine", (), ("penicillamine",), Reaction.UNSAID),
        ("cefalosporinas and Erdnüsse", ("cephalosporin_allergy", "peanut_allergy"), (), Reaction.UNSAID),
        ("bee stings", ("surroundings_allergy",), (), Reaction.UNSAID),
    ],
)
def test_allergies_are_read(text, groups, ids, reaction):
    name = knowledge().read_allergy(text)
    assert (name.groups, name.ids, name.reaction, name.unread) == (groups, ids, reaction, ())


@pytest.mark.parametrize("text", ["unobtainium", "not allergic to penicillin", "tolerates amoxicillin"])
def test_allergies_that_are_unknown_or_denied_are_handed_back(text):
    name = knowledge().read_allergy(text)
    assert (name.groups, name.ids) == ((), ())
    assert name.unread
