"""What of a login its owner changes: name and phone, at every door and whatever else the body says."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.db import models
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.ids import uuid7
from tests.care import client_of
from tests.world import PASSWORD, make_doctor, make_hospital, make_staff, make_user

pytestmark = pytest.mark.django_db

DOORS = ["me/", "me/profile/", "auth/profile/"]
OWN = {"first_name": "Ada", "last_name": "Lovelace", "phone": "+15550100009"}
SIGN_UP = {"email": "new@example.org", "password": PASSWORD, "first_name": "New", "consent": True}

MODEL_FIELDS = {field.name: field for field in (*User._meta.concrete_fields, *User._meta.many_to_many)}
# What no column is called, but a client may try.
OTHER_NAMES: dict[str, Any] = {
    "pk": str(uuid7()),
    "hospital": str(uuid7()),
    "hospital_id": str(uuid7()),
    "doctor": {"status": "APPROVED"},
    "is_verified": True,
    "verified": True,
    "is_email_verified": True,
    "has_second_factor": True,
    "user_type": "ADMIN",
    "status": "APPROVED",
}


# One of its own for each text; the others are made from what stands there.
TEXTS = {"id": str(uuid7()), "username": "root", "email": "root@example.org", "password": make_password("x"), **OWN}


def attempts(user: User) -> dict[str, Any]:
    """Return, for every field of the model, another value than the one that stands there, as JSON would carry it."""
    return {name: TEXTS.get(name) or _other(name, user) for name in MODEL_FIELDS}


def _other(name: str, user: User) -> Any:
    field = MODEL_FIELDS[name]
    if name == "role":
        return next(role for role in Role.values if role != user.role)
    if isinstance(field, models.BooleanField):
        return not getattr(user, name)
    if isinstance(field, models.DateTimeField):
        return None if getattr(user, name) else "2026-11-20T09:00:00Z"
    if isinstance(field, models.ManyToManyField):
        return list(field.related_model.objects.values_list("pk", flat=True)[:3])
    return getattr(user, name) + 7


def as_stored(user: User) -> dict[str, Any]:
    """Return everything that stands about a login, here and on the floor above."""
    columns = User.objects.values().get(pk=user.pk)
    del columns["updated_at"]  # It tells when, not what.
    rights = list(user.groups.values_list("pk")), list(user.user_permissions.values_list("pk"))
    beside = [
        # But for what the database keeps so that a doctor is found by name: it follows the name.
        [
            {name: value for name, value in row.items() if not name.startswith("search_")}
            for row in each.related_model._default_manager.filter(**{each.field.name: user}).values()
        ]
        for each in User._meta.related_objects
        if each.one_to_one  # A doctor, a member of staff, a second factor.
    ]
    return {**columns, "rights": rights, "beside": beside}


@pytest.fixture(params=["patient", "doctor", "staff"])
def user(request) -> User:
    hospital = make_hospital("Riverside")
    make = {
        "patient": lambda: make_user("amina"),
        "doctor": lambda: make_doctor("lena", hospital).user,
        "staff": lambda: make_staff("sam", hospital),
    }
    Group.objects.create(name="operators").permissions.set(Permission.objects.all()[:1])
    return make[request.param]()


@pytest.fixture
def change(user, now) -> Callable[..., None]:
    """Send a body with the owner's own token; with PUT, what must be there stays as it is unless the body says else."""
    owner = client_of(user, now=now)

    def send(method: str, door: str, body: dict[str, Any]) -> None:
        kept = {name: getattr(user, name) for name in OWN} if method == "put" else {}
        answer = getattr(owner, method)(f"/api/v1/{door}", kept | body, format="json")
        assert answer.status_code == 200, answer.content
        user.refresh_from_db()

    return send


@pytest.mark.parametrize("method", ["patch", "put"])
@pytest.mark.parametrize("door", DOORS)
class TestOwner:
    @pytest.mark.parametrize("user", ["patient"], indirect=True)
    def test_changes_name_and_phone_alone_field_by_field(self, change, user, method, door):
        expected = as_stored(user)
        for name, value in (attempts(user) | OTHER_NAMES).items():
            change(method, door, {name: value})
            expected |= {name: value} if name in OWN else {}
            assert as_stored(user) == expected, name

    def test_changes_name_and_phone_alone_in_one_body(self, change, user, method, door):
        before = as_stored(user)
        change(method, door, attempts(user) | OTHER_NAMES)
        assert as_stored(user) == before | OWN
        assert User.objects.count() == 1


def test_every_field_of_a_login_is_tried():
    assert {field.name for field in User._meta.concrete_fields} | {"groups", "user_permissions"} == set(MODEL_FIELDS)


class TestSigningUp:
    def register(self, **more: Any) -> Any:
        return APIClient().post("/api/v1/auth/register/", SIGN_UP | more, format="json")

    @pytest.mark.parametrize("name", ["role", "user_type"])
    @pytest.mark.parametrize(
        "role", ["ADMIN", "admin", "HOSPITAL", "SUPERUSER", "PATIENT ADMIN", "", None, ["ADMIN"], {"role": "ADMIN"}, 1]
    )
    def test_no_role_is_taken_that_others_give(self, role, name):
        answer = self.register(**{name: role})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/{name}")
        assert not User.objects.exists()

    @pytest.mark.parametrize("role", ["PATIENT", "patient", " Patient "])
    def test_a_patients_is(self, role):
        assert self.register(role=role).json()["user"]["role"] == "PATIENT"

    def test_whatever_else_the_body_says_makes_a_plain_patient(self):
        plain = User(role=Role.PATIENT, is_self_registered=True, username="new", email="new@example.org")
        tried = {name: value for name, value in attempts(plain).items() if name not in {*SIGN_UP, *OWN, "role"}}
        answer = self.register(**tried | OTHER_NAMES | {"user_type": "PATIENT"})
        assert answer.status_code == 201, answer.content
        user = User.objects.get()
        made_by_the_server = {"id", "password", "created_at", "updated_at", "groups", "user_permissions"}
        for name in set(tried) - made_by_the_server:
            assert getattr(user, name) == getattr(plain, name), name
        assert user.check_password(PASSWORD)
        assert as_stored(user)["rights"] == ([], [])
        assert not any(as_stored(user)["beside"])


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("user", ["patient"], indirect=True)
def test_a_change_of_what_was_not_seen_is_refused(user, now, door):
    owner = client_of(user, now=now)
    seen = owner.get(f"/api/v1/{door}")["ETag"]
    first, second = (
        owner.patch(f"/api/v1/{door}", {"first_name": name}, format="json", HTTP_IF_MATCH=seen)
        for name in ("Ada", "Bo")
    )
    assert (first.status_code, second.status_code) == (200, 412)
    user.refresh_from_db()
    assert user.first_name == "Ada"
