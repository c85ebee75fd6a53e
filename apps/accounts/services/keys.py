"""Key pairs in server custody: made on first need, sealed under the master keys, loaded to act for their holder."""

from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Custody
from apps.accounts.models import KeyPair
from apps.core import crypto
from apps.core.errors import RuleRefused


def ensure_key_pair(*, holder_id: UUID) -> KeyPair:
    """Return the holder's current key pair, making it when there is none.

    Making one takes up to a second: call this before a transaction, not inside one.
    """
    existing = KeyPair.objects.current_of(holder_id).first()
    if existing:
        return existing
    # Two first notes at once: the constraint lets one pair win, and both use it.
    KeyPair.objects.bulk_create([_new_pair(holder_id)], ignore_conflicts=True)
    return KeyPair.objects.current_of(holder_id).get()


def _new_pair(holder_id: UUID) -> KeyPair:
    material = crypto.generate_key_material(settings.RSA_KEY_BITS)
    pair = KeyPair(
        holder_id=holder_id,
        custody=Custody.SERVER,
        algorithm=f"RSA-OAEP-SHA256-{settings.RSA_KEY_BITS}+ED25519",
        public_key=material.public,
        signing_public_key=material.signing_public,
    )
    pair.private_key_sealed = crypto.seal(material.private, place=pair.place("private"))
    pair.signing_private_key_sealed = crypto.seal(material.signing_private, place=pair.place("signing"))
    return pair


class KeyWithClient(RuleRefused):
    """A key that only its holder has; the server can neither sign nor write for it."""

    code = "key_with_client"
    detail = _("This is encrypted on the reader's own device only. Use a program that does so.")


def ensure_server_key_pair(*, holder_id: UUID) -> KeyPair:
    """Return a pair of the holder's for work that the server does; made up to a second, as `ensure_key_pair`.

    Whoever keeps the current keys on a device has another pair here, never the current one: it serves what is written
    as text, which says of itself that this service can open it.
    """
    pair = ensure_key_pair(holder_id=holder_id)
    if pair.custody == Custody.SERVER:
        return pair
    own = KeyPair.objects.filter(holder_id=holder_id, custody=Custody.SERVER).order_by("-id").first()
    if own is None:
        own = _new_pair(holder_id)
        own.replaced_at = pair.created_at
        own.save(force_insert=True)
    return own


def receiver_of(pair: KeyPair) -> crypto.Receiver:
    """Return the private key of a pair in server custody, ready to open envelopes; raises CannotOpen."""
    if pair.private_key_sealed is None:
        raise crypto.CannotOpen("the private key is with the client")
    return crypto.Receiver.load(crypto.unseal(pair.private_key_sealed, place=pair.place("private")))


def signing_key_of(pair: KeyPair) -> bytes:
    """Return the raw Ed25519 private key of a pair in server custody; raises CannotOpen."""
    if pair.signing_private_key_sealed is None:
        raise crypto.CannotOpen("the signing key is with the client")
    return crypto.unseal(pair.signing_private_key_sealed, place=pair.place("signing"))
