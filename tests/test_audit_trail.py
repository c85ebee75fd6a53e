"""Whatever proves, changes or refuses an identity is in the audit log: one row each, without what was typed."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts import tokens
from apps.accounts.choices import CodePurpose, Role
from apps.accounts.models import OneTimeCode, User
from apps.accounts.services.codes import code_of
from apps.accounts.services.passwords import set_generated_password
from apps.accounts.services.sessions import open_session
from apps.core.http.routing import api_routes
from apps.core.models import AuditEvent
from tests.care import client_of
from tests.totp import give_second_factor, otp, wrong_otp
from tests.world import ABSENT, PASSWORD, make_user

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "another horse battery"
AUTH = "/api/v1/auth"


class Act:
    """One login at the doors."""

    def __init__(self, now) -> None:
        self.user = make_user("amina")
        self.client = client_of(self.user, now=now)
        self.now = now

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"{AUTH}/{path}/", body, format="json")

    def sign_in(self, password: str = PASSWORD, **more: str) -> Any:
        return APIClient().post(f"{AUTH}/login/", {"identifier": "amina", "password": password, **more}, format="json")

    def code(self, purpose: CodePurpose) -> str:
        return code_of(OneTimeCode.objects.filter(purpose=purpose).latest("id").pk)

    def ticket(self) -> str:
        self.post("password/update/request")
        code = self.code(CodePurpose.PASSWORD_UPDATE)
        return str(self.post("password/update/verify", otp_code=code).json()["token"])

    def unverified(self) -> "Act":
        User.objects.update(email_verified_at=None)
        return self

    def guarded(self) -> str:
        return give_second_factor(self.user, confirmed_at=self.now)

    def refreshed_twice(self) -> None:
        refresh = tokens.issue_pair(open_session(user=self.user, now=self.now))["refresh"]
        for _ in range(2):
            APIClient().post(f"{AUTH}/refresh/", {"refresh": refresh}, format="json")

    def enrolled(self) -> None:
        secret = self.post("mfa/totp/enroll", password=PASSWORD).json()["secret"]
        self.post("mfa/totp/confirm", otp=otp(secret))

    def recovered(self) -> None:
        secret = self.guarded()
        codes = self.post("mfa/recovery-codes", otp=otp(secret)).json()["recovery_codes"]
        self.sign_in(otp=codes[0])

    def verified(self) -> None:
        self.unverified().post("email/verification/request")
        self.post("email/verification/confirm", otp_code=self.code(CodePurpose.EMAIL_VERIFICATION))

    def reset(self) -> None:
        self.post("password/forgot/reset/request", email=self.user.email)
        given = {"email": self.user.email, "otp_code": self.code(CodePurpose.PASSWORD_RESET)}
        ticket = self.post("password/forgot/reset/verify", **given).json()["token"]
        self.post("password/forgot/reset/complete", token=ticket, new_password=NEW_PASSWORD)

    def guessed_wrongly(self) -> None:
        self.post("password/update/request")
        code = int(self.code(CodePurpose.PASSWORD_UPDATE))
        self.post("password/update/verify", otp_code=f"{(code + 1) % 1_000_000:06d}")


def signed_up(act: Act) -> None:
    body = {"email": "new@example.org", "password": PASSWORD, "first_name": "New", "consent": True}
    assert act.post("register", **body).status_code == 201


def suspended_and_back(act: Act) -> None:
    admin = client_of(make_user("admin", Role.ADMIN), now=act.now)
    for verb in ("suspend", "activate"):
        assert admin.post(f"/api/v1/users/{act.user.pk}/{verb}/").status_code == 200


def made_administrator(act: Act) -> None:
    admin = client_of(make_user("admin", Role.ADMIN, is_superuser=True), now=act.now)
    body = {"email": "ada@example.org", "password": NEW_PASSWORD}
    assert admin.post(f"{AUTH}/superuser/register/", body, format="json").status_code == 201


# What somebody does, and which rows must tell of it.
EVENTS: dict[str, tuple[Callable[[Act], Any], set[str]]] = {
    "signing up": (signed_up, {"user_created", "signed_in", "code_requested"}),
    "signing in": (lambda act: act.sign_in(), {"signed_in"}),
    "a wrong password": (lambda act: act.sign_in("not this one"), {"sign_in_refused wrong_credentials"}),
    "too many of them": (
        lambda act: [act.sign_in("not this one") for _ in range(7)],
        {"sign_in_refused wrong_credentials", "sign_in_refused too_many_attempts"},
    ),
    "no second factor": (lambda act: (act.guarded(), act.sign_in()), {"sign_in_refused otp_required"}),
    "a wrong second factor": (
        lambda act: act.sign_in(otp=wrong_otp(act.guarded())),
        {"sign_in_refused wrong_otp", "second_factor_refused"},
    ),
    "signing in with a second factor": (lambda act: act.sign_in(otp=otp(act.guarded())), {"signed_in"}),
    "signing in with a recovery code": (
        lambda act: act.recovered(),
        {"recovery_codes_made", "recovery_code_used", "signed_in"},
    ),
    "setting a second factor up": (
        lambda act: act.enrolled(),
        {"second_factor_enrolled", "second_factor_confirmed", "recovery_codes_made"},
    ),
    "removing it": (lambda act: act.post("mfa/totp/disable", otp=otp(act.guarded())), {"second_factor_disabled"}),
    "a refresh token used twice": (lambda act: act.refreshed_twice(), {"signed_in", "refresh_token_reused"}),
    "signing out": (lambda act: act.post("logout"), {"signed_out"}),
    "signing out everywhere": (lambda act: act.post("logout", all=True), {"signed_out_everywhere"}),
    "ending one session": (
        lambda act: act.client.delete(f"{AUTH}/sessions/{open_session(user=act.user, now=act.now).pk}/"),
        {"signed_in", "signed_out"},
    ),
    "confirming an address": (lambda act: act.verified(), {"code_requested", "code_used", "email_verified"}),
    "a wrong code": (lambda act: act.guessed_wrongly(), {"code_requested", "code_refused"}),
    "changing the password": (
        lambda act: act.post("password/change", old_password=PASSWORD, new_password=NEW_PASSWORD),
        {"password_changed", "signed_in"},
    ),
    "changing it with a wrong one": (
        lambda act: act.post("password/change", old_password="not this one", new_password=NEW_PASSWORD),
        {"password_refused"},
    ),
    "updating the password with a code": (
        lambda act: act.post("password/update/complete", token=act.ticket(), new_password=NEW_PASSWORD),
        {"code_requested", "code_used", "password_changed"},
    ),
    "resetting the password": (lambda act: act.reset(), {"code_requested", "code_used", "password_changed"}),
    "getting a generated password": (
        lambda act: set_generated_password(actor=act.user, user=act.user, now=act.now),
        {"password_changed", "password_returned"},
    ),
    "being suspended and brought back": (
        suspended_and_back,
        {"signed_in", "user_suspended", "signed_out_everywhere", "user_activated"},
    ),
    "making an administrator": (made_administrator, {"signed_in", "user_created", "administrator_made"}),
    "changing the profile": (
        lambda act: act.client.patch("/api/v1/me/", {"first_name": "A"}, format="json"),
        {"profile_changed"},
    ),
}


def told_since(before: list[Any]) -> list[AuditEvent]:
    return list(AuditEvent.objects.exclude(pk__in=before).order_by("id"))


def summary(event: AuditEvent) -> str:
    return f"{event.action} {event.details.get('code', '')}".strip()


@pytest.mark.parametrize("what", EVENTS)
def test_is_written_down_and_says_nothing_secret(now, what):
    do, expected = EVENTS[what]
    act = Act(now)
    before = list(AuditEvent.objects.values_list("pk", flat=True))
    do(act)
    told = told_since(before)
    assert {summary(event) for event in told} == expected
    heap = json.dumps([(event.details, event.subject_type) for event in told])
    secrets = [PASSWORD, "not this one", NEW_PASSWORD, *map(code_of, OneTimeCode.objects.values_list("pk", flat=True))]
    assert [secret for secret in secrets if secret in heap] == []
    for event in told:
        assert act.user.pk in {event.actor_id, event.subject_id} or event.details or event.actor_id, event.action


# --- Refusals ----------------------------------------------------------------------------------------------


def calls() -> Iterator[tuple[str, str, str]]:
    """Yield method, path and route of everything under /api/ that knows logins.

    Not what signs out, not the schema, slow to draw, and not what the gateway of text messages calls.
    """
    for route in list(api_routes()):
        if not any(word in route.path for word in ("schema", "logout", "sms-status")):
            yield route.method, route.path.replace("{pk}", str(ABSENT)), route.path.replace("{pk}", "<uuid:pk>")[1:]


def refusals_of(client: APIClient, status: int) -> list[tuple[str, str]]:
    """Ask everything; return what was refused with this status, having checked that each refusal left its one row."""
    refused = []
    for method, path, route in calls():
        before = list(AuditEvent.objects.values_list("pk", flat=True))
        answer = client.generic(method, path, b"{}", content_type="application/json")
        rows = [event for event in told_since(before) if event.action == "refused"]
        if answer.status_code == status:
            code = answer.json()["code"]
            assert [row.details for row in rows] == [{"code": code, "method": method, "route": route}], path
            refused.append((method, path))
        else:
            assert answer.status_code in {401, 403} or rows == [], path
    return refused


class TestRefusals:
    def test_of_a_token_that_opens_nothing_are_written_down_at_every_door(self, db):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION="Bearer a.b.c", REMOTE_ADDR="203.0.113.7")
        assert len(refusals_of(client, 401)) > 60
        event = AuditEvent.objects.filter(action="refused").latest("id")
        assert (event.actor_id, event.address) == (None, "203.0.113.7")

    def test_of_a_session_that_is_over_are_written_down(self, now):
        act = Act(now)
        act.post("logout")
        assert act.client.get("/api/v1/me/").status_code == 401
        assert AuditEvent.objects.latest("id").details["code"] == "session_over"

    def test_of_a_login_that_may_not_are_written_down_with_who_it_was(self, now):
        user = make_user("amina", must_change_password=True)
        assert len(refusals_of(client_of(user, now=now), 403)) > 30
        assert set(AuditEvent.objects.filter(action="refused").values_list("actor_id", flat=True)) == {user.pk}

    def test_of_a_role_that_may_not_are_written_down_with_who_it_was(self, now):
        act = Act(now)
        assert act.client.post(f"/api/v1/users/{ABSENT}/suspend/").status_code == 403
        event = AuditEvent.objects.latest("id")
        assert (event.action, event.actor_id) == ("refused", act.user.pk)
        assert event.details == {
            "code": "permission_denied",
            "method": "POST",
            "route": "api/v1/users/<uuid:pk>/suspend/",
        }

    def test_of_nobody_in_particular_are_not(self, db):
        assert APIClient().get("/api/v1/me/").status_code == 401
        assert not AuditEvent.objects.exists()
