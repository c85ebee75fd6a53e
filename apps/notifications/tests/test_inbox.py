"""The inbox doors: one's own and nobody else's, in words that are rendered when asked for."""

from datetime import datetime, timedelta

import pytest

from apps.core.ids import uuid7
from apps.notifications.models import Delivery, Notification
from apps.notifications.services.announcing import Announcement, announce, announce_many
from tests.world import ABSENT

pytestmark = pytest.mark.django_db
INBOX = "/api/v1/notifications/"


@pytest.fixture
def told(patient, subjects, now):
    """Tell the patient about this many new subjects, and return the inbox rows, oldest first."""

    def tell(count: int = 1) -> list[Notification]:
        for _ in range(count):
            announce(subjects.name, subject_id=uuid7(), recipient_ids=[patient.pk], now=now)
        return list(Notification.objects.filter(recipient=patient).order_by("id"))

    return tell


@pytest.fixture
def api(client_of, patient):
    return client_of(patient)


def ids(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


class TestReading:
    def test_newest_first(self, api, told):
        rows = told(3)
        assert ids(api.get(INBOX)) == [str(row.pk) for row in reversed(rows)]

    def test_the_words_are_those_of_the_topic_with_the_detail(self, api, told, subjects):
        told()
        (row,) = api.get(INBOX).json()["results"]
        assert (row["title"], row["body"]) == (subjects.words.title, subjects.words.detail)
        assert (row["topic"], row["read_at"]) == (subjects.name, None)

    def test_a_subject_that_is_gone_says_so(self, api, told, subjects):
        (row,) = told()
        subjects.gone.add(row.subject_id)
        for shown in (api.get(INBOX).json()["results"][0], api.get(f"{INBOX}{row.pk}/").json()):
            assert (shown["title"], shown["body"]) == ("This is no longer available", "")

    def test_a_page_costs_no_more_queries_than_a_row(self, api, told, django_assert_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        told(1)
        with CaptureQueriesContext(connection) as few:
            api.get(INBOX)
        told(9)
        with django_assert_num_queries(len(few)):
            api.get(INBOX)

    @pytest.mark.parametrize(("asked", "found"), [("true", 1), ("false", 2)])
    def test_can_be_narrowed_to_what_was_read_or_not(self, api, told, now, asked, found):
        rows = told(3)
        Notification.objects.filter(pk=rows[0].pk).update(read_at=now)
        assert len(ids(api.get(INBOX, {"is_read": asked}))) == found

    def test_can_be_narrowed_to_a_topic(self, api, told, subjects):
        told(1)
        assert len(ids(api.get(INBOX, {"topic": subjects.name}))) == 1
        assert ids(api.get(INBOX, {"topic": "another"})) == []

    def test_can_be_narrowed_to_a_kind_and_a_time(self, api, told, now):
        told(1)
        day = timedelta(days=1)
        for asked, found in (
            ({"kind": "doses"}, 1),
            ({"kind": "RECORDS"}, 0),
            ({"from": now.isoformat(), "to": (now + day).isoformat()}, 1),
            ({"from": (now + day).isoformat()}, 0),
            ({"to": now.isoformat()}, 0),
        ):
            assert len(ids(api.get(INBOX, asked))) == found

    @pytest.mark.parametrize("asked", [{"kind": "gossip"}, {"from": "2026-11-20T10:00:00"}, {"to": "soon"}])
    def test_a_kind_or_a_time_that_is_none_is_refused(self, api, asked):
        assert api.get(INBOX, asked).status_code == 400

    def test_a_filter_that_makes_no_sense_is_refused(self, api):
        assert api.get(INBOX, {"is_read": "perhaps"}).status_code == 400
        assert api.get(INBOX, {"colour": "red"}).status_code == 400


class TestMarkingRead:
    @pytest.mark.parametrize(("method", "suffix"), [("get", ""), ("post", "read/")])
    def test_opening_one_marks_it(self, api, told, method, suffix):
        (row,) = told()
        answer = getattr(api, method)(f"{INBOX}{row.pk}/{suffix}")
        row.refresh_from_db()
        assert row.read_at is not None
        assert answer.json()["read_at"] is not None

    def test_the_first_time_counts(self, api, told, now):
        (row,) = told()
        Notification.objects.update(read_at=now)
        api.get(f"{INBOX}{row.pk}/")
        row.refresh_from_db()
        assert row.read_at == now

    def test_listing_marks_nothing(self, api, told):
        told()
        api.get(INBOX)
        assert Notification.objects.get().read_at is None

    def test_all_at_once_and_how_many_that_were(self, api, told, now):
        rows = told(3)
        Notification.objects.filter(pk=rows[0].pk).update(read_at=now)
        assert api.post(f"{INBOX}mark-all-read/").json() == {"marked": 2}
        assert api.get(f"{INBOX}unread-count/").json() == {"unread": 0}

    def test_the_unread_ones_are_counted(self, api, told):
        assert api.get(f"{INBOX}unread-count/").json() == {"unread": 0}
        told(2)
        assert api.get(f"{INBOX}unread-count/").json() == {"unread": 2}


class TestEmptying:
    def test_all_is_gone_and_another_message_about_it_does_not_bring_it_back(self, api, told, now, stranger):
        rows = told(2)
        patient, topic = rows[0].recipient, rows[0].topic
        announce(topic, subject_id=uuid7(), recipient_ids=[stranger.pk], now=now)
        assert api.delete(f"{INBOX}delete-all/").status_code == 204
        announce_many(topic, [Announcement(rows[0].subject_id, patient.pk, 1)], now=now)
        assert ids(api.get(INBOX)) == []
        assert api.get(f"{INBOX}unread-count/").json() == {"unread": 0}
        assert api.post(f"{INBOX}mark-all-read/").json() == {"marked": 0}
        for suffix in ("", "deliveries/"):
            assert api.get(f"{INBOX}{rows[0].pk}/{suffix}").status_code == 404
        assert Notification.objects.visible_to(stranger).count() == 1
        assert Delivery.objects.filter(user=patient).count() == 3

    def test_what_is_new_afterwards_is_there(self, api, told):
        told(1)
        api.delete(f"{INBOX}delete-all/")
        told(1)
        assert len(ids(api.get(INBOX))) == 1


class TestOthers:
    @pytest.mark.parametrize(("method", "suffix"), [("get", ""), ("post", "read/"), ("get", "deliveries/")])
    def test_anothers_row_is_as_absent_as_one_that_never_was(self, client_of, stranger, told, method, suffix):
        (row,) = told()
        other = client_of(stranger)
        hidden, absent = (getattr(other, method)(f"{INBOX}{pk}/{suffix}") for pk in (row.pk, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        assert {**hidden.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}
        row.refresh_from_db()
        assert row.read_at is None

    def test_lists_counts_and_marks_are_ones_own(self, client_of, stranger, told):
        told(2)
        other = client_of(stranger)
        assert ids(other.get(INBOX)) == []
        assert other.get(f"{INBOX}unread-count/").json() == {"unread": 0}
        assert other.post(f"{INBOX}mark-all-read/").json() == {"marked": 0}
        assert Notification.objects.unread().count() == 2


class TestWhyWasITold:
    def test_the_messages_about_one_row_are_listed(self, api, patient, subjects, now):
        subject = uuid7()
        announce_many(subjects.name, [Announcement(subject, patient.pk, sequence) for sequence in (0, 1)], now=now)
        announce(subjects.name, subject_id=uuid7(), recipient_ids=[patient.pk], now=now)
        row = Notification.objects.get(subject_id=subject)
        shown = api.get(f"{INBOX}{row.pk}/deliveries/").json()["results"]
        assert sorted((one["sequence"], one["state"], one["channel"]) for one in shown) == [
            (0, "PENDING", "EMAIL"),
            (1, "PENDING", "EMAIL"),
        ]

    def test_what_waits_says_until_when_and_what_is_settled_says_why(self, api, told, now):
        (row,) = told()
        (shown,) = api.get(f"{INBOX}{row.pk}/deliveries/").json()["results"]
        assert (shown["reason"], shown["explanation"]) == ("", "Waiting to be sent")
        assert datetime.fromisoformat(shown["next_attempt_at"]) == now
        Delivery.objects.update(state="WITHHELD", reason="MUTED")
        (shown,) = api.get(f"{INBOX}{row.pk}/deliveries/").json()["results"]
        assert (shown["reason"], shown["next_attempt_at"]) == ("MUTED", None)
        assert shown["explanation"] == "You have muted messages of this kind here."

    def test_anothers_messages_about_the_same_thing_are_not(self, api, patient, stranger, subjects, now):
        subject = uuid7()
        announce(subjects.name, subject_id=subject, recipient_ids=[patient.pk, stranger.pk], now=now)
        row = Notification.objects.get(recipient=patient)
        (shown,) = api.get(f"{INBOX}{row.pk}/deliveries/").json()["results"]
        assert shown["id"] == str(Delivery.objects.get(user=patient).pk)
