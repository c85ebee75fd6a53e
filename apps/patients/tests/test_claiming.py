"""Claiming a walk-in's record: the code goes to the contact on record, and a stranger learns nothing at all."""

import re
from functools import partial

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import OneTimeCode, User
from apps.accounts.services.codes import code_of
from apps.core.models import OutboxEvent
from apps.core.outbox import relay_outbox
from apps.core.testing.proofs import race, rounds
from apps.notifications.models import Delivery, Notification
from apps.notifications.services.delivering import deliver_pending
from apps.patients.choices import Relation
from apps.patients.models import Management, Patient
from apps.patients.services.registering import register_walk_in
from tests.care import client_of
from tests.world import make_hospital, make_patient, make_staff, make_user

CLAIM = "/api/v1/patients/claim/"
KNOWN = {"phone": "(555) 010-0001", "birth_date": "1984-03-02"}
WALK_IN = {"first_name": "Amina", "phone": "+15550100001", "birth_date": "1984-03-02", "email": "amina@clinic.example"}


@pytest.fixture
def walk_in(db, now) -> Patient:
    person = WALK_IN | {"birth_date": now.replace(year=1984, month=3, day=2).date()}
    return register_walk_in(actor=make_staff("hana", make_hospital("Home")), now=now, **person)


@pytest.fixture
def amina(db) -> User:
    return make_user("amina")


@pytest.fixture
def client(amina, now) -> APIClient:
    return client_of(amina, now=now)


def ask(client: APIClient, **changes):
    return client.post(CLAIM, KNOWN | changes, format="json")


def confirm(client: APIClient, code: str, **changes):
    return client.post(f"{CLAIM}confirm/", KNOWN | {"otp_code": code} | changes, format="json")


def newest_code() -> str:
    return code_of(OneTimeCode.objects.order_by("-id").first().pk)


class TestTheFlow:
    def test_the_code_that_was_sent_gives_the_record(self, client, walk_in, amina, now):
        assert ask(client).status_code == 202
        relay_outbox(now=timezone.now())
        delivery = Delivery.objects.get()
        assert (delivery.user, delivery.recipient, delivery.channel) == (None, "amina@clinic.example", "EMAIL")
        deliver_pending()
        assert [message.to for message in mail.outbox] == [["amina@clinic.example"]]
        assert newest_code() in mail.outbox[0].body
        answer = confirm(client, newest_code())
        assert (answer.status_code, answer.json()["id"], answer.json()["relation"]) == (200, str(walk_in.pk), "SELF")
        assert Management.objects.get().user == amina

    def test_no_inbox_row_is_made_for_whoever_asked(self, client, walk_in, now):
        ask(client)
        relay_outbox(now=timezone.now())
        assert not Notification.objects.exists()

    def test_the_code_is_in_no_row_and_no_answer(self, client, walk_in, now):
        answer = ask(client)
        relay_outbox(now=timezone.now())
        kept = [*OneTimeCode.objects.values(), *OutboxEvent.objects.values(), *Delivery.objects.values()]
        assert newest_code() not in str(kept) + answer.content.decode()

    def test_who_has_a_record_keeps_both(self, client, walk_in, amina):
        own = make_patient(amina)
        ask(client)
        assert confirm(client, newest_code()).json()["relation"] == "CLAIMED"
        assert set(Patient.objects.managed_by(amina)) == set(Patient.objects.own_of(amina)) == {own, walk_in}

    def test_a_parent_claims_a_childs(self, client, walk_in, amina):
        ask(client)
        assert confirm(client, newest_code(), relation="parent").json()["relation"] == "PARENT"
        assert not Patient.objects.own_of(amina).exists()

    def test_twins_with_one_phone_are_claimed_one_after_the_other(self, client, walk_in, now):
        twin = Patient.objects.create(first_name="Zoe", phone=walk_in.phone, birth_date=walk_in.birth_date)
        claimed = []
        for relation in ("PARENT", "PARENT"):
            ask(client)
            claimed.append(confirm(client, newest_code(), relation=relation).json()["id"])
        assert claimed == [str(walk_in.pk), str(twin.pk)]


class TestAStrangerLearnsNothing:
    def test_a_record_that_is_not_there_costs_the_same(self, client, walk_in, amina, now):
        managed = Patient.objects.create(first_name="Omar", phone="+15550100007", birth_date=walk_in.birth_date)
        Management.objects.create(user=make_user("omar"), patient=managed, relation=Relation.SELF)
        there, absent, taken = (
            self._asked(client, phone=phone) for phone in ("5550100001", "5550100002", "5550100007")
        )
        assert there == absent == taken
        assert OneTimeCode.objects.count() == OutboxEvent.objects.filter(topic="accounts.code_issued").count() == 3
        relay_outbox(now=timezone.now())
        assert Delivery.objects.count() == 1

    @staticmethod
    def _asked(client, **changes):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = ask(client, **changes)
        words = [re.sub(r"\d+", "", " ".join(query["sql"].split()[:2])) for query in captured.captured_queries]
        return answer.status_code, answer.json(), words

    def test_the_third_request_is_the_last_one_there_or_not(self, client, walk_in):
        for phone in ("5550100001", "5550100002"):
            other = client_of(make_user(f"asks{phone}"), now=walk_in.created_at)
            assert [ask(other, phone=phone).status_code for _ in range(4)] == [202, 202, 202, 429]

    def test_what_is_asked_of_one_record_is_not_counted_against_another(self, walk_in):
        for number in range(5):
            other = client_of(make_user(f"asks{number}"), now=walk_in.created_at)
            assert ask(other, phone=f"555010001{number}").status_code == 202

    def test_a_guess_at_nothing_is_as_wrong_as_a_guess_at_something(self, client, walk_in):
        ask(client)
        wrong = "000000" if newest_code() != "000000" else "111111"
        answers = [confirm(client, wrong), confirm(client, wrong, phone="5550100002")]
        bodies = [{**answer.json(), "trace_id": ""} for answer in answers]
        assert [answer.status_code for answer in answers] == [400, 400]
        assert bodies[0] == bodies[1]
        assert bodies[0]["code"] == "wrong_code"

    def test_five_guesses_are_all(self, client, walk_in):
        ask(client)
        right = newest_code()
        wrong = "000000" if right != "000000" else "111111"
        assert {confirm(client, wrong).status_code for _ in range(5)} == {400}
        assert confirm(client, right).status_code == 400
        assert not Management.objects.exists()

    def test_a_guess_counts_although_the_caller_names_a_key(self, client, walk_in):
        ask(client)
        client.post(f"{CLAIM}confirm/", KNOWN | {"otp_code": "x"}, format="json", headers={"Idempotency-Key": "again"})
        assert OneTimeCode.objects.get().guesses == 1

    def test_another_logins_code_is_of_no_use(self, client, walk_in, now):
        ask(client)
        other = client_of(make_user("omar"), now=now)
        assert confirm(other, newest_code()).status_code == 400

    def test_a_managed_record_is_not_claimed(self, client, walk_in, now):
        ask(client)
        code = newest_code()
        Management.objects.create(user=make_user("omar"), patient=walk_in, relation=Relation.SELF)
        assert confirm(client, code).status_code == 400

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [({"phone": "call me"}, "/phone"), ({"birth_date": "soon"}, "/birth_date"), ({"phone": None}, "/phone")],
    )
    def test_what_cannot_be_used_is_400(self, client, changes, pointer):
        assert [error["pointer"] for error in ask(client, **changes).json()["errors"]] == [pointer]

    def test_strangers_are_not_let_in(self, walk_in):
        assert ask(APIClient()).status_code == confirm(APIClient(), "123456").status_code == 401


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_one_record_at_once_one_gets_it(now):
    staff = make_staff("hana", make_hospital("Home"))
    for number in range(1, rounds(3, 30) + 1):
        phone = f"+1555010{number:04d}"
        record = register_walk_in(
            actor=staff, first_name="Amina", phone=phone, birth_date=now.date(), email="a@b.example", now=now
        )
        known = {"phone": phone, "birth_date": str(now.date())}
        clients, codes = [client_of(make_user(f"{who}{number}"), now=now) for who in ("amina", "omar")], []
        for client in clients:
            ask(client, **known)
            codes.append(newest_code())
        answers = race([partial(confirm, *pair, **known) for pair in zip(clients, codes, strict=True)])
        # The one who was slower finds it managed: under the lock (404), or before, when it is not there (400).
        assert min(answer.status_code for answer in answers) == 200
        assert {answer.status_code for answer in answers} <= {200, 400, 404}
        assert Management.objects.filter(patient=record).count() == 1


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_a_login_that_claims_two_records_at_once_is_one_person(now):
    staff = make_staff("hana", make_hospital("Home"))
    for number in range(1, rounds(3, 20) + 1):
        client = client_of(make_user(f"amina{number}"), now=now)
        acts = []
        for line in (1, 2):
            phone = f"+1555{line:03d}{number:04d}"
            register_walk_in(actor=staff, first_name="Amina", phone=phone, birth_date=now.date(), now=now)
            known = {"phone": phone, "birth_date": str(now.date())}
            ask(client, **known)
            acts.append(partial(confirm, client, newest_code(), **known))
        assert sorted(answer.json()["relation"] for answer in race(acts)) == ["CLAIMED", "SELF"]
