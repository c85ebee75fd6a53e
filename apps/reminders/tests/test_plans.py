"""The life of a plan: who activates it, how its doses are laid out, what ends it."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import User
from apps.core import outbox, wakeups
from apps.core.errors import DomainError, NotAllowed
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.patients.models import CareRelationship
from apps.patients.services.care import end_relationship, raise_generation
from apps.reminders.choices import DoseState, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services.plans import (
    MOST_DOSES,
    DurationUnknown,
    PlanNotDraft,
    PlanOutdated,
    TooManyDoses,
    activate_plan,
    cancel_outdated_plans,
)
from apps.reminders.tests.conftest import DAILY, EVERY_EIGHT_HOURS, activate, dose, make_draft, states
from tests.care import Care, client_of, make_care
from tests.world import ABSENT, make_doctor

DAY = timedelta(days=1)
AS_OFTEN_AS_CAN_BE = {"kind": "INTERVAL", "hours": 0.5}


def due(plan: ActionPlan) -> list[datetime]:
    return list(Dose.objects.filter(plan=plan).order_by("number").values_list("due_at", flat=True))


@pytest.mark.django_db
class TestLayingOut:
    def test_the_promised_doses_at_the_patients_own_hour(self, plan, now):
        active = plan()
        assert (active.state, active.activated_at, active.promised_doses) == (PlanState.ACTIVE, now, 7)
        assert due(active) == [datetime(2026, 6, day, 6, tzinfo=UTC) for day in range(1, 8)]
        first = dose(active, 1)
        assert (first.state, first.next_reminder_at, first.reminders_sent) == (DoseState.SCHEDULED, first.due_at, 0)
        assert (first.local_date.isoformat(), first.misses_at) == ("2026-06-01", datetime(2026, 6, 1, 22, tzinfo=UTC))

    def test_in_another_zone_that_is_another_moment(self, now):
        care = make_care(now, time_zone="Asia/Kolkata")
        active = activate(care, make_draft(care, days=2), now=now)  # There it is 10:30: today's hour has passed.
        assert due(active) == [datetime(2026, 6, day, 2, 30, tzinfo=UTC) for day in (2, 3)]

    def test_over_a_change_of_the_clocks_the_hour_on_the_wall_stays(self, plan):
        active = plan(at=datetime(2026, 10, 24, 0, tzinfo=UTC), days=3)
        assert [moment.hour for moment in due(active)] == [6, 7, 7]

    def test_an_interval_begins_now(self, plan, now):
        active = plan(schedule=EVERY_EIGHT_HOURS, days=1)
        assert due(active) == [now + number * timedelta(hours=8) for number in range(3)]

    def test_the_last_dose_has_the_window_it_would_have_if_more_followed(self, plan, now):
        twice = {**DAILY, "times": ["08:00", "14:00"]}
        by_the_clock, by_hours = plan(schedule=twice, days=1), plan(schedule=EVERY_EIGHT_HOURS, days=1)
        assert dose(by_the_clock, 2).misses_at == datetime(2026, 6, 1, 22, tzinfo=UTC)
        assert dose(by_hours, 3).misses_at == now + timedelta(hours=24)

    def test_nagging_is_as_the_house_has_set_it_now(self, plan, settings):
        settings.DOSE_NAG_MINUTES = 15
        assert plan().nag_minutes == 15

    def test_who_activated_it_is_written_down(self, plan, care):
        active = plan()
        event = AuditEvent.objects.get(action="plan_activated")
        assert (event.actor_id, event.subject_id, event.concerns_id) == (
            care.doctor.user.pk,
            active.pk,
            care.patient.pk,
        )

    def test_the_dispatcher_is_woken(self, plan, monkeypatch, django_capture_on_commit_callbacks):
        woken: list[str] = []
        monkeypatch.setattr(wakeups, "_senders", [woken.append])
        with django_capture_on_commit_callbacks(execute=True):
            plan()
        assert "doses" in woken


@pytest.mark.django_db
class TestHowMany:
    def test_as_the_note_says(self, care, draft, now):
        assert activate(care, draft(days=5), now=now).promised_doses == 5

    def test_a_weekly_plan_of_28_days_is_four_doses_on_four_mondays(self, plan):
        weekly = {"kind": "WALL_CLOCK", "times": ["08:00"], "recurrence": {"every": "WEEKDAYS", "days": ["MONDAY"]}}
        active = plan(schedule=weekly, days=28)
        assert [str(day) for day in active.doses.order_by("number").values_list("local_date", flat=True)] == [
            *("2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22"),
        ]

    def test_a_duration_given_by_the_doctor_goes_before_the_notes(self, care, draft, now):
        active = activate(care, draft(days=5), now=now, duration_days=3)
        assert (active.promised_doses, active.duration_days) == (3, 3)

    def test_a_number_of_doses_goes_before_both(self, care, draft, now):
        assert activate(care, draft(days=5), now=now, duration_days=3, total_doses=11).promised_doses == 11

    def test_up_to_two_thousand(self, care, draft, now):
        active = activate(care, draft(schedule=AS_OFTEN_AS_CAN_BE, days=None), now=now, total_doses=MOST_DOSES)
        assert active.doses.count() == MOST_DOSES == 2_000

    def test_not_one_more(self, care, draft, now):
        with pytest.raises(TooManyDoses):
            activate(care, draft(schedule=AS_OFTEN_AS_CAN_BE, days=None), now=now, total_doses=MOST_DOSES + 1)
        with pytest.raises(TooManyDoses):
            activate(care, draft(schedule=AS_OFTEN_AS_CAN_BE, days=42), now=now)

    def test_not_without_anybody_having_said_for_how_long(self, care, draft, now):
        with pytest.raises(DurationUnknown):
            activate(care, draft(days=None), now=now)


@pytest.mark.django_db
class TestRefusals:
    def refused(self, plan: ActionPlan, now: datetime, actor) -> DomainError:
        before = ActionPlan.objects.filter(pk=plan.pk).values().get()
        with pytest.raises(DomainError) as refusal:
            activate_plan(actor=actor, plan_id=plan.pk, duration_days=None, total_doses=None, now=now)
        assert ActionPlan.objects.filter(pk=plan.pk).values().get() == before
        return refusal.value

    def test_only_its_own_doctor_activates_it(self, care, draft, now):
        colleague = make_doctor("colleague", care.doctor.hospital)
        CareRelationship.objects.create(patient=care.patient, doctor=colleague, source="CHOICE", started_at=now)
        wanted = draft()
        for other in (colleague.user, care.manager):
            assert isinstance(self.refused(wanted, now, other), NotAllowed)
        assert not Dose.objects.exists()

    @pytest.mark.parametrize("state", sorted(set(PlanState) - {PlanState.DRAFT}))
    def test_only_a_draft_can_be_activated(self, care, draft, now, state):
        wanted = draft()
        ActionPlan.objects.filter(pk=wanted.pk).update(state=state)
        assert isinstance(self.refused(wanted, now, care.doctor.user), PlanNotDraft)

    def test_not_after_a_newer_note_replaced_it(self, care, draft, now):
        wanted = draft()
        raise_generation(relationship_id=care.relationship.pk)
        assert isinstance(self.refused(wanted, now, care.doctor.user), PlanOutdated)

    def test_not_after_the_relationship_ended(self, care, draft, now):
        wanted = draft()
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        assert isinstance(self.refused(wanted, now, care.doctor.user), PlanOutdated)

    def test_not_after_it_ran_out(self, care, draft, now):
        wanted = draft()
        CareRelationship.objects.update(ends_at=now)
        assert isinstance(self.refused(wanted, now, care.doctor.user), PlanOutdated)


@pytest.mark.django_db
class TestDoors:
    @pytest.fixture
    def today(self, time_machine, now) -> None:
        time_machine.move_to(now, tick=False)

    def activate(self, user: User, plan_id: UUID, now: datetime, **body: Any) -> Any:
        return client_of(user, now=now).post(f"/api/v1/action-plans/{plan_id}/activate/", body, format="json")

    def test_its_doctor_activates_it(self, today, care, draft, now):
        answer = self.activate(care.doctor.user, draft(days=None).pk, now, duration_days=3)
        assert answer.status_code == 200
        shown = answer.json()
        assert (shown["state"], shown["promised_doses"], shown["action"]) == ("ACTIVE", 3, "Aspirin 75 mg daily")

    def test_to_everybody_else_a_draft_is_as_absent_as_one_that_never_was(self, today, care, draft, now):
        wanted, other_side = draft(), make_care(now, name="other_")
        for stranger in (care.manager, other_side.manager, other_side.doctor.user):
            hidden, absent = (self.activate(stranger, pk, now) for pk in (wanted.pk, ABSENT))
            assert hidden.status_code == absent.status_code == 404
            assert {**hidden.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}

    def test_the_patient_sees_an_active_one_and_may_not_activate(self, today, care, plan, now):
        assert self.activate(care.manager, plan().pk, now).status_code == 403

    @pytest.mark.parametrize(
        ("columns", "body", "code"),
        [
            ({"state": "ACTIVE"}, {}, "plan_not_draft"),
            ({"generation": 0}, {}, "plan_outdated"),
            ({"duration_days": None}, {}, "duration_unknown"),
            ({"schedule": {"kind": "INTERVAL", "hours": 1}}, {"duration_days": 365}, "too_many_doses"),
        ],
    )
    def test_each_refusal_says_why(self, today, care, draft, now, columns, body, code):  # noqa: PLR0917 - a table
        wanted = draft()
        ActionPlan.objects.filter(pk=wanted.pk).update(**columns)
        refused = self.activate(care.doctor.user, wanted.pk, now, **body)
        assert (refused.status_code, refused.json()["code"]) == (409, code)

    @pytest.mark.parametrize(
        "body",
        [
            {"duration_days": 0},
            {"duration_days": 1_826},
            {"duration_days": "long"},
            {"total_doses": -1},
            {"total_doses": 2_001},
        ],
    )
    def test_what_makes_no_sense_is_refused(self, today, care, draft, now, body):
        wanted = draft()
        assert self.activate(care.doctor.user, wanted.pk, now, **body).status_code == 400
        wanted.refresh_from_db()
        assert wanted.state == PlanState.DRAFT

    def test_the_patient_does_not_see_drafts_in_the_list_and_the_doctor_does(self, today, care, draft, plan, now):
        wanted, active = draft(), plan()
        seen = {
            user: {row["id"] for row in client_of(user, now=now).get("/api/v1/action-plans/").json()["results"]}
            for user in (care.manager, care.doctor.user)
        }
        assert seen == {care.manager: {str(active.pk)}, care.doctor.user: {str(active.pk), str(wanted.pk)}}


@pytest.mark.django_db
class TestEnding:
    def test_a_newer_note_ends_drafts_and_active_plans_and_their_open_doses(self, care, draft, plan, now):
        drafted, active = draft(), plan()
        raise_generation(relationship_id=care.relationship.pk)
        assert cancel_outdated_plans(now=now) == 2
        for ended in (drafted, active):
            ended.refresh_from_db()
            assert (ended.state, ended.ended_at) == (PlanState.CANCELLED, now)
        assert set(states(active)) == {DoseState.CANCELLED}
        assert not Dose.objects.exclude(next_reminder_at=None).exists()

    def test_what_was_answered_stays_answered(self, care, plan, now):
        active = plan()
        Dose.objects.filter(plan=active, number=1).update(state=DoseState.TAKEN)
        Dose.objects.filter(plan=active, number=2).update(state=DoseState.MISSED)
        raise_generation(relationship_id=care.relationship.pk)
        cancel_outdated_plans(now=now)
        assert states(active) == ["TAKEN", "MISSED", *["CANCELLED"] * 5]

    def test_plans_that_ended_before_keep_their_ending(self, care, plan, now):
        done = plan()
        ActionPlan.objects.filter(pk=done.pk).update(state=PlanState.COMPLETED)
        raise_generation(relationship_id=care.relationship.pk)
        assert cancel_outdated_plans(now=now) == 0

    def test_plans_of_the_present_generation_go_on(self, plan, now):
        active = plan()
        assert cancel_outdated_plans(now=now) == 0
        assert ActionPlan.objects.open(now=now).get() == active

    def test_a_relationship_that_ran_out_by_itself_ends_them_too(self, plan, now):
        active = plan()
        CareRelationship.objects.update(ends_at=now + DAY)
        assert cancel_outdated_plans(now=now + DAY - timedelta(seconds=1)) == 0
        assert cancel_outdated_plans(now=now + DAY) == 1
        assert set(states(active)) == {DoseState.CANCELLED}

    def test_another_relationships_plans_are_left_alone(self, care, plan, now):
        plan()
        other = make_care(now, name="other_")
        activate(other, make_draft(other), now=now)
        for relationship in (care.relationship, other.relationship):
            raise_generation(relationship_id=relationship.pk)
        assert cancel_outdated_plans(now=now, relationship_id=care.relationship.pk) == 1

    def test_the_end_of_a_relationship_is_heard_of_through_the_outbox(self, care, plan):
        active = plan()
        end_relationship(actor=care.manager, relationship=care.relationship, now=datetime.now(tz=UTC))
        outbox.relay_outbox(now=datetime.now(tz=UTC))
        active.refresh_from_db()
        assert active.state == PlanState.CANCELLED

    def test_nothing_waits_for_it_to_be_written_down(self, care, plan, now):
        plan()
        raise_generation(relationship_id=care.relationship.pk)
        assert not ActionPlan.objects.open(now=now).exists()
        assert not Dose.objects.open(now=now).exists()


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_activated_by_two_at_once_it_is_laid_out_once(now):
    care: Care = make_care(now)
    for _ in range(rounds(2, 20)):
        wanted = make_draft(care, days=3)
        outcomes = race([partial(activate, care, wanted, now=now)] * 4)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ActionPlan", *["PlanNotDraft"] * 3]
        assert wanted.doses.count() == 3
