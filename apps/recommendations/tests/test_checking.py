"""What is to be given to a patient is checked by the rules, with the facts of the record, and together."""

from datetime import UTC, date, datetime, timedelta

import pytest

from apps.patients.models import Allergy, Condition, Medication
from apps.patients.services.profile import add_entry, change_entry, state_health_facts, take_back_entry
from apps.recommendations.medicines import knowledge
from apps.recommendations.selectors import age_on, facts_of
from apps.recommendations.services.checking import Ordered, check_medicines
from tests.care import make_care

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def care(now):
    return make_care(now)


@pytest.fixture
def has(care, now):
    """Put an entry on the patient's profile."""

    def add(kind, **columns):
        return add_entry(actor=care.manager, kind=kind, patient_id=care.patient.pk, now=now, **columns)

    return add


@pytest.fixture
def states(care, now):
    def state(**changes):
        state_health_facts(actor=care.manager, patient_id=care.patient.pk, changes=changes, now=now)

    return state


@pytest.fixture
def check(care, now):
    def ask(*ordered):
        medicines = [Ordered(*each) if isinstance(each, tuple) else Ordered(each) for each in ordered]
        return check_medicines(patient_id=care.patient.pk, medicines=medicines, now=now)

    return ask


def told(checked):
    return {(each["type"], each["severity"], each["subject"], each["with"]) for each in checked.findings}


class TestTheRecordSpeaks:
    def test_an_allergy_is_critical(self, check, has):
        has(Allergy, substance="Penicillin", reaction="rash", severity="MODERATE")
        found = check("Augmentin 625 mg")
        assert found.is_critical
        assert ("allergy", "CRITICAL", "amoxicillin", "Penicillin") in told(found)

    def test_what_was_nausea_is_no_allergy_but_hives_are_and_a_collapse_is_severe(self, check, has):
        nausea = has(Allergy, substance="Codeine", reaction="nausea")
        assert told(check("Codeine")) == {("allergy", "HIGH", "codeine", "Codeine (nausea)")}
        take_back_entry(actor=nausea.recorded_by, entry=nausea, now=nausea.created_at)
        has(Allergy, substance="Codeine", reaction="itching, hives")
        assert told(check("Codeine")) == {("allergy", "CRITICAL", "codeine", "Codeine")}
        has(Allergy, substance="Penicillin", reaction="collapse")
        assert ("allergy", "CRITICAL", "cefalexin", "Penicillin") in told(check("Cefalexin"))

    def test_what_the_patient_takes_interacts(self, check, has):
        warfarin = has(Medication, name="Warfarin 5 mg", dosage="one at night, as the clinic says")
        assert ("interaction", "CRITICAL", "ibuprofen", "Warfarin 5 mg") in told(check("Ibuprofen"))
        take_back_entry(actor=warfarin.recorded_by, entry=warfarin, now=warfarin.created_at)
        assert told(check("Ibuprofen")) == set()

    def test_what_ended_today_on_the_patients_calendar_is_over(self, care, check, has, now):
        care.patient.time_zone = "Pacific/Kiritimati"  # UTC+14: tomorrow already.
        care.patient.save()
        warfarin = has(Medication, name="Warfarin")
        change_entry(actor=care.manager, entry=warfarin, changes={"ended_date": date(2026, 11, 21)}, now=now)
        assert told(check("Ibuprofen")) == set()

    def test_a_pregnancy_speaks_by_its_week(self, check, states):
        states(gestation_weeks=32)
        found = next(each for each in check("Ibuprofen").findings if each["type"] == "pregnancy")
        assert (found["severity"], found["condition"]) == ("CRITICAL", "pregnancy, week 32")

    def test_a_pregnancy_that_must_be_over_is_not_known(self, care, states, now):
        states(gestation_weeks=40)
        later = facts_of(patient_id=care.patient.pk, known=knowledge(), now=now + timedelta(weeks=5))
        assert (later.pregnant, later.gestation_weeks) == (None, None)

    def test_a_code_speaks_where_the_words_do_not(self, check, has):
        has(Condition, name="Weak filter, says the patient", code="N18.4")
        found = next(each for each in check("Metformin").findings if each["severity"] == "CRITICAL")
        assert (found["type"], found["condition"]) == ("condition", "N18.4")

    def test_breast_feeding_and_weight_are_facts_and_a_child_outgrows_its_weight(self, care, states, now):
        care.patient.birth_date, care.patient.sex = date(2024, 5, 20), "FEMALE"
        care.patient.save()
        states(weight_kg="12.5", is_lactating=False)
        facts = facts_of(patient_id=care.patient.pk, known=knowledge(), now=now)
        assert (facts.age, facts.sex, facts.weight_kg, facts.lactating) == (
            pytest.approx(2.504, abs=0.001),
            "FEMALE",
            12.5,
            False,
        )
        later = facts_of(patient_id=care.patient.pk, known=knowledge(), now=now + timedelta(days=181))
        assert later.weight_kg is None

    def test_the_facts_are_one_query(self, care, has, now, django_assert_num_queries):
        for kind, name in ((Allergy, "substance"), (Condition, "name"), (Medication, "name")):
            for number in range(3):
                has(kind, **{name: f"x{number}"})
        with django_assert_num_queries(1):
            facts_of(patient_id=care.patient.pk, known=knowledge(), followed=(), now=now)
        with django_assert_num_queries(2):  # What plans have the patient take is asked of the floor above.
            facts_of(patient_id=care.patient.pk, known=knowledge(), now=now)

    def test_ages_are_whole_on_birthdays(self):
        assert age_on(date(2026, 11, 20), born=date(2008, 11, 20)) == 18
        assert age_on(date(2026, 11, 19), born=date(2008, 11, 20)) < 18
        assert age_on(date(2027, 3, 1), born=date(2024, 2, 29)) == 3
        assert age_on(date(2026, 11, 20), born=None) is None


class TestTogether:
    def test_two_new_medicines_that_interact_are_found_once(self, check):
        found = check("Warfarin 5 mg", "Ibuprofen 400 mg")
        assert [(each["type"], each["severity"]) for each in found.findings] == [("interaction", "CRITICAL")]
        assert check("Ibuprofen 400 mg", "Warfarin 5 mg").is_critical

    def test_three_that_are_worse_together(self, check, has):
        has(Medication, name="Ramipril 5 mg")
        assert not any(
            "Ramipril" in each["with"] and "Furosemide" in each["with"] for each in check("Ibuprofen").findings
        )
        together = check("Ibuprofen 400 mg", "Furosemide 40 mg")
        assert any("Ramipril" in each["with"] and "Ibuprofen" in each["with"] for each in together.findings)

    def test_the_same_twice_is_duplication(self, check):
        assert ("duplication", "CRITICAL", "paracetamol", "Panadol") in told(check("Panadol", "Tylenol"))

    def test_doses_add_up(self, check, has):
        has(Medication, name="Paracetamol", dosage="1 g three times a day")
        found = check(("Paracetamol", "1 g twice daily"))
        assert ("dose", "Paracetamol") in {(each["type"], each["with"]) for each in found.findings}


class TestDoses:
    @pytest.mark.parametrize(
        ("medicine", "dosage", "is_found"),
        [
            ("Paracetamol", "1 g four times a day", False),
            ("Paracetamol", "2 g four times a day", True),
            ("Paracetamol 500 mg", "2 tablets every 4-6 hours as needed, max 8 tablets per day", False),
            ("Paracetamol 500 mg", "4 tablets in the morning, 6 tablets at night", True),
            ("Methotrexate", "15 mg every Monday", False),
            ("Methotrexate", "15 mg daily", True),
        ],
    )
    def test_the_text_is_read_and_weighed(self, check, medicine, dosage, is_found):
        assert any(each["type"] == "dose" for each in check((medicine, dosage)).findings) is is_found

    def test_a_dosage_that_cannot_be_read_is_not_checked(self, check):
        gaps = {(each["kind"], each["subject"]) for each in check(("Paracetamol", "as directed")).not_checked}
        assert ("dose", "as directed") in gaps


class TestUnknown:
    def test_an_unknown_medicine_is_not_checked_once(self, check):
        found = check("Warfarin", "Zorblax forte", "Paracetamol")
        assert [each["kind"] for each in found.not_checked if each["subject"] == "Zorblax forte"] == ["medicine"]

    def test_unknown_entries_of_the_record_are_not_checked(self, check, has):
        has(Medication, name="Zorblax")
        has(Allergy, substance="Glimmerwort")
        has(Condition, name="Blue moon fever")
        gaps = {(each["kind"], each["subject"]) for each in check("Paracetamol").not_checked}
        assert {("current_medicine", "Zorblax"), ("allergy", "Glimmerwort"), ("condition", "Blue moon fever")} <= gaps

    def test_no_age_is_a_gap(self, check):
        assert ("fact", "age") in {(each["kind"], each["subject"]) for each in check("Aspirin").not_checked}
