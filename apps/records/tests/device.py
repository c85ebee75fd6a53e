"""A client program: it keeps its own keys, and encrypts and opens notes by what the API says, with no code of ours."""

import base64
import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from rest_framework.test import APIClient

from tests.world import PASSWORD

DER = serialization.Encoding.DER
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
KEYS = "/api/v1/notes/keys/"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def oaep(label: bytes) -> padding.OAEP:
    return padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=label)


def wrap_label(place: str, key_pair: str) -> bytes:
    """The place with one more name, sorted, without spaces."""
    return json.dumps({**json.loads(place), "key": key_pair}, sort_keys=True, separators=(",", ":")).encode()


class Device:
    """Both key pairs of one person, and what a program does with them."""

    def __init__(self) -> None:
        self.receiving = rsa.generate_private_key(public_exponent=65537, key_size=3072)
        self.signing = Ed25519PrivateKey.generate()

    @property
    def shown(self) -> dict[str, str]:
        return {
            "public_key": b64(self.receiving.public_key().public_bytes(DER, SPKI)),
            "signing_public_key": b64(self.signing.public_key().public_bytes_raw()),
        }

    def register(self, client: APIClient) -> dict[str, Any]:
        asked = client.post(f"{KEYS}challenge/", self.shown, format="json").json()
        secret = self.receiving.decrypt(base64.b64decode(asked["challenge"]), oaep(b"careloop key proof"))
        proof = {"token": asked["token"], "signature": b64(self.signing.sign(secret)), "password": PASSWORD}
        answer = client.post(KEYS, {**self.shown, **proof}, format="json")
        assert answer.status_code == 201, answer.json()
        return answer.json()

    def encrypt(self, prepared: dict[str, Any], text: str) -> dict[str, Any]:
        """The body of `notes/sealed/`."""
        place, key = prepared["place"], Fernet.generate_key()
        ciphertext = Fernet(key).encrypt(f"{place}\n{text}".encode())
        return {
            "ticket": prepared["ticket"],
            "ciphertext": ciphertext.decode(),
            "signature": b64(self.signing.sign(place.encode() + b"\n" + ciphertext)),
            "wraps": [self.wrapped(place, reader, key) for reader in prepared["readers"]],
        }

    def wrapped(self, place: str, reader: dict[str, Any], key: bytes) -> dict[str, str]:
        public: Any = serialization.load_der_public_key(base64.b64decode(reader["public_key"]))
        label = wrap_label(place, reader["key_pair"])
        return {"key_pair": reader["key_pair"], "wrapped_key": b64(public.encrypt(key, oaep(label)))}

    def open(self, envelope: dict[str, Any]) -> str:
        """The text; raises what `cryptography` raises when anything does not belong together."""
        place, ciphertext = envelope["place"], envelope["ciphertext"].encode()
        author = Ed25519PublicKey.from_public_bytes(base64.b64decode(envelope["signing_public_key"]))
        author.verify(base64.b64decode(envelope["signature"]), place.encode() + b"\n" + ciphertext)
        label = wrap_label(place, envelope["key_pair"])
        key = self.receiving.decrypt(base64.b64decode(envelope["wrapped_key"]), oaep(label))
        header, _, text = Fernet(key).decrypt(ciphertext).partition(b"\n")
        assert header.decode() == place
        return text.decode()


@cache
def device(whose: str) -> Device:
    """The same device in each test: making keys of 3072 bits takes a second."""
    return Device()
