"""A provider that is away, slow, failing or lying: its outage costs no message its tries, and everybody sees it."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.core.launcher.ports import claim
from apps.core.testing.gateway import answers, dawdles, drips, hangs_up
from apps.notifications.choices import Channel, DeliveryState, Kind, Reason
from apps.notifications.models import Breaker, Delivery, Preferences
from apps.notifications.services import breaking
from apps.notifications.services.announcing import Announcement, announce_many
from apps.notifications.services.delivering import deliver_pending

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def tell(patient, subjects, now):
    """Tell the patient of this many new subjects by this channel, and return the messages, oldest first."""

    def announce_some(count: int = 1, channel: str = "SMS") -> list[Delivery]:
        patient.phone = "+15550100001"
        patient.save()
        wanted = {"wanted_by_sms": [Kind.DOSES] if channel == "SMS" else []}
        Preferences.objects.update_or_create(user=patient, defaults=wanted)
        made = [Announcement(uuid7(), patient.pk) for _ in range(count)]
        announce_many(subjects.name, made, now=now)
        Delivery.objects.exclude(channel=channel).delete()
        return list(Delivery.objects.order_by("id"))

    return announce_some


def deliver(at) -> int:
    return deliver_pending(clock=lambda: at)


def break_off(channel: str, *, at) -> None:
    """Let the provider of a channel be found away."""
    for _ in range(breaking.STRIKES):
        breaking.strike(channel, failure="http 503", now=at)


def is_closed(channel: str) -> bool:
    """Tell whether the breaker lets everybody send."""
    return not Breaker.objects.filter(pk=channel).exclude(strikes=0, retry_at=None).exists()


def became(delivery: Delivery) -> tuple[str, str, bool]:
    delivery.refresh_from_db()
    return delivery.state, delivery.reason, delivery.may_be_repeated


class TestTextMessages:
    def test_the_form_that_twilio_made_common(self, tell, texts, patient, settings, now):
        settings.SITE_URL = "https://care.example"
        (message,) = tell()
        assert deliver(now) == 1
        assert became(message) == (DeliveryState.SENT, "", False)
        assert message.provider_id == "SM1"
        (text,) = texts.taken
        assert text.key == str(message.pk)
        assert text.authorization.startswith("Basic ")
        assert text.fields["To"] == "+15550100001"
        assert text.fields["Body"] == "CareLoop: Something happened. Sign in to read more. https://care.example"
        assert text.fields["StatusCallback"] == (f"https://care.example/api/v1/notifications/sms-status/{message.pk}/")

    def test_plain_json(self, tell, texts, settings, now):
        settings.SMS_URL = texts.url("json")
        (message,) = tell()
        assert deliver(now) == 1
        (text,) = texts.taken
        assert text.authorization == "Bearer token"
        assert (text.fields["to"], text.fields["reference"]) == ("+15550100001", str(message.pk))

    def test_a_national_number_is_written_out(self, tell, texts, patient, now):
        tell()
        patient.phone = "(555) 010-0001"
        patient.save()
        deliver(now)
        assert texts.taken[0].fields["To"] == "+15550100001"

    def test_what_is_no_number_is_refused_without_asking(self, tell, texts, patient, now):
        (message,) = tell()
        patient.phone = "ask reception"
        patient.save()
        assert deliver(now) == 0
        assert became(message) == (DeliveryState.FAILED, Reason.REFUSED, False)
        assert texts.asked == 0

    def test_a_number_that_the_gateway_refuses_is_given_up_at_once_and_holds_up_nobody(self, tell, texts, now):
        refused, taken = tell(2)
        texts.will(answers(400, b'{"code": 21211, "message": "+15550100001 is no number"}'))
        assert deliver(now) == 1
        assert became(refused) == (DeliveryState.FAILED, Reason.REFUSED, False)
        assert refused.last_failure == "http 400"  # Without the number, which the gateway repeats.
        assert became(taken) == (DeliveryState.SENT, "", False)


class TestLyingAndFalling:
    @pytest.mark.parametrize(
        "fault",
        [
            answers(200, b"<html>OK</html>", takes=True),
            answers(201, b"[]", takes=True),
            answers(200, b'{"sid": ""}', takes=True),
            answers(500, takes=True),
            answers(408, takes=True),
            answers(409, takes=True),
            answers(503, takes=True),
            hangs_up,
        ],
        ids=["html", "list", "nameless", "error", "timed out", "conflict", "unavailable", "hangs up"],
    )
    def test_what_is_no_answer_means_again_under_the_same_key_and_the_row_says_so(self, tell, texts, now, fault):
        (message,) = tell()
        texts.will(fault)
        assert deliver(now) == 0
        assert became(message) == (DeliveryState.PENDING, Reason.RETRYING, True)
        assert deliver(message.next_attempt_at) == 1
        assert became(message) == (DeliveryState.SENT, "", True)
        assert (len(texts.taken), len(texts.passed_on)) == (2, 1)

    @pytest.mark.parametrize("fault", [dawdles(30), drips], ids=["hangs", "drips"])
    def test_whoever_does_not_answer_in_time_is_waited_for_no_longer(self, tell, texts, settings, now, fault):
        settings.SMS_TIMEOUT = 0.5
        (message,) = tell()
        texts.will(fault)
        assert deliver(now) == 0
        assert became(message) == (DeliveryState.PENDING, Reason.RETRYING, True)

    def test_whoever_is_slow_is_waited_for(self, tell, texts, now):
        (message,) = tell()
        texts.will(dawdles(0.5))
        assert deliver(now) == 1
        assert became(message) == (DeliveryState.SENT, "", False)

    def test_it_ends_after_so_many_tries(self, tell, texts, settings, now):
        settings.DELIVERY_MAX_ATTEMPTS = 3
        (message,) = tell()
        texts.will(*[answers(500)] * 3)
        moment = now
        for _ in range(3):
            deliver(moment)
            message.refresh_from_db()
            moment = message.next_attempt_at + timedelta(minutes=2)
        assert became(message) == (DeliveryState.FAILED, Reason.GIVEN_UP, True)
        assert (message.attempts, message.last_failure) == (3, "http 500 that says nothing")


class TestBreaker:
    @pytest.mark.parametrize("status", [401, 403, 404, 429, 302])
    def test_an_outage_costs_no_message_a_try(self, tell, texts, now, status):
        (message,) = tell()
        texts.will(answers(status))
        assert deliver(now) == 0
        assert became(message) == (DeliveryState.PENDING, Reason.AWAY, False)
        assert (message.attempts, message.last_failure) == (0, f"http {status}")

    def test_after_three_in_a_row_nobody_asks_and_the_rest_waits_untouched(self, tell, texts, now):
        tell(10)
        texts.will(*[answers(429)] * 10)
        assert [deliver(now), deliver(now + SECOND)] == [0, 0]
        assert texts.asked == breaking.STRIKES
        assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.PENDING, 0)}

    def test_then_one_message_finds_out_and_with_it_comes_the_backlog(self, tell, texts, now):
        tell(10)
        texts.will(*[answers(429)] * 4)
        deliver(now)
        trial = now + breaking.SHORTEST_WAIT
        assert deliver(trial) == 0
        assert texts.asked == breaking.STRIKES + 1
        assert deliver(trial + 2 * breaking.SHORTEST_WAIT - SECOND) == 0
        assert texts.asked == breaking.STRIKES + 1
        assert deliver(trial + 2 * breaking.SHORTEST_WAIT) == 10
        assert is_closed(Channel.SMS)

    def test_an_answer_ends_the_count(self, tell, texts, now):
        tell(10)
        texts.will(answers(429), answers(429), answers(400), answers(429), answers(429))
        assert deliver(now) == 5

    def test_a_run_that_has_nothing_to_send_leaves_the_trial_to_the_next_one(self, tell, texts, now):
        break_off(Channel.SMS, at=now)
        trial = now + breaking.SHORTEST_WAIT
        assert deliver(trial) == 0
        tell()
        assert deliver(trial + SECOND) == 1

    @pytest.mark.parametrize("kept_back", ["muted", "unwanted", "no number"])
    def test_so_does_one_that_sends_nothing_of_what_it_has(self, tell, texts, subjects, now, kept_back):
        break_off(Channel.SMS, at=now)
        trial = now + breaking.SHORTEST_WAIT
        (message,) = tell()
        if kept_back == "muted":
            Preferences.objects.update(wanted_by_sms=[])
        elif kept_back == "unwanted":
            subjects.unwanted.add(message.subject_id)
        else:
            User.objects.update(phone="ask reception")
        assert deliver(trial) == 0
        assert (texts.asked, Breaker.objects.get().strikes) == (0, breaking.STRIKES)
        tell()
        assert deliver(trial + SECOND) == 1

    def test_one_who_looks_in_meanwhile_takes_no_trial_of_anothers(self, now):
        break_off(Channel.SMS, at=now)
        trial = now + breaking.SHORTEST_WAIT
        assert breaking.may_send(Channel.SMS, now=trial)
        assert deliver(trial + SECOND) == 0
        assert not breaking.may_send(Channel.SMS, now=trial + 2 * SECOND)

    def test_a_refusal_of_one_number_is_an_answer_and_closes_the_breaker(self, tell, texts, now):
        break_off(Channel.SMS, at=now)
        tell()
        texts.will(answers(400))
        assert deliver(now + breaking.SHORTEST_WAIT) == 0
        assert is_closed(Channel.SMS)

    @pytest.mark.parametrize("reply", ["550 5.1.1 No such person", "452 4.2.2 Mailbox full"])
    def test_so_is_that_of_one_mailbox_for_good_or_for_now(self, tell, mail, now, reply):
        break_off(Channel.EMAIL, at=now)
        tell(channel="EMAIL")
        mail.refuse_recipients(reply)
        assert deliver(now + breaking.SHORTEST_WAIT) == 0
        assert is_closed(Channel.EMAIL)

    def test_two_hours_without_a_mail_server_lose_nothing_and_cost_nothing(self, tell, mail, settings, now):
        messages = tell(3, channel="EMAIL")
        there, nobody = settings.EMAIL_PORT, claim()
        settings.EMAIL_PORT = nobody.port
        for minute in range(120):
            assert deliver(now + timedelta(minutes=minute)) == 0
        nobody.release()
        settings.EMAIL_PORT = there
        assert deliver(now + timedelta(minutes=121)) == 3
        assert len(mail.taken) == 3
        for message in messages:
            assert became(message) == (DeliveryState.SENT, "", False)
            assert message.attempts == 1

    def test_a_mail_server_that_closes_is_away_whatever_it_answers(self, tell, mail, now):
        (message,) = tell(channel="EMAIL")
        mail.refuse_recipients("421 4.7.0 Closing")
        deliver(now)
        assert became(message) == (DeliveryState.PENDING, Reason.AWAY, False)

    def test_one_channel_that_is_away_holds_up_no_other(self, tell, texts, mail, now):
        (message,) = tell()
        announce_many(message.topic, [Announcement(uuid7(), message.user_id)], now=now)
        break_off(Channel.SMS, at=now)
        assert deliver(now) == 1
        assert (len(mail.taken), texts.asked) == (1, 0)
