"""Writing tokens as an attacker would: by hand, any header over any claims, signed with whatever is at hand."""

import base64
import hmac
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.conf import settings

from apps.core.crypto import read_key_ring

KID, SECRET = next(iter(read_key_ring(settings.SIGNING_KEYS).items()))
GONE = object()  # In the place of a claim or a part of the header that is left out.

Signer = Callable[[bytes], bytes]
Forgery = Callable[[str], str]


def mac(secret: bytes, digest: str = "sha256") -> Signer:
    """Sign as HS256 does, or with another digest."""
    return lambda text: hmac.digest(secret, text, digest)


def unsigned(text: bytes) -> bytes:
    return b""


@cache
def own_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def mac_of_own_public_key(encoding: serialization.Encoding) -> Signer:
    """Sign as HS256 does, with what everybody may know as the secret."""

    def sign(text: bytes) -> bytes:
        public = own_rsa_key().public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        return mac(public)(text)

    return sign


def rs256(text: bytes) -> bytes:
    return own_rsa_key().sign(text, padding.PKCS1v15(), hashes.SHA256())


def es256(text: bytes) -> bytes:
    numbers = decode_dss_signature(ec.generate_private_key(ec.SECP256R1()).sign(text, ec.ECDSA(hashes.SHA256())))
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def eddsa(text: bytes) -> bytes:
    return Ed25519PrivateKey.generate().sign(text)


def forging(*, header: dict[str, Any] | None = None, signer: Signer | None = None, **claims: Any) -> Forgery:
    """Return what makes of a good token one with these claims and this header, by default signed as the server does."""

    def forge(genuine: str) -> str:
        wanted = {"alg": "HS256", "typ": "JWT", "kid": KID, **(header or {})}
        return write(_without_gone(wanted), _without_gone({**claims_of(genuine), **claims}), signer)

    return forge


def write(header: Any, payload: Any, signer: Signer | None = None) -> str:
    """Return a token of any two pieces of JSON."""
    text = ".".join(_encoded(json.dumps(part).encode()) for part in (header, payload))
    return f"{text}.{_encoded((signer or mac(SECRET))(text.encode()))}"


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _without_gone(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not GONE}
