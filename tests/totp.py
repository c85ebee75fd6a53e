"""An authenticator app, written from the standards and not from our own code: RFC 4226 and RFC 6238."""

import base64
import hashlib
import hmac
import secrets
import struct
import time
from datetime import datetime

from apps.accounts.models import TotpDevice, User
from apps.core.crypto import seal

STEP = 30


def give_second_factor(user: User, *, confirmed_at: datetime | None) -> str:
    """Give a login a second factor, in use or only begun, and return its secret as the app knows it."""
    key = secrets.token_bytes(20)
    device = TotpDevice(user=user, confirmed_at=confirmed_at)
    device.secret_sealed = seal(key, place=device.place)
    device.save()
    return base64.b32encode(key).decode()


def otp(secret: str, *, steps: int = 0) -> str:
    """Return the six digits that an app with this base-32 secret shows now, or some steps of 30 s from now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // STEP + steps), hashlib.sha1)
    start = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def wrong_otp(secret: str) -> str:
    """Return six digits that no app shows near now."""
    near = {otp(secret, steps=steps) for steps in range(-2, 4)}
    return next(
        digits
        for digits in ("000000", "111111", "222222", "333333", "444444", "555555", "666666")
        if digits not in near
    )
