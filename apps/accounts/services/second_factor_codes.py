"""Proving the second factor: time-based codes (RFC 6238), each good once, and recovery codes for a lost device."""

import hashlib
import hmac
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import TotpDevice, User
from apps.accounts.services.attempts import count_second_factor, forgive_second_factor
from apps.core import audit, sealing
from apps.core.errors import NotSignedIn

STEP_SECONDS = 30  # RFC 6238, 5.2
DRIFT_STEPS = 1  # RFC 6238, 5.2: one step of delay either way.


class SecondFactorRequired(NotSignedIn):
    """The password was right; the login has a second factor and it was not given."""

    code = "otp_required"
    detail = _("Give the code of your authenticator app, or a recovery code, as `otp`.")


class WrongSecondFactor(NotSignedIn):
    """The code is wrong, or was used before."""

    code = "wrong_otp"
    detail = _("This code is wrong or was used already. Wait for the next one.")


def check_second_factor(*, user: User, otp: str, now: datetime) -> None:
    """Return when the login has no second factor in use or `otp` is right; each code works once.

    Raises SecondFactorRequired, WrongSecondFactor, and TooManyAttempts while the delay after wrong ones lasts.
    """
    if not user.has_second_factor:
        return
    device = user.totp_device
    if not otp:
        raise SecondFactorRequired
    count_second_factor(user_id=user.pk, now=now)
    if not (use_totp(device=device, code=otp, now=now) or _use_recovery_code(user, otp, now)):
        audit.record("second_factor_refused", actor_id=None, subject=user)
        raise WrongSecondFactor
    forgive_second_factor(user_id=user.pk)


def use_totp(*, device: TotpDevice, code: str, now: datetime) -> bool:
    """Return whether the code is one of the present steps, and take its step: nobody can use it again.

    No code is right where the secret does not open; recovery codes still let the person in.
    """
    secret = sealing.opened_if_possible(device, "secret_sealed")
    if secret is None:
        return False
    present = int(now.timestamp()) // STEP_SECONDS
    for counter in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        expected = HOTP(secret, 6, SHA1()).generate(counter)  # noqa: S303 - RFC 4226 is HMAC-SHA-1
        if hmac.compare_digest(expected, code.encode()):
            taken = TotpDevice.objects.filter(pk=device.pk, last_counter__lt=counter).update(last_counter=counter)
            return bool(taken)
    return False


def _use_recovery_code(user: User, code: str, now: datetime) -> bool:
    hashed = hash_recovery_code(user=user, code=code.strip().lower())
    unused = user.recovery_codes.filter(code_hash=hashed, used_at=None)
    if unused.update(used_at=now):
        audit.record("recovery_code_used", actor_id=user.pk)
        return True
    return False


def hash_recovery_code(*, user: User, code: str) -> bytes:
    """Return what is kept of a recovery code: an HMAC under the pepper, bound to the login."""
    return hmac.digest(settings.CODE_PEPPER.encode(), user.pk.bytes + code.encode(), hashlib.sha256)
