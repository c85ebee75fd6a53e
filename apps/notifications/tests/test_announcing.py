"""Announcing: once in the inbox, once by e-mail, nags as further messages about the same thing."""

import pytest
from django.db import transaction

from apps.core import wakeups
from apps.core.ids import uuid7
from apps.notifications.choices import Channel, DeliveryState, Kind
from apps.notifications.models import Delivery, Notification, Preferences
from apps.notifications.services.announcing import Announcement, announce, announce_many, announce_to_contact
from tests.world import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("subjects")]
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
    announce("new_device", subject_id=SUBJECT, recipient_ids=[patient.pk], now=now)
    assert Notification.objects.count() == Delivery.objects.count() == 4


def test_a_topic_that_nobody_owns_is_told_of_at_once_and_by_nobody(patient, now):
    with pytest.raises(KeyError):
        announce("owned_by_nobody", subject_id=SUBJECT, recipient_ids=[patient.pk], now=now)
    assert not Notification.objects.exists()


def test_a_text_message_goes_to_whoever_chose_that_for_this_kind(patient, stranger, now):
    for person, kinds in ((patient, [Kind.DOSES]), (stranger, [Kind.RECORDS])):
        Preferences.objects.create(user=person, wanted_by_sms=kinds)
    announce("something", subject_id=SUBJECT, recipient_ids=[patient.pk, stranger.pk], now=now)
    ways = Delivery.objects.values_list("user__username", "channel")
    assert sorted(ways) == [("patient", "EMAIL"), ("patient", "SMS"), ("stranger", "EMAIL")]


def test_what_concerns_the_safety_of_a_login_is_urgent_and_so_is_what_says_so(patient, now):
    announce("new_device", subject_id=SUBJECT, recipient_ids=[patient.pk], now=now)
    told = [Announcement(uuid7(), patient.pk), Announcement(uuid7(), patient.pk, is_urgent=True)]
    announce_many("something", told, now=now)
    urgent = dict(Delivery.objects.values_list("subject_id", "is_urgent"))
    assert urgent == {SUBJECT: True, told[0].subject_id: False, told[1].subject_id: True}


def test_of_what_belongs_to_its_moment_only_the_nags_can_wait(patient, now):
    told = [Announcement(SUBJECT, patient.pk, sequence) for sequence in (0, 1)]
    told.append(Announcement(SUBJECT, patient.pk, 2, is_urgent=True))
    announce_many("dose_due", told, now=now)
    assert list(Delivery.objects.order_by("sequence").values_list("is_urgent", flat=True)) == [True, False, True]


def test_a_contact_gets_a_text_message_where_that_is_possible_and_else_an_e_mail(settings, now):
    contact = {"phone": "+15550100001", "email": "walk-in@example.org"}
    for gateway in ("", "twilio+https://a:b@sms.example/"):
        settings.SMS_URL = gateway
        announce_to_contact("something", subject_id=uuid7(), **contact, now=now)
    announce_to_contact("something", subject_id=uuid7(), phone="", email="", now=now)
    assert list(Delivery.objects.order_by("id").values_list("channel", "recipient")) == [
        ("EMAIL", "walk-in@example.org"),
        ("SMS", "+15550100001"),
    ]


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
