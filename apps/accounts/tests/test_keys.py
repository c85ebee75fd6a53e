"""Key pairs in server custody: one a holder, sealed, bound to their row, shown nowhere."""

from functools import partial

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError

from apps.accounts.choices import Custody, Role
from apps.accounts.models import KeyPair
from apps.accounts.services.keys import ensure_key_pair, receiver_of, signing_key_of
from apps.core.crypto import CannotOpen, KeyMaterial, Receiver
from apps.core.ids import uuid7
from apps.core.testing.proofs import race, rounds
from tests.little_cast import signed_in_to_admin
from tests.world import make_user


@pytest.fixture
def pair(db) -> KeyPair:
    return ensure_key_pair(holder_id=uuid7())


class TestMaking:
    def test_happens_once(self, pair, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert ensure_key_pair(holder_id=pair.holder_id) == pair
        assert KeyPair.objects.count() == 1

    def test_everybody_has_a_pair_of_their_own(self, pair):
        other = ensure_key_pair(holder_id=uuid7())
        assert bytes(other.public_key) != bytes(pair.public_key)

    def test_a_replaced_pair_is_followed_by_a_new_one_and_still_opens(self, pair, now):
        KeyPair.objects.update(replaced_at=now)
        assert ensure_key_pair(holder_id=pair.holder_id) != pair
        assert receiver_of(pair)

    def test_says_what_it_is(self, pair, settings):
        assert (pair.custody, pair.algorithm) == ("SERVER", f"RSA-OAEP-SHA256-{settings.RSA_KEY_BITS}+ED25519")


class TestPrivateKeys:
    def test_belong_to_the_public_ones(self, pair):
        public = receiver_of(pair).key.public_key()
        encoded = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        assert encoded == bytes(pair.public_key)
        signing = Ed25519PrivateKey.from_private_bytes(signing_key_of(pair))
        assert signing.public_key().public_bytes_raw() == bytes(pair.signing_public_key)

    def test_are_stored_sealed(self, pair):
        private = receiver_of(pair).key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        assert private not in bytes(pair.private_key_sealed)
        assert signing_key_of(pair) not in bytes(pair.signing_private_key_sealed)
        with pytest.raises(ValueError, match="deserialize"):
            Receiver.load(bytes(pair.private_key_sealed))

    @pytest.mark.parametrize("whose", ["somebody else's", "the same holder's next"])
    def test_do_not_open_in_another_row(self, pair, now, whose):
        KeyPair.objects.update(replaced_at=now)
        thief = ensure_key_pair(holder_id=uuid7() if whose == "somebody else's" else pair.holder_id)
        thief.private_key_sealed, thief.signing_private_key_sealed = (
            pair.private_key_sealed,
            pair.signing_private_key_sealed,
        )
        _neither_opens(thief)

    def test_do_not_open_once_their_row_has_another_holder(self, pair):
        pair.holder_id = uuid7()
        _neither_opens(pair)

    def test_do_not_open_in_each_others_place(self, pair):
        pair.private_key_sealed, pair.signing_private_key_sealed = (
            pair.signing_private_key_sealed,
            pair.private_key_sealed,
        )
        _neither_opens(pair)

    def test_do_not_open_when_a_single_bit_was_changed(self, pair):
        pair.private_key_sealed = _flipped(pair.private_key_sealed)
        pair.signing_private_key_sealed = _flipped(pair.signing_private_key_sealed)
        _neither_opens(pair)

    def test_do_not_open_without_the_master_key(self, pair, settings):
        settings.MASTER_KEYS = "other:b3RoZXItdGVzdC1vbmx5LW1hc3Rlci1rZXktMDAwMDE="
        _neither_opens(pair)

    def test_of_a_client_are_not_here(self, db):
        pair = KeyPair(holder_id=uuid7(), custody=Custody.CLIENT, public_key=b"-", signing_public_key=b"-")
        pair.save()
        _neither_opens(pair)

    def test_the_database_refuses_server_custody_without_them(self, db):
        with pytest.raises(IntegrityError, match="server_custody_holds_private_keys"):
            KeyPair.objects.create(holder_id=uuid7(), public_key=b"-", signing_public_key=b"-")


def _neither_opens(pair: KeyPair) -> None:
    for load in (receiver_of, signing_key_of):
        with pytest.raises(CannotOpen):
            load(pair)


def _flipped(sealed: bytes) -> bytes:
    return bytes(sealed[:-1]) + bytes([sealed[-1] ^ 1])


class TestShowing:
    def test_no_text_of_a_pair_holds_a_key(self, pair):
        material = KeyMaterial(public=b"P", private=b"SECRET", signing_public=b"P", signing_private=b"SECRET")
        assert "SECRET" not in repr(material)
        assert repr(receiver_of(pair)) == "Receiver()"
        assert str(pair) == f"{pair.algorithm} {pair.pk}"
        assert repr(pair) == f"<KeyPair: {pair}>"

    def test_no_page_of_the_admin_holds_a_key(self, pair):
        client = signed_in_to_admin(make_user("admin", Role.ADMIN, is_staff=True, is_superuser=True))
        for path in ("", f"{pair.pk}/change/"):
            answer = client.get(f"/admin/accounts/keypair/{path}")
            assert answer.status_code == 200
            page = answer.content.decode()
            assert str(pair.holder_id) in page
            for word in ("public_key", "public key", "private_key", "private key", "memory at"):
                assert word not in page.lower()


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_two_first_needs_at_once_make_one_pair():
    for _ in range(rounds(1, 10)):
        holder = uuid7()
        pairs = race([partial(ensure_key_pair, holder_id=holder)] * 4)
        assert len(set(pairs)) == 1
        assert KeyPair.objects.get(holder_id=holder) == pairs[0]
        assert receiver_of(pairs[0])
