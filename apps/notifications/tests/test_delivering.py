"""Working the ledger off through a real SMTP conversation: refusals, retries, silence, leases, two workers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.core.launcher.ports import claim
from apps.core.testing.proofs import race, rounds
from apps.notifications.choices import Channel, DeliveryState
from apps.notifications.models import Delivery
from apps.notifications.services.announcing import Announcement, announce, announce_many
from apps.notifications.services.claiming import Lease
from apps.notifications.services.delivering import BATCH, deliver_pending
from apps.notifications.topics import THEIR_OWN, Topic, register_topic
from tests.world import make_user

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def tell(patient, subjects, now) -> Callable[..., list[Delivery]]:
    """Announce this many new subjects and return their messages, oldest first."""

    def announce_some(count: int = 1, *, recipient: User = patient) -> list[Delivery]:
        made = [Announcement(uuid7(), recipient.pk) for _ in range(count)]
        announce_many(subjects.name, made, now=now)
        return list(Delivery.objects.filter(subject_id__in=[each.subject_id for each in made]).order_by("id"))

    return announce_some


def deliver(at: datetime) -> int:
    return deliver_pending(clock=lambda: at)


def claim_all(at: datetime, limit: int = 10) -> list[UUID]:
    return Lease(lambda: at).claim(Channel.EMAIL, limit=limit)


def read_again(delivery: Delivery) -> Delivery:
    delivery.refresh_from_db()
    return delivery


class TestSending:
    def test_the_mail_server_takes_it_and_the_row_says_so(self, tell, mail, patient, now):
        (message,) = tell()
        assert deliver(now) == 1
        assert [taken.recipient for taken in mail.taken] == [patient.email]
        read_again(message)
        assert (message.state, message.sent_at, message.attempts) == (DeliveryState.SENT, now, 1)
        assert (message.lease, message.last_failure, message.may_be_repeated) == (None, "", False)

    def test_the_rows_id_is_the_providers_idempotency_key(self, tell, mail, now):
        (message,) = tell()
        deliver(now)
        assert mail.taken[0].key == f"<{message.pk}@careloop.example>"
        assert mail.taken[0].message["Idempotency-Key"] == str(message.pk)

    def test_it_says_nothing_clinical_and_that_no_person_wrote_it(self, tell, mail, subjects, now):
        tell()
        deliver(now)
        (taken,) = mail.taken
        assert taken.message["Subject"] == subjects.words.title
        for words in (taken.body, taken.html):
            assert str(subjects.words.body) in words
        assert str(subjects.words.detail) not in taken.message.as_string()
        assert taken.message["Auto-Submitted"] == "auto-generated"

    def test_each_is_sent_once(self, tell, mail, now):
        tell(3)
        assert [deliver(now), deliver(now)] == [3, 0]
        assert len(mail.taken) == 3

    def test_a_batch_is_one_conversation(self, tell, mail, now):
        tell(5)
        deliver(now)
        assert (len(mail.taken), mail.conversations) == (5, 1)

    def test_more_than_a_batch_at_once(self, tell, mail, now):
        tell(BATCH + 3)
        assert deliver_pending(clock=lambda: now, batches=1) == BATCH
        assert deliver(now) == 3

    def test_an_idle_run_talks_to_nobody(self, subjects, mail, now):
        assert deliver(now) == 0
        assert (mail.conversations, subjects.asked) == (0, [])

    def test_not_before_its_time(self, tell, mail, now):
        (message,) = tell()
        assert deliver(now - SECOND) == 0
        assert read_again(message).state == DeliveryState.PENDING

    def test_a_title_of_two_lines_is_one_subject(self, tell, mail, subjects, now):
        subjects.words = type(subjects.words)("One\n two", "Body")
        tell()
        deliver(now)
        assert mail.taken[0].message["Subject"] == "One two"


class TestStillWanted:
    def test_what_is_not_wanted_any_more_is_dropped(self, tell, mail, subjects, now):
        unwanted, wanted = tell(2)
        subjects.unwanted.add(unwanted.subject_id)
        assert deliver(now) == 1
        assert read_again(unwanted).state == DeliveryState.DROPPED
        assert [taken.message["Idempotency-Key"] for taken in mail.taken] == [str(wanted.pk)]

    def test_the_owner_is_asked_again_before_each_attempt(self, tell, mail, subjects, now):
        (message,) = tell()
        mail.refuse_recipients("451 4.3.0 Later")
        deliver(now)
        subjects.unwanted.add(message.subject_id)
        deliver(now + timedelta(minutes=1))
        assert subjects.asked == [message.subject_id] * 2
        assert read_again(message).state == DeliveryState.DROPPED
        assert mail.taken == []

    def test_a_subject_that_is_gone_is_dropped_and_holds_up_nobody(self, tell, mail, subjects, now):
        gone, there = tell(2)
        subjects.gone.add(gone.subject_id)
        assert deliver(now) == 1
        assert read_again(gone).state == DeliveryState.DROPPED
        assert read_again(there).state == DeliveryState.SENT

    def test_a_topic_that_fails_holds_up_nobody_else_and_is_tried_again(self, tell, mail, patient, subjects, now):
        def fail(subject_ids):
            raise ZeroDivisionError

        register_topic(Topic("broken", render=fail, seen_by=THEIR_OWN))
        for topic in ("broken", subjects.name):
            announce(topic, subject_id=uuid7(), recipient_ids=[patient.pk], now=now)
        Delivery.objects.exclude(topic="broken").update(topic="owned_by_nobody")
        (message,) = tell()
        assert deliver(now) == 1
        assert read_again(message).state == DeliveryState.SENT
        others = Delivery.objects.exclude(pk=message.pk)
        assert set(others.values_list("state", "last_failure")) == {
            (DeliveryState.PENDING, "ZeroDivisionError"),
            (DeliveryState.PENDING, "KeyError"),
        }


class TestFailing:
    def test_not_now_means_later_under_the_same_key(self, tell, mail, now):
        (message,) = tell()
        mail.refuse_recipients("451 4.3.0 Later")
        assert deliver(now) == 0
        read_again(message)
        assert (message.state, message.last_failure) == (DeliveryState.PENDING, "SMTPRecipientsRefused")
        assert deliver(message.next_attempt_at - SECOND) == 0
        assert deliver(message.next_attempt_at) == 1
        assert mail.taken[0].message["Idempotency-Key"] == str(message.pk)
        assert not read_again(message).may_be_repeated

    def test_each_wait_is_twice_the_last_up_to_an_hour_and_in_the_end_it_is_given_up(self, tell, mail, settings, now):
        settings.DELIVERY_MAX_ATTEMPTS = 11
        (message,) = tell()
        mail.refuse_recipients(*["451 4.3.0 Later"] * 11)
        waits, moment = [], now
        while message.state == DeliveryState.PENDING:
            deliver(moment)
            read_again(message)
            waits.append((message.next_attempt_at - moment).total_seconds())
            moment = message.next_attempt_at
        assert waits[:-1] == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
        assert (message.state, message.attempts) == (DeliveryState.FAILED, 11)
        assert deliver(moment + timedelta(days=1)) == 0

    def test_a_mail_server_that_is_away_is_tried_again(self, tell, settings, now):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        nobody = claim()
        settings.EMAIL_PORT = nobody.port
        messages = tell(2)
        assert deliver(now) == 0
        nobody.release()
        for message in messages:
            read_again(message)
            assert (message.state, message.last_failure) == (DeliveryState.PENDING, "ConnectionRefusedError")
            assert not message.may_be_repeated

    def test_an_address_that_is_refused_for_good_is_given_up_at_once(self, tell, mail, now):
        refused, taken = tell(2)
        mail.refuse_recipients("550 5.1.1 No such person")
        assert deliver(now) == 1
        read_again(refused)
        assert (refused.state, refused.attempts, refused.last_failure) == (DeliveryState.FAILED, 1, "smtp 550")
        assert read_again(taken).state == DeliveryState.SENT

    @pytest.mark.parametrize("reply", ["451 4.3.0 Later", "421 4.7.0 Too many, goodbye"])
    def test_one_that_fails_holds_up_nobody(self, tell, mail, now, reply):
        failing, *others = tell(3)
        mail.refuse_recipients(reply)
        assert deliver(now) == 2
        assert read_again(failing).state == DeliveryState.PENDING
        for other in others:
            assert (read_again(other).state, other.may_be_repeated) == (DeliveryState.SENT, False)

    @pytest.mark.parametrize(
        ("address", "outcome"),
        [
            ("", (DeliveryState.WITHHELD, "")),
            ("two\nlines@example.org", (DeliveryState.PENDING, "ValueError")),
        ],
    )
    def test_an_address_that_is_none_is_never_called_sent_and_holds_up_nobody(self, tell, mail, now, address, outcome):
        nowhere = make_user("nowhere")
        (unsendable,) = tell(recipient=nowhere)
        (message,) = tell()
        User.objects.filter(pk=nowhere.pk).update(email=address)
        assert deliver(now) == 1
        read_again(unsendable)
        assert (unsendable.state, unsendable.last_failure) == outcome
        assert read_again(message).state == DeliveryState.SENT


class TestSilence:
    def test_a_lost_answer_means_again_under_the_same_key_and_the_row_says_so(self, tell, mail, now):
        (message,) = tell()
        mail.lose_answers()
        assert deliver(now) == 0
        assert read_again(message).may_be_repeated
        assert deliver(message.next_attempt_at) == 1
        assert len(mail.taken) == 2
        assert len(mail.passed_on) == 1
        read_again(message)
        assert (message.state, message.may_be_repeated) == (DeliveryState.SENT, True)

    def test_so_does_an_answer_that_comes_too_late(self, tell, mail, settings, now):
        settings.EMAIL_TIMEOUT = 2
        (message,) = tell()
        mail.pause = 20.0
        assert deliver(now) == 0
        read_again(message)
        assert (message.state, message.may_be_repeated) == (DeliveryState.PENDING, True)

    def test_the_rest_of_the_batch_goes_on_in_a_new_conversation(self, tell, mail, now):
        _lost, *others = tell(3)
        mail.lose_answers()
        assert deliver(now) == 2
        assert mail.conversations == 2
        assert not any(read_again(other).may_be_repeated for other in others)


class TestLease:
    def test_a_claimed_message_is_nobody_elses(self, tell, mail, now):
        (message,) = tell()
        assert claim_all(now) == [message.pk]
        assert deliver(now) == 0
        read_again(message)
        assert (message.state, message.attempts) == (DeliveryState.CLAIMED, 0)

    def test_when_its_worker_has_vanished_another_takes_over_and_says_what_may_have_been_sent(
        self, tell, mail, settings, now
    ):
        in_doubt, untouched = tell(2)
        lease = Lease(lambda: now)
        lease.claim(Channel.EMAIL, limit=2)
        lease.begin(in_doubt)
        over = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
        assert deliver(over - SECOND) == 0
        assert deliver(over) == 2
        for message, attempts, may_be_repeated in ((in_doubt, 2, True), (untouched, 1, False)):
            read_again(message)
            assert message.state == DeliveryState.SENT
            assert (message.attempts, message.may_be_repeated) == (attempts, may_be_repeated)

    def test_a_worker_that_slept_past_its_lease_sends_nothing(self, tell, mail, settings, now):
        (message,) = tell()
        claim_all(now)
        lease = Lease(lambda: now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS), read_again(message).lease)
        assert not lease.begin(message)
        assert read_again(message).state == DeliveryState.CLAIMED

    def test_the_result_of_a_worker_that_was_thought_dead_does_not_count(self, tell, mail, subjects, now):
        (message,) = tell()
        much_later = now + timedelta(hours=1)
        render = subjects.render

        def fall_asleep(subject_ids):
            subjects.render = render
            register_topic(Topic(subjects.name, render=render, seen_by=THEIR_OWN))
            mail.lose_answers()
            assert deliver(much_later) == 0  # The rival takes over, and is not answered.
            return render(subject_ids)

        register_topic(Topic(subjects.name, render=fall_asleep, seen_by=THEIR_OWN))
        deliver(now)
        read_again(message)
        assert (message.state, message.attempts, message.sent_at) == (DeliveryState.PENDING, 1, None)
        assert message.next_attempt_at > much_later
        assert message.may_be_repeated

    def test_what_the_lease_leaves_no_time_for_is_given_back_untouched(self, tell, mail, subjects, settings, now):
        settings.DELIVERY_LEASE_SECONDS, settings.EMAIL_TIMEOUT = 60, 10
        messages = tell(5)
        each_takes_25_seconds = lambda: now + 25 * SECOND * len(mail.taken)  # noqa: E731 - a clock
        assert deliver_pending(clock=each_takes_25_seconds) == 5
        assert len(mail.taken) == 5
        assert len(subjects.asked) == 5 + 2  # Three fitted into the first lease; for the others somebody began afresh.
        for message in messages:
            read_again(message)
            assert (message.state, message.attempts, message.may_be_repeated) == (DeliveryState.SENT, 1, False)

    def test_a_lease_shorter_than_the_mail_servers_deadline_still_sends(self, tell, mail, settings, now):
        settings.DELIVERY_LEASE_SECONDS, settings.EMAIL_TIMEOUT = 2, 10
        tell(2)
        assert deliver(now) == 2


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestTwoWorkers:
    def test_claim_no_message_twice(self, tell, now):
        for turn in range(rounds(3, 30)):
            tell(20)
            claims = race([partial(claim_all, now, 20) for _ in range(4)])
            claimed = [pk for each in claims if isinstance(each, list) for pk in each]
            assert sorted(claimed) == sorted(set(claimed))
            assert Delivery.objects.filter(state=DeliveryState.CLAIMED).count() == 20 * (turn + 1)

    def test_send_each_message_once(self, tell, mail, now):
        for _ in range(rounds(1, 10)):
            mail.taken.clear()
            tell(3 * BATCH)
            sent = race([lambda: deliver(now)] * 2)
            assert sum(count for count in sent if isinstance(count, int)) == 3 * BATCH
            assert len(mail.taken) == len(mail.passed_on) == 3 * BATCH
            assert not Delivery.objects.exclude(state=DeliveryState.SENT).exists()
            assert not Delivery.objects.filter(may_be_repeated=True).exists()
