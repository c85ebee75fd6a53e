"""Setting up, removing and replacing the second factor of a login, and its recovery codes."""

import base64
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

import segno
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import EndReason, Role
from apps.accounts.models import RecoveryCode, TotpDevice, User
from apps.accounts.services.passwords import confirm_password
from apps.accounts.services.second_factor_codes import (
    WrongSecondFactor,
    check_second_factor,
    hash_recovery_code,
    use_totp,
)
from apps.accounts.services.sessions import end_all_sessions
from apps.core import audit, crypto, outbox
from apps.core.errors import NotAllowed, RuleRefused

SECRET_BYTES = 20  # RFC 4226, section 4, R6: 160 bits recommended.
RECOVERY_CODES = 10


class NothingToConfirm(RuleRefused):
    """No second factor is waiting to be confirmed, or one is in use already."""

    code = "second_factor_state"
    detail = _("The second factor is not in a state in which this makes sense.")


class WrongCodeGiven(RuleRefused):
    """The code does not prove the second factor. The session is good, so this is no 401."""

    status = 400
    code = WrongSecondFactor.code
    detail = WrongSecondFactor.detail


def enroll(*, actor: User, password: str, now: datetime) -> dict[str, str]:
    """Make a new secret, not in use until it is confirmed, and return it once: as text, as an address, as a QR picture.

    Whoever holds only a stolen session must not lock the owner out, so the password is asked. Raises InvalidInput
    (wrong password), TooManyAttempts, and NothingToConfirm when a confirmed one is in use: disable that first.
    """
    confirm_password(actor=actor, password=password, field="password", now=now)
    secret = secrets.token_bytes(SECRET_BYTES)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)  # Two first enrolments at once would both insert.
        device = TotpDevice.objects.filter(user=actor).first() or TotpDevice(user=actor)
        if device.confirmed_at is not None:
            raise NothingToConfirm
        device.secret_sealed = crypto.seal(secret, place=device.place)
        device.save()
        audit.record("second_factor_enrolled", actor_id=actor.pk)
    encoded = base64.b32encode(secret).decode().rstrip("=")
    uri = f"otpauth://totp/CareLoop:{quote(actor.username)}?{urlencode({'secret': encoded, 'issuer': 'CareLoop'})}"
    return {"secret": encoded, "uri": uri, "qr_svg": segno.make(uri).svg_data_uri(scale=4)}


def confirm(*, actor: User, code: str, now: datetime) -> list[str]:
    """Take the enrolled second factor into use and return fresh recovery codes, shown once.

    Raises NothingToConfirm and WrongCodeGiven.
    """
    with transaction.atomic():
        device = TotpDevice.objects.select_for_update().filter(user=actor, confirmed_at=None).first()
        if device is None:
            raise NothingToConfirm
        if not use_totp(device=device, code=code, now=now):
            raise WrongCodeGiven
        device.confirmed_at = now
        device.save(update_fields=["confirmed_at", "updated_at"])
        _announce_change("second_factor_confirmed", actor, actor)
        return new_recovery_codes(actor=actor)


def disable(*, actor: User, code: str, now: datetime) -> None:
    """Remove the second factor, proving it once more; raises NothingToConfirm, WrongCodeGiven and TooManyAttempts."""
    _prove(actor, code, now)
    _remove(actor, actor, "second_factor_disabled")


def remove_second_factor(*, actor: User, user: User, now: datetime) -> None:
    """Remove a login's second factor for a person who lost device and recovery codes; ends their sessions.

    Raises NotAllowed for anybody but an administrator, and NothingToConfirm where there is none.
    """
    if actor.role != Role.ADMIN or actor.pk == user.pk:
        raise NotAllowed
    if not TotpDevice.objects.filter(user=user).exists():
        raise NothingToConfirm
    with transaction.atomic():
        end_all_sessions(actor=actor, user=user, reason=EndReason.ENDED_BY_ADMIN, now=now)
        _remove(actor, user, "second_factor_removed")


def _remove(actor: User, user: User, action: str) -> None:
    with transaction.atomic():
        TotpDevice.objects.filter(user=user).delete()
        user.recovery_codes.all().delete()
        _announce_change(action, actor, user)


def _announce_change(action: str, actor: User, user: User) -> None:
    """Write down and tell the person that their second factor is another one now; part of the caller's transaction."""
    audit.record(action, actor_id=actor.pk, subject=user)
    outbox.publish("accounts.second_factor_changed", user_id=user.pk)


def new_recovery_codes(*, actor: User) -> list[str]:
    """Replace the actor's recovery codes and return the new ones; only keyed hashes of them are kept."""
    fresh = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        actor.recovery_codes.all().delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(user=actor, code_hash=hash_recovery_code(user=actor, code=code)) for code in fresh
        )
        audit.record("recovery_codes_made", actor_id=actor.pk)
    return fresh


def replace_recovery_codes(*, actor: User, code: str, now: datetime) -> list[str]:
    """Replace the recovery codes of whoever proves the second factor; raises as `disable` does."""
    _prove(actor, code, now)
    return new_recovery_codes(actor=actor)


def _prove(actor: User, code: str, now: datetime) -> None:
    if not TotpDevice.objects.filter(user=actor, confirmed_at__isnull=False).exists():
        raise NothingToConfirm
    try:
        check_second_factor(user=actor, otp=code, now=now)
    except WrongSecondFactor as refusal:
        raise WrongCodeGiven from refusal
