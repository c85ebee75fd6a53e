"""Reminding: what is due is marked and told in one go, again each hour until answered, and never after its window."""

from datetime import timedelta
from functools import partial

import pytest

from apps.accounts.models import User
from apps.core.testing.proofs import race, rounds
from apps.core.testing.smtp import smtp_server
from apps.notifications.choices import Channel, DeliveryState, Kind
from apps.notifications.models import Delivery, Notification, Preferences
from apps.notifications.services.delivering import deliver_pending
from apps.notifications.topics import topic_named
from apps.patients.choices import Relation
from apps.patients.models import Caregiver, CareRelationship, Management
from apps.patients.services.care import end_relationship, raise_generation
from apps.reminders.choices import DoseState, Outcome
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services.checking_in import check_in
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.tests.conftest import DAILY, activate, dose, make_draft
from tests.care import make_care
from tests.world import make_user

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def due_at(now):
    """When the first dose falls due: 08:00 on the wall."""
    return now + HOUR


def send_all() -> None:
    """Let everything that was written leave the house."""
    Delivery.objects.update(state=DeliveryState.SENT)


def told() -> list[tuple[int, str]]:
    """Return (sequence, user name) of every message there is, in order."""
    return sorted(Delivery.objects.values_list("sequence", "user__username"))


@pytest.mark.django_db
class TestFallingDue:
    def test_a_dose_is_marked_and_its_manager_told_once(self, plan, care, due_at):
        first = dose(plan(), 1)
        assert [dispatch_due_doses(now=due_at), dispatch_due_doses(now=due_at)] == [1, 0]
        first.refresh_from_db()
        assert (first.state, first.reminders_sent) == (DoseState.DUE, 1)
        entry = Notification.objects.get()
        assert (entry.recipient, entry.topic, entry.subject_id) == (care.manager, "dose_due", first.pk)
        assert told() == [(0, "patient")]

    def test_not_a_second_too_soon(self, plan, due_at):
        plan()
        assert dispatch_due_doses(now=due_at - SECOND) == 0
        assert told() == []

    def test_everyone_who_manages_the_patient_is_told_and_nobody_who_did(self, plan, care, due_at, now):
        Management.objects.create(patient=care.patient, user=make_user("daughter"), relation=Relation.GUARDIAN)
        Management.objects.create(
            patient=care.patient, user=make_user("former"), relation=Relation.GUARDIAN, ended_at=now
        )
        plan()
        assert dispatch_due_doses(now=due_at) == 1
        assert told() == [(0, "daughter"), (0, "patient")]

    def test_a_login_that_was_shut_is_not_told(self, plan, care, due_at):
        User.objects.filter(pk=care.manager.pk).update(is_active=False)
        plan()
        assert dispatch_due_doses(now=due_at) == 1
        assert told() == []

    def test_a_patient_whom_nobody_manages_is_no_error(self, plan, due_at, now):
        active = plan()
        Management.objects.update(ended_at=now)
        assert dispatch_due_doses(now=due_at) == 1
        assert dose(active, 1).state == DoseState.DUE
        assert told() == []

    def test_nothing_due_is_one_question_and_no_write(self, plan, now, django_assert_num_queries):
        plan()
        with django_assert_num_queries(1):
            assert dispatch_due_doses(now=now) == 0

    @pytest.mark.parametrize(("count", "batch"), [(1, 3), (3, 3), (4, 3), (6, 3), (7, 3)])
    def test_many_go_in_batches_and_none_is_left(self, care, now, due_at, count, batch):
        for _ in range(count):
            activate(care, make_draft(care, days=1), now=now)
        assert dispatch_due_doses(now=due_at, batch=batch) == count
        assert Notification.objects.count() == count


@pytest.mark.django_db
class TestNagging:
    def test_each_hour_by_the_clock_it_is_given(self, plan, due_at):
        plan()
        dispatch_due_doses(now=due_at)
        send_all()
        assert dispatch_due_doses(now=due_at + HOUR - SECOND) == 0
        assert dispatch_due_doses(now=due_at + HOUR) == 1
        assert told() == [(0, "patient"), (1, "patient")]
        assert Notification.objects.count() == 1

    def test_as_often_as_the_plan_says(self, plan, due_at, settings):
        settings.DOSE_NAG_MINUTES = 10
        plan()
        for minutes in (0, 10, 20):
            assert dispatch_due_doses(now=due_at + timedelta(minutes=minutes)) == 1

    def test_after_a_pause_of_the_house_it_goes_on_from_then_and_makes_up_for_nothing(self, plan, due_at):
        plan()
        dispatch_due_doses(now=due_at)
        send_all()
        late = due_at + 5 * HOUR
        assert [dispatch_due_doses(now=late), dispatch_due_doses(now=late)] == [1, 0]
        assert Dose.objects.get(number=1).next_reminder_at == late + HOUR
        assert told() == [(0, "patient"), (1, "patient")]

    def test_while_a_message_still_waits_no_second_one_joins_it_and_others_are_nagged(self, plan, care, due_at):
        """In quiet hours, or while the provider is away: a night's nags would else come together in the morning."""
        Management.objects.create(patient=care.patient, user=make_user("daughter"), relation=Relation.GUARDIAN)
        plan()
        dispatch_due_doses(now=due_at)
        Delivery.objects.filter(user__username="daughter").update(state=DeliveryState.SENT)
        for hours in (1, 2):
            assert dispatch_due_doses(now=due_at + hours * HOUR) == 1
            Delivery.objects.filter(user__username="daughter").update(state=DeliveryState.SENT)
        assert told() == [(0, "daughter"), (0, "patient"), (1, "daughter"), (2, "daughter")]
        send_all()
        dispatch_due_doses(now=due_at + 3 * HOUR)
        assert told()[-1] == (3, "patient")

    def test_a_message_that_waits_in_one_channel_holds_up_no_other(self, plan, care, due_at):
        Preferences.objects.create(user=care.manager, wanted_by_sms=[Kind.DOSES])
        plan()
        dispatch_due_doses(now=due_at)
        Delivery.objects.filter(channel=Channel.SMS).update(state=DeliveryState.SENT)
        dispatch_due_doses(now=due_at + HOUR)
        written = Delivery.objects.order_by("channel", "sequence").values_list("channel", "sequence")
        assert list(written) == [(Channel.EMAIL, 0), (Channel.SMS, 0), (Channel.SMS, 1)]

    def test_it_stops_where_the_window_ends(self, plan, due_at):
        first = dose(plan(), 1)
        moment, nags = due_at, 0
        while moment < first.misses_at + DAY / 4:
            nags += dispatch_due_doses(now=moment)
            moment += HOUR
        first.refresh_from_db()
        assert nags == first.reminders_sent == 16  # From 08:00 to 23:00.
        assert first.next_reminder_at is None

    def test_a_dose_whose_window_is_over_is_not_told_of_though_nobody_wrote_it_off_yet(self, plan):
        first = dose(plan(), 1)
        assert dispatch_due_doses(now=first.misses_at) == 0
        first.refresh_from_db()
        assert first.state == DoseState.SCHEDULED
        assert told() == []

    def test_it_stops_with_the_answer(self, plan, care, due_at):
        first = dose(plan(), 1)
        dispatch_due_doses(now=due_at)
        check_in(actor=care.manager, dose_id=first.pk, outcome=Outcome.TAKEN, at=None, reason="", now=due_at)
        assert dispatch_due_doses(now=due_at + HOUR) == 0


@pytest.mark.django_db
class TestQuietHours:
    """They hold back nags, and nothing about a time-critical dose; what they hold back is judged when it is sent."""

    @pytest.mark.parametrize(("is_time_critical", "urgent"), [(False, [True, False]), (True, [True, True])])
    def test_the_dose_itself_passes_and_its_nags_where_time_is_critical(self, plan, due_at, is_time_critical, urgent):
        plan()
        ActionPlan.objects.update(is_time_critical=is_time_critical)
        dispatch_due_doses(now=due_at)
        send_all()
        dispatch_due_doses(now=due_at + HOUR)
        assert list(Delivery.objects.order_by("sequence").values_list("is_urgent", flat=True)) == urgent


@pytest.mark.django_db
class TestTellingLate:
    """The house was away for hours: a dose is told of once, as late, and not as a flood."""

    @pytest.fixture
    def late(self, due_at, settings):
        return due_at + timedelta(minutes=settings.DOSE_LATE_MINUTES, seconds=1)

    def test_once_as_late_and_never_nagged_about(self, plan, late):
        first = dose(plan(), 1)
        told_at = [late + hours * HOUR for hours in range(12)]
        assert [dispatch_due_doses(now=moment) for moment in told_at] == [1, *[0] * 11]
        first.refresh_from_db()
        assert (first.state, first.told_at, first.next_reminder_at) == (DoseState.DUE, late, None)
        (message,) = topic_named("dose_due").render([first.pk]).values()
        assert str(message.title) == "A dose is late"

    def test_within_the_limit_it_is_told_of_and_nagged_about_as_ever(self, plan, late):
        first = dose(plan(), 1)
        assert dispatch_due_doses(now=late - SECOND) == 1
        assert dispatch_due_doses(now=late - SECOND + HOUR) == 1
        (message,) = topic_named("dose_due").render([first.pk]).values()
        assert str(message.title) == "Time for your dose"

    def test_after_a_day_away_a_plan_of_many_doses_tells_of_the_one_that_is_open(self, plan, due_at):
        plan(schedule={"kind": "INTERVAL", "hours": 1}, days=2)
        assert dispatch_due_doses(now=due_at + DAY) == 1
        assert told() == [(0, "patient")]

    def test_it_can_be_checked_in_all_the_same(self, plan, care, late):
        first = dose(plan(), 1)
        dispatch_due_doses(now=late)
        taken = check_in(
            actor=care.manager, dose_id=first.pk, outcome=Outcome.TAKEN, at=first.due_at, reason="", now=late
        )
        assert taken.state == DoseState.TAKEN


@pytest.mark.django_db
class TestEscalating:
    """After so many unanswered nags the caregivers are told whom the patient chose."""

    @pytest.fixture
    def caregiver(self, care, now):
        user = make_user("caregiver")
        Caregiver.objects.create(patient=care.patient, user=user, consented_at=now)
        return user

    def nag(self, due_at, times: int) -> None:
        for number in range(times + 1):
            dispatch_due_doses(now=due_at + number * HOUR)

    def escalated(self) -> list[str]:
        return list(Notification.objects.filter(topic="dose_unanswered").values_list("recipient__username", flat=True))

    def test_after_as_many_nags_as_the_plan_says_and_once(self, plan, caregiver, due_at):
        plan(escalate_after=2)
        self.nag(due_at, 1)
        assert self.escalated() == []
        self.nag(due_at + 2 * HOUR, 5)
        assert self.escalated() == ["caregiver"]

    def test_never_where_the_plan_says_so(self, plan, caregiver, due_at):
        plan(escalate_after=0)
        self.nag(due_at, 8)
        assert self.escalated() == []

    def test_nobody_whose_consent_has_ended_or_who_cares_for_another(self, plan, caregiver, care, due_at, now):
        other = make_care(now, name="other_")
        Caregiver.objects.create(patient=other.patient, user=make_user("elsewhere"), consented_at=now)
        activate(other, make_draft(other, escalate_after=1), now=now)
        Caregiver.objects.filter(user=caregiver).update(ended_at=now)
        plan(escalate_after=1)
        self.nag(due_at, 3)
        assert self.escalated() == ["elsewhere"]
        told = Notification.objects.get(topic="dose_unanswered")
        assert Dose.objects.get(pk=told.subject_id).plan.patient == other.patient

    def test_the_words_name_the_patient_inside_the_house_alone_and_never_the_dose(self, plan, caregiver, care, due_at):
        first = dose(plan(escalate_after=1), 1)
        self.nag(due_at, 1)
        (message,) = topic_named("dose_unanswered").render([first.pk]).values()
        assert str(message.detail) == care.patient.name
        assert care.patient.name not in f"{message.title} {message.body}"
        assert "spirin" not in f"{message.title} {message.body} {message.detail}"

    def test_what_was_answered_meanwhile_is_not_sent(self, plan, caregiver, care, due_at, time_machine):
        first = dose(plan(escalate_after=1), 1)
        self.nag(due_at, 1)
        time_machine.move_to(due_at + HOUR, tick=False)
        wanted = topic_named("dose_unanswered").still_wanted
        assert wanted([first.pk]) == {first.pk}
        check_in(actor=care.manager, dose_id=first.pk, outcome=Outcome.TAKEN, at=None, reason="", now=due_at + HOUR)
        assert wanted([first.pk]) == set()


@pytest.mark.django_db
class TestOver:
    def test_a_dose_that_a_newer_note_has_replaced_is_not_told_of(self, plan, care, due_at):
        plan()
        raise_generation(relationship_id=care.relationship.pk)
        assert dispatch_due_doses(now=due_at) == 0

    def test_nor_one_of_a_relationship_that_ended(self, plan, care, due_at, now):
        plan()
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        assert dispatch_due_doses(now=due_at) == 0

    def test_nor_one_of_a_relationship_that_ran_out(self, plan, due_at):
        plan()
        CareRelationship.objects.update(ends_at=due_at)
        assert dispatch_due_doses(now=due_at) == 0
        CareRelationship.objects.update(ends_at=due_at + SECOND)
        assert dispatch_due_doses(now=due_at) == 1

    @pytest.mark.parametrize("state", ["DRAFT", "COMPLETED", "LAPSED", "CANCELLED"])
    def test_nor_one_of_a_plan_that_is_not_active(self, plan, due_at, state):
        plan()
        ActionPlan.objects.update(state=state)
        assert dispatch_due_doses(now=due_at) == 0

    @pytest.mark.parametrize("state", ["TAKEN", "SKIPPED", "MISSED", "CANCELLED"])
    def test_nor_one_that_was_answered_or_ended(self, plan, due_at, state):
        plan()
        Dose.objects.update(state=state)
        assert dispatch_due_doses(now=due_at) == 0


@pytest.mark.django_db
class TestDelivering:
    """What has changed by the time the message goes out."""

    @pytest.fixture
    def mail(self, settings):
        with smtp_server() as server:
            for name, setting in server.settings.items():
                setattr(settings, name, setting)
            yield server

    @pytest.fixture
    def due(self, plan, due_at, time_machine) -> Dose:
        """A dose that has been dispatched; it is one minute later."""
        first = dose(plan(), 1)
        dispatch_due_doses(now=due_at)
        time_machine.move_to(due_at + timedelta(minutes=1), tick=False)
        return first

    def test_a_dose_that_is_open_is_wanted_and_the_e_mail_says_nothing_clinical(self, due, mail):
        assert deliver_pending() == 1
        (taken,) = mail.taken
        assert taken.message["Subject"] == "Time for your dose"
        assert "spirin" not in taken.message.as_string()

    def test_one_that_was_taken_meanwhile_is_not(self, due, care, mail, due_at):
        check_in(actor=care.manager, dose_id=due.pk, outcome=Outcome.TAKEN, at=None, reason="", now=due_at)
        assert deliver_pending() == 0
        assert Delivery.objects.get().state == DeliveryState.DROPPED

    def test_nor_one_whose_plan_is_over(self, due, care, mail):
        raise_generation(relationship_id=care.relationship.pk)
        assert deliver_pending() == 0
        assert Delivery.objects.get().state == DeliveryState.DROPPED

    def test_nor_one_whose_window_has_closed(self, due, mail, time_machine):
        time_machine.move_to(due.misses_at, tick=False)
        assert deliver_pending() == 0
        assert Delivery.objects.get().state == DeliveryState.DROPPED

    def test_nor_one_that_a_late_answer_to_the_one_before_has_moved(self, due, mail, time_machine):
        Dose.objects.filter(pk=due.pk).update(due_at=due.due_at + HOUR)
        assert deliver_pending() == 0
        assert Delivery.objects.get().state == DeliveryState.DROPPED

    def test_a_plan_that_cannot_be_opened_holds_up_no_e_mail_because_none_tells_of_it(self, due, mail):
        ActionPlan.objects.update(action_sealed=b"tampered with")
        assert deliver_pending() == 1


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_at_once_tell_of_each_dose_once(now):
    care = make_care(now)
    for turn in range(rounds(1, 10)):
        for _ in range(40):
            activate(care, make_draft(care, schedule=DAILY, days=1), now=now + turn * DAY)
        due = now + turn * DAY + HOUR
        dispatched = race([partial(dispatch_due_doses, now=due, batch=7)] * 3)
        assert sum(count for count in dispatched if isinstance(count, int)) == 40
        assert Delivery.objects.filter(sequence=0).count() == Notification.objects.count() == 40 * (turn + 1)
    assert set(Dose.objects.values_list("reminders_sent", flat=True)) == {1}
