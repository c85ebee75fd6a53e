"""A repeated POST gets the first answer again and has no second effect, and nobody can read the answers kept for it."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.db import close_old_connections, connection, transaction
from django.urls import include, path
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.crypto import NONCE_BYTES
from apps.core.errors import InvalidInput, RuleRefused
from apps.core.http.views import CareLoopViewSet
from apps.core.idempotency import (
    DONE,
    LIFETIME,
    LONGEST_RUN,
    RUNNING,
    AlreadyDone,
    Answer,
    KeyReused,
    RequestInProgress,
    act_once,
    answer_once,
    expire_stored_answers,
)
from apps.core.models import OutboxEvent, StoredAnswer
from tests.world import PASSWORD, make_patient, make_user

Appointment = apps.get_model("appointments", "Appointment")

APPOINTMENTS = "/api/v1/appointments/"
CALLER = UUID("01900000-0000-7000-8000-000000000001")
SENTINEL = "sentinel-4711-in-the-answer"


class OpenViewSet(CareLoopViewSet):
    """A door for strangers that does not say it ignores keys."""

    permission_classes = [AllowAny]

    def create(self, request: Request) -> Response:
        return Response({"served": True}, status=201)


class SecretViewSet(CareLoopViewSet):
    """A door whose answer is shown once."""

    permission_classes = [IsAuthenticated]
    shows_once = True

    def create(self, request: Request) -> Response:
        act_of(request)
        return Response({"password": SENTINEL}, status=201)


class CountingViewSet(CareLoopViewSet):
    """A door that commits what it counts, also when it refuses."""

    permission_classes = [IsAuthenticated]
    commits_itself = True

    def create(self, request: Request) -> Response:
        with transaction.atomic(durable=True):
            act_of(request)
        if request.data.get("is_wrong"):
            raise InvalidInput("code", "Wrong.")
        return Response({"secret": SENTINEL}, status=201)


def act_of(request: Request) -> None:
    OutboxEvent.objects.create(topic="acted", ids={})


urlpatterns = [
    path("api/v1/open/", OpenViewSet.as_view({"post": "create"})),
    path("api/v1/secret/", SecretViewSet.as_view({"post": "create"})),
    path("api/v1/counting/", CountingViewSet.as_view({"post": "create"})),
    path("", include("config.urls")),
]


def post(client, body, key, path=APPOINTMENTS):
    return client.generic(
        "POST", path, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key}
    )


class TestTheDoor:
    def test_a_repeat_gets_the_first_answer_and_books_nothing(self, booking, signed_in):
        first, second = post(signed_in, booking, "k1"), post(signed_in, booking, "k1")
        assert (first.status_code, second.status_code) == (201, 201)
        assert (second.content, second["ETag"]) == (first.content, first["ETag"])
        assert second["Content-Type"] == first["Content-Type"] == "application/json"
        assert Appointment.objects.count() == 1

    def test_only_the_repeat_says_that_it_is_one(self, booking, signed_in):
        first, second = post(signed_in, booking, "k1"), post(signed_in, booking, "k1")
        assert "Idempotent-Replayed" not in first
        assert second["Idempotent-Replayed"] == "true"

    def test_spaces_and_order_of_the_body_do_not_matter(self, booking, signed_in):
        post(signed_in, booking, "k1")
        respelt = json.dumps(booking, indent=3)
        again = signed_in.generic(
            "POST", APPOINTMENTS, respelt, content_type="application/json", headers={"Idempotency-Key": "k1"}
        )
        assert again.status_code == 201

    def test_another_body_is_422(self, booking, signed_in):
        post(signed_in, booking, "k1")
        refused = post(signed_in, {**booking, "reason": "Another one"}, "k1")
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
        assert Appointment.objects.get().reason == booking["reason"]

    def test_another_address_is_422(self, booking, signed_in):
        booked = post(signed_in, booking, "k1").json()["id"]
        refused = post(signed_in, booking, "k1", f"{APPOINTMENTS}{booked}/cancel/")
        assert refused.status_code == 422

    def test_another_key_is_another_request(self, booking, signed_in):
        post(signed_in, booking, "k1")
        assert post(signed_in, booking, "k2").json()["code"] == "already_booked_that_day"

    def test_the_key_of_another_caller_is_another_key(self, booking, signed_in, client_of):
        neighbour = make_user("bob")
        theirs = {**booking, "patient": str(make_patient(neighbour).pk)}
        post(signed_in, booking, "k1")
        answer = post(client_of(neighbour), theirs, "k1")
        assert answer.json()["code"] == "slot_taken"  # Asked on its own account, not answered from the other's.

    def test_a_refusal_leaves_the_key_free(self, booking, signed_in):
        assert post(signed_in, {**booking, "starts_at": "soon"}, "k1").status_code == 400
        assert post(signed_in, booking, "k1").status_code == 201

    def test_a_rule_that_refused_may_be_asked_again(self, booking, signed_in):
        held = post(signed_in, booking, "k1").json()["id"]
        assert post(signed_in, booking, "k2").status_code == 409
        signed_in.delete(f"{APPOINTMENTS}{held}/")
        assert post(signed_in, booking, "k2").status_code == 201

    def test_a_post_without_a_body_is_repeated_too(self, signed_in):
        path = "/api/v1/notifications/mark-all-read/"
        assert post(signed_in, None, "k1", path).content == post(signed_in, None, "k1", path).content

    @pytest.mark.parametrize("key", ["", "k" * 256, "k" * 5_000])
    def test_a_key_of_a_wrong_length_is_400(self, booking, signed_in, key):
        refused = post(signed_in, booking, key)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/Idempotency-Key")
        assert not Appointment.objects.exists()

    def test_the_longest_key_is_taken(self, booking, signed_in):
        assert post(signed_in, booking, "k" * 255).status_code == 201

    def test_reading_ignores_the_header(self, signed_in):
        signed_in.get(APPOINTMENTS, headers={"Idempotency-Key": "k1"})
        assert not StoredAnswer.objects.exists()

    def test_signing_in_ignores_the_header(self, person, anonymous):
        body = {"identifier": person.username, "password": PASSWORD}
        pairs = [post(anonymous, body, "k1", "/api/v1/auth/login/").json()["access"] for _ in range(2)]
        assert pairs[0] != pairs[1]
        assert not StoredAnswer.objects.exists()

    def test_what_opens_once_is_made_anew_each_time(self, signed_in):
        path = "/api/v1/notifications/stream/"
        assert post(signed_in, None, "k1", path).json()["url"] != post(signed_in, None, "k1", path).json()["url"]
        assert not StoredAnswer.objects.exists()

    @pytest.mark.urls(__name__)
    def test_a_stranger_has_no_key(self, db, anonymous):
        assert post(anonymous, {}, "k1", "/api/v1/open/").status_code == 201
        assert not StoredAnswer.objects.exists()


def answering(text=SENTINEL, *, writes=0):
    """Return an act that writes outbox rows and answers."""

    def act() -> Answer:
        for _ in range(writes):
            OutboxEvent.objects.create(topic="test.idempotency", ids={})
        return Answer(201, {"ETag": '"e"'}, json.dumps({"text": text}).encode())

    return act


def refusing() -> Answer:
    OutboxEvent.objects.create(topic="test.idempotency", ids={})
    raise RuleRefused("No.")


def once(key="a key", request=b"request", *, now, act=None, caller=CALLER):
    return answer_once(caller_id=caller, key=key, request=request, now=now, act=act or answering())


@pytest.mark.django_db
class TestTheStore:
    def test_an_answer_is_kept_for_a_day(self, now):
        once(now=now)
        assert once(now=now + LIFETIME - timedelta(seconds=1), act=answering("new"))[1] is True
        assert once(now=now + LIFETIME, act=answering("new")) == (answering("new")(), False)
        assert once(now=now + LIFETIME + timedelta(hours=1))[0] == answering("new")()

    def test_after_a_day_another_request_may_use_the_key(self, now):
        once(now=now)
        with pytest.raises(KeyReused):
            once(request=b"another", now=now)
        assert once(request=b"another", now=now + LIFETIME)[1] is False

    def test_expiry_removes_what_is_too_old_and_nothing_else(self, now):
        once("old", now=now - LIFETIME)
        once("young", now=now - LIFETIME + timedelta(seconds=1))
        assert expire_stored_answers(now=now) == 1
        assert once("young", now=now)[1] is True

    def test_an_answer_comes_back_whole(self, now):
        first, _ = once(now=now)
        assert once(now=now) == (first, True)

    def test_effect_and_answer_go_together(self, now):
        with pytest.raises(RuleRefused):
            once(now=now, act=refusing)
        assert not OutboxEvent.objects.exists()
        assert not StoredAnswer.objects.exists()

    def test_neither_key_nor_answer_stands_in_the_table(self, now):
        once("my-own-key-4711", now=now)
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(answer::text || sealed_answer::text, '') FROM core_storedanswer answer")
            row = cursor.fetchone()[0]
            cursor.execute("SELECT sealed_answer || key_hash || request_hash FROM core_storedanswer")
            raw = bytes(cursor.fetchone()[0])
        for word in ("my-own-key-4711", SENTINEL, "request"):
            assert word not in row
            assert word.encode() not in raw
            assert word.encode().hex() not in row

    def test_equal_answers_look_different(self, now):
        seen = []
        for key, at in (("one", now), ("two", now), ("one", now + LIFETIME)):
            once(key, now=at)
            seen.append(bytes(StoredAnswer.objects.latest("expires_at", "id").sealed_answer))
        assert len(set(seen)) == len({sealed[:NONCE_BYTES] for sealed in seen}) == 3

    def test_an_answer_opens_with_its_own_key_only(self, now):
        once("one", now=now)
        sealed = StoredAnswer.objects.get().sealed_answer
        once("two", now=now)
        StoredAnswer.objects.update(sealed_answer=sealed)
        assert once("one", now=now)[1] is True
        with pytest.raises(InvalidTag):
            once("two", now=now)

    def test_the_hash_of_a_key_cannot_be_guessed_without_our_secret(self, now, settings):
        once(now=now)
        settings.SECRET_KEY = "another secret key of this length, at least"
        once(now=now)
        assert StoredAnswer.objects.count() == 2


def in_another_thread(pool, act):
    def run():
        try:
            return act()
        finally:
            connection.close()

    return pool.submit(run)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_while_the_first_runs_a_second_is_told_to_wait(self, now):
        running, finish = threading.Event(), threading.Event()

        def slow() -> Answer:
            running.set()
            assert finish.wait(30)
            return answering(writes=1)()

        with ThreadPoolExecutor(1) as pool:
            first = in_another_thread(pool, lambda: once(now=now, act=slow))
            try:
                assert running.wait(30)
                with pytest.raises(RequestInProgress):
                    once(now=now, act=answering(writes=1))
                assert once("another key", now=now)[1] is False
                assert once(now=now, caller=UUID(int=2))[1] is False
            finally:
                finish.set()
            assert first.result(30)[1] is False
        assert once(now=now, act=answering(writes=1))[1] is True
        assert OutboxEvent.objects.count() == 1

    def test_the_door_answers_409_meanwhile(self, booking, signed_in, person, now):
        running, finish = threading.Event(), threading.Event()

        def slow() -> Answer:
            running.set()
            assert finish.wait(30)
            raise RuleRefused("No.")

        with ThreadPoolExecutor(1) as pool:
            first = in_another_thread(pool, lambda: once("k1", now=now, act=slow, caller=person.pk))
            try:
                assert running.wait(30)
                refused = post(signed_in, booking, "k1")
            finally:
                finish.set()
            assert isinstance(first.exception(30), RuleRefused)
        assert (refused.status_code, refused.json()["code"]) == (409, "request_in_progress")
        assert post(signed_in, booking, "k1").status_code == 201

    def test_of_many_at_once_one_acts(self, now):
        many = 8
        gate = threading.Barrier(many)

        def rush() -> str:
            close_old_connections()
            gate.wait(30)
            try:
                return "repeated" if once(now=now, act=answering(writes=1))[1] else "acted"
            except RequestInProgress:
                return "told to wait"

        with ThreadPoolExecutor(many) as pool:
            outcomes = [future.result(60) for future in [in_another_thread(pool, rush) for _ in range(many)]]
        assert outcomes.count("acted") == 1
        assert OutboxEvent.objects.count() == StoredAnswer.objects.count() == 1


SECRET, COUNTING = "/api/v1/secret/", "/api/v1/counting/"


@pytest.mark.urls(__name__)
class TestWhatIsShownOnce:
    @pytest.mark.parametrize("path", [SECRET, COUNTING])
    def test_a_repeat_is_told_that_it_was_done_and_does_nothing(self, signed_in, path):
        first, second = post(signed_in, {}, "k1", path), post(signed_in, {}, "k1", path)
        assert (first.status_code, second.status_code) == (201, 409)
        assert second.json()["code"] == "already_done"
        assert SENTINEL not in second.content.decode()
        assert OutboxEvent.objects.filter(topic="acted").count() == 1

    @pytest.mark.parametrize("path", [SECRET, COUNTING])
    def test_no_answer_is_kept(self, signed_in, path):
        post(signed_in, {}, "k1", path)
        assert bytes(StoredAnswer.objects.get().sealed_answer) == DONE

    @pytest.mark.parametrize("path", [SECRET, COUNTING])
    def test_another_body_is_422_and_another_key_another_request(self, signed_in, path):
        post(signed_in, {}, "k1", path)
        assert post(signed_in, {"x": 1}, "k1", path).status_code == 422
        assert post(signed_in, {}, "k2", path).status_code == 201

    def test_after_a_day_the_key_is_free(self, signed_in):
        post(signed_in, {}, "k1", SECRET)
        StoredAnswer.objects.update(expires_at=StoredAnswer.objects.get().expires_at - LIFETIME)
        assert post(signed_in, {}, "k1", SECRET).status_code == 201


@pytest.mark.urls(__name__)
@pytest.mark.django_db(transaction=True)
class TestWhatCommitsItself:
    def test_a_refusal_stays_counted_and_gives_the_key_back(self, signed_in):
        assert post(signed_in, {"is_wrong": True}, "k1", COUNTING).status_code == 400
        assert OutboxEvent.objects.filter(topic="acted").count() == 1
        assert not StoredAnswer.objects.exists()
        assert post(signed_in, {}, "k1", COUNTING).status_code == 201

    def test_while_the_first_runs_another_is_told_so_for_a_minute_at_most(self, person, now):
        def ask(moment, act=lambda: Answer(200, {}, b"{}")):
            return act_once(caller_id=person.pk, key="k1", request=b"", now=moment, act=act)

        def ask_meanwhile() -> Answer:
            with pytest.raises(RequestInProgress):
                ask(now)
            return Answer(200, {}, b"{}")

        assert ask(now, ask_meanwhile).status == 200
        with pytest.raises(AlreadyDone):
            ask(now)
        StoredAnswer.objects.update(sealed_answer=RUNNING, expires_at=now + LONGEST_RUN)  # Killed in the middle.
        with pytest.raises(RequestInProgress):
            ask(now + LONGEST_RUN / 2)
        assert ask(now + LONGEST_RUN).status == 200
