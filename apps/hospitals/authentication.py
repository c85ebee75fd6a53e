"""Who is calling: one indexed query reads session, login, doctor and hospital, so that suspension acts at once.

It stands here because hospitals is the lowest floor that sees all four.
"""

from functools import lru_cache
from itertools import islice
from time import time
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import DateTimeField, PositiveIntegerField, QuerySet, UUIDField
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError

from apps.accounts.choices import Role
from apps.accounts.models import Session, TotpDevice, User
from apps.accounts.services.sessions import SessionOver
from apps.accounts.standing import let_stand, parts
from apps.accounts.tokens import AccessToken, read_access
from apps.accounts.working import works
from apps.core.prepared import Given, PreparedQuestion
from apps.hospitals.choices import DoctorStatus

LARGEST_VERSION = 2**31 - 1  # What the column can hold: PostgreSQL fails to compare it with more.


class SessionTokenAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer`; the token names a session, and the session is asked on every request."""

    def authenticate(self, request: Request) -> tuple[User, UUID] | None:
        """Return the login and its session's id, None without a token; raises SessionOver (401)."""
        scheme, _, raw = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user_id, session_id, version = _verified(raw.strip())
        row = _SIGNED_IN.first(now=timezone.now(), session=session_id, user=user_id, version=version)
        if row is None:
            raise SessionOver
        return _login_of(row), session_id

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge, which also makes DRF answer 401 instead of 403."""
        return 'Bearer realm="api"'


def _compose() -> QuerySet[Session, tuple[Any, ...]]:
    """Return the session if it is open and its login works, with the login's columns, its second factor's and more."""
    version = Given("version", PositiveIntegerField())
    now: Any = Given("now", DateTimeField())
    signed_in = Session.objects.open(now=now).filter(
        works("user__"),
        pk=Given("session", UUIDField()),
        user=Given("user", UUIDField()),
        token_version=version,
        user__token_version=version,
    )
    return signed_in.order_by().values_list(
        *(f"user__{name}" for name in _USER),
        *(f"user__totp_device__{name}" for name in _DEVICE),
        "user__doctor__status",
        *parts("user__").values(),
    )


def _login_of(row: tuple[Any, ...]) -> User:
    """Return the login that a row of `_compose` holds, with its device, and what it stands for."""
    columns = iter(row)
    user = User.from_db(DEFAULT_DB_ALIAS, _USER, [*islice(columns, len(_USER))])
    device = [*islice(columns, len(_DEVICE))]
    # Known, also when there is none: a look at it asks nothing more.
    known = TotpDevice.from_db(DEFAULT_DB_ALIAS, _DEVICE, device) if any(device) else None
    user._state.fields_cache["totp_device"] = known
    doctor_status = next(columns)
    user.awaits_approval = user.role == Role.DOCTOR and doctor_status != DoctorStatus.APPROVED
    let_stand(user, columns)
    return user


_USER = [field.attname for field in User._meta.concrete_fields]
_DEVICE = [field.attname for field in TotpDevice._meta.concrete_fields]
_SIGNED_IN = PreparedQuestion(_compose)


def _verified(raw: str) -> tuple[UUID, UUID, int]:
    """Return what a valid token names; its signature is checked once, its expiry every time."""
    try:
        user_id, session_id, version, expires_at = _check_signature(raw)
    except TokenError as failure:
        raise SessionOver from failure
    if expires_at <= time() or not 0 <= version <= LARGEST_VERSION:
        raise SessionOver
    return user_id, session_id, version


@lru_cache(maxsize=4096)
def _check_signature(raw: str) -> tuple[UUID, UUID, int, float]:
    user_id, session_id, version = read_access(raw)
    return user_id, session_id, version, float(AccessToken(raw)["exp"])  # type: ignore[arg-type]
