"""Logins seen from outside: suspended and brought back by administrators, kept up by their owners."""

import hmac
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import EndReason, Role
from apps.accounts.models import User
from apps.accounts.services.registration import register_user
from apps.accounts.services.sessions import end_all_sessions
from apps.core import audit, outbox
from apps.core.errors import NotAllowed, RuleRefused

BOOTSTRAP_LOCK = 0x626F6F74  # "boot" in ASCII.
OWN_FIELDS = ("first_name", "last_name", "phone")


class NotYourself(RuleRefused):
    """An administrator who suspends themselves locks the office."""

    code = "not_yourself"
    detail = _("You cannot suspend your own login.")


def update_profile(*, actor: User, **fields: str) -> User:
    """Change the actor's own name and phone; nothing else of a login is its owner's to change here."""
    with transaction.atomic():
        locked: User = User.objects.select_for_update(of=("self",)).select_related("totp_device").get(pk=actor.pk)
        for name in OWN_FIELDS:
            setattr(locked, name, fields.get(name, getattr(locked, name)))
        locked.save(update_fields=[*OWN_FIELDS, "updated_at"])
        audit.record("profile_changed", actor_id=actor.pk, subject=locked, details={"fields": sorted(fields)})
    return locked


def suspend_user(*, actor: User, user: User, now: datetime) -> User:
    """Suspend a login: its sessions end on their next request. Raises NotAllowed and NotYourself."""
    _guard(actor)
    if user.pk == actor.pk:
        raise NotYourself
    return _set_active(actor, user, is_active=False, now=now)


def activate_user(*, actor: User, user: User, now: datetime) -> User:
    """Let a suspended login work again; raises NotAllowed. What was ended stays ended."""
    _guard(actor)
    return _set_active(actor, user, is_active=True, now=now)


def register_superuser(
    *, actor: User | None, bootstrap_token: str, email: str, password: str, now: datetime, **names: Any
) -> User:
    """Make an administrator: by another one, or once with the bootstrap token while there is none.

    The other administrators are told. Raises NotAllowed for everybody else, InvalidInput (weak password).
    """
    with transaction.atomic():
        is_bootstrap = _is_bootstrap_token(bootstrap_token) and _is_first_administrator()
        is_colleague = actor is not None and actor.is_superuser
        if not (is_bootstrap or is_colleague):
            raise NotAllowed
        made = register_user(
            email=email,
            password=password,
            role=Role.ADMIN,
            is_staff=True,
            is_superuser=True,
            is_self_registered=False,
            now=now,
            **names,
        )
        maker_id = actor.pk if actor else None
        audit.record("administrator_made", actor_id=maker_id, subject=made, details={"bootstrap": is_bootstrap})
        outbox.publish("accounts.administrator_made", user_id=made.pk)
        return made


def _is_bootstrap_token(given: str) -> bool:
    wanted: str = settings.BOOTSTRAP_TOKEN
    return bool(wanted) and hmac.compare_digest(wanted.encode(), given.encode())


def _is_first_administrator() -> bool:
    """Return whether there is no administrator; two bootstraps at once queue here, and the second finds the first's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [BOOTSTRAP_LOCK])
    return not User.objects.filter(is_superuser=True).exists()


def _guard(actor: User) -> None:
    if actor.role != Role.ADMIN:
        raise NotAllowed


def _set_active(actor: User, user: User, *, is_active: bool, now: datetime) -> User:
    with transaction.atomic():
        locked: User = User.objects.select_for_update().get(pk=user.pk)
        locked.is_active, locked.suspended_at = is_active, None if is_active else now
        locked.save(update_fields=["is_active", "suspended_at", "updated_at"])
        if not is_active:
            end_all_sessions(actor=actor, user=locked, reason=EndReason.SUSPENDED, now=now)
        audit.record("user_activated" if is_active else "user_suspended", actor_id=actor.pk, subject=locked)
    return locked
