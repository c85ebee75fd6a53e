"""Sealing bytes under the master keys, and envelopes that only named key pairs can open. No domain word in here."""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SEAL_VERSION = 1
LONGEST_KEY_ID = 64  # Its length is one byte of what is sealed.
NONCE_BYTES = 12  # NIST SP 800-38D, section 5.2.1.1: 96-bit nonces for GCM.


class CannotOpen(Exception):
    """The bytes were not sealed for this key and this place, or were changed since."""


# --- Key rings: "kid:base64,kid:base64", the first one in use, the others still opening what they sealed ---


@lru_cache(maxsize=16)
def read_key_ring(ring: str) -> dict[str, bytes]:
    """Return the keys of a ring by key id, in order; raises ImproperlyConfigured for a malformed or weak one."""
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in ring.split(","))):
        kid, separator, encoded = entry.partition(":")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except ValueError:
            secret = b""
        is_named = separator and kid.isascii() and 0 < len(kid) <= LONGEST_KEY_ID and kid not in keys
        if not is_named or len(secret) < 32:
            raise ImproperlyConfigured(
                "A key ring is written kid:base64,... with at least 32 random bytes a key, and key ids that differ."
            )
        keys[kid] = secret
    if not keys:
        raise ImproperlyConfigured("A key ring is empty.")
    return keys


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Return 32 bytes for one purpose from a secret (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret)


@lru_cache(maxsize=64)
def _sealer(secret: bytes) -> AESGCM:
    return AESGCM(derive_key(secret, "careloop seal v1"))


# --- Sealing: authenticated encryption at rest, bound to its place -------------------------------------


def seal(plaintext: bytes, *, place: str) -> bytes:
    """Return `plaintext` encrypted under the first master key; it opens only with the same `place`."""
    kid, secret = next(iter(read_key_ring(settings.MASTER_KEYS).items()))
    header = header_of(kid)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + _sealer(secret).encrypt(nonce, plaintext, header + place.encode())


def header_of(kid: str) -> bytes:
    """Return what bytes sealed under that key begin with: version, length of the key's id, the id."""
    return bytes([SEAL_VERSION, len(kid)]) + kid.encode()


def unseal(sealed: bytes | memoryview, *, place: str) -> bytes:
    """Return what `seal` was given; raises CannotOpen when the bytes, the place or the key are not the same."""
    sealed = bytes(sealed)
    kid_end = 2 + (sealed[1] if len(sealed) > 1 else 0)
    header, nonce, body = sealed[:kid_end], sealed[kid_end : kid_end + NONCE_BYTES], sealed[kid_end + NONCE_BYTES :]
    secret = read_key_ring(settings.MASTER_KEYS).get(header[2:].decode(errors="replace"))
    if secret is None or header[:1] != bytes([SEAL_VERSION]):
        raise CannotOpen("sealed under a key that is not in the ring")
    try:
        return _sealer(secret).decrypt(nonce, body, header + place.encode())
    except (InvalidTag, ValueError) as failure:
        raise CannotOpen("changed, or sealed for another place") from failure


# --- Key pairs and envelopes ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """A new key pair: RSA (DER) to receive with, Ed25519 (raw) to sign with; one use a key: NIST SP 800-57, 5.2."""

    public: bytes
    private: bytes = field(repr=False)
    signing_public: bytes
    signing_private: bytes = field(repr=False)


def generate_key_material(bits: int) -> KeyMaterial:
    """Return a new RSA pair of `bits` bits (exponent 65537) and an Ed25519 pair; takes up to a second."""
    receiving = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    signing = Ed25519PrivateKey.generate()
    return KeyMaterial(
        public=receiving.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        private=receiving.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        signing_public=signing.public_key().public_bytes_raw(),
        signing_private=signing.private_bytes_raw(),
    )


@dataclass(frozen=True, slots=True)
class Envelope:
    """Encrypted content, the content key wrapped for each reader's key pair, and the writer's signature."""

    ciphertext: bytes
    wraps: Mapping[str, bytes]
    signature: bytes


def encrypt_for(
    content: bytes, *, place: Mapping[str, str], readers: Mapping[str, bytes], signing_private: bytes
) -> Envelope:
    """Return `content` in an envelope that the `readers` (key id -> public key) can open, at this `place` only.

    Fernet carries no associated data, so the place stands inside the plaintext; the OAEP label ties
    each wrap to place and reader; the signature keeps holders of a public key from forging content.
    """
    content_key = Fernet.generate_key()
    ciphertext = Fernet(content_key).encrypt(canonical(place) + b"\n" + content)
    wraps = {key_id: wrap_key(content_key, public, place, key_id) for key_id, public in readers.items()}
    signature = Ed25519PrivateKey.from_private_bytes(signing_private).sign(signed_bytes(place, ciphertext))
    return Envelope(ciphertext, wraps, signature)


def wrap_key(content_key: bytes, public: bytes, place: Mapping[str, str], key_id: str) -> bytes:
    """Return the content key encrypted for one reader's public key, bound to the place and that key's id."""
    key = serialization.load_der_public_key(public)
    assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - public keys are checked when they are stored
    return key.encrypt(content_key, _oaep(place, key_id))


def open_envelope(
    envelope: Envelope, *, place: Mapping[str, str], key_id: str, private: "Receiver", signing_public: bytes
) -> bytes:
    """Return the content; raises CannotOpen when signature, place, wrap or ciphertext do not belong together."""
    try:
        check_signature(envelope, place=place, signing_public=signing_public)
        content_key = unwrap_key(envelope, place=place, key_id=key_id, private=private)
        header, _, content = Fernet(content_key).decrypt(envelope.ciphertext).partition(b"\n")
    except (InvalidToken, ValueError) as failure:
        raise CannotOpen("the envelope was changed, or is not for this key") from failure
    if header != canonical(place):
        raise CannotOpen("the content belongs to another place")
    return content


def check_signature(envelope: Envelope, *, place: Mapping[str, str], signing_public: bytes) -> None:
    """Raise CannotOpen unless the holder of that signing key wrote this ciphertext for this place."""
    try:
        signer = Ed25519PublicKey.from_public_bytes(signing_public)
        signer.verify(envelope.signature, signed_bytes(place, envelope.ciphertext))
    except (InvalidSignature, ValueError) as failure:
        raise CannotOpen("signed by somebody else, or for another place") from failure


def unwrap_key(envelope: Envelope, *, place: Mapping[str, str], key_id: str, private: "Receiver") -> bytes:
    """Return the content key; raises CannotOpen when its wrap is not for this key and place."""
    try:
        content_key: bytes = private.key.decrypt(envelope.wraps[key_id], _oaep(place, key_id))
    except (ValueError, KeyError) as failure:
        raise CannotOpen("the key was wrapped for somebody else, or for another place") from failure
    return content_key


@dataclass(frozen=True, slots=True)
class Receiver:
    """A private key loaded once and used for many envelopes."""

    key: Any = field(repr=False)

    @classmethod
    def load(cls, private: bytes) -> "Receiver":
        """Return the key without OpenSSL's consistency check (87 ms at 3072 bits): ours, and stored authenticated."""
        return cls(serialization.load_der_private_key(private, password=None, unsafe_skip_rsa_key_validation=True))


def _oaep(place: Mapping[str, str], key_id: str) -> padding.OAEP:
    label = canonical({**place, "key": key_id})
    return padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=label)


def signed_bytes(place: Mapping[str, str], ciphertext: bytes) -> bytes:
    """Return what a writer signs."""
    return canonical(place) + b"\n" + ciphertext


def canonical(place: Mapping[str, str]) -> bytes:
    """Return a place as bytes, the same for the same place: JSON with sorted names and no spaces."""
    return json.dumps(place, sort_keys=True, separators=(",", ":")).encode()
