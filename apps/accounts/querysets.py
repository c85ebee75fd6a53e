"""How accounts are asked for."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth.base_user import BaseUserManager
from django.db import models

from apps.accounts.choices import Role

if TYPE_CHECKING:
    from apps.accounts.models import KeyPair, OneTimeCode, Session, User

MOST_SHARED_EMAIL = 5  # Each comparison costs a password hash.


class UserQuerySet(models.QuerySet["User"]):
    """Logins."""

    def named(self, identifier: str) -> "UserQuerySet":
        """Return the logins an identifier may mean: the one of that username, or those of that e-mail, oldest first."""
        wanted = identifier.strip()
        if "@" in wanted:
            return self.filter(email=wanted.lower()).order_by("id")[:MOST_SHARED_EMAIL]
        return self.filter(username=wanted.lower())[:1]

    def visible_to(self, user: "User") -> "UserQuerySet":
        """Return every login to an administrator, and their own to everybody else."""
        return self.all() if user.role == Role.ADMIN else self.filter(pk=user.pk)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Lets Django's own tools find a login by what it signs in with."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the login of that username."""
        user: User = self.get(username=username)
        return user


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions, one a login."""

    def visible_to(self, user: "User") -> "SessionQuerySet":
        """Return the user's own sessions: nobody reads another's, whatever the role."""
        return self.filter(user=user)

    def open(self, *, now: datetime) -> "SessionQuerySet":
        """Return the sessions that neither ended nor expired."""
        return self.filter(ended_at=None, expires_at__gt=now)


class KeyPairQuerySet(models.QuerySet["KeyPair"]):
    """Key pairs by whose they are."""

    def current_of(self, holder_id: UUID) -> "KeyPairQuerySet":
        """Return the pair that new envelopes for this holder use, if there is one."""
        return self.current_of_each([holder_id])

    def current_of_each(self, holder_ids: Iterable[UUID]) -> "KeyPairQuerySet":
        """Return the pairs that new envelopes for these holders use."""
        return self.filter(holder_id__in=list(holder_ids), replaced_at=None)


class OneTimeCodeQuerySet(models.QuerySet["OneTimeCode"]):
    """One-time codes."""

    def open(self, *, now: datetime) -> "OneTimeCodeQuerySet":
        """Return the codes that can still be used: not used, not replaced by a newer one, not too old."""
        return self.filter(used_at=None, superseded_at=None, expires_at__gt=now)
