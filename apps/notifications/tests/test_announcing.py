"""Announcing: once in the inbox, once by e-mail, nags as further messages about the same thing."""

import pytest
from django.db import transaction

from apps.core import wakeups
from apps.core.ids import uuid7
from apps.notifications.choices import Channel, DeliveryState
from apps.notifications.models import Delivery, Notification
from apps.notifications.services.announcing import Announcement, announce, announce_many
from tests.world import make_user

pytestmark = pytest.mark.django_db
SUBJECT = uuid7()


def test_puts_one_row_into_the_inbox_and_one_e_mail_on_its_way(patient, now):
    announce("something", subject_id=SUBJECT, recipient_ids=[patient.pk], now=now)
    told = Notification.objects.get()
    assert (told.recipient, told.topic, told.subject_id, told.read_at) == (patient, "something", SUBJECT, None)
    message = Delivery.objects.get()
    assert (message.user, message.recipient, message.channel) == (patient, str(patient.pk), Channel.EMAIL)
    assert (message.state, message.attempts, message.next_attempt_at) == (DeliveryState.PENDING, 0, now)
    assert not message.may_be_repeated


def test_twice_is_once(patient, now):
    for _ in range(2):
        announce("something", subject_id=SUBJECT, recipient_ids=[patient.pk, patient.pk], now=now)
    assert Notification.objects.count() == Delivery.objects.count() == 1


def test_each_recipient_topic_and_subject_is_told_separately(patient, stranger, now):
    announce("something", subject_id=SUBJECT, recipient_ids=[patient.pk, stranger.pk], now=now)
    announce("something", subject_id=uuid7(), recipient_ids=[patient.pk], now=now)
    announce("something_else", subject_id=SUBJECT, recipient_ids=[patient.pk], now=now)
    assert Notification.objects.count() == Delivery.objects.count() == 4


def test_without_an_address_there_is_only_the_inbox(patient, now):
    patient.email = ""
    patient.save()
    announce("something", subject_id=SUBJECT, recipient_ids=[patient.pk], now=now)
    assert Notification.objects.count() == 1
    assert not Delivery.objects.exists()


def test_nags_are_further_messages_about_one_row_of_the_inbox(patient, now):
    for sequence in (0, 1, 2, 2):
        announce_many("something", [Announcement(SUBJECT, patient.pk, sequence)], now=now)
    assert Notification.objects.count() == 1
    assert sorted(Delivery.objects.values_list("sequence", flat=True)) == [0, 1, 2]


def test_a_nag_leaves_a_row_that_was_read_as_it_is(patient, now):
    announce("something", subject_id=SUBJECT, recipient_ids=[patient.pk], now=now)
    Notification.objects.update(read_at=now)
    announce_many("something", [Announcement(SUBJECT, patient.pk, 1)], now=now)
    assert Notification.objects.get().read_at == now


def test_thousands_are_told_in_one_statement(patient, now, django_assert_num_queries):
    many = [Announcement(uuid7(), patient.pk) for _ in range(3_000)]
    with django_assert_num_queries(1):
        announce_many("something", many, now=now)
    assert Notification.objects.count() == Delivery.objects.count() == 3_000


def test_telling_nobody_asks_the_database_nothing(now, django_assert_num_queries):
    with django_assert_num_queries(0):
        announce("something", subject_id=SUBJECT, recipient_ids=[], now=now)


def test_what_is_rolled_back_was_never_told(patient, now):
    with transaction.atomic():
        announce("something", subject_id=SUBJECT, recipient_ids=[patient.pk], now=now)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not Delivery.objects.exists()


def test_the_delivering_job_is_woken_once_and_after_the_commit(now, monkeypatch, django_capture_on_commit_callbacks):
    woken: list[str] = []
    monkeypatch.setattr(wakeups, "_senders", [woken.append])
    people = [make_user("first"), make_user("second")]
    with django_capture_on_commit_callbacks(execute=True):
        for person in people:
            announce("something", subject_id=SUBJECT, recipient_ids=[person.pk], now=now)
        assert woken == []
    assert woken == ["deliveries"]
