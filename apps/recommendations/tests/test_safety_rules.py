"""The rules engine: its properties for any case, what it says it could not check, doses, alternatives."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.recommendations.medicines import Severity, knowledge
from apps.recommendations.safety import (
    Allergy,
    Dose,
    Facts,
    FindingType,
    Proposal,
    Sex,
    Unchecked,
    alternatives,
    check_medicine,
    plain,
)

from .safety_cases import person

BASE = knowledge()
NAMES = sorted({name for medicine in BASE.medicines.values() for name in (medicine.name, *medicine.also)})
CONDITIONS = [
    "CKD stage 4",
    "asthma",
    "heart failure",
    "peptic ulcer",
    "pregnant",
    "N18.3",
    "gout",
    "epilepsy",
    "no gout",
]
ALLERGIES = ["penicillin", "sulfa", "aspirin - anaphylaxis", "codeine (nausea)", "latex", "unobtainium"]

names = st.sampled_from(NAMES)
facts = st.builds(
    Facts,
    age=st.none() | st.floats(0, 110, allow_nan=False),
    sex=st.none() | st.sampled_from(Sex),
    weight_kg=st.none() | st.floats(1, 150),
    allergies=st.lists(st.builds(Allergy, st.sampled_from(ALLERGIES)), max_size=2).map(tuple),
    conditions=st.lists(st.sampled_from(CONDITIONS), max_size=3).map(tuple),
    current_medicines=st.lists(names, max_size=4).map(tuple),
    pregnant=st.none() | st.booleans(),
    gestation_weeks=st.none() | st.floats(1, 42),
    lactating=st.none() | st.booleans(),
    egfr=st.none() | st.floats(3, 130),
)


def check(medicine, someone=None, *, dose=None, **known):
    return check_medicine(Proposal(medicine, Dose(*dose) if dose else None), someone or person(**known), BASE)


def essence(verdict):
    """Return the findings without their words: a total dose names all the medicines it adds up."""
    return {(finding.type, finding.severity, finding.subject, finding.condition) for finding in verdict.findings}


def gaps(verdict, kind):
    return {gap.subject for gap in verdict.not_checked if gap.kind is kind}


@settings(max_examples=150, deadline=None)
@given(names, facts, names)
def test_one_more_current_medicine_never_removes_a_finding(medicine, someone, more):
    fuller = replace(someone, current_medicines=(*someone.current_medicines, more))
    assert essence(check(medicine, someone)) <= essence(check(medicine, fuller))


@settings(max_examples=100, deadline=None)
@given(names, facts, st.sampled_from(ALLERGIES))
def test_one_more_allergy_never_removes_a_finding(medicine, someone, allergy):
    fuller = replace(someone, allergies=(*someone.allergies, Allergy(allergy)))
    assert set(check(medicine, someone).findings) <= set(check(medicine, fuller).findings)


@settings(max_examples=100, deadline=None)
@given(names, facts, st.randoms(use_true_random=False))
def test_order_does_not_matter(medicine, someone, random):
    lists = {"allergies": someone.allergies, "conditions": someone.conditions}
    lists["current_medicines"] = someone.current_medicines
    shuffled = {key: tuple(random.sample(values, len(values))) for key, values in lists.items()}
    assert check(medicine, someone) == check(medicine, replace(someone, **shuffled))


@settings(max_examples=200, deadline=None)
@given(names, names)
def test_an_interaction_is_as_grave_from_either_side(one, other):
    def gravest(proposed, current):
        found = check(proposed, Facts(current_medicines=(current,))).findings
        return max((f.severity.rank for f in found if f.type is FindingType.INTERACTION), default=-1)

    assert gravest(one, other) == gravest(other, one)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="qxzjk", min_size=5, max_size=12), facts)
def test_unknown_names_are_always_told(word, someone):
    fuller = replace(
        someone,
        current_medicines=(*someone.current_medicines, word),
        conditions=(*someone.conditions, word),
        allergies=(*someone.allergies, Allergy(word)),
    )
    verdict = check(word, fuller)
    assert verdict.medicine is None
    for kind in (Unchecked.MEDICINE, Unchecked.CURRENT_MEDICINE, Unchecked.CONDITION, Unchecked.ALLERGY):
        assert word in gaps(verdict, kind)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_answered(medicine, other):
    someone = Facts(conditions=(other,), allergies=(Allergy(other),), current_medicines=(other,))
    verdict = check(medicine, someone)
    assert verdict.medicine or verdict.not_checked or not medicine.strip(" .")
    json.dumps(verdict.as_json())


@settings(max_examples=100, deadline=None)
@given(names, facts)
def test_findings_stand_in_order_and_carry_the_version(medicine, someone):
    verdict = check(medicine, someone)
    ranks = [finding.severity.rank for finding in verdict.findings]
    assert ranks == sorted(ranks, reverse=True)
    assert verdict.knowledge_version == BASE.version
    assert verdict.is_blocked is (Severity.CRITICAL in [finding.severity for finding in verdict.findings])
    assert all(finding.source and finding.message for finding in verdict.findings)


@settings(max_examples=60, deadline=None)
@given(names, facts)
def test_alternatives_pass_the_same_rules(medicine, someone):
    for other in alternatives(Proposal(medicine), someone, BASE):
        verdict = check_medicine(Proposal(other.name), someone, BASE)
        assert verdict.worst is None or verdict.worst.rank < Severity.HIGH.rank
        assert BASE.medicines[other.id].offered
        assert other.not_checked == verdict.not_checked


# --- what could not be checked -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("medicine", "known", "fact"),
    [
        ("isotretinoin", {"sex": "F", "age": 25}, "pregnant"),
        ("isotretinoin", {"sex": None, "age": None}, "pregnant"),
        ("codeine", {"sex": "F", "age": 25}, "lactating"),
        ("metformin", {}, "egfr"),
        ("dabigatran", {}, "egfr"),
        ("aspirin", {"age": None}, "age"),
        ("ibuprofen", {"age": 4}, "weight_kg"),
        ("fondaparinux", {}, "weight_kg"),
        ("ibuprofen", {"sex": "F", "age": 25, "pregnant": True}, "gestation_weeks"),
    ],
)
def test_a_fact_that_a_rule_needs_is_told_when_it_is_missing(medicine, known, fact):
    assert fact in gaps(check(medicine, **known), Unchecked.FACT)


@pytest.mark.parametrize(
    ("medicine", "known", "fact"),
    [
        ("isotretinoin", {"sex": "M", "age": 25}, "pregnant"),
        ("isotretinoin", {"sex": "F", "age": 70}, "pregnant"),
        ("isotretinoin", {"sex": "F", "age": 25, "pregnant": False}, "pregnant"),
        ("isotretinoin", {"sex": "F", "age": 25, "has": "pregnant"}, "pregnant"),
        ("metformin", {"egfr": 80}, "egfr"),
        ("metformin", {"has": "CKD stage 3"}, "egfr"),
        ("valproate", {"sex": "F", "age": 25, "pregnant": True}, "gestation_weeks"),
    ],
)
def test_a_fact_that_is_known_or_cannot_matter_is_not_asked_for(medicine, known, fact):
    assert fact not in gaps(check(medicine, **known), Unchecked.FACT)


def test_a_class_is_checked_as_far_as_it_goes_and_told():
    verdict = check("sildenafil", on="nitrates")
    assert verdict.is_blocked
    assert gaps(verdict, Unchecked.CURRENT_MEDICINE) == {"nitrates"}


def test_a_part_of_a_text_that_is_not_understood_is_told():
    verdict = check("warfarin", on="ibuprofen and unobtainium", has="gout with wibbles", allergic="penicillin, quux")
    assert verdict.is_blocked
    assert gaps(verdict, Unchecked.CURRENT_MEDICINE) == {"ibuprofen and unobtainium"}
    assert gaps(verdict, Unchecked.CONDITION) == {"gout with wibbles"}
    assert gaps(verdict, Unchecked.ALLERGY) == {"penicillin, quux"}


def test_what_is_denied_is_not_a_danger_but_is_told():
    verdict = check("propranolol", has="no asthma")
    assert not verdict.is_blocked
    assert gaps(verdict, Unchecked.CONDITION) == {"no asthma"}


# --- doses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("medicine", "dose", "known", "is_above"),
    [
        ("paracetamol", (1, "g", 4), {}, False),
        ("paracetamol", (1, "g", 5), {}, True),
        ("paracetamol 500 mg", (2, "tablets", 4), {}, False),
        ("paracetamol 500 mg", (3, "tablets", 4), {}, True),
        ("paracetamol", (15, "mg/kg", 4), {"age": 4, "kg": 16}, False),
        ("paracetamol", (25, "mg/kg", 4), {"age": 4, "kg": 16}, True),
        ("levothyroxine", (100, "mcg", 1), {}, False),
        ("levothyroxine", (100, "mg", 1), {}, True),
        ("digoxin", (250, "micrograms", 1), {"age": 50}, False),
        ("alendronate", (70, "mg", 1 / 7), {}, False),
        ("alendronate", (70, "mg", 1), {}, True),
        ("citalopram", (40, "mg", 1), {"age": 50}, False),
        ("citalopram", (40, "mg", 1), {"age": 70}, True),
        ("methotrexate", (15, "mg", 1 / 7), {}, False),
        ("diclofenac gel", (4, "g", 4), {}, False),
    ],
)
def test_daily_maxima(medicine, dose, known, is_above):
    found = [f for f in check(medicine, dose=dose, **known).findings if f.type is FindingType.DOSE]
    assert bool(found) is is_above


def test_a_single_dose_above_the_daily_maximum_is_told_whatever_its_frequency():
    assert check("methotrexate", dose=(100, "mg", 1 / 7)).is_blocked


def test_paracetamol_adds_up_over_products_and_texts():
    verdict = check("paracetamol", dose=(1, "g", 3), on=["Tylenol 500 mg 2 tablets every 6 hours"])
    dose = next(finding for finding in verdict.findings if finding.type is FindingType.DOSE)
    assert "7000 mg" in dose.message


@pytest.mark.parametrize(
    ("medicine", "dose", "reason"),
    [
        ("ibuprofen", None, "no daily dose is stated that can be counted"),
        ("ibuprofen", (2, "tablets", 3), "not known in the unit"),
        ("co-codamol", (2, "tablets", 4), "not known in the unit"),
        ("nystatin", (1, "ml", 4), "no maximum daily dose is known"),
        ("paracetamol", (20, "mg/kg", 4), "not known in the unit"),
    ],
)
def test_a_dose_that_cannot_be_counted_is_told(medicine, dose, reason):
    reasons = [gap.reason for gap in check(medicine, dose=dose).not_checked if gap.kind is Unchecked.DOSE]
    assert any(reason in told for told in reasons)


def test_a_child_without_weight_or_childrens_maximum_is_told():
    assert "ibuprofen" in gaps(check("ibuprofen", age=4, dose=(100, "mg", 3)), Unchecked.DOSE)
    assert "lisinopril" in gaps(check("lisinopril", age=8, kg=25, dose=(5, "mg", 1)), Unchecked.DOSE)


# --- single decisions --------------------------------------------------------------------------------------------


def test_what_is_used_locally_is_milder_but_for_allergies_and_marked_rules():
    assert check("diclofenac", on="warfarin").is_blocked
    assert not check("diclofenac gel", on="warfarin").is_blocked
    assert check("diclofenac gel", allergic="diclofenac").is_blocked
    assert check("timolol eye drops", has="asthma").is_blocked
    assert not check("simvastatin", on="ketoconazole shampoo").is_blocked
    assert check("warfarin", on="miconazole oral gel").is_blocked
    assert check("testosterone gel", has="prostate cancer").is_blocked


def test_an_unknown_week_takes_the_gravest_trimester():
    assert check("ibuprofen", sex="F", age=25, pregnant=True).is_blocked
    assert not check("ibuprofen", sex="F", age=25, pregnant=True, weeks=10).is_blocked


def test_the_same_product_again_is_milder_than_two_products_of_one_ingredient():
    assert check("paracetamol", on="paracetamol").worst is Severity.HIGH
    assert check("paracetamol", on="Tylenol").worst is Severity.CRITICAL


def test_side_chains_decide_between_beta_lactams():
    def grade(medicine, allergy):
        return check(medicine, allergic=allergy).worst

    assert grade("cefazolin", "cefalexin") is Severity.HIGH
    assert grade("ceftriaxone", "cefotaxime") is Severity.CRITICAL
    assert grade("ceftriaxone", "penicillin") is Severity.LOW
    assert grade("ceftriaxone", "penicillin anaphylaxis") is Severity.MODERATE
    assert grade("aztreonam", "penicillin anaphylaxis") is None
    assert grade("aztreonam", "ceftazidime") is Severity.CRITICAL


def test_effects_that_are_called_allergies_do_not_block():
    assert check("morphine", allergic="codeine (nausea)").worst is Severity.MODERATE
    assert check("morphine", allergic="codeine (anaphylaxis)").is_blocked
    assert not check("codeine", allergic="codeine - constipation").is_blocked


def test_three_together_are_told_beside_the_pairs():
    findings = check("naproxen", on=["lisinopril", "furosemide"]).findings
    assert any(finding.against == "furosemide and lisinopril" for finding in findings)


def test_the_wire_form_names_the_other_side():
    wire = check("sildenafil", on="GTN spray").as_json()
    assert wire["warnings"][0]["with"] == "GTN spray"
    assert wire["warnings"][0]["type"] == "interaction"
    assert wire["warnings"][0]["severity"] == "CRITICAL"


# --- alternatives ------------------------------------------------------------------------------------------------


def offered(medicine, someone, **more):
    return [other.id for other in alternatives(Proposal(medicine), someone, BASE, **more)]


def test_alternatives_fit_the_person_and_the_purpose():
    assert "paracetamol" in offered("ibuprofen", person(has="peptic ulcer"))
    assert "apixaban" in offered("warfarin", person(has="atrial fibrillation"))
    assert set(offered("lisinopril", person(has=["hypertension", "angioedema"]))) & {"amlodipine", "losartan"}
    assert "losartan" not in offered("lisinopril", person(sex="F", age=28, pregnant=True, has="hypertension"))
    assert not {"amoxicillin", "ampicillin"} & set(offered("co-amoxiclav", person(allergic="penicillin"), limit=20))


def test_alternatives_leave_out_what_is_taken_already_and_the_medicine_itself():
    found = offered("ibuprofen", person(on="paracetamol"), limit=50)
    assert "paracetamol" not in found
    assert "ibuprofen" not in found


def test_alternatives_can_be_asked_for_one_indication():
    found = alternatives(Proposal("aspirin"), person(), BASE, indication="fever")
    assert [other.id for other in found][:1] == ["paracetamol"]
    assert "fever" in found[0].reason


def test_an_unknown_medicine_or_purpose_has_no_alternatives():
    assert offered("unobtainium", person()) == []
    assert offered("ibuprofen", person(), indication="the vapours") == []


def test_what_causes_dependence_is_offered_only_in_place_of_another():
    opioids = {"codeine", "tramadol", "morphine", "oxycodone", "fentanyl"}
    assert not opioids & set(offered("ibuprofen", person(has="peptic ulcer"), limit=50))
    assert opioids & set(offered("pethidine", person(), limit=50))


def test_what_somebody_wrote_is_quoted_on_one_line_not_endless_and_leading_nowhere():
    facts = person(
        on=["Warfarin\n5 mg, see https://evil.example <b>now</b>"], has=["x" * 400], allergic="mail a@evil.example"
    )
    verdict = check_medicine(Proposal("Ibuprofen"), facts, knowledge())
    said = str([finding.as_json() for finding in verdict.findings] + [gap.as_json() for gap in verdict.not_checked])
    assert "Warfarin 5 mg, see …" in said
    assert [each for each in ("evil.example", "<", "\\n", "x" * 151) if each in said] == []


def test_figures_and_comparisons_are_no_markup():
    assert plain("eGFR <30 and age > 65") == "eGFR <30 and age > 65"


class TestTheKidneyLimitsTheDose:
    def test_the_day_of_a_normal_kidney_is_too_much_for_a_failing_one(self):
        dose = (600, "mg", 3)
        assert not [one for one in check("gabapentin", dose=dose, egfr=90).findings if one.type == FindingType.DOSE]
        found = [one for one in check("gabapentin", dose=dose, egfr=20).findings if one.type == FindingType.DOSE]
        assert ["700 mg a day below an eGFR of 30" in one.message for one in found] == [True]

    def test_severe_kidney_disease_is_known_by_its_egfr(self):
        assert check("cisplatin", egfr=25).is_blocked
        assert not check("cisplatin", egfr=80).is_blocked


def test_a_dose_that_the_label_allows_may_still_be_one_to_avoid():
    found = check("simvastatin", dose=(80, "mg", 1), egfr=90).findings
    assert [(one.type, one.severity) for one in found] == [(FindingType.DOSE, Severity.HIGH)]


def test_too_much_is_never_read_as_too_little():
    known = knowledge()
    assert known.read_condition("hyperphosphataemia").unread
    assert known.read_condition("hypernatraemia").ids.isdisjoint(known.read_condition("hyponatraemia").ids)
    assert not known.read_condition("hyponatremea").unread
