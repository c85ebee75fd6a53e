"""Access and refresh tokens: simplejwt's classes on our own key ring (`kid`), with every claim required."""

from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError

from apps.accounts.models import Session
from apps.core.crypto import read_key_ring
from apps.core.ids import uuid7

ALGORITHM = "HS256"
REQUIRED_CLAIMS = ["exp", "iat", "iss", "aud", "jti", "sub", "sid", "ver", "token_type"]
WHOLE_NUMBERS = ("exp", "iat", "ver")
LONGEST_TOKEN = 2_000


class SigningKeyRing(TokenBackend):
    """Signs with the first key of the ring and verifies with the one that the token's `kid` names."""

    def encode(self, payload: dict[str, Any]) -> str:
        """Return the signed token."""
        kid, secret = next(iter(read_key_ring(settings.SIGNING_KEYS).items()))
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(claims, secret, algorithm=ALGORITHM, headers={"kid": kid})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 - simplejwt's signature
        """Return the claims; raises TokenBackendError unless signature and every required claim hold."""
        try:
            header = jwt.get_unverified_header(token)
            secret = read_key_ring(settings.SIGNING_KEYS)[header["kid"]]
            claims: dict[str, Any] = jwt.decode(
                token,
                secret,
                algorithms=[ALGORITHM],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": REQUIRED_CLAIMS},
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError) as failure:
            raise TokenBackendError("token is not valid") from failure
        return claims


_backend = SigningKeyRing(
    ALGORITHM, issuer=str(settings.SIMPLE_JWT["ISSUER"]), audience=str(settings.SIMPLE_JWT["AUDIENCE"])
)


class AccessToken(tokens.AccessToken):
    """Opens the API for 15 minutes, as long as its session lives."""

    _token_backend = _backend


class RefreshToken(tokens.RefreshToken):
    """Is exchanged once for a new pair."""

    _token_backend = _backend
    access_token_class = AccessToken


def issue_pair(session: Session) -> dict[str, str]:
    """Return a new `{access, refresh}` for the session; the refresh token carries the session's present refresh id."""
    return {
        "access": str(_issue(AccessToken, session, uuid7())),
        "refresh": str(_issue(RefreshToken, session, session.refresh_id)),
    }


def _issue(kind: type[AccessToken] | type[RefreshToken], session: Session, token_id: UUID) -> tokens.Token:
    token = kind()
    token["jti"] = str(token_id)
    token["sub"] = str(session.user_id)
    token["sid"] = str(session.pk)
    token["ver"] = session.token_version
    return token


def read_refresh(raw: str) -> tuple[UUID, UUID]:
    """Return (session id, refresh id) of a refresh token; raises TokenError when it is not a valid one."""
    claims = _read(RefreshToken, raw)
    return UUID(claims["sid"]), UUID(claims["jti"])


def read_access(raw: str) -> tuple[UUID, UUID, int]:
    """Return (login, session, token version) of an access token; raises TokenError when it is not a valid one."""
    claims = _read(AccessToken, raw)
    return UUID(claims["sub"]), UUID(claims["sid"]), claims["ver"]


def _read(kind: type[AccessToken] | type[RefreshToken], raw: str) -> dict[str, Any]:
    if len(raw) > LONGEST_TOKEN:
        raise TokenError("token is too long")
    try:
        claims: dict[str, Any] = kind(raw).payload  # type: ignore[arg-type]
        for name in ("sub", "sid", "jti"):
            UUID(claims[name])
        if any(type(claims[name]) is not int for name in WHOLE_NUMBERS):  # To isinstance, `true` is one.
            raise TypeError
    except (ValueError, TypeError, AttributeError, OverflowError, OSError) as failure:  # An `exp` beyond all calendars.
        raise TokenError("token is not valid") from failure
    return claims
