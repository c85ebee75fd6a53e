"""Who is calling: one indexed query reads session, login, doctor and hospital, so that suspension acts at once.

It stands here because hospitals is the lowest floor that sees all four.
"""

from functools import lru_cache
from time import time
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError

from apps.accounts.choices import Role
from apps.accounts.models import Session, User
from apps.accounts.services.sessions import SessionOver
from apps.accounts.standing import bring_along, parts
from apps.accounts.tokens import AccessToken, read_access
from apps.accounts.working import works
from apps.hospitals.choices import DoctorStatus


class SessionTokenAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer`; the token names a session, and the session is asked on every request."""

    def authenticate(self, request: Request) -> tuple[User, UUID] | None:
        """Return the login and its session's id, None without a token; raises SessionOver (401)."""
        scheme, _, raw = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user_id, session_id, version = _verified(raw.strip())
        session = (
            Session.objects.open(now=timezone.now())
            .filter(works("user__"), pk=session_id, user=user_id, token_version=version, user__token_version=version)
            .select_related("user__totp_device")
            .annotate(doctor_status=F("user__doctor__status"), **parts("user__"))
            .first()
        )
        if session is None:
            raise SessionOver
        user = bring_along(session)
        user.awaits_approval = user.role == Role.DOCTOR and session.doctor_status != DoctorStatus.APPROVED  # type: ignore[attr-defined] # annotated
        return user, session.pk

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge, which also makes DRF answer 401 instead of 403."""
        return 'Bearer realm="api"'


def _verified(raw: str) -> tuple[UUID, UUID, int]:
    """Return what a valid token names; its signature is checked once, its expiry every time."""
    try:
        user_id, session_id, version, expires_at = _check_signature(raw)
    except TokenError as failure:
        raise SessionOver from failure
    if expires_at <= time():
        raise SessionOver
    return user_id, session_id, version


@lru_cache(maxsize=4096)
def _check_signature(raw: str) -> tuple[UUID, UUID, int, float]:
    user_id, session_id, version = read_access(raw)
    return user_id, session_id, version, float(AccessToken(raw)["exp"])  # type: ignore[arg-type]
