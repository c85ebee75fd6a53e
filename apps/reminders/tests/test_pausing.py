"""Pausing and going on, journeys through the zones, and looking at a calendar before it is one."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import DomainError, NotAllowed
from apps.notifications.choices import DeliveryState
from apps.notifications.models import Delivery
from apps.patients.models import Caregiver
from apps.patients.services.care import raise_generation
from apps.reminders.choices import DoseState, Outcome, PlanState, Times
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services.checking_in import DoseNotOpen, check_in
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.services.pausing import change_zone, pause_plan, resume_plan
from apps.reminders.services.previewing import preview_plan
from apps.reminders.services.rolling_over import roll_over_missed_doses
from apps.reminders.tests.conftest import EVERY_EIGHT_HOURS, dose, states
from tests.care import client_of, make_care

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEKLY = {"kind": "WALL_CLOCK", "times": ["08:00"], "recurrence": {"every": "WEEKDAYS", "days": ["MONDAY"]}}
pytestmark = pytest.mark.django_db


def due(plan: ActionPlan) -> list[datetime]:
    return list(plan.doses.order_by("number").values_list("due_at", flat=True))


@pytest.fixture
def pause(care):
    return lambda plan, *, now: pause_plan(actor=care.doctor.user, plan_id=plan.pk, now=now)


@pytest.fixture
def resume(care):
    return lambda plan, *, now: resume_plan(actor=care.doctor.user, plan_id=plan.pk, now=now)


@pytest.fixture
def take(care):
    return lambda taken, *, now: check_in(
        actor=care.manager, dose_id=taken.pk, outcome=Outcome.TAKEN, at=None, reason="", now=now
    )


class TestPausing:
    def test_nothing_is_reminded_of_missed_or_answered_meanwhile(self, plan, pause, take, now):
        active = pause(plan(), now=now)
        later = now + 30 * DAY
        assert dispatch_due_doses(now=now + 2 * HOUR) == roll_over_missed_doses(now=later) == 0
        assert (active.state, set(states(active))) == (PlanState.PAUSED, {"SCHEDULED"})
        with pytest.raises(DoseNotOpen):
            take(dose(active, 1), now=now + 2 * HOUR)

    def test_what_was_missed_before_was_missed(self, plan, pause):
        active = plan()
        pause(active, now=dose(active, 1).misses_at)
        assert states(active) == ["MISSED", *["SCHEDULED"] * 7]

    def test_going_on_days_later_all_that_is_open_follows_in_the_same_spacing(self, plan, pause, resume, take):
        active = plan()
        first = dose(active, 1)
        take(first, now=first.due_at)
        pause(active, now=first.due_at + HOUR)
        resume(active, now=first.due_at + 10 * DAY - HOUR)
        assert due(active) == [first.due_at, *(first.due_at + (10 + day) * DAY for day in range(6))]
        active.refresh_from_db()
        assert (active.state, active.added_doses, states(active)[1:]) == (PlanState.ACTIVE, 0, ["SCHEDULED"] * 6)
        assert dispatch_due_doses(now=first.due_at + 10 * DAY) == 1

    def test_within_the_window_nothing_moves_and_the_due_dose_is_reminded_of_at_once(self, plan, pause, resume):
        active = plan()
        before, first = due(active), dose(active, 1)
        dispatch_due_doses(now=first.due_at)
        pause(active, now=first.due_at + HOUR)
        moment = first.due_at + 5 * HOUR
        resume(active, now=moment)
        assert due(active) == before
        assert (dose(active, 1).state, dose(active, 1).next_reminder_at) == (DoseState.DUE, moment)
        assert dose(active, 2).next_reminder_at == dose(active, 2).due_at

    def test_a_dose_that_was_told_of_before_is_told_of_as_new(self, plan, pause, resume):
        active = plan()
        first = dose(active, 1)
        dispatch_due_doses(now=first.due_at)
        pause(active, now=first.due_at + HOUR)
        resume(active, now=first.due_at + 3 * DAY)
        assert dispatch_due_doses(now=dose(active, 1).due_at) == 1
        told = dose(active, 1)
        assert (told.state, told.reminders_sent, told.is_told_late()) == (DoseState.DUE, 2, False)

    def test_nags_are_counted_anew_from_the_new_time(self, plan, pause, resume, care, now):
        relative = make_care(now, name="relative_").manager
        Caregiver.objects.create(patient=care.patient, user=relative, consented_at=now)
        active = plan(escalate_after=2, nag_minutes=60)

        def escalated_after(due_at: datetime) -> list[int]:
            counts = []
            for hours in range(3):
                dispatch_due_doses(now=due_at + hours * HOUR)
                Delivery.objects.update(state=DeliveryState.SENT)  # While one waits, no nag joins it.
                counts.append(Delivery.objects.filter(topic="dose_unanswered").count())
            return counts

        first = dose(active, 1)
        assert escalated_after(first.due_at) == [0, 0, 1]
        pause(active, now=first.due_at + 3 * HOUR)
        resume(active, now=first.due_at + 3 * DAY)
        assert escalated_after(dose(active, 1).due_at) == [1, 1, 2]
        urgent = Delivery.objects.filter(topic="dose_due").order_by("sequence").values_list("sequence", "is_urgent")
        assert list(urgent) == [(0, True), (1, False), (2, False), (3, True), (4, False), (5, False)]

    def test_only_an_active_plan_pauses_and_only_a_paused_one_goes_on(self, plan, draft, pause, resume, now):
        paused = pause(plan(), now=now)
        for act, asked in ((resume, plan()), (pause, draft()), (pause, paused)):
            with pytest.raises(DomainError) as refusal:
                act(asked, now=now)
            assert refusal.value.code == "illegal_transition"

    def test_it_is_the_doctors_and_not_of_a_plan_that_was_replaced(self, plan, care, pause, now):
        active = plan()
        with pytest.raises(NotAllowed):
            pause_plan(actor=care.manager, plan_id=active.pk, now=now)
        raise_generation(relationship_id=care.relationship.pk)
        with pytest.raises(DomainError) as refusal:
            pause(active, now=now)
        assert refusal.value.code == "plan_outdated"


class TestJourneys:
    """From Paris, 09:30 on the second of June: the dose of 08:00 was taken, those of the days to come are not due."""

    @pytest.fixture
    def moment(self, now) -> datetime:
        return datetime(2026, 6, 2, 7, 30, tzinfo=UTC)

    @pytest.fixture
    def travelled(self, plan, take, moment) -> ActionPlan:
        active = plan()
        roll_over_missed_doses(now=moment)
        take(dose(active, 2), now=moment - HOUR)
        return active

    @pytest.fixture
    def move(self, care, travelled, moment):
        def move_to(zone_name: str, times: Times = Times.LOCAL, *, is_preview: bool = False, actor: Any = None):
            chosen = {"zone_name": zone_name, "times": times, "is_preview": is_preview}
            return change_zone(actor=actor or care.manager, plan_id=travelled.pk, now=moment, **chosen)[1]

        return move_to

    @pytest.mark.parametrize(
        ("zone_name", "first"),
        [
            ("Asia/Tokyo", "2026-06-02T23:00"),  # 08:00 on the third there: 16.5 hours after the last one.
            ("America/Los_Angeles", "2026-06-03T15:00"),  # That of the second would be 8.5 hours after: too close.
            ("Pacific/Kiritimati", "2026-06-03T18:00"),  # 08:00 on the third there is 11.5 hours after: too close too.
        ],
    )
    def test_by_the_clocks_there_the_same_time_of_day_and_never_too_close(self, move, travelled, zone_name, first):
        move(zone_name)
        moved = due(travelled)[2:]
        assert moved == [datetime.fromisoformat(f"{first}Z") + day * DAY for day in range(6)]
        travelled.refresh_from_db()
        assert travelled.time_zone == zone_name
        assert dispatch_due_doses(now=moved[0] - timedelta(minutes=1)) == 0
        assert dispatch_due_doses(now=moved[0]) == 1

    def test_of_what_is_due_when_they_leave_the_window_ends_where_the_next_one_falls_due(self, plan, care, now):
        care.patient.time_zone = "America/New_York"
        care.patient.save()
        active = plan(schedule={"kind": "WALL_CLOCK", "times": ["08:00", "20:00"]})
        at_nine = datetime(2026, 6, 1, 13, tzinfo=UTC)
        dispatch_due_doses(now=at_nine)
        chosen = {"zone_name": "Asia/Tokyo", "times": Times.LOCAL, "is_preview": False}
        change_zone(actor=care.manager, plan_id=active.pk, now=at_nine, **chosen)
        assert dose(active, 1).misses_at == dose(active, 2).due_at == datetime(2026, 6, 1, 23, tzinfo=UTC)
        roll_over_missed_doses(now=dose(active, 2).due_at)
        assert states(active)[:2] == [DoseState.MISSED, DoseState.SCHEDULED]

    def test_as_at_home_every_moment_stays(self, move, travelled):
        before = due(travelled)
        shown = move("Asia/Tokyo", Times.HOME)
        travelled.refresh_from_db()
        assert (due(travelled), travelled.time_zone) == (before, "Europe/Paris")
        assert [each.due_at for each in shown] == before[2:]

    def test_a_preview_shows_both_and_changes_nothing(self, move, travelled):
        before = due(travelled)
        shown = move("Asia/Tokyo", is_preview=True)
        assert [each.was_due_at for each in shown] == before[2:]
        assert shown[0].due_at == datetime(2026, 6, 2, 23, tzinfo=UTC)
        travelled.refresh_from_db()
        assert (due(travelled), travelled.time_zone) == (before, "Europe/Paris")

    def test_hours_that_pass_do_not_ask_for_clocks(self, plan, care, now):
        active = plan(schedule=EVERY_EIGHT_HOURS, days=2)
        before = due(active)
        chosen = {"zone_name": "Asia/Tokyo", "times": Times.LOCAL, "is_preview": False}
        change_zone(actor=care.manager, plan_id=active.pk, now=now + HOUR, **chosen)
        assert due(active) == before

    def test_weekly_doses_stay_on_their_weekday(self, plan, care):
        active = plan(schedule=WEEKLY, days=28)
        chosen = {"zone_name": "Pacific/Kiritimati", "times": Times.LOCAL, "is_preview": False}
        change_zone(actor=care.manager, plan_id=active.pk, now=dose(active, 1).due_at + HOUR, **chosen)
        assert [day.weekday() for day in active.doses.values_list("local_date", flat=True)] == [0, 0, 0, 0]

    def test_the_next_miss_adds_by_the_clocks_there(self, move, travelled):
        move("Asia/Tokyo")
        roll_over_missed_doses(now=dose(travelled, 3).misses_at)
        added = travelled.doses.latest("number")
        assert added.due_at.hour == 23

    def test_the_patient_chooses(self, move, care):
        with pytest.raises(NotAllowed):
            move("Asia/Tokyo", actor=care.doctor.user)

    def test_not_of_a_plan_that_was_replaced_or_has_ended(self, move, care, travelled):
        ActionPlan.objects.update(state=PlanState.COMPLETED)
        with pytest.raises(DomainError) as refusal:
            move("Asia/Tokyo")
        assert refusal.value.code == "illegal_transition"
        ActionPlan.objects.update(state=PlanState.ACTIVE)
        raise_generation(relationship_id=care.relationship.pk)
        with pytest.raises(DomainError) as refusal:
            move("Asia/Tokyo")
        assert refusal.value.code == "plan_outdated"

    def test_the_door_shows_what_would_be(self, travelled, care, moment, time_machine):
        time_machine.move_to(moment, tick=False)
        client, url = client_of(care.manager, now=moment), f"/api/v1/action-plans/{travelled.pk}/change-zone/"
        body = {"time_zone": "Asia/Tokyo", "times": "local", "preview": True}
        shown = client.post(url, body, format="json").json()
        assert (shown["time_zone"], shown["dose_count"], shown["end_date"]) == ("Asia/Tokyo", 6, "2026-06-08")
        for wrong in ({"time_zone": "Mars/Olympus"}, {"times": "SOMETIME"}):
            assert client.post(url, {**body, **wrong}, format="json").status_code == 400


class TestPreviews:
    def test_the_calendar_is_the_one_that_activation_lays_out(self, draft, plan, now):
        shown = preview_plan(draft(days=3), duration_days=None, total_doses=None, now=now)
        laid = plan(days=3).doses.order_by("number").values_list("number", "due_at", "local_date", "misses_at")
        assert [(each.number, each.due_at, each.local_date, each.misses_at) for each in shown] == list(laid)

    def test_for_a_duration_to_be_tried(self, draft, now):
        wanted = draft(days=None)
        assert len(preview_plan(wanted, duration_days=4, total_doses=None, now=now)) == 4
        assert len(preview_plan(wanted, duration_days=4, total_doses=9, now=now)) == 9

    def test_the_door_writes_nothing(self, draft, care, now, time_machine):
        time_machine.move_to(now, tick=False)
        wanted = draft(days=None)
        client, url = client_of(care.doctor.user, now=now), f"/api/v1/action-plans/{wanted.pk}/preview/"
        shown = client.get(f"{url}?duration_days=3").json()
        assert [each["local_date"] for each in shown["doses"]] == ["2026-06-01", "2026-06-02", "2026-06-03"]
        assert client.get(url).json()["code"] == "duration_unknown"
        assert client.get(f"{url}?duration_days=0").status_code == 400
        assert client.get(f"{url}?nothing=0").status_code == 400
        wanted.refresh_from_db()
        assert (wanted.state, wanted.activated_at, Dose.objects.count()) == (PlanState.DRAFT, None, 0)

    def test_of_a_running_plan_what_is_open(self, plan, take):
        active = plan(days=3)
        take(dose(active, 1), now=dose(active, 1).due_at)
        shown = preview_plan(active, duration_days=None, total_doses=None, now=dose(active, 1).due_at)
        assert [each.local_date for each in shown] == [date(2026, 6, 2), date(2026, 6, 3)]
