"""Signing in, keeping a session alive, ending it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from rest_framework.test import APIClient

from apps.accounts.models import Session, User
from apps.accounts.services import sessions
from apps.core.models import AuditEvent
from tests.world import PASSWORD, make_user

WEEK = timedelta(days=7)


@pytest.fixture
def amina(db) -> User:
    return make_user("amina")


def post(path: str, access: str | None = None, **body: Any) -> Any:
    client = APIClient()
    if access:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client.post(f"/api/v1/auth/{path}/", body, format="json")


def login(identifier: str = "amina", password: str = PASSWORD) -> Any:
    return post("login", identifier=identifier, password=password)


def refresh(token: str) -> Any:
    return post("refresh", refresh=token)


def me(access: str) -> int:
    status: int = APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {access}").status_code
    return status


def shared_address(*passwords: str) -> list[User]:
    """Make logins that share one address, as a hospital's do; all others may not."""
    logins = []
    for number, password in enumerate(passwords):
        user = make_user(f"shared{number}")
        user.email, user.is_self_registered = "shared@example.org", False
        user.set_password(password)
        user.save()
        logins.append(user)
    return logins


class TestSigningIn:
    @pytest.mark.parametrize("field", ["identifier", "email", "username"])
    @pytest.mark.parametrize("name", ["amina", "AMINA", " amina ", "amina@example.org", "Amina@Example.ORG"])
    def test_takes_the_username_or_the_address_in_any_case_under_any_of_three_names(self, amina, field, name):
        answer = post("login", **{field: name, "password": PASSWORD})
        assert answer.status_code == 200
        body = answer.json()
        assert set(body) == {"access", "refresh", "user"}
        assert body["user"] | {"id": str(amina.pk), "username": "amina", "role": "PATIENT"} == body["user"]
        assert me(body["access"]) == 200

    def test_never_answers_a_password_or_its_hash(self, amina):
        answered = {"id", "username", "email", "role", "first_name", "last_name", "phone"}
        states = {"is_email_verified", "must_change_password", "has_second_factor"}
        assert set(login().json()["user"]) == answered | states

    @pytest.mark.parametrize(
        "body", [{"password": "x"}, {"identifier": "amina"}, {}, {"identifier": [], "password": 1}]
    )
    def test_without_a_name_and_a_password_is_400(self, db, body):
        answer = post("login", **body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

    def test_tells_nothing_of_what_was_wrong(self, amina):
        make_user("left", is_active=False)
        refused = [login("amina", "wrong"), login("nobody"), login("nobody@example.org"), login("left", "wrong")]
        bodies = [answer.json() for answer in refused]
        for body in bodies:
            del body["trace_id"]
        assert {answer.status_code for answer in refused} == {401}
        assert bodies[0]["code"] == "wrong_credentials"
        assert all(body == bodies[0] for body in bodies)

    def test_tells_who_has_the_password_that_the_login_is_suspended(self, db):
        make_user("left", is_active=False)
        answer = login("left")
        assert (answer.status_code, answer.json()["code"]) == (401, "login_not_working")
        assert not Session.objects.exists()

    def test_does_as_much_work_for_a_name_that_nobody_has(self, amina, monkeypatch):
        compared = []
        monkeypatch.setattr(sessions, "check_password", lambda password, encoded: compared.append(encoded))
        login("nobody")
        login("amina")
        assert len(compared) == 2

    def test_the_password_is_taken_as_it_is(self, amina):
        assert login(password=f" {PASSWORD}").status_code == 401

    def test_the_session_remembers_the_device(self, amina):
        APIClient().post(
            "/api/v1/auth/login/",
            {"identifier": "amina", "password": PASSWORD},
            format="json",
            HTTP_USER_AGENT="Browser " * 100,
            REMOTE_ADDR="203.0.113.7",
        )
        session = amina.sessions.get()
        assert (session.address, session.agent) == ("203.0.113.7", ("Browser " * 100)[:200])

    def test_is_audited_with_who_and_which_session(self, amina):
        login()
        event = AuditEvent.objects.get(action="signed_in")
        assert (event.actor_id, event.subject_id) == (amina.pk, amina.sessions.get().pk)

    def test_a_refusal_is_audited_without_what_was_typed(self, amina):
        login("amina", "wrong")
        event = AuditEvent.objects.get(action="sign_in_refused")
        assert (event.actor_id, event.subject_id) == (None, amina.pk)
        assert event.details == {"code": "wrong_credentials"}
        assert not Session.objects.exists()


@pytest.mark.django_db
class TestSharedAddresses:
    def test_the_password_decides_who_is_meant(self):
        _, second = shared_address("first long password", "second long password")
        body = login("shared@example.org", "second long password").json()
        assert body["user"]["id"] == str(second.pk)

    def test_one_password_for_several_is_ambiguous(self):
        shared_address("same long password", "same long password")
        answer = login("shared@example.org", "same long password")
        assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous_account")
        assert AuditEvent.objects.get(action="sign_in_refused").details == {"code": "ambiguous_account"}

    def test_the_username_is_never_ambiguous(self):
        shared_address("same long password", "same long password")
        assert login("shared1", "same long password").status_code == 200

    def test_an_inactive_login_is_not_counted(self):
        first, second = shared_address("same long password", "same long password")
        User.objects.filter(pk=second.pk).update(is_active=False)
        body = login("shared@example.org", "same long password").json()
        assert body["user"]["id"] == str(first.pk)

    def test_at_most_five_are_compared_the_oldest_first(self):
        shared_address(*(f"long password {number}" for number in range(6)))
        assert login("shared@example.org", "long password 4").status_code == 200
        assert login("shared@example.org", "long password 5").status_code == 401


class TestRefreshing:
    def test_gives_a_pair_that_works(self, amina):
        renewed = refresh(login().json()["refresh"])
        assert renewed.status_code == 200
        assert set(renewed.json()) == {"access", "refresh"}
        assert me(renewed.json()["access"]) == 200
        assert refresh(renewed.json()["refresh"]).status_code == 200

    def test_leaves_the_access_token_of_before_alone(self, amina):
        pair = login().json()
        refresh(pair["refresh"])
        assert me(pair["access"]) == 200

    def test_a_second_use_ends_the_whole_session(self, amina):
        stolen = login().json()["refresh"]
        renewed = refresh(stolen).json()
        again = refresh(stolen)
        assert (again.status_code, again.json()["code"]) == (401, "session_over")
        assert refresh(renewed["refresh"]).status_code == 401
        assert me(renewed["access"]) == 401
        assert amina.sessions.get().end_reason == "TOKEN_REUSED"
        assert AuditEvent.objects.filter(action="refresh_token_reused").count() == 1

    def test_a_second_use_leaves_other_sessions_alone(self, amina):
        other, stolen = login().json(), login().json()["refresh"]
        refresh(stolen)
        refresh(stolen)
        assert me(other["access"]) == 200

    def test_moves_the_end_of_the_session(self, amina, now):
        session = sessions.open_session(user=amina, now=now)
        later = now + timedelta(days=6)
        renewed = sessions.refresh_session(session_id=session.pk, refresh_id=session.refresh_id, now=later)
        assert (renewed.last_used_at, renewed.expires_at) == (later, later + WEEK)

    def test_comes_too_late_after_a_week_without_use(self, amina, now):
        session = sessions.open_session(user=amina, now=now)
        with pytest.raises(sessions.SessionOver):
            sessions.refresh_session(session_id=session.pk, refresh_id=session.refresh_id, now=now + WEEK)

    def test_is_refused_to_a_deactivated_login_which_is_no_theft(self, amina):
        token = login().json()["refresh"]
        User.objects.update(is_active=False)
        assert refresh(token).status_code == 401
        assert not AuditEvent.objects.filter(action="refresh_token_reused").exists()

    def test_is_refused_after_every_session_was_ended_at_once(self, amina):
        token = login().json()["refresh"]
        User.objects.update(token_version=1)
        assert refresh(token).status_code == 401


class TestSigningOut:
    def test_ends_this_session_on_the_next_request(self, amina):
        here, elsewhere = login().json(), login().json()
        assert post("logout", here["access"]).status_code == 204
        assert me(here["access"]) == refresh(here["refresh"]).status_code == 401
        assert me(elsewhere["access"]) == 200

    def test_everywhere_ends_all_of_this_login_and_nobody_elses(self, amina):
        make_user("other")
        here, elsewhere, other = login().json(), login().json(), login("other").json()
        assert post("logout", here["access"], all=True).status_code == 204
        for pair in (here, elsewhere):
            assert me(pair["access"]) == refresh(pair["refresh"]).status_code == 401
        assert me(other["access"]) == 200

    def test_needs_somebody_signed_in(self, db):
        assert post("logout").status_code == 401

    def test_twice_is_harmless(self, amina, now):
        session = sessions.open_session(user=amina, now=now)
        for _ in range(2):
            sessions.end_session(session_id=session.pk, actor=amina, now=now)
        assert AuditEvent.objects.filter(action="signed_out").count() == 1

    def test_nobody_ends_a_session_of_somebody_else(self, amina, now):
        session = sessions.open_session(user=amina, now=now)
        sessions.end_session(session_id=session.pk, actor=make_user("other"), now=now)
        assert Session.objects.open(now=now).get() == session


class TestAccess:
    def test_stops_at_once_when_the_login_is_deactivated(self, amina):
        access = login().json()["access"]
        assert me(access) == 200
        User.objects.update(is_active=False)
        assert me(access) == 401

    def test_stops_at_once_when_every_session_was_ended(self, amina):
        access = login().json()["access"]
        User.objects.update(token_version=1)
        assert me(access) == 401

    def test_tokens_and_what_they_open_are_kept_out_of_caches(self, amina):
        signed_in = login()
        renewed = refresh(signed_in.json()["refresh"])
        opened = APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {signed_in.json()['access']}")
        assert {answer["Cache-Control"] for answer in (signed_in, renewed, opened)} == {"no-store"}

    @pytest.mark.parametrize("credentials", [{}, {"HTTP_AUTHORIZATION": "Basic YW1pbmE6eA=="}])
    def test_without_a_token_is_401_with_a_challenge(self, db, credentials):
        answer = APIClient().get("/api/v1/me/", **credentials)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer["WWW-Authenticate"].startswith("Bearer")


class TestDjangosOwnSignIn:
    def test_opens_for_nobody_because_it_counts_nothing(self, amina):
        assert authenticate(username="amina", password=PASSWORD) is None
