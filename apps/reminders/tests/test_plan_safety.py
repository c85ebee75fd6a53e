"""No plan begins past the safety check: what it said is kept sealed, and shown to whoever sees the plan."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.patients.models import Allergy, Medication
from apps.patients.services.care import choose_doctor, raise_generation
from apps.patients.services.profile import add_entry
from apps.recommendations.dosage import AsNeeded, Every, Interval, Recurrence, WallClock
from apps.recommendations.medicines import knowledge
from apps.recommendations.services.checking import Ordered, OverrideNeeded, check_medicines
from apps.records.services.prescribing import issue_prescription
from apps.reminders.choices import Outcome, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services.checking_in import check_in
from apps.reminders.services.entering import change_draft, enter_plan
from apps.reminders.services.pausing import pause_plan, resume_plan
from apps.reminders.services.plans import activate_plan
from apps.reminders.services.taking_back import undo_check_in
from tests.care import client_of, make_care
from tests.world import make_doctor

PLANS = "/api/v1/action-plans/"
REASON = "INR twice a week; the benefit is greater."
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(request, time_machine):
    if "now" in request.fixturenames:
        time_machine.move_to(request.getfixturevalue("now"), tick=False)


@pytest.fixture
def enter(care, now):
    """Enter a plan as the doctor does."""

    def enter_one(action: str = "Ibuprofen 400 mg", **given: Any) -> ActionPlan:
        asked = {"dosage_text": "1 tablet three times daily for 5 days", "schedule": None, "activate": True, **given}
        actor = asked.pop("actor", care.doctor.user)
        return enter_plan(actor=actor, patient_id=care.patient.pk, action=action, now=now, **asked)

    return enter_one


@pytest.fixture
def takes(care, now):
    """Put something on the patient's medication list."""
    return lambda name, **columns: add_entry(
        actor=care.manager, kind=Medication, patient_id=care.patient.pk, name=name, now=now, **columns
    )


@pytest.fixture
def doctor(care, now):
    return client_of(care.doctor.user, now=now)


def kinds(plan: ActionPlan) -> set[str]:
    return {each["type"] for each in (plan.safety_check or {"findings": []})["findings"]}


class TestEntering:
    def test_a_critical_danger_is_refused_without_a_reason_and_recorded_with_one(self, enter, takes, care):
        takes("Warfarin 5 mg")
        with pytest.raises(OverrideNeeded) as refusal:
            enter()
        assert "interaction" in refusal.value.extensions["finding_types"]
        assert not ActionPlan.objects.exists()
        plan = ActionPlan.objects.get(pk=enter(override_reason=REASON).pk)
        check = plan.safety_check
        assert (plan.state, check["is_critical"], check["override_reason"]) == (PlanState.ACTIVE, True, REASON)
        assert check["knowledge_version"] == knowledge().version
        assert AuditEvent.objects.get(action="plan_activated").details == {"is_critical": True}

    def test_spaces_are_no_reason(self, enter, takes):
        takes("Warfarin 5 mg")
        with pytest.raises(OverrideNeeded):
            enter(override_reason="  ")

    def test_a_draft_is_kept_whatever_is_found_and_shows_it(self, enter, takes):
        takes("Warfarin 5 mg")
        draft = enter(activate=False)
        assert (draft.state, draft.safety_check["is_critical"]) == (PlanState.DRAFT, True)

    def test_a_correction_is_checked_anew(self, enter, takes, care, now):
        takes("Warfarin 5 mg")
        draft = enter(activate=False)
        changed = change_draft(actor=care.doctor.user, plan_id=draft.pk, action="Ferrous sulfate 200 mg", now=now)
        assert not changed.safety_check["is_critical"]

    def test_an_allergy_and_a_dose_above_the_maximum_are_found(self, enter, care, now):
        add_entry(actor=care.manager, kind=Allergy, patient_id=care.patient.pk, substance="Penicillin", now=now)
        assert "allergy" in kinds(enter("Amoxicillin 500 mg", activate=False))
        assert "dose" in kinds(enter("Paracetamol 500 mg", dosage_text="4 tablets every 4 hours", activate=False))

    def test_what_the_base_does_not_know_is_listed(self, enter):
        assert [(each["kind"], each["subject"]) for each in enter("Zorblax").safety_check["not_checked"]][:1] == [
            ("medicine", "Zorblax")
        ]

    def test_what_is_no_medicine_is_not_called_checked(self, enter):
        check = enter("Walk 30 minutes", dosage_text="daily for 4 weeks").safety_check
        assert (check["findings"], sorted(each["kind"] for each in check["not_checked"])) == ([], ["dose", "medicine"])


class TestTheScheduleCounts:
    """The dose rules ask how often the patient is reminded, whatever the text beside it says."""

    DAILY = WallClock(("08:00",))
    WEEKLY = "1 tablet once weekly for 8 weeks"

    @pytest.mark.parametrize(
        ("action", "dosage_text", "schedule"),
        [
            ("Methotrexate 10 mg", WEEKLY, DAILY),
            ("Methotrexate 10 mg", "once weekly for 8 weeks", DAILY),
            ("Methotrexate 10 mg once weekly", "daily for 8 weeks", DAILY),
            ("Methotrexate 10 mg", "1 tablet", DAILY),
            ("Paracetamol 500 mg", "2 tablets twice daily for 5 days", Interval(1)),
            ("Paracetamol 500 mg", "2 tablets", WallClock(tuple(f"{hour:02}:00" for hour in range(24)))),
            (
                "Paracetamol 500 mg",
                "2 tablets daily",
                WallClock(tuple(f"{hour:02}:00" for hour in range(24)), Recurrence(Every.WEEKDAYS, days=("MONDAY",))),
            ),
            ("Paracetamol 500 mg", "2 tablets as needed, at most 4 times a day", AsNeeded(1)),
        ],
    )
    def test_more_often_than_the_text_says(self, enter, action, dosage_text, schedule):
        with pytest.raises(OverrideNeeded):
            enter(action, dosage_text=dosage_text, schedule=schedule, duration_days=5)

    def test_a_draft_whose_schedule_alone_is_changed(self, enter, care, now):
        draft = enter("Methotrexate 10 mg", dosage_text=self.WEEKLY, activate=False)
        assert not draft.safety_check["is_critical"]
        changed = change_draft(actor=care.doctor.user, plan_id=draft.pk, schedule=self.DAILY, now=now)
        assert changed.safety_check["is_critical"]
        with pytest.raises(OverrideNeeded):
            activate_plan(actor=care.doctor.user, plan_id=draft.pk, duration_days=None, total_doses=None, now=now)

    def test_less_often_than_the_text_says_counts_as_the_text_does(self, enter):
        weekly = WallClock(("08:00",), Recurrence(Every.WEEKDAYS, days=("MONDAY",)))
        assert "dose" in kinds(
            enter("Methotrexate 10 mg", dosage_text="1 tablet daily", schedule=weekly, activate=False)
        )

    @pytest.mark.parametrize(
        ("schedule", "disagree"),
        [(WallClock(("07:00", "19:30")), []), (Interval(12), []), (WallClock(("07:00",)), ["the schedule says"])],
    )
    def test_that_the_two_disagree_is_said(self, enter, schedule, disagree):
        check = enter("Ibuprofen 400 mg", dosage_text="1 tablet twice daily", schedule=schedule, activate=False)
        reasons = [each["reason"][:17] for each in check.safety_check["not_checked"] if each["kind"] == "dose"]
        assert reasons == disagree

    def test_weekly_by_another_way_of_saying_it_is_no_danger(self, enter):
        monday = WallClock(("08:00",), Recurrence(Every.WEEKDAYS, days=("MONDAY",)))
        assert not enter("Methotrexate 10 mg", dosage_text=self.WEEKLY, schedule=monday).safety_check["is_critical"]


class TestBeginning:
    def test_a_danger_that_came_after_the_draft_is_found_at_activation(self, enter, takes, care, now):
        draft = enter(activate=False)
        takes("Warfarin 5 mg")
        begin = partial(activate_plan, plan_id=draft.pk, duration_days=None, total_doses=None, now=now)
        with pytest.raises(OverrideNeeded):
            begin(actor=care.doctor.user)
        assert not Dose.objects.exists()
        assert begin(actor=care.doctor.user, override_reason=REASON).state == PlanState.ACTIVE

    def test_a_pause_lets_no_new_danger_in_and_asks_for_no_reason_twice(self, enter, takes, care, now):
        takes("Warfarin 5 mg")
        plan = enter(override_reason=REASON)
        again = partial(resume_plan, actor=care.doctor.user, plan_id=plan.pk, now=now)
        pause_plan(actor=care.doctor.user, plan_id=plan.pk, now=now)
        assert again().safety_check["override_reason"] == REASON
        pause_plan(actor=care.doctor.user, plan_id=plan.pk, now=now)
        add_entry(actor=care.manager, kind=Allergy, patient_id=care.patient.pk, substance="Ibuprofen", now=now)
        with pytest.raises(OverrideNeeded):
            again()
        assert again(override_reason="Desensitised.").safety_check["override_reason"] == "Desensitised."

    def test_other_plans_that_run_count_whoever_wrote_them(self, enter, care, now):
        second = make_doctor("second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        enter("Warfarin 5 mg", dosage_text="1 tablet daily for 30 days", actor=second.user)
        with pytest.raises(OverrideNeeded):
            enter()

    def test_a_plan_that_a_note_has_replaced_does_not_count(self, enter, care):
        enter("Warfarin 5 mg", dosage_text="1 tablet daily for 30 days")
        raise_generation(relationship_id=care.relationship.pk)
        assert not enter().safety_check["is_critical"]

    def test_a_plan_whose_last_answer_may_be_taken_back_counts(self, enter, care, now, settings):
        warfarin = enter("Warfarin 5 mg", dosage_text="1 tablet daily", total_doses=1)
        last = warfarin.doses.get()
        check_in(actor=care.manager, dose_id=last.pk, outcome=Outcome.TAKEN, at=None, reason="", now=last.due_at)
        assert ActionPlan.objects.get(pk=warfarin.pk).state == PlanState.COMPLETED
        ibuprofen, allowed = enter(activate=False), timedelta(minutes=settings.CHECK_IN_UNDO_MINUTES)
        begin = partial(
            activate_plan, actor=care.doctor.user, plan_id=ibuprofen.pk, duration_days=None, total_doses=None
        )
        with pytest.raises(OverrideNeeded):
            begin(now=last.due_at + allowed)
        undo_check_in(actor=care.manager, dose_id=last.pk, now=last.due_at + allowed)
        assert ActionPlan.objects.get(pk=warfarin.pk).state == PlanState.ACTIVE

    def test_a_plan_whose_last_answer_stands_does_not(self, enter, care, settings):
        warfarin = enter("Warfarin 5 mg", dosage_text="1 tablet daily", total_doses=1)
        last = warfarin.doses.get()
        check_in(actor=care.manager, dose_id=last.pk, outcome=Outcome.TAKEN, at=None, reason="", now=last.due_at)
        later = last.due_at + timedelta(minutes=settings.CHECK_IN_UNDO_MINUTES + 2)
        draft = enter(activate=False)
        begun = activate_plan(actor=care.doctor.user, plan_id=draft.pk, duration_days=None, total_doses=None, now=later)
        assert not begun.safety_check["is_critical"]

    def test_the_list_names_what_the_plan_carries_out_and_is_not_counted_twice(self, enter, takes):
        four_grams = {"name": "Paracetamol 500 mg", "dosage": "2 tablets four times daily"}
        takes(**four_grams)
        plan = enter("Paracetamol 500 mg", dosage_text="2 tablets four times daily for 5 days")
        assert plan.safety_check["findings"] == []

    @pytest.mark.parametrize("state", [PlanState.ACTIVE, PlanState.PAUSED, PlanState.COMPLETED, PlanState.LAPSED])
    def test_the_database_knows_no_plan_that_began_unchecked(self, enter, state):
        plan = enter(activate=False)
        with pytest.raises(IntegrityError), transaction.atomic():
            ActionPlan.objects.filter(pk=plan.pk).update(state=state, safety_sealed=None)


class TestTheDoors:
    BODY = {"action": "Ibuprofen 400 mg", "dosage_text": "1 tablet three times daily for 5 days", "activate": True}

    def test_refuse_with_the_types_and_take_a_reason(self, care, doctor, takes):
        takes("Warfarin 5 mg")
        body = {**self.BODY, "patient": str(care.patient.pk)}
        refused = doctor.post(PLANS, body, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "override_needed")
        assert refused.json()["finding_types"] == ["interaction"]
        draft = doctor.post(PLANS, {**body, "activate": False}, format="json").json()
        assert (draft["state"], draft["safety_check"]["is_critical"]) == ("DRAFT", True)
        url = f"{PLANS}{draft['id']}/"
        assert doctor.post(f"{url}activate/").json()["code"] == "override_needed"
        begun = doctor.post(f"{url}activate/", {"override_reason": REASON}, format="json")
        assert (begun.status_code, begun.json()["safety_check"]["override_reason"]) == (200, REASON)

    def test_the_patient_sees_what_was_found_and_what_was_not_checked(self, care, doctor, takes, now):
        takes("Warfarin 5 mg")
        takes("Glimmerwort")
        body = {**self.BODY, "patient": str(care.patient.pk), "override_reason": REASON}
        made = doctor.post(PLANS, body, format="json").json()
        shown = client_of(care.manager, now=now).get(f"{PLANS}{made['id']}/").json()["safety_check"]
        assert shown == made["safety_check"]
        assert "Glimmerwort" in {each["subject"] for each in shown["not_checked"]}

    def test_a_patient_enters_none(self, care, now):
        refused = client_of(care.manager, now=now).post(PLANS, {**self.BODY, "patient": str(care.patient.pk)})
        assert refused.status_code == 403

    def test_no_column_holds_a_word_of_it(self, enter, takes):
        takes("Warfarin 5 mg")
        enter(override_reason=REASON)
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(row::text, '') FROM reminders_actionplan row")
            heap = cursor.fetchone()[0]
        for word in ("arfarin", "leeding", "benefit", "CRITICAL"):
            assert word not in heap
            assert word.encode().hex() not in heap


class TestWhatIsFollowedCountsElsewhere:
    """Prescriptions and advice are checked beside the plans that run, though no list names what they have one take."""

    @pytest.fixture
    def check(self, care, now):
        return lambda *names: check_medicines(
            patient_id=care.patient.pk, medicines=[Ordered(each) for each in names], now=now
        )

    def test_a_prescription_needs_a_reason(self, enter, care, now):
        enter("Warfarin 5 mg for Alice", dosage_text="1 tablet daily for 30 days")
        prescribe = partial(
            issue_prescription,
            actor=care.doctor.user,
            patient_id=care.patient.pk,
            medicines=[{"name": "Ibuprofen 400 mg", "dosage": "1 tablet", "frequency": "three times daily"}],
            diagnosis="Pain",
            now=now,
        )
        with pytest.raises(OverrideNeeded):
            prescribe()
        kept = str(prescribe(override_reason=REASON).safety_check.findings)
        assert "warfarin" in kept
        assert "Alice" not in kept

    def test_its_own_plan_is_no_second_order(self, enter, check):
        enter("Warfarin 5 mg", dosage_text="1 tablet daily for 30 days")
        assert check("Warfarin 5 mg").findings == ()

    def test_what_a_note_has_replaced_does_not_count(self, enter, check, care):
        enter("Warfarin 5 mg", dosage_text="1 tablet daily for 30 days")
        assert check("Ibuprofen 400 mg").is_critical
        raise_generation(relationship_id=care.relationship.pk)
        assert not check("Ibuprofen 400 mg").is_critical

    def test_what_is_not_known_is_listed_without_its_words(self, enter, check):
        enter("Zyxomab", dosage_text="once daily for 10 days")
        gaps = check("Ibuprofen 400 mg").not_checked
        assert ("current_medicine", "what a plan reminds of") in {(each["kind"], each["subject"]) for each in gaps}
        assert "Zyxomab" not in str(gaps)

    def test_advice_about_a_patient(self, enter, care, doctor):
        enter("Warfarin 5 mg", dosage_text="1 tablet daily for 30 days")
        body = {"medicine_name": "Ibuprofen", "patient": str(care.patient.pk)}
        answer = doctor.post("/api/v1/recommendations/check/", body, format="json")
        assert [each["with"] for each in answer.json()["warnings"]] == ["warfarin"]

    def test_another_plan_lists_what_runs_and_is_not_known(self, enter):
        enter("Zyxomab", dosage_text="once daily for 10 days")
        gaps = enter().safety_check["not_checked"]
        assert ("current_medicine", "Zyxomab") in {(each["kind"], each["subject"]) for each in gaps}


@pytest.mark.django_db(transaction=True)
def test_of_two_that_do_not_go_together_and_begin_at_once_one_is_refused(now):
    for turn in range(rounds(3, 40)):
        care = make_care(now, name=f"g{turn}_")
        second = make_doctor(f"g{turn}_second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        what = {"dosage_text": "1 tablet daily for 5 days", "schedule": None, "activate": True, "now": now}
        enter = partial(enter_plan, patient_id=care.patient.pk, **what)
        outcomes = race(
            [
                partial(enter, actor=care.doctor.user, action="Warfarin 5 mg"),
                partial(enter, actor=second.user, action="Ibuprofen 400 mg"),
            ]
        )
        assert sorted(type(each).__name__ for each in outcomes) == ["ActionPlan", "OverrideNeeded"]
