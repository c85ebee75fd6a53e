"""Whoever managed a dependant, and does no longer, reads nothing of doses and plans: not even what was told before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services.sessions import open_session
from apps.core.testing.gateway import sms_gateway
from apps.core.testing.smtp import smtp_server
from apps.notifications import stream
from apps.notifications.choices import DeliveryState, Kind
from apps.notifications.models import Delivery, Notification, Preferences
from apps.notifications.querysets import Place
from apps.notifications.services.delivering import deliver_pending
from apps.patients.choices import Relation
from apps.patients.models import Management
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.tests.conftest import activate, make_draft
from tests.care import client_of
from tests.world import make_user

INBOX = "/api/v1/notifications/"
GONE = ("This is no longer available", "")
ACTION = "Aspirin 75 mg daily"


@pytest.fixture
def now():
    """The present: the owner of a message looks at the clock itself."""
    return timezone.now()


@pytest.fixture
def guardian(care) -> User:
    """Somebody else who manages the patient, allows details, and wants text messages, too."""
    user = make_user("guardian", phone="+15550100007")
    Management.objects.create(patient=care.patient, user=user, relation=Relation.GUARDIAN)
    Preferences.objects.create(user=user, wanted_by_sms=[Kind.DOSES], allows_detail=True)
    return user


@pytest.fixture
def told(care, guardian, now) -> User:
    """The guardian, told of a plan and of its first dose."""
    plan = make_draft(care, schedule={"kind": "INTERVAL", "hours": 8}, days=2)
    activate(care, plan, now=now - timedelta(minutes=1))
    assert dispatch_due_doses(now=now) == 1
    return guardian


def leave(user: User) -> None:
    Management.objects.filter(user=user).update(ended_at=timezone.now())


def words(response) -> set[tuple[str, str]]:
    assert response.status_code == 200, response.content
    body = response.json()
    return {(row["title"], row["body"]) for row in body.get("results", [body])}


@pytest.mark.django_db
class TestInTheInbox:
    def test_the_list_and_the_entry_say_no_word_of_it_and_the_other_manager_reads_on(self, told, care, now):
        former, manager = client_of(told, now=now), client_of(care.manager, now=now)
        (row,) = Notification.objects.filter(recipient=told)
        assert words(former.get(INBOX)) == words(manager.get(INBOX)) == {("Time for your dose", ACTION)}
        leave(told)
        for shown in (former.get(INBOX), former.get(f"{INBOX}{row.pk}/"), former.post(f"{INBOX}{row.pk}/read/")):
            assert words(shown) == {GONE}
        assert words(manager.get(INBOX)) == {("Time for your dose", ACTION)}

    def test_what_is_unread_is_counted_as_it_is_listed(self, told, now):
        former = client_of(told, now=now)
        leave(told)
        listed = former.get(INBOX, {"is_read": "false"}).json()["results"]
        assert former.get(f"{INBOX}unread-count/").json() == {"unread": len(listed)} == {"unread": 1}

    def test_what_waits_is_not_sent_by_any_channel_and_says_why(self, told, now, settings):
        former = client_of(told, now=now)
        (row,) = Notification.objects.filter(recipient=told)
        leave(told)
        with smtp_server() as mail, sms_gateway() as texts:
            for name, setting in {**mail.settings, "SMS_URL": texts.url()}.items():
                setattr(settings, name, setting)
            assert deliver_pending() == 1  # To the patient.
            assert told.email not in {taken.recipient for taken in mail.taken}
            assert texts.asked == 0
        shown = former.get(f"{INBOX}{row.pk}/deliveries/").json()["results"]
        assert {(each["channel"], each["state"], each["reason"]) for each in shown} == {
            ("EMAIL", "DROPPED", "NOT_YOURS"),
            ("SMS", "DROPPED", "NOT_YOURS"),
        }
        assert {each["explanation"] for each in shown} == {
            "You could no longer see what it was about when its time came."
        }

    def test_what_waited_for_the_morning_does_not_go_out_in_it(self, told, now):
        Delivery.objects.filter(user=told).update(is_urgent=False)
        Preferences.objects.update(quiet_from="00:00", quiet_until="23:59:59.999999", quiet_zone="UTC")
        deliver_pending(clock=lambda: now)
        assert set(Delivery.objects.filter(user=told, channel="EMAIL").values_list("reason", flat=True)) == {"QUIET"}
        leave(told)
        Delivery.objects.update(next_attempt_at=now)
        deliver_pending(clock=lambda: now)
        assert set(Delivery.objects.filter(user=told, channel="EMAIL").values_list("state", flat=True)) == {
            DeliveryState.DROPPED
        }


@pytest.mark.django_db(transaction=True)
def test_the_stream_says_no_word_of_it(told, now):
    session = open_session(user=told, now=now)
    before = Place(0, Notification.objects.order_by("id").first().pk)
    read = [entry for _, entry in stream._news_after(session, before)]
    leave(told)  # While the stream is open, which keeps the login that it was opened with.
    again = [entry for _, entry in stream._news_after(session, before)]
    assert {(each.title, each.body) for each in read} == {("Time for your dose", ACTION)}
    assert {(each.title, each.body) for each in again} == {GONE}
