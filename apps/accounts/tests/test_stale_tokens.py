"""Tokens that were good: whatever ends the session or stops the login ends them with the very next request."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.choices import EndReason, Role
from apps.accounts.models import OneTimeCode, Session, User
from apps.accounts.services import passwords, sessions, users
from apps.accounts.services.codes import code_of
from apps.accounts.tests.calling import call, outcome, post, refresh
from tests.world import PASSWORD, make_doctor, make_hospital, make_staff, make_user

NEW_PASSWORD = "another good password"
Act = Callable[[User, str], object]


def suspend(user: User, access: str) -> None:
    users.suspend_user(actor=make_user("admin", Role.ADMIN), user=user, now=timezone.now())


def end_all(user: User, access: str) -> None:
    sessions.end_all_sessions(actor=user, user=user, reason=EndReason.ENDED_BY_ADMIN, now=timezone.now())


def end_from_the_list(user: User, access: str) -> None:
    assert call("delete", f"auth/sessions/{user.sessions.get().pk}", access).status_code == 204


def use_a_refresh_token_twice(user: User, access: str) -> None:
    stolen = tokens.issue_pair(user.sessions.get())["refresh"]
    assert [refresh(stolen).status_code for _ in range(2)] == [200, 401]


def change_password(user: User, access: str) -> None:
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert post("auth/password/change", access, **body).status_code == 200


def reset_password(user: User, access: str) -> None:
    passwords.request_reset(email=user.email, now=timezone.now())
    code = code_of(OneTimeCode.objects.get(subject_id=user.pk).pk)
    ticket = passwords.verify_reset(email=user.email, username=None, code=code, now=timezone.now())
    passwords.complete_reset(ticket=ticket, new_password=NEW_PASSWORD, now=timezone.now())


def generate_password(user: User, access: str) -> None:
    passwords.set_generated_password(actor=make_user("admin", Role.ADMIN), user=user, now=timezone.now())


def update(**columns: Any) -> Act:
    """Change columns of the login itself."""
    return lambda user, access: User.objects.filter(pk=user.pk).update(**columns)


def update_session(**columns: Any) -> Act:
    return lambda user, access: user.sessions.update(**{name: value() for name, value in columns.items()})


def update_place(row: str, **columns: Any) -> Act:
    """Change columns of the login's staff row, doctor row, or of the hospital of one of them (`doctor.hospital`)."""

    def act(user: User, access: str) -> None:
        changed: Any = user
        for name in row.split("."):
            changed = getattr(changed, name)
        type(changed).objects.filter(pk=changed.pk).update(**columns)

    return act


ENDINGS: dict[str, tuple[str, Act]] = {
    "suspended": ("person", suspend),
    "not active": ("person", update(is_active=False)),
    "another token version": ("person", update(token_version=1)),
    "signed out": ("person", lambda user, access: post("auth/logout", access)),
    "signed out everywhere": ("person", lambda user, access: post("auth/logout", access, all=True)),
    "ended from the list": ("person", end_from_the_list),
    "every session ended": ("person", end_all),
    "session expired": ("person", update_session(expires_at=lambda: timezone.now() - timedelta(seconds=1))),
    "session ended": ("person", update_session(ended_at=timezone.now)),
    "session gone": ("person", lambda user, access: user.sessions.all().delete()),
    "refresh token used twice": ("person", use_a_refresh_token_twice),
    "password changed": ("person", change_password),
    "password reset": ("person", reset_password),
    "password generated": ("person", generate_password),
    **{
        f"{who}'s hospital {status.lower()}": (who, update_place(f"{row}.hospital", status=status))
        for who, row in (("staff", "staff_member"), ("doctor", "doctor"))
        for status in ("PENDING", "SUSPENDED", "REJECTED")
    },
    "staff deactivated": ("staff", update_place("staff_member", is_active=False)),
    "staff of no hospital": ("staff", lambda user, access: user.staff_member.delete()),
    **{
        f"{who} {words}": (who, update_place("doctor", **columns))
        for who, words, columns in (  # An independent doctor who is not approved is an applicant, and may sign in.
            ("doctor", "not approved", {"status": "PENDING"}),
            ("doctor", "rejected", {"status": "REJECTED"}),
            ("doctor", "deactivated", {"is_active": False}),
            ("independent doctor", "deactivated", {"is_active": False}),
        )
    },
}


@pytest.fixture
def cast(db) -> dict[str, Callable[[], User]]:
    return {
        "person": lambda: make_user("amina"),
        "staff": lambda: make_staff("sam", make_hospital("Riverside")),
        "doctor": lambda: make_doctor("lena", make_hospital("Riverside")).user,
        "independent doctor": lambda: make_doctor("lena", None).user,
    }


@pytest.mark.parametrize("ending", ENDINGS)
def test_opens_and_refreshes_nothing_any_more(cast, now, ending):
    who, act = ENDINGS[ending]
    user = cast[who]()
    pair = tokens.issue_pair(sessions.open_session(user=user, now=now))
    assert call("get", "me", pair["access"]).status_code == 200
    act(user, pair["access"])
    answers = [call("get", "me", pair["access"]), post("auth/logout", pair["access"]), refresh(pair["refresh"])]
    assert [outcome(answer) for answer in answers] == ["session_over"] * 3
    assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}


def test_of_a_suspended_login_stays_over_when_the_login_works_again(cast, now):
    user = cast["person"]()
    access = tokens.issue_pair(sessions.open_session(user=user, now=now))["access"]
    suspend(user, access)
    users.activate_user(actor=User.objects.get(username="admin"), user=user, now=now)
    assert outcome(call("get", "me", access)) == "session_over"
    assert Session.objects.get().end_reason == "SUSPENDED"
