"""Recognising symptoms: names of the old system, lay words, slips of the pen, denials, relatives, measured values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.recommendations.prediction import Sex, predictor
from apps.recommendations.prediction.person import age_in, sex_in
from apps.recommendations.prediction.spelling import Speller, distance


def present(text, **facts):
    return set(predictor().recognise(text=text, **facts).present())


def absent(text):
    return set(predictor().recognise(text=text).absent())


# --- the old system's names, its underscores, blanks and typos as they were ------------------------------------------

OLD_NAMES = {
    name.strip(): symptom.strip()
    for name, symptom in (
        pair.split("=")
        for pair in [
            "\n        itching=itching",
            " skin_rash=rash",
            " nodal_skin_eruptions=rash",
            " continuous_sneezing=sneezing",
            " shivering=chills",
            " chills=chills",
            "\n        joint_pain=joint_pain",
            " stomach_pain=abdominal_pain",
            " acidity=heartburn",
            " ulcers_on_tongue=mouth_ulcers",
            "\n        muscle_wasting=muscle_wasting",
            " vomiting=vomiting",
            " burning_micturition=painful_urination",
            " spotting_ urination=frequent_urination",
            "\n        fatigue=fatigue",
            " weight_gain=weight_gain",
            " anxiety=anxiety",
            " cold_hands_and_feets=cold_hands_and_feet",
            " mood_swings=mood_swings",
            "\n        weight_loss=weight_loss",
            " restlessness=restlessness",
            " lethargy=fatigue",
            " patches_in_throat=sore_throat",
            "\n        irregular_sugar_level=high_blood_sugar",
            " cough=cough",
            " high_fever=high_fever",
            " sunken_eyes=dehydration",
            "\n        breathlessness=breathlessness",
            " sweating=sweating",
            " dehydration=dehydration",
            " indigestion=indigestion",
            " headache=headache",
            "\n        yellowish_skin=yellow_skin",
            " dark_urine=dark_urine",
            " nausea=nausea",
            " loss_of_appetite=loss_of_appetite",
            "\n        pain_behind_the_eyes=pain_behind_the_eyes",
            " back_pain=back_pain",
            " constipation=constipation",
            " abdominal_pain=abdominal_pain",
            "\n        diarrhoea=diarrhoea",
            " mild_fever=fever",
            " yellow_urine=dark_urine",
            " yellowing_of_eyes=yellow_skin",
            "\n        acute_liver_failure=acute_liver_failure",
            " fluid_overload=leg_swelling",
            " swelling_of_stomach=abdominal_distension",
            "\n        swelled_lymph_nodes=swollen_lymph_nodes",
            " malaise=malaise",
            " blurred_and_distorted_vision=blurred_vision",
            " phlegm=productive_cough",
            "\n        throat_irritation=sore_throat",
            " redness_of_eyes=red_eye",
            " sinus_pressure=facial_pain",
            " runny_nose=runny_nose",
            "\n        congestion=blocked_nose",
            " chest_pain=chest_pain",
            " weakness_in_limbs=limb_weakness",
            " fast_heart_rate=fast_pulse",
            "\n        pain_during_bowel_movements=anal_pain",
            " pain_in_anal_region=anal_pain",
            " bloody_stool=rectal_bleeding",
            "\n        irritation_in_anus=anal_itch",
            " neck_pain=neck_pain",
            " dizziness=dizziness",
            " cramps=abdominal_cramps",
            " bruising=bruising",
            "\n        obesity=obesity",
            " swollen_legs=leg_swelling",
            " swollen_blood_vessels=varicose_veins",
            " puffy_face_and_eyes=puffy_eyes",
            "\n        enlarged_thyroid=enlarged_thyroid",
            " brittle_nails=nail_changes",
            " swollen_extremeties=leg_swelling",
            "\n        excessive_hunger=increased_appetite",
            " extra_marital_contacts=unprotected_sex",
            " drying_and_tingling_lips=tingling",
            "\n        slurred_speech=slurred_speech",
            " knee_pain=knee_pain",
            " hip_joint_pain=hip_pain",
            " muscle_weakness=limb_weakness",
            "\n        stiff_neck=stiff_neck",
            " swelling_joints=joint_swelling",
            " movement_stiffness=slow_movement",
            " spinning_movements=vertigo",
            "\n        loss_of_balance=loss_of_balance",
            " unsteadiness=loss_of_balance",
            " weakness_of_one_body_side=one_sided_weakness",
            "\n        loss_of_smell=loss_of_smell",
            " bladder_discomfort=lower_abdominal_pain",
            " foul_smell_of urine=foul_urine",
            "\n        continuous_feel_of_urine=frequent_urination",
            " passage_of_gases=bloating",
            " internal_itching=anal_itch",
            "\n        toxic_look_(typhos)=toxic_look",
            " depression=low_mood",
            " irritability=irritability",
            " muscle_pain=muscle_pain",
            "\n        altered_sensorium=confusion",
            " red_spots_over_body=rash",
            " belly_pain=abdominal_pain",
            " abnormal_menstruation=irregular_periods",
            "\n        dischromic _patches=patches_of_colour",
            " watering_from_eyes=watery_eyes",
            " increased_appetite=increased_appetite",
            "\n        polyuria=polyuria",
            " family_history=family_history",
            " mucoid_sputum=productive_cough",
            " rusty_sputum=rusty_sputum",
            "\n        lack_of_concentration=lack_of_concentration",
            " visual_disturbances=blurred_vision",
            " receiving_blood_transfusion=blood_exposure",
            "\n        receiving_unsterile_injections=blood_exposure",
            " coma=unconscious",
            " stomach_bleeding=vomiting_blood",
            "\n        distention_of_abdomen=abdominal_distension",
            " history_of_alcohol_consumption=alcohol_use",
            " fluid_overload=leg_swelling",
            "\n        blood_in_sputum=coughing_blood",
            " prominent_veins_on_calf=varicose_veins",
            " palpitations=palpitations",
            "\n        painful_walking=leg_pain_walking",
            " pus_filled_pimples=pimples",
            " blackheads=blackheads",
            " scurring=scarring",
            "\n        skin_peeling=skin_peeling",
            " silver_like_dusting=scaly_plaques",
            " small_dents_in_nails=nail_changes",
            "\n        inflammatory_nails=nail_changes",
            " blister=vesicles",
            " red_sore_around_nose=honey_crusts",
            " yellow_crust_ooze=honey_crusts\n        ",
        ]
    )
}


@pytest.mark.parametrize(("name", "symptom"), OLD_NAMES.items())
def test_old_systems_name_means_one_symptom(name, symptom):
    recognition = predictor().recognise(symptoms=[name])
    assert recognition.present() == (symptom,)
    assert recognition.unmatched == ()


def test_case_blanks_and_underscores_do_not_matter():
    spelt = ["Runny_Nose", " runny nose ", "RUNNY-NOSE", "runny  nose"]
    assert {predictor().recognise(symptoms=[name]).present() for name in spelt} == {("runny_nose",)}


def test_every_name_and_synonym_is_understood_as_its_own_symptom():
    symptoms = predictor().knowledge.symptoms.values()
    known = [(words, symptom.id) for symptom in symptoms for words in (symptom.name, symptom.id, *symptom.synonyms)]
    assert [pair for pair in known if pair[1] not in predictor().recognise(symptoms=[pair[0]]).present()] == []


# --- slips of the pen ------------------------------------------------------------------------------------------------

SLIPS = {
    "diarhoea": "diarrhoea",
    "diarrea": "diarrhoea",
    "hedache": "headache",
    "headahce": "headache",
    "vomitting": "vomiting",
    "nausia": "nausea",
    "stomache pain": "abdominal_pain",
    "brething difficulty": "breathlessness",
    "palpitatons": "palpitations",
    "dizzyness": "dizziness",
    "constipaton": "constipation",
    "sneezzing": "sneezing",
    "runy nose": "runny_nose",
    "fatige": "fatigue",
    "swolen ankles": "leg_swelling",
    "jaundise": "yellow_skin",
    "sezure": "seizure",
    "wheezeing": "wheezing",
}


@pytest.mark.parametrize(("said", "symptom"), SLIPS.items())
def test_slip_of_the_pen_is_mended(said, symptom):
    assert symptom in predictor().recognise(symptoms=[said]).present()


def test_word_between_two_is_left_alone():
    assert Speller(["cough", "rough"]).corrected("zough") is None


def test_short_word_is_never_mended():
    assert Speller(["rash"]).nearest("dash") == frozenset()


@pytest.mark.parametrize(
    ("other", "slips"), [("fever", 0), ("fevre", 1), ("fver", 1), ("fewer", 1), ("feaverr", 2), ("rash", 5)]
)
def test_distance_counts_a_swap_once(other, slips):
    assert distance("fever", other) == slips


@pytest.mark.parametrize(
    "words", ["I walked the dog", "we ate dinner at home", "the weather was lovely in May", "thank you doctor"]
)
def test_ordinary_words_say_nothing(words):
    assert present(words) == set()


# --- denials ---------------------------------------------------------------------------------------------------------

DENIALS = [
    ("no fever", set(), {"fever"}),
    ("I have a cough but no fever", {"cough"}, {"fever"}),
    ("no fever, cough or vomiting", set(), {"fever", "cough", "vomiting"}),
    ("no fever, but a cough", {"cough"}, {"fever"}),
    ("denies chest pain, vomiting and rash", set(), {"chest_pain", "vomiting", "rash"}),
    ("without vomiting", set(), {"vomiting"}),
    ("she does not have a headache", set(), {"headache"}),
    ("he doesn't have a headache", set(), {"headache"}),
    ("never had a seizure", set(), {"seizure"}),
    ("fever: no, cough: yes", {"cough"}, {"fever"}),
    ("negative for rash", set(), {"rash"}),
    ("no appetite", {"loss_of_appetite"}, set()),
    ("cannot sleep", {"insomnia"}, set()),
    ("not able to pee", {"cannot_pass_urine"}, set()),
    ("cough with no relief from syrup", {"cough"}, set()),
    ("the headache is not getting better", {"headache"}, set()),
    ("neither fever nor cough", set(), {"fever", "cough"}),
    ("not sweating after running in the heat", {"heat_exposure"}, {"sweating"}),
    ("no cough. Fever since Monday", {"fever"}, {"cough"}),
    ("no blood in the stool", set(), {"rectal_bleeding"}),
    ("a rash that does not itch", {"rash"}, set()),
    ("afebrile, with a sore throat", {"sore_throat"}, {"fever"}),
    ("no chest pain and no palpitations but short of breath", {"breathlessness"}, {"chest_pain", "palpitations"}),
]


@pytest.mark.parametrize(("text", "there", "denied"), DENIALS)
def test_denial_reaches_what_it_denies_and_no_further(text, there, denied):
    assert present(text) == there
    assert absent(text) >= denied


def test_what_is_said_and_denied_is_there():
    assert "fever" in present("fever on Monday. no fever today")
    assert "fever" not in absent("fever on Monday. no fever today")


@pytest.mark.parametrize("text", ["his father died of a seizure", "family history of stroke with slurred speech"])
def test_a_relatives_disease_is_not_the_patients(text):
    assert present(text) <= {"family_history"}


# --- words that need company ----------------------------------------------------------------------------------------


def test_words_beside_count_only_with_what_they_belong_to():
    assert "radiating_chest_pain" in present("chest pain. it goes into the jaw")
    assert "radiating_chest_pain" not in present("toothache going into the jaw")


def test_words_beside_count_for_no_other_complaint():
    assert present("throbbing headache, and I wore a purple shirt") == {"one_sided_headache"}


def test_one_phrase_may_tell_of_two_complaints():
    told = present("chest pain and breathless, both when walking uphill")
    assert {"exertional_chest_pain", "breathless_on_exertion"} <= told


def test_a_complaint_belongs_to_its_own_part_of_the_body():
    assert "leg_pain" not in present("swollen legs and chest pain")


def test_a_comma_before_a_new_subject_parts_words():
    assert present("his hair is black, he has soft stools") == set()
    assert present("hot to the touch, she had a cold last week") == {"fever", "recent_cold"}


# --- measured values -------------------------------------------------------------------------------------------------

MEASURES = [
    ("temperature 38.5 C", {"fever"}),
    ("temp of 103.5 F", {"high_fever"}),
    ("temperature 36.8 C", set()),
    ("temperature 34 C", {"low_temperature"}),
    ("blood pressure 84/50", {"low_blood_pressure"}),
    ("BP 150/95", {"high_blood_pressure"}),
    ("blood pressure is 210/125 mmHg", {"severe_high_blood_pressure"}),
    ("BP 120/80", set()),
    ("pulse 124", {"fast_pulse"}),
    ("heart rate 38", {"slow_pulse"}),
    ("respiratory rate 30", {"fast_breathing"}),
    ("SpO2 88%", {"low_oxygen"}),
    ("SpO2 98%", set()),
    ("seen on 12/11 at 9", set()),
    ("blood sugar is 2.1", {"low_blood_sugar"}),
    ("glucose 48", {"low_blood_sugar"}),
    ("glucose level 420", {"high_blood_sugar"}),
    ("sugar 6.2", set()),
    ("no sugar 3 days a week", set()),
    ("took 30 paracetamol", {"overdose_or_poison"}),
    ("took 2 paracetamol", set()),
    ("took 20 tablets over three weeks", set()),
]


@pytest.mark.parametrize(("text", "signs"), MEASURES)
def test_measured_value_is_judged(text, signs):
    assert present(text) == signs


def test_a_childs_pulse_is_judged_by_age():
    assert present("pulse 125", age_years=0.5) == set()
    assert present("pulse 125", age_years=40) == {"fast_pulse"}


# --- any text --------------------------------------------------------------------------------------------------------


@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=5))
def test_no_text_raises(text, names):
    predictor().recognise(text=text, symptoms=names)


@given(
    st.lists(
        st.sampled_from(
            ["no", "fever", ",", "and", "or", "cough", ".", "denies", "not", "chest", "pain", "(", "he", "but"]
        ),
        max_size=25,
    )
)
def test_no_order_of_known_words_raises(words):
    predictor().recognise(text=" ".join(words))


def test_unknown_names_are_told_as_given_once():
    recognition = predictor().recognise(symptoms=["Fever", "Glorbness", "glorbness", " "])
    assert recognition.unmatched == ("glorbness",)


# --- age and sex that the text names ---------------------------------------------------------------------------------

AGES = [
    ("A 65-year-old man", 65),
    ("6 month old", 0.5),
    ("a 3-week-old girl", 3 * 7 / 365),
    ("72 yo woman", 72),
    ("80 y/o", 80),
    ("a newborn", 0.05),
    ("a 300 year old tree", None),
    ("breastfeeding my 3 week old", None),
    ("no age here", None),
]


@pytest.mark.parametrize(("text", "years"), AGES)
def test_age_is_read_from_the_text(text, years):
    assert age_in(text) == (None if years is None else pytest.approx(years))


@pytest.mark.parametrize(
    ("text", "sex"),
    [("a man", Sex.MALE), ("my daughter", Sex.FEMALE), ("she and her husband", None), ("I have a cough", None)],
)
def test_sex_is_read_when_the_words_agree(text, sex):
    assert sex_in(text) is sex


def test_not_knowing_is_no_confusion_but_not_knowing_where_is():
    assert present("I do not know why my ear hurts") == {"ear_pain"}
    assert "confusion" in present("she doesn't know where she is")


def test_the_right_cannot_is_taken():
    assert {"limb_weakness", "urgent_urination"} <= present("can't feel my legs and can't hold my pee")
