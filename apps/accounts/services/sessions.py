"""Signing in, keeping a session alive, and ending it."""

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Session, User
from apps.core import audit
from apps.core.context import current_call
from apps.core.errors import NotSignedIn, RuleRefused
from apps.core.ids import uuid7


class WrongCredentials(NotSignedIn):
    """No such login, a wrong password, or a login that does not work now: the three look alike."""

    code = "wrong_credentials"
    detail = _("The name or the password is wrong.")


class AmbiguousAccount(RuleRefused):
    """Several accounts share this address and this password."""

    code = "ambiguous_account"
    detail = _("Several accounts use this e-mail address and password. Sign in with the username.")


class SessionOver(NotSignedIn):
    """The session ended, expired, or its refresh token was used before."""

    code = "session_over"
    detail = _("This session is over. Sign in again.")


def find_by_credentials(*, identifier: str, password: str) -> User:
    """Return the active login that the identifier (username or e-mail) and password open.

    Raises WrongCredentials, or AmbiguousAccount when the password fits several logins of one address.
    """
    candidates = list(User.objects.named(identifier))
    if not candidates:
        check_password(password, _decoy())  # As much work as for a login that exists.
    fitting = [user for user in candidates if check_password(password, user.password) and user.is_active]
    if len(fitting) > 1:
        raise AmbiguousAccount
    if not fitting:
        raise WrongCredentials
    user: User = fitting[0]
    return user


def sign_in(*, identifier: str, password: str, now: datetime) -> Session:
    """Open a session for the login that the credentials name; audits success and failure.

    Raises WrongCredentials or AmbiguousAccount.
    """
    try:
        user = find_by_credentials(identifier=identifier, password=password)
    except (WrongCredentials, AmbiguousAccount) as refusal:
        audit.record("sign_in_refused", actor_id=None, details={"code": refusal.code})
        raise
    return open_session(user=user, now=now)


def open_session(*, user: User, now: datetime) -> Session:
    """Open a session for a login whose identity is proven."""
    call = current_call()
    with transaction.atomic():
        session = Session.objects.create(
            user=user,
            refresh_id=uuid7(),
            token_version=user.token_version,
            last_used_at=now,
            expires_at=now + cast(timedelta, settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]),
            address=call.address,
            agent=call.agent[:200],
        )
        audit.record("signed_in", actor_id=user.pk, subject=session)
    return session


def refresh_session(*, session_id: UUID, refresh_id: UUID, now: datetime) -> Session:
    """Exchange the session's refresh token for the next one.

    Compare-and-set: of any number of simultaneous uses of one token exactly one wins. Using a token a
    second time is a sign of theft and ends the whole session. Raises SessionOver.
    """
    # EXISTS and not a join: Django would write a join as `id IN (SELECT ...)`, which PostgreSQL does not ask
    # again after waiting for a rival, and two would win.
    working = User.objects.filter(pk=OuterRef("user"), is_active=True, token_version=OuterRef("token_version"))
    renewed = Session.objects.open(now=now).filter(Exists(working), pk=session_id, refresh_id=refresh_id)
    updated = renewed.update(
        refresh_id=uuid7(),
        last_used_at=now,
        expires_at=now + cast(timedelta, settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]),
    )
    if not updated:
        _end_reused(session_id, refresh_id, now)
        raise SessionOver
    return Session.objects.select_related("user").get(pk=session_id)


def end_session(*, session_id: UUID, actor: User, now: datetime) -> None:
    """End one session of the actor; ending it twice is no error."""
    with transaction.atomic():
        if actor.sessions.open(now=now).filter(pk=session_id).update(ended_at=now, end_reason="SIGNED_OUT"):
            audit.record("signed_out", actor_id=actor.pk, details={"session": str(session_id)})


def end_all_sessions(*, actor: User, now: datetime) -> None:
    """End every session of the actor, everywhere."""
    with transaction.atomic():
        actor.sessions.open(now=now).update(ended_at=now, end_reason="SIGNED_OUT")
        audit.record("signed_out_everywhere", actor_id=actor.pk)


def _end_reused(session_id: UUID, refresh_id: UUID, now: datetime) -> None:
    """End a session whose refresh token came a second time; the present one of a login that stopped is no theft."""
    with transaction.atomic():
        reused = Session.objects.open(now=now).filter(pk=session_id).exclude(refresh_id=refresh_id)
        if reused.update(ended_at=now, end_reason="TOKEN_REUSED"):
            audit.record("refresh_token_reused", actor_id=None, details={"session": str(session_id)})


_decoys: list[str] = []


def _decoy() -> str:
    """Return a hash that nothing fits, made once with the hasher in use."""
    if not _decoys:
        _decoys.append(make_password("no password is this one"))
    return _decoys[0]
