"""Missed doses: each adds one at the end; a patient who never answers is not reminded for ever."""

from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection

from apps.core.testing.proofs import race, rounds
from apps.notifications.models import Notification
from apps.patients.models import CareRelationship
from apps.patients.services.care import end_relationship, raise_generation
from apps.reminders.choices import OPEN_DOSES, DoseState, Outcome, PlanState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services import rolling_over
from apps.reminders.services.checking_in import check_in
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.services.rolling_over import roll_over_missed_doses
from apps.reminders.tests.conftest import EVERY_EIGHT_HOURS, activate, dose, make_draft, states
from tests.care import Care, make_care

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def live(care: Care) -> Callable[..., datetime]:
    """Live through a plan hour by hour, answering each dose that falls due but those of these numbers."""

    def live_through(plan: ActionPlan, *, since: datetime, missing: set[int], outcome: Outcome = Outcome.TAKEN):
        moment = since
        while Dose.objects.filter(plan=plan, state__in=OPEN_DOSES).exists():
            dispatch_due_doses(now=moment)
            roll_over_missed_doses(now=moment)
            for due in Dose.objects.filter(plan=plan, state=DoseState.DUE).exclude(number__in=missing):
                check_in(actor=care.manager, dose_id=due.pk, outcome=outcome, at=None, reason="", now=moment)
            moment += HOUR
        plan.refresh_from_db()
        return moment - HOUR

    return live_through


@pytest.mark.django_db
class TestOneMiss:
    def test_a_week_of_daily_doses_with_one_miss_lasts_eight_days(self, plan, live, now):
        active = plan()
        ended = live(active, since=now, missing={3})
        assert states(active) == ["TAKEN", "TAKEN", "MISSED", *["TAKEN"] * 5]
        assert (active.state, active.promised_doses, active.added_doses) == (PlanState.COMPLETED, 7, 1)
        assert active.ended_at == ended == dose(active, 7).due_at + DAY

    def test_the_added_dose_comes_at_the_same_hour_on_the_day_after_the_last(self, plan):
        active = plan()
        missed, last = dose(active, 3), dose(active, 7)
        assert roll_over_missed_doses(now=dose(active, 1).misses_at) == 1
        added = dose(active, 8)
        assert (added.due_at, added.local_date) == (last.due_at + DAY, last.local_date + DAY)
        assert (added.misses_at, added.next_reminder_at) == (last.misses_at + DAY, added.due_at)
        assert (added.state, added.makes_up_for) == (DoseState.SCHEDULED, dose(active, 1))
        assert dose(active, 3).due_at == missed.due_at

    def test_an_interval_goes_on_in_step(self, plan, now):
        active = plan(schedule=EVERY_EIGHT_HOURS, days=2)
        roll_over_missed_doses(now=dose(active, 2).misses_at)
        assert [each.due_at for each in active.doses.order_by("number")] == [now + n * 8 * HOUR for n in range(8)]

    def test_a_missed_dose_is_not_reminded_of(self, plan):
        active = plan()
        roll_over_missed_doses(now=dose(active, 1).misses_at)
        assert (dose(active, 1).state, dose(active, 1).next_reminder_at) == (DoseState.MISSED, None)

    def test_the_window_ends_at_its_end_and_not_before(self, plan):
        active = plan()
        end = dose(active, 1).misses_at
        assert roll_over_missed_doses(now=end - SECOND) == 0
        assert roll_over_missed_doses(now=end) == 1
        assert roll_over_missed_doses(now=end) == 0

    def test_a_dose_that_was_skipped_adds_none(self, plan, live, now):
        active = plan()
        live(active, since=now, missing=set(), outcome=Outcome.SKIPPED)
        assert states(active) == ["SKIPPED"] * 7
        assert (active.state, active.added_doses) == (PlanState.COMPLETED, 0)


@pytest.mark.django_db
class TestNeverAnswering:
    def test_ends_in_a_lapsed_plan_and_the_doctor_is_told_once(self, plan, care, live, now):
        active = plan()
        live(active, since=now, missing=set(range(100)))
        assert states(active) == [*["MISSED"] * 8, *["CANCELLED"] * 6]
        assert (active.state, active.added_doses) == (PlanState.LAPSED, 7)
        assert active.ended_at == dose(active, 8).misses_at
        told = Notification.objects.get(topic="plan_lapsed")
        assert (told.recipient, told.subject_id) == (care.doctor.user, active.pk)

    def test_nothing_more_is_reminded_of_or_missed(self, plan, live, now):
        ended = live(plan(), since=now, missing=set(range(100)))
        later = ended + 30 * DAY
        assert [dispatch_due_doses(now=later), roll_over_missed_doses(now=later)] == [0, 0]

    @pytest.mark.parametrize(("limit", "missed", "added"), [(0.0, 1, 0), (0.5, 5, 4), (1.0, 8, 7), (2.0, 15, 14)])
    def test_how_many_are_added_at_most_is_a_setting(self, plan, settings, limit, missed, added):
        settings.DOSE_EXTENSION_LIMIT = limit
        active = plan()
        roll_over_missed_doses(now=dose(active, 7).misses_at + 60 * DAY)
        active.refresh_from_db()
        assert (active.state, active.added_doses) == (PlanState.LAPSED, added)
        assert states(active).count("MISSED") >= missed

    def test_it_makes_no_difference_when_the_house_was_away_for_long(self, care, now):
        watched, unwatched = (activate(care, make_draft(care), now=now) for _ in range(2))
        end = dose(watched, 5).misses_at
        Dose.objects.filter(plan=unwatched).update(state=DoseState.CANCELLED)
        moment = now
        while moment <= end:
            roll_over_missed_doses(now=moment)
            moment += HOUR
        Dose.objects.filter(plan=unwatched).update(state=DoseState.SCHEDULED)
        roll_over_missed_doses(now=end)
        assert states(unwatched) == states(watched) == [*["MISSED"] * 5, *["SCHEDULED"] * 7]
        due = [list(plan.doses.order_by("number").values_list("due_at", flat=True)) for plan in (watched, unwatched)]
        assert due[0] == due[1]


@pytest.mark.django_db
class TestOver:
    def test_what_a_newer_note_has_replaced_is_cancelled_and_not_missed(self, plan, care):
        active = plan()
        raise_generation(relationship_id=care.relationship.pk)
        assert roll_over_missed_doses(now=dose(active, 1).misses_at) == 0
        assert set(states(active)) == {"CANCELLED"}

    def test_so_is_what_belongs_to_a_relationship_that_ended(self, plan, care, now):
        active = plan()
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        assert roll_over_missed_doses(now=dose(active, 1).misses_at) == 0
        assert set(states(active)) == {"CANCELLED"}

    def test_so_is_what_belongs_to_one_that_ran_out_by_itself(self, plan):
        active = plan()
        CareRelationship.objects.update(ends_at=dose(active, 3).due_at)
        roll_over_missed_doses(now=dose(active, 1).misses_at)
        assert states(active)[:3] == ["MISSED", "SCHEDULED", "SCHEDULED"]
        roll_over_missed_doses(now=dose(active, 3).misses_at)
        active.refresh_from_db()
        assert active.state == PlanState.CANCELLED
        assert states(active) == ["MISSED", *["CANCELLED"] * 7]

    def test_more_plans_than_a_batch_are_all_seen_to(self, care, now, monkeypatch):
        monkeypatch.setattr(rolling_over, "BATCH", 2)
        plans = [activate(care, make_draft(care, days=2), now=now) for _ in range(5)]
        assert roll_over_missed_doses(now=dose(plans[0], 1).misses_at) == 5
        assert {plan.doses.count() for plan in plans} == {3}

    def test_asking_for_it_reads_the_plans_that_have_not_ended_and_no_others(self, draft, now):
        ended = [draft(state=PlanState.COMPLETED) for _ in range(3)]
        copies = [copy(plan) for plan in ended for _ in range(700)]
        for each in copies:
            each.pk = uuid4()
        ActionPlan.objects.bulk_create(copies)
        draft()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE reminders_actionplan")
        assert "plan_unended" in ActionPlan.objects.outdated(now=now).order_by("pk").explain()


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_two_at_once_miss_each_dose_once(now):
    care = make_care(now)
    for turn in range(rounds(1, 10)):
        begin = now + turn * DAY
        plans = [activate(care, make_draft(care, days=3), now=begin) for _ in range(12)]
        moment = dose(plans[0], 2).misses_at
        counted = race([partial(roll_over_missed_doses, now=moment)] * 3)
        roll_over_missed_doses(now=moment)  # What one of them held, the others passed over: the next minute sees to it.
        assert not [each for each in counted if isinstance(each, Exception)]
        for each in plans:
            each.refresh_from_db()
            assert (states(each), each.added_doses) == (["MISSED", "MISSED", *["SCHEDULED"] * 3], 2)
        ActionPlan.objects.update(state=PlanState.COMPLETED)
