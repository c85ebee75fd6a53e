"""Taking an answer back leaves everything as if it had not been given; putting off moves the reminder alone."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.errors import DomainError, NotAllowed, NotFound
from apps.core.models import AuditEvent
from apps.patients.services.care import raise_generation
from apps.reminders.choices import DoseState, Outcome, PlanState
from apps.reminders.models import Dose
from apps.reminders.services.checking_in import check_in
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.services.pausing import pause_plan
from apps.reminders.services.rolling_over import roll_over_missed_doses
from apps.reminders.services.taking_back import snooze_dose, undo_check_in
from apps.reminders.tests.conftest import EVERY_EIGHT_HOURS, dose, states
from tests.care import client_of, make_care

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FOUR_HOURS_APART = {"kind": "WALL_CLOCK", "times": ["08:00", "12:00", "16:00", "20:00"]}
UNTOUCHED = ("state", "due_at", "misses_at", "taken_at", "answered_at", "answered_by_id", "skip_reason_sealed")


def snapshot() -> list[dict[str, Any]]:
    return [*Dose.objects.order_by("number").values(*UNTOUCHED, "number", "postponed_from", "makes_up_for")]


@pytest.fixture
def answer(care):
    def answer_one(answered: Dose, *, now, at=None, outcome: Outcome = Outcome.TAKEN, reason: str = "") -> Dose:
        return check_in(actor=care.manager, dose_id=answered.pk, outcome=outcome, at=at, reason=reason, now=now)

    return answer_one


@pytest.fixture
def undo(care):
    return lambda answered, *, now, actor=None: undo_check_in(actor=actor or care.manager, dose_id=answered.pk, now=now)


@pytest.mark.django_db
class TestLateAnswers:
    """A late answer moves the next dose just as far as the shortest gap needs, and nothing else."""

    def test_one_hour_late_shifts_nothing(self, plan, answer):
        active = plan()
        before = snapshot()[1:]
        first = dose(active, 1)
        answer(first, now=first.due_at + HOUR)
        assert snapshot()[1:] == before

    def test_just_before_the_next_moves_that_one_by_half_the_spacing(self, plan, answer):
        active = plan(schedule=FOUR_HOURS_APART, days=2)
        first, second, third = (dose(active, number) for number in (1, 2, 3))
        moment = second.due_at - MINUTE
        answer(first, now=moment)
        moved = dose(active, 2)
        assert (moved.due_at, moved.postponed_from) == (moment + 2 * HOUR, second.due_at)
        assert (moved.next_reminder_at, moved.misses_at, moved.local_date) == (
            *(moved.due_at, third.due_at),
            second.local_date,
        )
        assert snapshot()[2:] == [row for row in snapshot()[2:] if row["postponed_from"] is None]

    def test_one_that_was_told_of_already_waits_again(self, plan, answer, care):
        active = plan(schedule=EVERY_EIGHT_HOURS, days=1)
        first, second = dose(active, 1), dose(active, 2)
        dispatch_due_doses(now=second.due_at)
        answer(first, at=second.due_at - MINUTE, now=second.due_at + MINUTE)
        waiting = dose(active, 2)
        assert (waiting.state, waiting.due_at) == (DoseState.SCHEDULED, second.due_at - MINUTE + 4 * HOUR)
        assert dispatch_due_doses(now=waiting.due_at - SECOND) == 0
        assert dispatch_due_doses(now=waiting.due_at) == 1

    def test_a_skipped_one_moves_nothing(self, plan, answer):
        active = plan(schedule=FOUR_HOURS_APART, days=2)
        before = snapshot()[1:]
        answer(dose(active, 1), now=dose(active, 2).due_at - MINUTE, outcome=Outcome.SKIPPED)
        assert snapshot()[1:] == before


@pytest.mark.django_db
class TestUndoing:
    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_everything_is_as_before(self, plan, answer, undo, outcome):
        active = plan(schedule=FOUR_HOURS_APART, days=2)
        before, first = snapshot(), dose(active, 1)
        moment = dose(active, 2).due_at - MINUTE
        answer(first, now=moment, outcome=outcome, reason="Nausea")
        assert snapshot() != before
        undo(first, now=moment + SECOND)
        assert snapshot() == before

    def test_it_is_reminded_of_again(self, plan, answer, undo):
        first = dose(plan(), 1)
        dispatch_due_doses(now=first.due_at)
        answer(first, now=first.due_at)
        undo(first, now=first.due_at + MINUTE)
        assert dose(first.plan, 1).state == DoseState.DUE
        assert dispatch_due_doses(now=first.due_at + HOUR) == 0
        assert dispatch_due_doses(now=first.due_at + HOUR + MINUTE) == 1

    def test_a_dose_that_had_been_missed_is_missed_again_and_adds_one_again(self, plan, answer, undo):
        active = plan()
        first = dose(active, 1)
        roll_over_missed_doses(now=first.misses_at)
        answer(first, at=first.due_at, now=first.misses_at + HOUR)
        undo(first, now=first.misses_at + HOUR + MINUTE)
        assert states(active) == ["MISSED", *["SCHEDULED"] * 7]
        active.refresh_from_db()
        assert active.added_doses == 1

    def test_one_whose_added_dose_had_stayed_adds_no_second(self, plan, answer, undo):
        active = plan(days=1)
        first = dose(active, 1)
        roll_over_missed_doses(now=first.misses_at)
        moment = dose(active, 2).due_at
        answer(first, at=first.due_at, now=moment)
        undo(first, now=moment + MINUTE)
        assert states(active) == ["MISSED", "SCHEDULED"]

    def test_a_plan_that_the_answer_completed_goes_on(self, plan, answer, undo):
        active = plan(days=1)
        only = dose(active, 1)
        answer(only, now=only.due_at)
        undo(only, now=only.due_at + MINUTE)
        active.refresh_from_db()
        assert (active.state, active.ended_at) == (PlanState.ACTIVE, None)

    def test_of_a_lapsed_plan_it_is_missed(self, plan, answer, undo, settings):
        settings.DOSE_EXTENSION_LIMIT = 0
        active = plan()
        first = dose(active, 1)
        roll_over_missed_doses(now=first.misses_at)
        answer(first, at=first.due_at, now=first.misses_at + HOUR)
        undo(first, now=first.misses_at + HOUR)
        active.refresh_from_db()
        assert (active.state, states(active)[0]) == (PlanState.LAPSED, "MISSED")

    def test_a_miss_answered_after_the_plan_was_complete_is_missed_again_and_the_plan_stays_so(
        self, plan, answer, undo
    ):
        active = plan(days=1)
        first = dose(active, 1)
        roll_over_missed_doses(now=first.misses_at)
        second = dose(active, 2)
        answer(second, now=second.due_at)
        answer(first, at=first.due_at, now=second.due_at + HOUR)
        assert states(active) == ["TAKEN", "TAKEN"]
        undo(first, now=second.due_at + HOUR + MINUTE)
        active.refresh_from_db()
        assert (active.state, states(active)) == (PlanState.COMPLETED, ["MISSED", "TAKEN"])

    def test_it_can_be_answered_anew_and_both_are_written_down(self, plan, answer, undo):
        first = dose(plan(), 1)
        answer(first, now=first.due_at, outcome=Outcome.SKIPPED)
        undo(first, now=first.due_at + MINUTE)
        answer(first, now=first.due_at + 2 * MINUTE)
        first.refresh_from_db()
        assert (first.state, first.skip_reason) == (DoseState.TAKEN, "")
        actions = AuditEvent.objects.filter(subject_id=first.pk).order_by("pk").values_list("action", flat=True)
        assert list(actions) == ["dose_checked_in", "check_in_undone", "dose_checked_in"]


@pytest.mark.django_db
class TestRefusals:
    @pytest.fixture
    def first(self, plan) -> Dose:
        return dose(plan(), 1)

    def refused(self, act: Any) -> str:
        before = snapshot()
        with pytest.raises(DomainError) as refusal:
            act()
        assert snapshot() == before
        return refusal.value.code

    def test_what_has_no_answer(self, first, undo):
        assert self.refused(lambda: undo(first, now=first.due_at)) == "not_checked_in"

    def test_after_the_minutes_that_the_house_allows(self, first, answer, undo, settings):
        answer(first, now=first.due_at)
        late = first.due_at + timedelta(minutes=settings.CHECK_IN_UNDO_MINUTES)
        assert self.refused(lambda: undo(first, now=late + SECOND)) == "too_late_to_undo"
        assert undo(first, now=late).state != DoseState.TAKEN

    def test_whoever_does_not_manage_the_patient(self, first, answer, undo, care, now):
        answer(first, now=first.due_at)
        for stranger, refusal in ((care.doctor.user, NotAllowed), (make_care(now, name="other_").manager, NotFound)):
            with pytest.raises(refusal):
                undo(first, now=first.due_at, actor=stranger)

    def test_a_plan_that_was_replaced_or_paused(self, first, answer, undo, care):
        answer(first, now=first.due_at)
        pause_plan(actor=care.doctor.user, plan_id=first.plan_id, now=first.due_at)
        assert self.refused(lambda: undo(first, now=first.due_at)) == "dose_not_open"
        raise_generation(relationship_id=care.relationship.pk)
        assert self.refused(lambda: undo(first, now=first.due_at)) == "dose_not_open"


@pytest.mark.django_db
class TestSnoozing:
    @pytest.fixture
    def due(self, plan) -> Dose:
        first = dose(plan(), 1)
        dispatch_due_doses(now=first.due_at)
        return first

    def snooze(self, care, asked: Dose, minutes: int, now) -> Dose:
        return snooze_dose(actor=care.manager, dose_id=asked.pk, minutes=minutes, now=now)

    def test_the_next_reminder_comes_then_and_the_window_stays(self, due, care):
        put_off = self.snooze(care, due, 15, due.due_at)
        assert (put_off.next_reminder_at, put_off.misses_at) == (due.due_at + 15 * MINUTE, due.misses_at)
        assert dispatch_due_doses(now=due.due_at + 15 * MINUTE - SECOND) == 0
        assert dispatch_due_doses(now=due.due_at + 15 * MINUTE) == 1

    def test_not_past_the_end_of_the_window(self, due, care):
        with pytest.raises(DomainError) as refusal:
            self.snooze(care, due, 60, due.misses_at - HOUR)
        assert refusal.value.code == "window_too_short"

    def test_not_before_it_is_due_and_not_after_the_answer(self, due, care, answer):
        codes = []
        for asked in (dose(due.plan, 2), answer(due, now=due.due_at)):
            with pytest.raises(DomainError) as refusal:
                self.snooze(care, asked, 15, due.due_at)
            codes.append(refusal.value.code)
        assert codes == ["not_due_yet", "already_checked_in"]

    def test_not_what_was_replaced(self, due, care):
        raise_generation(relationship_id=care.relationship.pk)
        with pytest.raises(DomainError) as refusal:
            self.snooze(care, due, 15, due.due_at)
        assert refusal.value.code == "dose_not_open"


@pytest.mark.django_db
def test_the_doors_of_both(plan, care, now, time_machine):
    first = dose(plan(), 1)
    dispatch_due_doses(now=first.due_at)
    time_machine.move_to(first.due_at, tick=False)
    client, url = client_of(care.manager, now=first.due_at), f"/api/v1/reminders/{first.pk}/"
    assert client.post(f"{url}snooze/", {"minutes": 30}, format="json").json()["next_reminder_at"] is not None
    assert client.post(f"{url}snooze/", {"minutes": 0}, format="json").status_code == 400
    client.post(f"{url}checkin/")
    assert client.post(f"{url}undo/").json()["state"] == "DUE"
    assert client.post(f"{url}undo/").json()["code"] == "not_checked_in"
