"""What is taken as needed: one open dose, never reminded of or missed, kept apart by gap and daily maximum."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.core.errors import DomainError
from apps.notifications.models import Notification
from apps.reminders.choices import DoseState, Outcome, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.schedule import available_from, read_schedule
from apps.reminders.services.checking_in import check_in
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.services.rolling_over import roll_over_missed_doses
from apps.reminders.services.taking_back import undo_check_in
from apps.reminders.tests.conftest import activate, make_draft, states
from tests.care import client_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SIX_HOURS_FOUR_A_DAY = {"kind": "AS_NEEDED", "minimum_gap_hours": 4, "maximum_per_day": 3}


@pytest.mark.django_db
class TestTaking:
    @pytest.fixture
    def needed(self, care, now) -> ActionPlan:
        return activate(care, make_draft(care, schedule=SIX_HOURS_FOUR_A_DAY, days=3), now=now)

    @pytest.fixture
    def take(self, care, needed) -> Callable[..., Dose]:
        def take_open(moment: datetime, *, at: datetime | None = None, outcome: Outcome = Outcome.TAKEN) -> Dose:
            dose = Dose.objects.get(plan=needed, state=DoseState.SCHEDULED)
            return check_in(actor=care.manager, dose_id=dose.pk, outcome=outcome, at=at, reason="", now=moment)

        return take_open

    @pytest.fixture
    def refused(self, take) -> Callable[..., tuple[str, datetime]]:
        def attempt(moment: datetime) -> tuple[str, datetime]:
            with pytest.raises(DomainError) as refusal:
                take(moment)
            return refusal.value.code, datetime.fromisoformat(refusal.value.extensions["available_at"])

        return attempt

    def test_one_dose_is_open_at_a_time(self, needed, take, now):
        taken = take(now + 2 * HOUR)
        assert states(needed) == ["TAKEN", "SCHEDULED"]
        assert (taken.taken_at, taken.local_date) == (now + 2 * HOUR, now.date())
        assert Dose.objects.get(number=2).due_at == now + 6 * HOUR

    def test_it_is_never_reminded_of_or_missed(self, needed, now):
        assert dispatch_due_doses(now=now + 2 * DAY) == roll_over_missed_doses(now=now + 2 * DAY) == 0
        assert not Notification.objects.filter(topic="dose_due").exists()
        assert states(needed) == ["SCHEDULED"]

    def test_not_before_the_gap_is_over(self, take, refused, now):
        take(now)
        assert refused(now + 4 * HOUR - MINUTE) == ("too_soon", now + 4 * HOUR)
        assert take(now + 4 * HOUR).state == DoseState.TAKEN

    def test_not_more_than_the_maximum_in_24_hours(self, take, refused, now):
        for hours in (0, 4, 8):
            take(now + hours * HOUR)
        assert refused(now + 16 * HOUR) == ("daily_maximum", now + DAY)
        assert take(now + DAY).state == DoseState.TAKEN

    def test_said_later_the_gap_counts_from_when_it_was_taken(self, take, refused, now):
        take(now + 3 * HOUR, at=now)
        assert take(now + 4 * HOUR).state == DoseState.TAKEN

    def test_there_is_nothing_to_skip(self, take, now):
        with pytest.raises(DomainError) as refusal:
            take(now, outcome=Outcome.SKIPPED)
        assert refusal.value.code == "nothing_to_skip"

    def test_after_its_days_the_plan_is_complete(self, needed, take, now):
        with pytest.raises(DomainError) as refusal:
            take(now + 3 * DAY)
        assert refusal.value.code == "dose_not_open"
        roll_over_missed_doses(now=now + 3 * DAY)
        needed.refresh_from_db()
        assert (needed.state, states(needed)) == (PlanState.COMPLETED, ["CANCELLED"])

    def test_after_as_many_as_were_promised_too(self, care, now):
        plan = activate(care, make_draft(care, schedule=SIX_HOURS_FOUR_A_DAY, days=None), now=now, total_doses=1)
        only = Dose.objects.get(plan=plan)
        check_in(actor=care.manager, dose_id=only.pk, outcome=Outcome.TAKEN, at=None, reason="", now=now)
        plan.refresh_from_db()
        assert (plan.state, states(plan)) == (PlanState.COMPLETED, ["TAKEN"])

    def test_taken_back_it_is_open_again_and_the_next_is_not(self, care, needed, take, now):
        taken = take(now)
        undo_check_in(actor=care.manager, dose_id=taken.pk, now=now + MINUTE)
        assert states(needed) == ["SCHEDULED"]
        assert take(now + 2 * MINUTE).state == DoseState.TAKEN

    def test_an_earlier_one_is_not_taken_back_once_a_later_one_was_taken(self, care, needed, take, now):
        moment = now + 8 * HOUR
        first, second = take(moment, at=now + HOUR), take(moment, at=now + 7 * HOUR)
        with pytest.raises(DomainError) as refusal:
            undo_check_in(actor=care.manager, dose_id=first.pk, now=moment + MINUTE)
        assert refusal.value.code == "later_dose_answered"
        assert states(needed) == ["TAKEN", "TAKEN", "SCHEDULED"]
        for each in (second, first):
            undo_check_in(actor=care.manager, dose_id=each.pk, now=moment + MINUTE)
        assert states(needed) == ["SCHEDULED"]

    def test_without_limits_it_may_be_taken_at_once_again(self, care, now):
        free = {"kind": "AS_NEEDED", "minimum_gap_hours": None, "maximum_per_day": None}
        plan = activate(care, make_draft(care, schedule=free, days=None), now=now)
        for _ in range(3):
            dose = Dose.objects.get(plan=plan, state=DoseState.SCHEDULED)
            moment = max(now, dose.due_at)
            check_in(actor=care.manager, dose_id=dose.pk, outcome=Outcome.TAKEN, at=None, reason="", now=moment)
        assert states(plan) == ["TAKEN", "TAKEN", "TAKEN", "SCHEDULED"]

    def test_the_door_says_from_when_on(self, care, needed, take, now, time_machine):
        take(now)
        time_machine.move_to(now + HOUR, tick=False)
        waiting = Dose.objects.get(plan=needed, state=DoseState.SCHEDULED)
        refused = client_of(care.manager, now=now).post(f"/api/v1/reminders/{waiting.pk}/checkin/")
        assert (refused.status_code, refused.json()["code"]) == (409, "too_soon")
        assert datetime.fromisoformat(refused.json()["available_at"]) == now + 4 * HOUR


class TestLimits:
    RULE = read_schedule(SIX_HOURS_FOUR_A_DAY)

    def test_nothing_taken_limits_nothing(self):
        assert available_from(self.RULE, []) is None

    def test_the_later_of_gap_and_maximum_decides(self, now):
        taken = [now, now + 4 * HOUR, now + 22 * HOUR]
        assert available_from(self.RULE, taken[:2]) == now + 8 * HOUR
        assert available_from(self.RULE, taken) == now + 26 * HOUR
        assert available_from(self.RULE, [now, now + 4 * HOUR, now + 8 * HOUR]) == now + DAY
