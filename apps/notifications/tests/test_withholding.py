"""Why one was not told, or only later, or without details: what the recipient chose, and what the row then says."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.notifications.choices import DeliveryState, Kind, Reason
from apps.notifications.models import Delivery, Preferences
from apps.notifications.services.announcing import Announcement, announce, announce_many, announce_to_address
from apps.notifications.services.delivering import deliver_pending
from apps.notifications.tests.conftest import Subjects
from apps.notifications.topics import register_topic, topic_named

pytestmark = pytest.mark.django_db
NIGHT = {"quiet_from": time(22), "quiet_until": time(7), "quiet_zone": "Europe/Paris"}
EVENING = datetime(2026, 6, 1, 21, 30, tzinfo=UTC)  # Half past eleven in Paris.
MORNING = datetime(2026, 6, 2, 5, 0, tzinfo=UTC)


@pytest.fixture
def tell(patient, subjects):
    """Tell the patient of something new at a moment, urgently or not, and return the messages."""

    def announce_one(now: datetime, *, is_urgent: bool = False) -> dict[str, Delivery]:
        subject = uuid7()
        announce_many(subjects.name, [Announcement(subject, patient.pk, is_urgent=is_urgent)], now=now)
        return {each.channel: each for each in Delivery.objects.filter(subject_id=subject)}

    return announce_one


@pytest.fixture
def chooses(patient):
    """Let the patient choose."""
    return lambda **columns: Preferences.objects.create(user=patient, **columns)


def became(delivery: Delivery, now: datetime) -> tuple[str, str]:
    deliver_pending(clock=lambda: now)
    delivery.refresh_from_db()
    return delivery.state, delivery.reason


class TestMuted:
    def test_what_is_muted_is_not_sent_and_says_so(self, tell, chooses, mail, now):
        chooses(muted_by_email=[Kind.DOSES])
        message = tell(now)["EMAIL"]
        assert became(message, now) == (DeliveryState.WITHHELD, Reason.MUTED)
        assert message.explanation == "You have muted messages of this kind here."
        assert mail.taken == []

    def test_another_kind_is_sent(self, tell, chooses, mail, now):
        chooses(muted_by_email=[Kind.RECORDS, Kind.APPOINTMENTS, Kind.GENERAL])
        assert became(tell(now)["EMAIL"], now) == (DeliveryState.SENT, "")

    def test_what_is_muted_after_it_was_told_is_not_sent_either(self, tell, chooses, mail, now):
        message = tell(now)["EMAIL"]
        chooses(muted_by_email=[Kind.DOSES])
        assert became(message, now) == (DeliveryState.WITHHELD, Reason.MUTED)

    def test_a_text_message_that_is_no_more_wanted_is_not_sent(self, tell, chooses, texts, mail, now):
        User.objects.update(phone="+15550100001")
        chosen = chooses(wanted_by_sms=[Kind.DOSES])
        message = tell(now)["SMS"]
        chosen.wanted_by_sms = []
        chosen.save()
        assert became(message, now) == (DeliveryState.WITHHELD, Reason.MUTED)
        assert texts.asked == 0


class TestNoAddress:
    def test_without_an_e_mail_address(self, tell, patient, mail, now):
        User.objects.filter(pk=patient.pk).update(email="")
        assert became(tell(now)["EMAIL"], now) == (DeliveryState.WITHHELD, Reason.NO_ADDRESS)

    def test_without_a_phone(self, tell, chooses, texts, mail, now):
        chooses(wanted_by_sms=[Kind.DOSES])
        assert became(tell(now)["SMS"], now) == (DeliveryState.WITHHELD, Reason.NO_ADDRESS)

    def test_where_nobody_sends_text_messages(self, tell, chooses, mail, settings, now):
        settings.SMS_URL = ""
        chooses(wanted_by_sms=[Kind.DOSES])
        assert became(tell(now)["SMS"], now) == (DeliveryState.WITHHELD, Reason.NO_GATEWAY)


class TestQuietHours:
    def test_it_waits_for_the_morning_and_costs_no_try(self, tell, chooses, mail):
        chooses(**NIGHT)
        message = tell(EVENING)["EMAIL"]
        assert became(message, EVENING) == (DeliveryState.PENDING, Reason.QUIET)
        assert (message.next_attempt_at, message.attempts) == (MORNING, 0)
        assert deliver_pending(clock=lambda: MORNING - timedelta(seconds=1)) == 0
        assert became(message, MORNING) == (DeliveryState.SENT, "")

    def test_what_is_urgent_does_not(self, tell, chooses, mail):
        chooses(**NIGHT)
        assert became(tell(EVENING, is_urgent=True)["EMAIL"], EVENING) == (DeliveryState.SENT, "")

    def test_nor_does_a_code(self, patient, chooses, mail):
        chooses(**NIGHT)
        announce(
            "new_device",
            subject_id=patient.sessions.create(
                refresh_id=uuid7(), token_version=0, last_used_at=EVENING, expires_at=MORNING
            ).pk,
            recipient_ids=[patient.pk],
            now=EVENING,
        )
        assert became(Delivery.objects.get(), EVENING) == (DeliveryState.SENT, "")

    def test_what_is_of_no_use_by_the_morning_is_dropped_then(self, tell, chooses, subjects, mail):
        chooses(**NIGHT)
        message = tell(EVENING)["EMAIL"]
        became(message, EVENING)
        subjects.unwanted.add(message.subject_id)
        assert became(message, MORNING) == (DeliveryState.DROPPED, Reason.NOT_WANTED)


@pytest.mark.usefixtures("texts")
class TestDetail:
    def sent(self, mail) -> str:
        (taken,) = mail.taken
        return taken.body + taken.html

    def test_stays_in_the_house_unless_its_reader_allows_it(self, tell, chooses, mail, now):
        chooses()
        became(tell(now)["EMAIL"], now)
        assert str(Subjects.words.detail) not in self.sent(mail)
        assert "says nothing about your health" in self.sent(mail)

    def test_goes_out_where_that_is_allowed(self, tell, chooses, mail, now):
        chooses(allows_detail=True)
        assert became(tell(now)["EMAIL"], now) == (DeliveryState.SENT, "")
        assert str(Subjects.words.detail) in self.sent(mail)
        assert "says nothing about your health" not in self.sent(mail)

    def test_but_not_to_an_address_that_nobody_has_confirmed_and_the_row_says_so(self, tell, chooses, mail, now):
        chooses(allows_detail=True)
        User.objects.update(email_verified_at=None)
        assert became(tell(now)["EMAIL"], now) == (DeliveryState.SENT, Reason.UNCONFIRMED)
        assert str(Subjects.words.detail) not in self.sent(mail)

    def test_nor_where_it_speaks_of_others(self, tell, chooses, mail, now):
        chooses(allows_detail=True)
        message = tell(now)["EMAIL"]
        register_topic(replace(topic_named(message.topic), detail_may_leave=False))
        assert became(message, now) == (DeliveryState.SENT, "")
        assert str(Subjects.words.detail) not in self.sent(mail)

    def test_nor_in_a_text_message(self, tell, chooses, texts, now):
        chooses(allows_detail=True, wanted_by_sms=[Kind.DOSES])
        User.objects.update(phone="+15550100001")
        assert became(tell(now)["SMS"], now) == (DeliveryState.SENT, "")
        assert str(Subjects.words.detail) not in texts.taken[0].fields["Body"]


class TestTooLate:
    def test_what_could_not_be_sent_in_three_days_is_given_up(self, tell, mail, now):
        message = tell(now)["EMAIL"]
        late = now + timedelta(days=3)
        assert became(message, late) == (DeliveryState.FAILED, Reason.TOO_LATE)
        assert mail.taken == []

    def test_what_worker_after_worker_dies_of_is_given_up(self, tell, mail, settings, now):
        message = tell(now)["EMAIL"]
        attempts = settings.DELIVERY_MAX_ATTEMPTS
        Delivery.objects.update(state=DeliveryState.SENDING, attempts=attempts, lease=uuid7())
        assert became(message, now) == (DeliveryState.FAILED, Reason.GIVEN_UP)
        assert (mail.taken, message.may_be_repeated) == ([], True)

    def test_a_bare_address_has_no_preferences(self, subjects, mail, now):
        announce_to_address(subjects.name, subject_id=uuid7(), address="walk-in@example.org", now=now)
        assert became(Delivery.objects.get(), now) == (DeliveryState.SENT, "")
