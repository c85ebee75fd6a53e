"""Keys that a client makes and keeps: who registers them has shown, just now, to hold both private halves."""

import base64
import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.accounts.models import KeyPair, User
from apps.accounts.services.keys import ensure_key_pair, receiver_of, signing_key_of
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from tests.care import client_of
from tests.little_cast import signed_in_to_admin
from tests.world import PASSWORD, make_user

DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
SPKI, PKCS8 = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PrivateFormat.PKCS8
BARE = serialization.NoEncryption()
LABEL = b"careloop key proof"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class Keys:
    """Both key pairs of one client program, which alone has their private halves."""

    def __init__(self) -> None:
        self.receiving = rsa.generate_private_key(public_exponent=65537, key_size=3072)
        self.signing = Ed25519PrivateKey.generate()
        self.public = self.receiving.public_key().public_bytes(DER, SPKI)
        self.signing_public = self.signing.public_key().public_bytes_raw()

    @property
    def shown(self) -> dict[str, str]:
        """What of them the server is told."""
        return {"public_key": b64(self.public), "signing_public_key": b64(self.signing_public)}

    def read(self, challenge: str) -> bytes:
        how = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=LABEL)
        return self.receiving.decrypt(base64.b64decode(challenge), how)

    def proof(self, challenged: dict[str, str]) -> dict[str, str]:
        """The body that answers a challenge."""
        signature = b64(self.signing.sign(self.read(challenged["challenge"])))
        return {**self.shown, "token": challenged["token"], "signature": signature, "password": PASSWORD}


@cache
def keys(whose: str) -> Keys:
    return Keys()


def challenge(client: APIClient, shown: dict[str, str]) -> Any:
    return client.post("/api/v1/notes/keys/challenge/", shown, format="json")


def register(client: APIClient, body: dict[str, str]) -> Any:
    return client.post("/api/v1/notes/keys/", body, format="json")


@pytest.fixture
def amina(db) -> User:
    return make_user("amina")


@pytest.fixture
def hers(amina, now) -> APIClient:
    return client_of(amina, now=now)


@pytest.fixture
def challenged(hers) -> dict[str, str]:
    return challenge(hers, keys("amina").shown).json()


class TestProof:
    def test_makes_the_keys_current_in_the_clients_custody(self, amina, hers, challenged, now):
        before = ensure_key_pair(holder_id=amina.pk)
        answer = register(hers, keys("amina").proof(challenged))
        assert answer.status_code == 201, answer.content
        pair = KeyPair.objects.current_of(amina.pk).get()
        assert (pair.custody, pair.algorithm) == ("CLIENT", "RSA-OAEP-SHA256-3072+ED25519")
        assert (bytes(pair.public_key), bytes(pair.signing_public_key)) == (
            keys("amina").public,
            keys("amina").signing_public,
        )
        assert (pair.private_key_sealed, pair.signing_private_key_sealed) == (None, None)
        before.refresh_from_db()
        assert before.replaced_at >= now
        assert receiver_of(before)  # What was encrypted for it before still opens.
        assert AuditEvent.objects.get(action="client_keys_registered").subject_id == pair.pk

    def test_with_an_idempotency_key_is_done_once_and_a_wrong_password_stays_counted(self, amina, hers, challenged):
        body, headers = keys("amina").proof(challenged), {"Idempotency-Key": "k1"}

        def send(**changes: str) -> Any:
            return hers.post("/api/v1/notes/keys/", {**body, **changes}, "json", headers=headers)

        assert send(password="a wrong one").status_code == 400
        assert AuditEvent.objects.filter(action="password_refused", actor_id=amina.pk).exists()
        assert [answer.status_code for answer in (send(), send())] == [201, 409]
        assert send().json()["code"] == "already_done"
        assert KeyPair.objects.filter(holder_id=amina.pk, custody="CLIENT").count() == 1

    def test_is_answered_with_what_everybody_may_know(self, hers, challenged):
        body = register(hers, keys("amina").proof(challenged)).json()
        digest = hashlib.sha256(keys("amina").public + keys("amina").signing_public).hexdigest()
        assert body["fingerprint"].replace(" ", "") == digest[:40]
        assert {name: body[name] for name in keys("amina").shown} == keys("amina").shown
        assert hers.get("/api/v1/notes/keys/").json() == body
        assert set(body) == {
            *("id", "custody", "algorithm", "public_key", "signing_public_key", "fingerprint", "created_at")
        }

    def test_may_take_ten_minutes_and_no_longer(self, amina, hers):
        with time_machine.travel(datetime.now().astimezone(), tick=False) as clock:
            early, late = (challenge(hers, keys("amina").shown).json() for _ in range(2))
            clock.shift(timedelta(minutes=9, seconds=59))
            assert register(hers, keys("amina").proof(early)).status_code == 201
            clock.shift(timedelta(seconds=2))
            refused = register(hers, keys("amina").proof(late))
        assert (refused.status_code, refused.json()["code"]) == (400, "proof_refused")

    def test_needs_the_password_too(self, hers, challenged):
        refused = register(hers, keys("amina").proof(challenged) | {"password": "not this one"})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/password")
        assert not KeyPair.objects.exists()


def another_signature(mine: Keys, other: Keys, challenged: dict[str, str]) -> dict[str, str]:
    return {"signature": b64(other.signing.sign(mine.read(challenged["challenge"])))}


def another_message(mine: Keys, other: Keys, challenged: dict[str, str]) -> dict[str, str]:
    return {"signature": b64(mine.signing.sign(base64.b64decode(challenged["challenge"])))}


REFUSED: dict[str, Callable[[Keys, Keys, dict[str, str]], dict[str, str]]] = {
    "a signature by another key": another_signature,
    "a signature of something else": another_message,
    "a signature of 64 zeros": lambda mine, other, challenged: {"signature": b64(bytes(64))},
    "a signature that is none": lambda mine, other, challenged: {"signature": b64(b"short")},
    "another public key": lambda mine, other, challenged: {"public_key": other.shown["public_key"]},
    "another signing key": lambda mine, other, challenged: {"signing_public_key": other.shown["signing_public_key"]},
    "both keys of another": lambda mine, other, challenged: other.shown,
    "another signing key that signed": lambda mine, other, challenged: {
        "signing_public_key": other.shown["signing_public_key"],
        **another_signature(mine, other, challenged),
    },
    "a token that is none": lambda mine, other, challenged: {"token": "WyJhIl0:1vMabc:signature"},
    "a token cut short": lambda mine, other, challenged: {"token": challenged["token"][:-1]},
    "a token of other text": lambda mine, other, challenged: {"token": "é:ü:ø"},
}


class TestRefused:
    @pytest.mark.parametrize("wrong", REFUSED)
    def test_unless_everything_belongs_together(self, hers, challenged, wrong):
        mine = keys("amina")
        refused = register(hers, mine.proof(challenged) | REFUSED[wrong](mine, keys("bea"), challenged))
        assert (refused.status_code, refused.json()["code"]) == (400, "proof_refused"), refused.content
        assert not KeyPair.objects.exists()

    def test_with_what_another_was_challenged_with(self, hers, challenged, now):
        beas = client_of(make_user("bea"), now=now)
        theirs = challenge(beas, keys("amina").shown).json()
        for client, asked in ((hers, theirs), (beas, challenged)):
            assert register(client, keys("amina").proof(asked)).json()["code"] == "proof_refused"
            mixed = keys("amina").proof(challenged) | {"token": asked["token"]}
            assert client is hers or register(client, mixed).json()["code"] == "proof_refused"
        assert not KeyPair.objects.exists()

    def test_a_second_time(self, amina, hers, challenged):
        first = keys("amina").proof(challenged)
        assert register(hers, first).status_code == 201
        newer = challenge(hers, keys("bea").shown).json()
        assert register(hers, keys("bea").proof(newer)).status_code == 201
        assert register(hers, first).json()["code"] == "proof_refused"
        assert bytes(KeyPair.objects.current_of(amina.pk).get().public_key) == keys("bea").public

    def test_with_the_answer_to_a_challenge_of_before(self, hers, challenged):
        newer = challenge(hers, keys("amina").shown).json()
        old_answer = keys("amina").proof(challenged) | {"token": newer["token"]}
        assert register(hers, old_answer).json()["code"] == "proof_refused"


# --- Keys that nobody should use ---------------------------------------------------------------------------


def rsa_key(bits: int, *, exponent: int = 65537, even: bool = False) -> bytes:
    """Return a public key with a modulus of that length which nobody can factor, in DER, written by hand."""
    modulus = secrets.randbits(bits) | 1 << (bits - 1) | 1
    numbers = _der(0x30, _integer(modulus - even) + _integer(exponent))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")  # rsaEncryption, NULL: RFC 8017, A.1.
    return _der(0x30, algorithm + _der(0x03, b"\0" + numbers))


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


NOT_RSA = ec.generate_private_key(ec.SECP256R1()).public_key()
WEAK_RSA = {
    "2048 bits": (partial(rsa_key, 2048), "weak_key"),
    "3071 bits": (partial(rsa_key, 3071), "weak_key"),
    "4097 bits": (partial(rsa_key, 4097), "weak_key"),
    "8192 bits": (partial(rsa_key, 8192), "weak_key"),
    "an exponent of 3": (partial(rsa_key, 3072, exponent=3), "weak_key"),
    "an exponent of 65539": (partial(rsa_key, 3072, exponent=65539), "weak_key"),
    "an even modulus": (partial(rsa_key, 3072, even=True), None),
    "an elliptic curve": (lambda: NOT_RSA.public_bytes(DER, SPKI), "not_rsa"),
    "Ed25519": (lambda: keys("amina").signing.public_key().public_bytes(DER, SPKI), "not_rsa"),
    "PEM": (lambda: keys("amina").receiving.public_key().public_bytes(PEM, SPKI), "not_a_key"),
    "a private key": (lambda: keys("amina").signing.private_bytes(DER, PKCS8, BARE), "not_a_key"),
    "garbage": (lambda: b"garbage" * 50, "not_a_key"),
    "cut short": (lambda: keys("amina").public[:-1], "not_a_key"),
    "more than a key": (lambda: keys("amina").public + b"\0", "not_a_key"),
}
SIGNS = [0, 1 << 255]
FIELD = 2**255 - 19
# RFC 8032, 5.1: the points that eight times themselves are nothing, by their y; both signs of x, and y unreduced.
ORDER_EIGHT = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
SMALL = [
    0,
    1,
    FIELD - 1,
    FIELD,
    FIELD + 1,
    (eighth := int.from_bytes(bytes.fromhex(ORDER_EIGHT), "little")),
    FIELD - eighth,
]


class TestWeakKeys:
    def refused(self, client: APIClient, **changes: bytes) -> tuple[int, str, str]:
        answer = challenge(client, keys("amina").shown | {name: b64(raw) for name, raw in changes.items()})
        error = answer.json()["errors"][0]
        return answer.status_code, error["pointer"], error["code"]

    def test_the_keys_written_by_hand_would_be_taken_if_they_were_sound(self, hers):
        for bits in (3072, 4096):
            assert challenge(hers, keys("amina").shown | {"public_key": b64(rsa_key(bits))}).status_code == 200

    @pytest.mark.parametrize("weakness", WEAK_RSA)
    def test_to_receive_with_are_refused(self, hers, weakness):
        make, code = WEAK_RSA[weakness]
        refused = self.refused(hers, public_key=make())
        assert refused[:2] == (400, "/public_key")
        assert refused[2] in ({code} if code else {"weak_key", "not_a_key"})  # An even one may not even load.

    @pytest.mark.parametrize(
        "y", [*SMALL, *(y | 1 << 255 for y in SMALL)], ids=lambda y: y.to_bytes(32, "little").hex()
    )
    def test_to_sign_with_that_need_no_private_key_are_refused(self, hers, y):
        assert self.refused(hers, signing_public_key=y.to_bytes(32, "little")) == (
            400,
            "/signing_public_key",
            "weak_key",
        )

    def test_because_anybody_could_sign_for_them(self):
        neutral = b"\1" + bytes(31)
        Ed25519PublicKey.from_public_bytes(neutral).verify(neutral + bytes(32), b"whatever")

    @pytest.mark.parametrize("raw", [b"", bytes(31), b"\2" * 33, b"garbage"], ids=["none", "31", "33", "garbage"])
    def test_of_another_length_are_refused(self, hers, raw):
        status, pointer, code = self.refused(hers, signing_public_key=raw)
        assert (status, pointer) == (400, "/signing_public_key")
        assert code in {"not_a_key", "blank"}

    @pytest.mark.parametrize("field", ["public_key", "signing_public_key"])
    @pytest.mark.parametrize("value", ["not base64!", "AAA", "é", None, 7, [], {}])
    def test_what_is_no_base64_is_refused(self, hers, field, value):
        answer = challenge(hers, keys("amina").shown | {field: value})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/{field}")


class TestShowing:
    def test_nothing_anywhere_shows_a_private_key(self, amina, hers, now, caplog):
        caplog.set_level(logging.DEBUG)
        pair = ensure_key_pair(holder_id=amina.pk)
        admin = make_user("admin", Role.ADMIN, is_staff=True, is_superuser=True)
        office = signed_in_to_admin(admin)
        pages = ["", f"{pair.pk}/change/", f"{pair.pk}/history/"]
        shown = [office.get(f"/admin/accounts/keypair/{page}").content.decode() for page in pages]
        shown += [hers.get("/api/v1/notes/keys/").content.decode(), repr(pair), str(pair), repr(vars(pair)["_state"])]
        shown += [repr(receiver_of(pair)), caplog.text, str(list(AuditEvent.objects.values()))]
        assert str(amina.pk) in shown[0]
        private = receiver_of(pair).key.private_bytes(DER, PKCS8, BARE)
        for secret in (private, signing_key_of(pair), bytes(pair.private_key_sealed)):
            for form in (b64(secret), secret.hex(), repr(secret)[2:-1]):
                assert [text for text in shown if form[:40] in text] == []


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_proof_sent_many_times_makes_one_pair(self, now):
        for turn in range(rounds(2, 20)):
            user = make_user(f"amina{turn}")
            client = client_of(user, now=now)
            body = keys("amina").proof(challenge(client, keys("amina").shown).json())
            # Five, because the password is counted before it is compared: a sixth at once may have to wait.
            answers = race([partial(register, client_of(user, now=now), body) for _ in range(5)])
            assert sorted(answer.status_code for answer in answers) == [201] + [400] * 4
            assert KeyPair.objects.filter(holder_id=user.pk).count() == 1

    def test_different_keys_at_once_and_a_first_note_leave_one_current_pair(self, now):
        for turn in range(rounds(2, 20)):
            user = make_user(f"amina{turn}")
            client = client_of(user, now=now)
            bodies = [keys(whose).proof(challenge(client, keys(whose).shown).json()) for whose in ("amina", "bea")]
            acts = [partial(register, client_of(user, now=now), body) for body in bodies * 2]
            answers = race([*acts, partial(ensure_key_pair, holder_id=user.pk)])
            statuses = [answer.status_code for answer in answers if not isinstance(answer, KeyPair)]
            assert set(statuses) <= {201, 400}
            assert 201 in statuses
            assert KeyPair.objects.current_of(user.pk).count() == 1


def test_a_stranger_gets_no_challenge(db):
    assert challenge(APIClient(), keys("amina").shown).status_code == 401
    assert register(APIClient(), keys("amina").shown).status_code == 401
