"""Signing in, keeping a session alive, and ending it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import CharField, Count, DateTimeField, Exists, OuterRef, Q, QuerySet, UUIDField
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import EndReason
from apps.accounts.models import Session, User
from apps.accounts.services.attempts import count_attempt, forgive_attempts
from apps.accounts.services.second_factor_codes import check_second_factor
from apps.accounts.working import works
from apps.core import audit, outbox
from apps.core.budgets import address_prefix
from apps.core.context import current_call
from apps.core.errors import DomainError, NotAllowed, NotSignedIn, RuleRefused
from apps.core.ids import uuid5_of, uuid7
from apps.core.prepared import Given, PreparedQuestion

MOST_TOLD_A_DAY = 10  # Sign-ins of a day after which a new device is no news any more.


class WrongCredentials(NotSignedIn):
    """No such login, or a wrong password: the two look alike."""

    code = "wrong_credentials"
    detail = _("The name or the password is wrong.")


class AmbiguousAccount(RuleRefused):
    """Several accounts share this address and this password."""

    code = "ambiguous_account"
    detail = _("Several accounts use this e-mail address and password. Sign in with the username.")


class LoginNotWorking(NotSignedIn):
    """The name and the password are right, but the login is suspended, or the place it works for is not approved."""

    code = "login_not_working"
    detail = _("This login does not work at present. Ask your hospital, or an administrator of CareLoop.")


class MayNotOpenAdmin(NotAllowed):
    """A good login, but not an administrator's."""

    code = "may_not_open_admin"
    detail = _("This login may not open the administration.")


class SessionOver(NotSignedIn):
    """The session ended, expired, or its refresh token was used before."""

    code = "session_over"
    detail = _("This session is over. Sign in again.")


def sign_in(*, identifier: str, password: str, otp: str = "", now: datetime, is_for_admin: bool = False) -> Session:
    """Open a session for the login that the credentials name; audits success and failure.

    Raises WrongCredentials, LoginNotWorking, AmbiguousAccount, SecondFactorRequired, WrongSecondFactor, MayNotOpenAdmin
    where `is_for_admin`, and TooManyAttempts while the growing delay after earlier failures lasts, for a right
    password too.
    """
    named = list(User.objects.named(identifier))
    # A name that nobody has is counted too, with the same work.
    subjects = [user.pk for user in named] or [uuid5_of(identifier.strip().lower())]
    try:
        count_attempt(subjects=subjects, now=now)
        user = _whose_password_is(named, password)
        forgive_attempts(subject=user.pk, subjects=subjects)
        check_second_factor(user=user, otp=otp, now=now)
        if is_for_admin and not user.is_staff:
            raise MayNotOpenAdmin
    except DomainError as refusal:
        meant = named[0] if len(named) == 1 else None  # Of several that share an address nobody knows.
        audit.record("sign_in_refused", actor_id=None, subject=meant, details={"code": refusal.code})
        raise
    return open_session(user=user, now=now)


def _whose_password_is(named: Sequence[User], password: str) -> User:
    """Return the one of these logins that the password opens.

    Raises WrongCredentials, LoginNotWorking, or AmbiguousAccount when the password fits several logins of one address.
    """
    if not named:
        check_password(password, _decoy())  # As much work as for a login that exists.
    fitting = [user.pk for user in named if check_password(password, user.password)]
    if not fitting:
        raise WrongCredentials
    working: list[User] = list(User.objects.filter(works(), pk__in=fitting).select_related("totp_device"))
    if not working:
        raise LoginNotWorking
    if len(working) > 1:
        raise AmbiguousAccount
    return working[0]


def open_session(*, user: User, now: datetime) -> Session:
    """Open a session for a login whose identity is proven."""
    call = current_call()
    agent, network = call.agent[:200], address_prefix(call.address)
    with transaction.atomic():
        seen = _SEEN.first(user=user.pk, agent=agent, network=network, since=now - timedelta(days=1))
        # The person is told, but not flooded by whoever signs in under ever new names.
        is_told = seen is not None and not seen[0] and seen[1] < MOST_TOLD_A_DAY
        session = Session.objects.create(
            user=user,
            refresh_id=uuid7(),
            token_version=user.token_version,
            last_used_at=now,
            expires_at=now + cast(timedelta, settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]),
            address=call.address,
            network=network,
            agent=agent,
        )
        audit.record("signed_in", actor_id=user.pk, subject=session)
        if is_told:
            outbox.publish("accounts.new_device", session_id=session.pk)
    return session


def _compose_seen() -> QuerySet[Session, tuple[int, int]]:
    """Return how often a login was signed in from this device, and how often lately; no row when never at all."""
    here = Q(agent=Given("agent", CharField()), network=Given("network", CharField()))
    lately = Q(created_at__gt=Given("since", DateTimeField()))
    own = Session.objects.filter(user=Given("user", UUIDField())).order_by().values("user")
    return own.annotate(here=Count("pk", filter=here), lately=Count("pk", filter=lately)).values_list("here", "lately")


_SEEN = PreparedQuestion(_compose_seen)


def refresh_session(*, session_id: UUID, refresh_id: UUID, now: datetime) -> Session:
    """Exchange the session's refresh token for the next one.

    Compare-and-set: of any number of simultaneous uses of one token exactly one wins. Using a token a
    second time is a sign of theft and ends the whole session. Raises SessionOver.
    """
    # EXISTS and not a join: Django would write a join as `id IN (SELECT ...)`, which PostgreSQL does not ask
    # again after waiting for a rival, and two would win.
    working = User.objects.filter(works(), pk=OuterRef("user"), token_version=OuterRef("token_version"))
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
        own = actor.sessions.open(now=now).filter(pk=session_id)
        if own.update(ended_at=now, end_reason=EndReason.SIGNED_OUT):
            audit.record("signed_out", actor_id=actor.pk, details={"session": str(session_id)})


def end_all_sessions(*, actor: User, user: User, reason: EndReason, now: datetime) -> None:
    """End every session of a login, everywhere: their access tokens stop on the next request."""
    with transaction.atomic():
        user.sessions.open(now=now).update(ended_at=now, end_reason=reason)
        audit.record("signed_out_everywhere", actor_id=actor.pk, subject=user, details={"reason": reason})


def _end_reused(session_id: UUID, refresh_id: UUID, now: datetime) -> None:
    """End a session whose refresh token came a second time; the present one of a login that stopped is no theft."""
    with transaction.atomic():
        reused = Session.objects.open(now=now).filter(pk=session_id).exclude(refresh_id=refresh_id)
        if reused.update(ended_at=now, end_reason=EndReason.TOKEN_REUSED):
            audit.record("refresh_token_reused", actor_id=None, subject=Session.objects.get(pk=session_id).user)
            outbox.publish("accounts.token_reused", session_id=session_id)


_decoys: list[str] = []


def _decoy() -> str:
    """Return a hash that nothing fits, made once with the hasher in use."""
    if not _decoys:
        _decoys.append(make_password("no password is this one"))
    return _decoys[0]
