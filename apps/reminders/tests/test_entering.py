"""Plans of a doctor's own: entered, corrected, activated at once, cancelled; and what the patient is told of it."""

from typing import Any

import pytest
from django.db import connection

from apps.core.errors import DomainError, InvalidInput, NotAllowed, NotFound
from apps.core.models import AuditEvent
from apps.notifications.models import Notification
from apps.notifications.topics import topic_named
from apps.patients.services.care import NotTreating, end_relationship, raise_generation
from apps.reminders.choices import PLAN_TRANSITIONS, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.schedule import read_schedule
from apps.reminders.services.entering import change_draft, enter_plan
from apps.reminders.services.plans import IllegalTransition, PlanNotDraft, PlanOutdated, cancel_plan
from apps.reminders.tests.conftest import DAILY, activate, make_draft, states
from tests.care import client_of, make_care

PLANS = "/api/v1/action-plans/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def enter(care, now):
    """Enter a plan as the doctor does: twice daily for ten days, unless said otherwise."""

    def enter_one(*, actor: Any = None, activated: bool = False, **given: Any) -> ActionPlan:
        asked = {"action": "Amlodipine 5 mg", "dosage_text": "1 tablet twice daily for 10 days", "schedule": None}
        actor = actor or care.doctor.user
        return enter_plan(actor=actor, patient_id=care.patient.pk, activate=activated, now=now, **{**asked, **given})

    return enter_one


def told() -> list[str]:
    """Return the titles that the patient reads about the plan, as they would be now."""
    notifications = Notification.objects.filter(topic="plan_changed")
    messages = topic_named("plan_changed").render([each.subject_id for each in notifications])
    return [str(message.title) for message in messages.values()]


class TestEntering:
    def test_a_draft_that_the_text_schedules(self, enter, care):
        plan = ActionPlan.objects.get(pk=enter().pk)
        assert (plan.state, plan.note, plan.duration_days, plan.generation) == (PlanState.DRAFT, None, 10, 1)
        assert plan.schedule["times"] == ["08:00", "20:00"]
        assert (plan.action, plan.time_zone) == ("Amlodipine 5 mg", care.patient.time_zone)
        assert not Dose.objects.exists()
        assert told() == []

    def test_a_schedule_goes_before_the_text(self, enter):
        plan = enter(dosage_text="as discussed", schedule=read_schedule(DAILY), total_doses=3)
        assert (plan.schedule, plan.total_doses, plan.duration_days) == (DAILY, 3, None)

    def test_activated_at_once_where_that_is_asked_for(self, enter):
        plan = enter(activated=True)
        assert (plan.state, plan.doses.count()) == (PlanState.ACTIVE, 20)
        assert told() == ["Your plan is active: you will be reminded"]

    def test_how_it_is_followed_up(self, enter):
        plan = enter(nag_minutes=30, escalate_after=1, is_time_critical=True)
        assert (plan.nag_minutes, plan.escalate_after, plan.is_time_critical) == (30, 1, True)

    def test_no_text_lies_in_the_database(self, enter):
        enter()
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(row::text, '') FROM reminders_actionplan row")
            heap = cursor.fetchone()[0]
        assert "mlodipine" not in heap
        assert b"mlodipine".hex() not in heap

    def test_a_text_that_says_no_schedule_for_certain_is_refused(self, enter):
        with pytest.raises(InvalidInput) as refusal:
            enter(dosage_text="now and then")
        assert (refusal.value.field, refusal.value.code) == ("dosage_text", "unreadable_dosage")
        assert not ActionPlan.objects.exists()

    def test_refused_at_activation_nothing_is_left(self, enter):
        with pytest.raises(DomainError) as refusal:
            enter(activated=True, dosage_text="1 tablet twice daily")
        assert refusal.value.code == "duration_unknown"
        assert not ActionPlan.objects.exists()

    def test_only_for_a_patient_whom_the_doctor_treats(self, enter, care, now):
        with pytest.raises(NotFound):
            enter(actor=make_care(now, name="other_").doctor.user)
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        with pytest.raises(NotTreating):
            enter()


class TestCorrecting:
    def change(self, care, plan, now, **changes: Any) -> ActionPlan:
        return change_draft(actor=care.doctor.user, plan_id=plan.pk, now=now, **changes)

    def test_a_new_text_brings_its_own_schedule(self, enter, care, now):
        plan = self.change(care, enter(), now, dosage_text="1 tablet at night for 5 days", duration_days=None)
        assert (plan.schedule["times"], plan.duration_days, plan.action) == (["22:00"], 5, "Amlodipine 5 mg")

    @pytest.mark.parametrize("until", [{}, {"total_doses": 4}])
    def test_a_new_text_brings_its_own_duration(self, enter, care, now, until):
        draft = enter(dosage_text="1 tablet twice daily for 5 days", **until)
        plan = self.change(care, draft, now, dosage_text="1 tablet three times daily for 10 days")
        assert (plan.duration_days, plan.total_doses) == (10, None)

    def test_one_that_is_given_goes_before_that_of_the_new_text(self, enter, care, now):
        text = "1 tablet three times daily for 10 days"
        assert self.change(care, enter(), now, dosage_text=text, duration_days=6).duration_days == 6
        assert self.change(care, enter(), now, dosage_text=text, total_doses=4).total_doses == 4

    def test_a_new_text_without_a_duration_leaves_it_open(self, enter, care, now):
        assert self.change(care, enter(), now, dosage_text="1 tablet daily").duration_days is None

    def test_what_is_not_given_stays(self, enter, care, now):
        plan = self.change(care, enter(dosage_text="as discussed", schedule=read_schedule(DAILY)), now, action="Walk")
        assert (plan.action, plan.dosage_text, plan.schedule) == ("Walk", "as discussed", DAILY)

    def test_not_once_it_is_active_or_replaced_or_by_another(self, enter, care, now):
        draft, active = enter(), enter(activated=True)
        with pytest.raises(PlanNotDraft):
            self.change(care, active, now, action="Walk")
        with pytest.raises(NotAllowed):
            change_draft(actor=care.manager, plan_id=draft.pk, action="Walk", now=now)
        raise_generation(relationship_id=care.relationship.pk)
        with pytest.raises(PlanOutdated):
            self.change(care, draft, now, action="Walk")


class TestCancelling:
    def cancel(self, care, plan, now) -> ActionPlan:
        return cancel_plan(actor=care.doctor.user, plan_id=plan.pk, now=now)

    def test_what_is_open_ends_and_the_patient_is_told(self, enter, care, now):
        plan = self.cancel(care, enter(activated=True), now)
        assert (plan.state, plan.ended_at, set(states(plan))) == (PlanState.CANCELLED, now, {"CANCELLED"})
        assert told() == ["Your plan has ended"]
        actions = AuditEvent.objects.filter(subject_id=plan.pk).order_by("pk").values_list("action", flat=True)
        assert list(actions) == ["plan_drafted", "plan_activated", "plan_cancelled"]

    def test_of_a_draft_nobody_is_told(self, enter, care, now):
        assert self.cancel(care, enter(), now).state == PlanState.CANCELLED
        assert told() == []

    def test_not_twice(self, enter, care, now):
        plan = self.cancel(care, enter(), now)
        with pytest.raises(IllegalTransition):
            self.cancel(care, plan, now)

    def test_each_state_leads_where_the_table_says(self, care, now):
        for state in PlanState:
            plan = make_draft(care)
            ActionPlan.objects.filter(pk=plan.pk).update(state=state)
            if PlanState.CANCELLED in PLAN_TRANSITIONS[state]:
                assert self.cancel(care, plan, now).state == PlanState.CANCELLED
            else:
                with pytest.raises(IllegalTransition):
                    self.cancel(care, plan, now)


class TestThreePlansOfOneNote:
    def test_all_three_are_kept_and_each_goes_on(self, care, now):
        drafts = [make_draft(care, action=action) for action in ("A", "B", "C")]
        for plan in drafts:
            activate(care, plan, now=now)
        assert {plan.action for plan in ActionPlan.objects.open(now=now)} == {"A", "B", "C"}


class TestWhatIsShown:
    @pytest.fixture(autouse=True)
    def _today(self, now, time_machine):
        time_machine.move_to(now, tick=False)

    def test_a_plan_is_shown_as_cancelled_from_the_moment_in_which_a_note_replaced_it(self, enter, care, now):
        plan = enter(activated=True)
        client = client_of(care.manager, now=now)
        raise_generation(relationship_id=care.relationship.pk)
        assert client.get(f"{PLANS}{plan.pk}/").json()["state"] == "CANCELLED"
        assert client.get(f"{PLANS}?state=active").json()["results"] == []
        assert len(client.get("/api/v1/reminders/?state=cancelled&page_size=100").json()["results"]) == 20
        plan.refresh_from_db()
        assert plan.state == PlanState.ACTIVE  # Nobody wrote it down yet.

    def test_the_door_takes_a_plan_and_shows_it(self, care, now):
        body = {
            "patient": str(care.patient.pk),
            "action": "Amlodipine 5 mg",
            "dosage_text": "1 tablet twice daily for 10 days",
            "activate": True,
        }
        answer = client_of(care.doctor.user, now=now).post(PLANS, body, format="json")
        assert answer.status_code == 201
        shown = answer.json()
        assert (shown["state"], shown["promised_doses"], shown["end_date"]) == ("ACTIVE", 20, "2026-06-10")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"schedule": {"kind": "NEVER"}}, "/schedule/kind"),
            ({"schedule": {"kind": "WALL_CLOCK", "times": ["25:00"]}}, "/schedule/times"),
            ({"schedule": "daily"}, "/schedule"),
            ({"dosage_text": "now and then"}, "/dosage_text"),
            ({"total_doses": 2_001}, "/total_doses"),
            ({"nag_minutes": 1}, "/nag_minutes"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, care, now, body, pointer):
        asked = {"patient": str(care.patient.pk), "action": "Iron", "dosage_text": "1 tablet daily", **body}
        refused = client_of(care.doctor.user, now=now).post(PLANS, asked, format="json")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)

    def test_a_draft_changed_meanwhile_is_not_written_over(self, enter, care, now):
        plan, client = enter(), client_of(care.doctor.user, now=now)
        tag = client.get(f"{PLANS}{plan.pk}/")["ETag"]
        url = f"{PLANS}{plan.pk}/"
        assert client.patch(url, {"action": "Walk"}, format="json", HTTP_IF_MATCH=tag).status_code == 200
        assert client.patch(url, {"action": "Run"}, format="json", HTTP_IF_MATCH=tag).status_code == 412
