"""Key pairs in client custody: the client keeps the private keys and proves that it has them."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Custody
from apps.accounts.models import KeyPair, User
from apps.accounts.services.passwords import confirm_password
from apps.core import audit, outbox
from apps.core.errors import InvalidInput, RuleRefused
from apps.core.ids import uuid7

SMALLEST_BITS, LARGEST_BITS = 3072, 4096
EXPONENT = 65537
# The y coordinates of Ed25519's eight points of small order, as reduced and as unreduced numbers can write them: for
# them signatures can be made without a private key, and OpenSSL verifies them (RFC 8032, 5.1; RFC 7748, section 7).
FIELD, SIGN_BIT = 2**255 - 19, 2**255
ORDER_EIGHT = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER = {0, 1, FIELD - 1, FIELD, FIELD + 1, ORDER_EIGHT, FIELD - ORDER_EIGHT}
CHALLENGE_LIFETIME = timedelta(minutes=10)
SALT = "careloop.key-challenge"


class ProofRefused(RuleRefused):
    """The answer to the challenge does not show that the client holds both private keys."""

    status = 400
    code = "proof_refused"
    detail = _("The proof does not fit these keys, or took too long. Ask for a new challenge.")


def challenge_client_keys(*, actor: User, public_key: bytes, signing_public_key: bytes) -> dict[str, str]:
    """Return a challenge encrypted to the public key and a token to send back with the answer.

    Only whoever holds the private key can read the challenge; only whoever holds the signing key can sign it.
    Raises InvalidInput for keys that are not RSA of 3072 to 4096 bits with e = 65537, or not Ed25519.
    """
    receiving = _checked_rsa(public_key)
    _checked_ed25519(signing_public_key)
    pair_id = uuid7()
    secret = _secret(actor.pk, pair_id, public_key, signing_public_key)
    encrypted = receiving.encrypt(
        secret, padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=b"careloop key proof")
    )
    claims = [str(actor.pk), str(pair_id), _fingerprint(public_key, signing_public_key)]
    token = signing.dumps(claims, key=settings.CODE_PEPPER, salt=SALT)
    return {"challenge": base64.b64encode(encrypted).decode(), "token": token}


def register_client_keys(
    *,
    actor: User,
    public_key: bytes,
    signing_public_key: bytes,
    token: str,
    signature: bytes,
    password: str,
    now: datetime,
) -> KeyPair:
    """Make the client's keys the actor's current pair, replacing the present one, and tell the person.

    `signature` is the Ed25519 signature over the decrypted challenge. Raises ProofRefused, InvalidInput (wrong
    password: a stolen session must not decide who reads) and TooManyAttempts.
    """
    confirm_password(actor=actor, password=password, field="password", now=now)
    try:
        holder, pair_id, fingerprint = signing.loads(
            token, key=settings.CODE_PEPPER, salt=SALT, max_age=CHALLENGE_LIFETIME
        )
        verifier = _checked_ed25519(signing_public_key)
        verifier.verify(signature, _secret(actor.pk, UUID(pair_id), public_key, signing_public_key))
    except (signing.BadSignature, InvalidSignature, ValueError) as failure:
        raise ProofRefused from failure
    if holder != str(actor.pk) or fingerprint != _fingerprint(public_key, signing_public_key):
        raise ProofRefused
    pair = KeyPair(
        pk=pair_id,
        holder_id=actor.pk,
        custody=Custody.CLIENT,
        algorithm=f"RSA-OAEP-SHA256-{_checked_rsa(public_key).key_size}+ED25519",
        public_key=public_key,
        signing_public_key=signing_public_key,
    )
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)  # Two registrations at once: one follows the other.
        if KeyPair.objects.filter(pk=pair_id).exists():  # A proof is good once.
            raise ProofRefused
        _make_current(pair, now)
        audit.record("client_keys_registered", actor_id=actor.pk, subject=pair)
        outbox.publish("accounts.keys_registered", user_id=actor.pk)
    return pair


def _make_current(pair: KeyPair, now: datetime) -> None:
    current = KeyPair.objects.current_of(pair.holder_id)
    current.update(replaced_at=now)
    try:
        with transaction.atomic():
            pair.save(force_insert=True)
    except IntegrityError:  # There was none, and a first note has made one meanwhile: that one is replaced, too.
        current.update(replaced_at=now)
        pair.save(force_insert=True)


def fingerprint_of(pair: KeyPair) -> str:
    """Return what two people compare to be sure of a key: SHA-256 over both public keys, in groups of four digits."""
    digest = _fingerprint(bytes(pair.public_key), bytes(pair.signing_public_key))
    return " ".join(digest[start : start + 4] for start in range(0, 40, 4))


def _fingerprint(public_key: bytes, signing_public_key: bytes) -> str:
    return hashlib.sha256(public_key + signing_public_key).hexdigest()


def _secret(holder_id: UUID, pair_id: UUID, public_key: bytes, signing_public_key: bytes) -> bytes:
    """Return the challenge for these keys: computed, so that nothing is stored until the proof has come.

    The id that the pair will have makes it another one each time: an answer of before proves nothing now.
    """
    message = b"key proof" + holder_id.bytes + pair_id.bytes + _fingerprint(public_key, signing_public_key).encode()
    return hmac.digest(settings.CODE_PEPPER.encode(), message, hashlib.sha256)


def _checked_rsa(public_key: bytes) -> rsa.RSAPublicKey:
    """Return the key; refuses what `cryptography` loads but nobody should use (huge, even or small moduli)."""
    try:
        key = serialization.load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm) as failure:
        raise InvalidInput("public_key", _("This is not a public key in DER form."), code="not_a_key") from failure
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidInput("public_key", _("Give an RSA key."), code="not_rsa")
    numbers = key.public_numbers()
    is_sound = SMALLEST_BITS <= key.key_size <= LARGEST_BITS and numbers.e == EXPONENT and numbers.n % 2 == 1
    if not is_sound:
        raise InvalidInput("public_key", _("Give 3072 to 4096 bits and exponent 65537."), code="weak_key")
    return key


def _checked_ed25519(signing_public_key: bytes) -> Ed25519PublicKey:
    try:
        key = Ed25519PublicKey.from_public_bytes(signing_public_key)
    except ValueError as failure:
        raise InvalidInput("signing_public_key", _("Give 32 raw bytes of Ed25519."), code="not_a_key") from failure
    if int.from_bytes(signing_public_key, "little") % SIGN_BIT in SMALL_ORDER:
        raise InvalidInput("signing_public_key", _("Anybody could sign for this key."), code="weak_key")
    return key
