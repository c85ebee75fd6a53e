"""The second factor: time-based codes (RFC 6238), each good once, and recovery codes for a lost device."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import RecoveryCode, TotpDevice, User
from apps.accounts.services.attempts import count_second_factor, forgive_second_factor
from apps.core import audit, crypto
from apps.core.errors import NotSignedIn, RuleRefused

STEP_SECONDS = 30  # RFC 6238, 5.2
SECRET_BYTES = 20  # RFC 4226, section 4, R6: 160 bits recommended.
DRIFT_STEPS = 1  # RFC 6238, 5.2: one step of delay either way.
RECOVERY_CODES = 10


class SecondFactorRequired(NotSignedIn):
    """The password was right; the login has a second factor and it was not given."""

    code = "otp_required"
    detail = _("Give the code of your authenticator app, or a recovery code, as `otp`.")


class WrongSecondFactor(NotSignedIn):
    """The code is wrong, or was used before."""

    code = "wrong_otp"
    detail = _("This code is wrong or was used already. Wait for the next one.")


class NothingToConfirm(RuleRefused):
    """No second factor is waiting to be confirmed, or one is in use already."""

    code = "second_factor_state"
    detail = _("The second factor is not in a state in which this makes sense.")


def enroll(*, actor: User) -> dict[str, str]:
    """Make a new secret, not in use until it is confirmed, and return it once: as text, as an address, as a QR picture.

    Raises NothingToConfirm when a confirmed one is in use: disable that first.
    """
    secret = secrets.token_bytes(SECRET_BYTES)
    with transaction.atomic():
        device = TotpDevice.objects.select_for_update().filter(user=actor).first() or TotpDevice(user=actor)
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

    Raises NothingToConfirm and WrongSecondFactor.
    """
    with transaction.atomic():
        device = TotpDevice.objects.select_for_update().filter(user=actor, confirmed_at=None).first()
        if device is None:
            raise NothingToConfirm
        if not _use_totp(device, code, now):
            raise WrongSecondFactor
        device.confirmed_at = now
        device.save(update_fields=["confirmed_at", "updated_at"])
        audit.record("second_factor_confirmed", actor_id=actor.pk)
        return new_recovery_codes(actor=actor)


def disable(*, actor: User, code: str, now: datetime) -> None:
    """Remove the second factor, proving it once more; raises NothingToConfirm and WrongSecondFactor."""
    device = TotpDevice.objects.filter(user=actor, confirmed_at__isnull=False).first()
    if device is None:
        raise NothingToConfirm
    check_second_factor(user=actor, otp=code, now=now)
    with transaction.atomic():
        device.delete()
        actor.recovery_codes.all().delete()
        audit.record("second_factor_disabled", actor_id=actor.pk)


def new_recovery_codes(*, actor: User) -> list[str]:
    """Replace the actor's recovery codes and return the new ones; only keyed hashes of them are kept."""
    fresh = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        actor.recovery_codes.all().delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=actor, code_hash=_hash(actor, code)) for code in fresh)
        audit.record("recovery_codes_made", actor_id=actor.pk)
    return fresh


def replace_recovery_codes(*, actor: User, code: str, now: datetime) -> list[str]:
    """Replace the recovery codes of whoever proves the second factor; raises NothingToConfirm, WrongSecondFactor."""
    if not actor.has_second_factor:
        raise NothingToConfirm
    check_second_factor(user=actor, otp=code, now=now)
    return new_recovery_codes(actor=actor)


def check_second_factor(*, user: User, otp: str, now: datetime) -> None:
    """Return when the login has no second factor in use or `otp` is right; each code works once.

    Raises SecondFactorRequired, WrongSecondFactor, and TooManyAttempts while the delay after wrong ones lasts.
    """
    device = TotpDevice.objects.filter(user=user, confirmed_at__isnull=False).first()
    if device is None:
        return
    if not otp:
        raise SecondFactorRequired
    count_second_factor(user_id=user.pk, now=now)
    if not (_use_totp(device, otp, now) or _use_recovery_code(user, otp, now)):
        raise WrongSecondFactor
    forgive_second_factor(user_id=user.pk)


def _use_totp(device: TotpDevice, code: str, now: datetime) -> bool:
    """Return whether the code is one of the present steps, and take its step: nobody can use it again."""
    secret = crypto.unseal(device.secret_sealed, place=device.place)
    present = int(now.timestamp()) // STEP_SECONDS
    for counter in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        expected = HOTP(secret, 6, SHA1()).generate(counter)  # noqa: S303 - RFC 4226 is HMAC-SHA-1
        if hmac.compare_digest(expected, code.encode()):
            taken = TotpDevice.objects.filter(pk=device.pk, last_counter__lt=counter).update(last_counter=counter)
            return bool(taken)
    return False


def _use_recovery_code(user: User, code: str, now: datetime) -> bool:
    unused = user.recovery_codes.filter(code_hash=_hash(user, code.strip().lower()), used_at=None)
    if unused.update(used_at=now):
        audit.record("recovery_code_used", actor_id=user.pk)
        return True
    return False


def _hash(user: User, code: str) -> bytes:
    return hmac.digest(settings.CODE_PEPPER.encode(), user.pk.bytes + code.encode(), hashlib.sha256)
