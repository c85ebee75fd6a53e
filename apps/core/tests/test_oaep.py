"""Wrapped keys against RSA-OAEP vectors made here: by an encoder of our own (RFC 8017, 7.1.1), sound and broken ones.

The kinds of the broken ones are those of public collections of attack vectors: a wrong hash, label, mask or separator,
a first byte that is not zero, a cut or lengthened block, a number beyond the modulus.
"""

import hashlib
import os
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apps.core.crypto import CannotOpen, Envelope, Receiver, canonical, unwrap_key, wrap_key

PLACE = {"kind": "note", "note": "1"}
KEY_ID = "reader"
CONTENT_KEY = os.urandom(32).hex()[:44].encode()
HASH_BYTES = 32


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def label(place: dict[str, str] = PLACE, key_id: str = KEY_ID) -> bytes:
    return canonical({**place, "key": key_id})


def mask(seed: bytes, length: int, name: str = "sha256") -> bytes:
    """MGF1 (RFC 8017, B.2.1)."""
    size = hashlib.new(name).digest_size
    blocks = (hashlib.new(name, seed + counter.to_bytes(4)).digest() for counter in range(-(-length // size)))
    return b"".join(blocks)[:length]


def xor(first: bytes, second: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(first, second, strict=True))


def encoded(message: bytes, **odd: Any) -> int:
    """EME-OAEP, with what `odd` says done wrong; then the number that is raised."""
    size = key().key_size // 8
    name = odd.get("name", "sha256")
    label_hash = hashlib.new(name, odd.get("label", label())).digest()
    padding = odd.get("padding", bytes(size - len(message) - 2 * len(label_hash) - 2))
    block = label_hash + padding + odd.get("separator", b"\x01") + message
    seed = odd.get("seed", os.urandom(len(label_hash)))
    masked = xor(block, mask(seed, len(block), odd.get("mask", name)))
    masked_seed = xor(seed, mask(masked, len(seed), odd.get("mask", name)))
    return int.from_bytes(odd.get("first", b"\x00") + masked_seed + masked)


def raised(number: int) -> bytes:
    public = key().public_key().public_numbers()
    return pow(number, public.e, public.n).to_bytes(key().key_size // 8)


def opened(wrapped: bytes) -> bytes:
    envelope = Envelope(b"", {KEY_ID: wrapped}, b"")
    return unwrap_key(envelope, place=PLACE, key_id=KEY_ID, private=Receiver(key()))


@pytest.mark.parametrize("message", [CONTENT_KEY, b"", b"\x00" * 5, b"\x01", b"\xff" * (256 - 2 * HASH_BYTES - 2)])
def test_a_sound_block_opens(message):
    assert opened(raised(encoded(message))) == message


@pytest.mark.parametrize("seed", [bytes(HASH_BYTES), b"\xff" * HASH_BYTES])
def test_whatever_the_seed(seed):
    assert opened(raised(encoded(CONTENT_KEY, seed=seed))) == CONTENT_KEY


ROOM = 256 - len(CONTENT_KEY) - 2 * HASH_BYTES - 2
BROKEN: dict[str, dict[str, Any]] = {
    "another label": {"label": label({**PLACE, "note": "2"})},
    "another reader": {"label": label(key_id="somebody")},
    "no label": {"label": b""},
    "SHA-1 for the mask": {"mask": "sha1"},
    "SHA-512 for the mask": {"mask": "sha512"},
    "SHA-1 for both": {"name": "sha1"},
    "SHA-384 for both": {"name": "sha384"},
    "a separator of zero": {"separator": b"\x00"},
    "a separator of two": {"separator": b"\x02"},
    "padding that begins otherwise": {"padding": b"\x02" + bytes(ROOM - 1)},
    "padding that ends otherwise": {"padding": bytes(ROOM - 1) + b"\xff"},
    "padding all ones": {"padding": b"\xff" * ROOM},
    "a first byte of one": {"first": b"\x01"},
}


@pytest.mark.parametrize("odd", BROKEN.values(), ids=BROKEN)
def test_a_broken_block_does_not(odd):
    number = encoded(CONTENT_KEY, **odd)
    if number >= key().public_key().public_numbers().n:
        number = encoded(CONTENT_KEY, **odd, seed=bytes(HASH_BYTES)) % key().public_key().public_numbers().n
    with pytest.raises(CannotOpen):
        opened(raised(number))


MANGLED: dict[str, Any] = {
    "empty": lambda sound, modulus: b"",
    "cut": lambda sound, modulus: sound[:-1],
    "without its first byte": lambda sound, modulus: sound[1:],
    "lengthened": lambda sound, modulus: sound + b"\x00",
    "preceded": lambda sound, modulus: b"\x00" + sound,
    "zero": lambda sound, modulus: bytes(len(sound)),
    "one": lambda sound, modulus: (1).to_bytes(len(sound)),
    "the modulus": lambda sound, modulus: modulus.to_bytes(len(sound)),
    "the modulus less one": lambda sound, modulus: (modulus - 1).to_bytes(len(sound)),
    "all ones": lambda sound, modulus: b"\xff" * len(sound),
    "one bit changed": lambda sound, modulus: bytes([*sound[:-1], sound[-1] ^ 1]),
    "the key in clear": lambda sound, modulus: CONTENT_KEY,
}


@pytest.mark.parametrize("mangle", MANGLED.values(), ids=MANGLED)
def test_nor_does_a_mangled_one(mangle):
    sound = raised(encoded(CONTENT_KEY))
    with pytest.raises(CannotOpen):
        opened(mangle(sound, key().public_key().public_numbers().n))


def test_pkcs1_version_1_5_is_not_taken_for_it():
    padded = b"\x00\x02" + b"\xaa" * (256 - len(CONTENT_KEY) - 3) + b"\x00" + CONTENT_KEY
    with pytest.raises(CannotOpen):
        opened(raised(int.from_bytes(padded)))


def test_what_we_wrap_is_what_the_standard_says():
    """Taken apart by hand: the label's hash, zeros, a one, the key."""
    der = key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    number = int.from_bytes(wrap_key(CONTENT_KEY, der, PLACE, KEY_ID))
    private = key().private_numbers()
    block = pow(number, private.d, private.public_numbers.n).to_bytes(256)
    masked_seed, masked = block[1 : 1 + HASH_BYTES], block[1 + HASH_BYTES :]
    content = xor(masked, mask(xor(masked_seed, mask(masked, HASH_BYTES)), len(masked)))
    assert block[0] == 0
    assert content == hashlib.sha256(label()).digest() + bytes(ROOM) + b"\x01" + CONTENT_KEY
