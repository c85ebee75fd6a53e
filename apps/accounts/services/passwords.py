"""Choosing passwords: with the old one, with a code, or for somebody else; each ends every session."""

import secrets
import string
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import CodePurpose, EndReason, Role
from apps.accounts.models import OneTimeCode, User
from apps.accounts.services import codes
from apps.accounts.services.attempts import count_attempt, forgive_attempts
from apps.accounts.services.registration import check_password_rules
from apps.core import audit, outbox
from apps.core.errors import InvalidInput, NotAllowed, RuleRefused
from apps.core.ids import uuid5_of

GENERATED_LENGTH = 12  # SPEC section 4: 12 characters, at least one of each kind.
SYMBOLS = "!@#$%^&*"
KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)
PASSWORD_CODES = (CodePurpose.PASSWORD_RESET, CodePurpose.PASSWORD_UPDATE)
TICKET_SALT = "careloop.password-ticket"
TICKET_LIFETIME = timedelta(minutes=10)


class EmailNotVerified(RuleRefused):
    """The address was never confirmed, so nothing is decided by mail to it."""

    code = "email_not_verified"
    detail = _("Confirm your e-mail address first.")


class TicketOver(RuleRefused):
    """The proof that a code was right is used or too old."""

    status = 400
    code = "ticket_over"
    detail = _("This has taken too long or was done already. Ask for a new code.")


def generate_password() -> str:
    """Return a random password: 12 characters, at least one lower, upper, digit and symbol, shuffled."""
    rng = secrets.SystemRandom()
    chosen = [rng.choice(kind) for kind in KINDS]
    chosen += [rng.choice("".join(KINDS)) for _ in range(GENERATED_LENGTH - len(KINDS))]
    rng.shuffle(chosen)
    return "".join(chosen)


def change_password(*, actor: User, old_password: str, new_password: str, now: datetime) -> None:
    """Replace the actor's password; raises InvalidInput (wrong old, weak new) and TooManyAttempts."""
    confirm_password(actor=actor, password=old_password, field="old_password", now=now)
    _set_password(actor, new_password, field="new_password", now=now)


def confirm_password(*, actor: User, password: str, field: str, now: datetime) -> None:
    """Make sure that whoever holds the session knows the password too: a stolen token must not decide this.

    Raises InvalidInput, naming the field, and TooManyAttempts.
    """
    count_attempt(subjects=[actor.pk], now=now)
    if not actor.check_password(password):
        audit.record("password_refused", actor_id=actor.pk, subject=actor)
        raise InvalidInput(field, _("This is not your present password."), code="wrong_password")
    forgive_attempts(subject=actor.pk, subjects=[actor.pk])


def set_generated_password(*, actor: User, user: User, now: datetime) -> str:
    """Give a login a generated password, to be changed at first use, and return it: shown once, kept nowhere."""
    generated = generate_password()
    with transaction.atomic():
        _set_password(user, generated, field="password", now=now, must_change=True, actor=actor)
        audit.record("password_returned", actor_id=actor.pk, subject=user)
    return generated


def request_update(*, actor: User, now: datetime) -> OneTimeCode:
    """Send the actor a code for a new password; raises EmailNotVerified and TooManyAttempts."""
    if actor.email_verified_at is None:
        raise EmailNotVerified
    return codes.issue_code(purpose=CodePurpose.PASSWORD_UPDATE, subject_id=actor.pk, requester=str(actor.pk), now=now)


def verify_update(*, actor: User, code: str, now: datetime) -> str:
    """Use up the code and return a ticket that completes the update within 10 minutes; raises WrongCode."""
    used = codes.redeem_code(
        purpose=CodePurpose.PASSWORD_UPDATE, subject_id=actor.pk, requester=str(actor.pk), code=code, now=now
    )
    return _ticket(used)


def request_reset(*, email: str, now: datetime) -> None:
    """Send a message to this address with one code for each login that confirmed it.

    Whoever asks learns nothing: an unknown address costs the same rows and gets the same answer.
    Raises TooManyAttempts.
    """
    address = email.strip().lower()
    subjects = list(_resettable(address))
    codes.issue_codes(purpose=CodePurpose.PASSWORD_RESET, subject_ids=subjects, requester=address, now=now)


def send_reset(*, actor: User, user: User, now: datetime) -> None:
    """Send a login a reset code at an administrator's wish; raises NotAllowed, EmailNotVerified, TooManyAttempts."""
    if actor.role != Role.ADMIN:
        raise NotAllowed
    if user.email_verified_at is None or not user.is_active:
        raise EmailNotVerified
    codes.issue_code(purpose=CodePurpose.PASSWORD_RESET, subject_id=user.pk, requester=user.email, now=now)
    audit.record("reset_sent", actor_id=actor.pk, subject=user)


def verify_reset(*, email: str, username: str | None, code: str, now: datetime) -> str:
    """Use up a reset code and return a ticket that completes the reset within 10 minutes; raises WrongCode."""
    address = email.strip().lower()
    meant = username.strip().lower() if username else None
    for subject_id, name in _resettable(address).items():
        # A guess at one login of the address is counted at each: when to wait tells nobody which logins there are.
        guess = code if meant in {None, name} else ""
        with suppress(codes.WrongCode):
            used = codes.redeem_code(
                purpose=CodePurpose.PASSWORD_RESET, subject_id=subject_id, requester=address, code=guess, now=now
            )
            return _ticket(used)
    raise codes.WrongCode


def _resettable(address: str) -> dict[UUID, str]:
    """Return the logins that a code to this address resets, with their names; else an id that stands for nobody."""
    users = [user for user in User.objects.named(address) if user.is_active and user.email_verified_at]
    return {user.pk: user.username for user in users} or {uuid5_of(address): ""}


def complete_update(*, actor: User, ticket: str, new_password: str, now: datetime) -> User:
    """Set the actor's new password with the ticket of a code; raises TicketOver and InvalidInput (weak password)."""
    of_actor = {"purpose": CodePurpose.PASSWORD_UPDATE, "subject_id": actor.pk}
    return _complete(of_actor, ticket, new_password, now)


def complete_reset(*, ticket: str, new_password: str, now: datetime) -> User:
    """Set a new password with the ticket of a reset code; raises TicketOver and InvalidInput (weak password)."""
    return _complete({"purpose": CodePurpose.PASSWORD_RESET}, ticket, new_password, now)


def _complete(code_is: dict[str, object], ticket: str, new_password: str, now: datetime) -> User:
    """Set the password that a verified code of that kind allows, once."""
    try:
        code_id = signing.loads(ticket, key=settings.CODE_PEPPER, salt=TICKET_SALT, max_age=TICKET_LIFETIME)
    except signing.BadSignature as failure:
        raise TicketOver from failure
    with transaction.atomic():
        used = OneTimeCode.objects.select_for_update().filter(pk=code_id, superseded_at=None, **code_is).first()
        user: User | None = User.objects.filter(pk=used.subject_id, is_active=True).first() if used else None
        if used is None or user is None or used.used_at is None:
            raise TicketOver
        _set_password(user, new_password, field="new_password", now=now)  # Withdraws the code, and its ticket with it.
    return user


def _ticket(used: OneTimeCode) -> str:
    return signing.dumps(str(used.pk), key=settings.CODE_PEPPER, salt=TICKET_SALT)


def _set_password(
    user: User, password: str, *, field: str, now: datetime, must_change: bool = False, actor: User | None = None
) -> None:
    """Write the new password and end every session of the login, all in one transaction; tells the person."""
    if not must_change:
        check_password_rules(password=password, user=user, field=field)
        if user.must_change_password and user.check_password(password):
            words = _("This is the generated password. Choose one of your own.")
            raise InvalidInput(field, words, code="same_password")
    with transaction.atomic():
        locked: User = User.objects.select_for_update().get(pk=user.pk)
        locked.set_password(password)
        locked.must_change_password = must_change
        locked.token_version += 1
        locked.save(update_fields=["password", "must_change_password", "token_version", "updated_at"])
        locked.sessions.open(now=now).update(ended_at=now, end_reason=EndReason.PASSWORD_CHANGED)
        codes.withdraw_codes(subject_id=locked.pk, purposes=PASSWORD_CODES, now=now)
        audit.record("password_changed", actor_id=(actor or user).pk, subject=locked)
        outbox.publish("accounts.password_changed", user_id=locked.pk)
    user.refresh_from_db()
