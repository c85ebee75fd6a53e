"""Check-ins: each dose has one answer, given inside its window by somebody who manages the patient."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from apps.core import sealing
from apps.core.crypto import CannotOpen
from apps.core.errors import DomainError, InvalidInput, NotAllowed, NotFound
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.patients.choices import Relation
from apps.patients.models import CareRelationship, Management
from apps.patients.services.care import end_relationship, raise_generation
from apps.reminders.choices import DoseState, Outcome, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services.checking_in import (
    AlreadyCheckedIn,
    DoseMissed,
    DoseNotOpen,
    NotDueYet,
    check_in,
)
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.services.rolling_over import roll_over_missed_doses
from apps.reminders.tests.conftest import DAILY, activate, dose, make_draft, states
from tests.care import client_of, make_care
from tests.world import ABSENT, make_user

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


@pytest.fixture
def answer(care):
    """Answer a dose as the patient does; taken now, unless said otherwise."""

    def answer_one(
        answered: Dose,
        *,
        now: datetime,
        at: datetime | None = None,
        outcome: Outcome = Outcome.TAKEN,
        actor: Any = None,
        reason: str = "",
    ) -> Dose:
        actor = actor or care.manager
        return check_in(actor=actor, dose_id=answered.pk, outcome=outcome, at=at, reason=reason, now=now)

    return answer_one


@pytest.fixture
def first(plan) -> Dose:
    """The first of seven daily doses, due at 08:00."""
    return dose(plan(), 1)


@pytest.mark.django_db
class TestAnswering:
    def test_taken_now(self, first, answer, care):
        moment = first.due_at + 5 * MINUTE
        answer(first, now=moment)
        first.refresh_from_db()
        assert (first.state, first.taken_at, first.answered_at) == (DoseState.TAKEN, moment, moment)
        assert (first.answered_by, first.next_reminder_at) == (care.manager, None)

    def test_taken_a_while_ago(self, first, answer):
        answer(first, at=first.due_at + MINUTE, now=first.due_at + 3 * HOUR)
        first.refresh_from_db()
        assert (first.taken_at, first.answered_at) == (first.due_at + MINUTE, first.due_at + 3 * HOUR)

    def test_skipped_with_a_reason_that_only_the_application_can_read(self, first, answer):
        answer(first, outcome=Outcome.SKIPPED, reason="Nausea since dawn", now=first.due_at)
        first.refresh_from_db()
        assert (first.state, first.taken_at, first.skip_reason) == (DoseState.SKIPPED, None, "Nausea since dawn")
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(row::text, '') FROM reminders_dose row")
            heap = cursor.fetchone()[0]
        assert "Nausea" not in heap
        assert b"Nausea".hex() not in heap

    def test_skipped_without_a_reason(self, first, answer):
        answer(first, outcome=Outcome.SKIPPED, now=first.due_at)
        first.refresh_from_db()
        assert (first.state, first.skip_reason) == (DoseState.SKIPPED, "")

    def test_a_reason_is_sealed_for_its_own_dose(self, first, answer):
        answer(first, outcome=Outcome.SKIPPED, reason="Nausea", now=first.due_at)
        first.refresh_from_db()
        second = dose(first.plan, 2)
        second.skip_reason_sealed = first.skip_reason_sealed
        assert "Nausea" not in second.skip_reason
        with pytest.raises(CannotOpen, match="another place"):
            sealing.opened(second, "skip_reason_sealed")

    def test_by_anybody_who_manages_the_patient(self, first, answer, care):
        daughter = make_user("daughter")
        Management.objects.create(patient=care.patient, user=daughter, relation=Relation.GUARDIAN)
        answer(first, actor=daughter, now=first.due_at)
        first.refresh_from_db()
        assert first.answered_by == daughter

    def test_from_an_hour_before_it_is_due(self, first, answer):
        assert answer(first, now=first.due_at - HOUR).state == DoseState.TAKEN

    def test_late_in_the_evening_and_said_after_midnight(self, plan, answer):
        late = dose(plan(schedule={**DAILY, "times": ["23:30"]}), 1)
        dispatch_due_doses(now=late.due_at)
        after_midnight = late.due_at + 40 * MINUTE
        roll_over_missed_doses(now=after_midnight)
        assert answer(late, at=late.due_at, now=after_midnight).state == DoseState.TAKEN

    def test_is_written_down_without_the_reason(self, first, answer, care):
        answer(first, outcome=Outcome.SKIPPED, reason="Nausea", now=first.due_at)
        event = AuditEvent.objects.get(action="dose_checked_in")
        assert (event.actor_id, event.subject_id, event.concerns_id) == (care.manager.pk, first.pk, care.patient.pk)
        assert event.details == {"outcome": "SKIPPED", "was_missed": False}

    def test_the_last_answer_completes_the_plan(self, plan, answer):
        active = plan(days=2)
        answer(dose(active, 1), now=dose(active, 1).due_at)
        active.refresh_from_db()
        assert active.state == PlanState.ACTIVE
        answer(dose(active, 2), now=dose(active, 2).due_at)
        active.refresh_from_db()
        assert (active.state, active.ended_at) == (PlanState.COMPLETED, dose(active, 2).due_at)


@pytest.mark.django_db
class TestRefusals:
    @pytest.fixture
    def refused(self, answer):
        """Return why the answer was refused, having seen that nothing changed."""

        def attempt(answered: Dose, **given: Any) -> DomainError:
            before = list(Dose.objects.order_by("pk").values()), list(ActionPlan.objects.order_by("pk").values())
            with pytest.raises(DomainError) as refusal:
                answer(answered, **given)
            after = list(Dose.objects.order_by("pk").values()), list(ActionPlan.objects.order_by("pk").values())
            assert after == before
            return refusal.value

        return attempt

    @pytest.mark.parametrize("state", ["TAKEN", "SKIPPED"])
    def test_a_second_answer(self, first, refused, state):
        Dose.objects.filter(pk=first.pk).update(state=state)
        assert isinstance(refused(first, now=first.due_at), AlreadyCheckedIn)

    def test_whoever_does_not_manage_the_patient(self, first, refused, care, now):
        other = make_care(now, name="other_")
        Management.objects.create(
            patient=care.patient, user=other.doctor.user, relation=Relation.GUARDIAN, ended_at=now
        )
        assert isinstance(refused(first, actor=care.doctor.user, now=first.due_at), NotAllowed)
        for stranger in (other.manager, other.doctor.user):  # Who do not even see it.
            assert isinstance(refused(first, actor=stranger, now=first.due_at), NotFound)

    def test_the_future(self, first, refused):
        refusal = refused(first, at=first.due_at + SECOND, now=first.due_at)
        assert isinstance(refusal, InvalidInput)
        assert (refusal.field, refusal.code) == ("at", "in_the_future")

    def test_more_than_an_hour_too_soon(self, first, refused):
        assert isinstance(refused(first, now=first.due_at - HOUR - SECOND), NotDueYet)
        assert isinstance(refused(first, at=first.due_at - HOUR - SECOND, now=first.due_at), NotDueYet)

    def test_after_the_window_whether_or_not_the_miss_was_written_down(self, first, refused):
        assert isinstance(refused(first, now=first.misses_at), DoseMissed)
        roll_over_missed_doses(now=first.misses_at)
        assert isinstance(refused(first, now=first.misses_at), DoseMissed)

    def test_a_dose_that_was_cancelled(self, first, refused):
        Dose.objects.filter(pk=first.pk).update(state=DoseState.CANCELLED)
        assert isinstance(refused(first, now=first.due_at), DoseNotOpen)

    def test_a_plan_that_a_newer_note_has_replaced(self, first, refused, care):
        raise_generation(relationship_id=care.relationship.pk)
        assert isinstance(refused(first, now=first.due_at), DoseNotOpen)

    def test_a_relationship_that_ended(self, first, refused, care, now):
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        assert isinstance(refused(first, now=first.due_at), DoseNotOpen)

    def test_a_relationship_that_ran_out(self, first, refused):
        CareRelationship.objects.update(ends_at=first.due_at)
        assert isinstance(refused(first, now=first.due_at), DoseNotOpen)

    @pytest.mark.parametrize("state", ["DRAFT", "COMPLETED", "CANCELLED"])
    def test_a_plan_that_is_not_active(self, first, refused, state):
        ActionPlan.objects.update(state=state)
        assert isinstance(refused(first, now=first.due_at), DoseNotOpen)


@pytest.mark.django_db
class TestUndoingAMiss:
    def test_a_time_inside_the_window_undoes_the_miss_and_withdraws_the_added_dose(self, first, answer):
        roll_over_missed_doses(now=first.misses_at)
        assert states(first.plan) == ["MISSED", *["SCHEDULED"] * 7]
        answer(first, at=first.due_at, now=first.misses_at + HOUR)
        assert states(first.plan) == ["TAKEN", *["SCHEDULED"] * 6]
        first.plan.refresh_from_db()
        assert first.plan.added_doses == 0
        assert AuditEvent.objects.get(action="dose_checked_in").details["was_missed"] is True

    def test_an_added_dose_that_is_due_already_stays(self, plan, answer):
        active = plan(days=1)
        first = dose(active, 1)
        roll_over_missed_doses(now=first.misses_at)
        answer(first, at=first.due_at, now=dose(active, 2).due_at)
        assert states(active) == ["TAKEN", "SCHEDULED"]
        active.refresh_from_db()
        assert (active.state, active.added_doses) == (PlanState.ACTIVE, 1)

    def test_the_last_answer_completes_the_plan_then_too(self, plan, answer):
        active = plan(days=1)
        first = dose(active, 1)
        roll_over_missed_doses(now=first.misses_at)
        answer(first, at=first.due_at, now=first.misses_at + HOUR)
        active.refresh_from_db()
        assert (active.state, states(active)) == (PlanState.COMPLETED, ["TAKEN"])

    @pytest.mark.parametrize("undone", [[1], [2], [3], [1, 3], [3, 1, 2]])
    def test_of_several_misses_the_days_that_follow_each_other_stay_so(self, plan, answer, undone):
        """It is the end of the plan that comes nearer; no day in the middle is left without its dose."""
        active = plan()
        moment = dose(active, 3).misses_at
        roll_over_missed_doses(now=moment)
        for number in undone:
            answer(dose(active, number), at=dose(active, number).due_at, now=moment)
        last = 7 + 3 - len(undone)
        due = list(active.doses.order_by("number").values_list("due_at", flat=True))
        assert due == [due[0] + number * DAY for number in range(last)]
        made_up = active.doses.exclude(makes_up_for=None).values_list("makes_up_for__number", flat=True)
        assert sorted(made_up) == sorted({1, 2, 3} - set(undone))
        active.refresh_from_db()
        assert active.added_doses == 3 - len(undone)

    def test_the_next_miss_adds_its_dose_behind_the_last(self, plan, answer):
        active = plan()
        moment = dose(active, 3).misses_at
        roll_over_missed_doses(now=moment)
        answer(dose(active, 1), at=dose(active, 1).due_at, now=moment)
        roll_over_missed_doses(now=dose(active, 4).misses_at)
        due = list(active.doses.order_by("due_at").values_list("due_at", flat=True))
        assert due == [due[0] + number * DAY for number in range(10)]

    def test_a_plan_that_has_lapsed_stays_so_and_the_dose_counts_as_taken(self, plan, answer, settings):
        settings.DOSE_EXTENSION_LIMIT = 0
        active = plan()
        first = dose(active, 1)
        roll_over_missed_doses(now=first.misses_at)
        answer(first, at=first.due_at, now=first.misses_at + HOUR)
        active.refresh_from_db()
        assert (active.state, states(active)) == (PlanState.LAPSED, ["TAKEN", *["CANCELLED"] * 6])


@pytest.mark.django_db
class TestDoors:
    @pytest.fixture
    def due(self, first: Dose, time_machine: Any) -> Dose:
        time_machine.move_to(first.due_at, tick=False)
        return first

    @pytest.fixture
    def patient(self, care, due):
        return client_of(care.manager, now=due.due_at)

    def url(self, pk: Any) -> str:
        return f"/api/v1/reminders/{pk}/checkin/"

    def test_no_body_means_taken_now(self, patient, due):
        answer = patient.post(self.url(due.pk))
        assert (answer.status_code, answer.json()["state"]) == (200, "TAKEN")
        assert datetime.fromisoformat(answer.json()["taken_at"]) == due.due_at

    def test_outcomes_come_in_any_case_and_the_reason_is_read_back(self, patient, due):
        body = {"outcome": "skipped", "reason": "Nausea"}
        shown = patient.post(self.url(due.pk), body, format="json").json()
        assert (shown["state"], shown["skip_reason"], shown["taken_at"]) == ("SKIPPED", "Nausea", None)

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"outcome": "EATEN"}, "/outcome"),
            ({"at": "yesterday"}, "/at"),
            ({"at": "2026-06-01T08:00:00"}, "/at"),
            ({"at": "2026-06-02T08:00:00Z"}, "/at"),
            ({"reason": "x" * 501}, "/reason"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, patient, due, body, pointer):
        refused = patient.post(self.url(due.pk), body, format="json")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
        due.refresh_from_db()
        assert due.state == DoseState.SCHEDULED

    def test_a_second_time_is_409(self, patient, due):
        patient.post(self.url(due.pk))
        refused = patient.post(self.url(due.pk))
        assert (refused.status_code, refused.json()["code"]) == (409, "already_checked_in")

    def test_the_same_request_again_is_the_same_answer(self, patient, due):
        key = {"HTTP_IDEMPOTENCY_KEY": "breakfast"}
        first, second = (patient.post(self.url(due.pk), {}, format="json", **key) for _ in range(2))
        assert (second.status_code, second.json()) == (200, first.json())

    def test_each_refusal_says_why(self, patient, due, care, plan):
        tomorrow, yesterday = dose(due.plan, 2), dose(plan(at=due.due_at - DAY), 1)
        early = patient.post(self.url(tomorrow.pk))
        assert (early.status_code, early.json()["code"]) == (409, "not_due_yet")
        missed = patient.post(self.url(yesterday.pk))
        assert (missed.status_code, missed.json()["code"]) == (409, "dose_missed")
        raise_generation(relationship_id=care.relationship.pk)
        over = patient.post(self.url(tomorrow.pk))
        assert (over.status_code, over.json()["code"]) == (409, "dose_not_open")

    def test_anothers_dose_is_as_absent_as_one_that_never_was(self, due):
        other = make_care(due.due_at, name="other_")
        for stranger in (other.manager, other.doctor.user):
            client = client_of(stranger, now=due.due_at)
            hidden, absent = (client.post(self.url(pk)) for pk in (due.pk, ABSENT))
            assert hidden.status_code == absent.status_code == 404
            assert {**hidden.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}

    def test_the_doctor_sees_it_and_may_not_answer_it(self, care, due):
        refused = client_of(care.doctor.user, now=due.due_at).post(self.url(due.pk))
        assert refused.status_code == 403


def as_response(outcome: Any) -> Any:
    """Return what a door answered; a racer that failed otherwise fails the test."""
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_answers_are_one_200_and_the_others_409(self, now, time_machine):
        care = make_care(now)
        for turn in range(rounds(2, 20)):
            first = dose(activate(care, make_draft(care, days=2), now=now), 1)
            time_machine.move_to(first.due_at + turn * SECOND, tick=False)
            clients = [client_of(care.manager, now=first.due_at + turn * SECOND) for _ in range(4)]
            url = f"/api/v1/reminders/{first.pk}/checkin/"
            answers = race([partial(client.post, url) for client in clients])
            codes = sorted((each.status_code, each.json().get("code", "")) for each in map(as_response, answers))
            assert codes == [(200, ""), *[(409, "already_checked_in")] * 3]

    def test_an_answer_and_the_roll_over_agree_on_one_outcome(self, now):
        care = make_care(now)
        for _ in range(rounds(3, 30)):
            active = activate(care, make_draft(care, days=2), now=now)
            first = dose(active, 1)
            moment = first.misses_at
            taken = partial(
                check_in,
                actor=care.manager,
                dose_id=first.pk,
                outcome=Outcome.TAKEN,
                at=first.due_at,
                reason="",
                now=moment,
            )
            acts: list[Callable[[], Any]] = [taken, partial(roll_over_missed_doses, now=moment)]
            outcomes = race(acts)
            roll_over_missed_doses(now=moment)
            assert not [each for each in outcomes if isinstance(each, Exception)]
            active.refresh_from_db()
            assert (states(active), active.added_doses) == (["TAKEN", "SCHEDULED"], 0)
