"""What is sealed opens only where it was sealed, and an envelope only whole and only for its readers."""

import base64
import os
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.crypto import (
    CannotOpen,
    Envelope,
    KeyMaterial,
    Receiver,
    derive_key,
    encrypt_for,
    generate_key_material,
    open_envelope,
    read_key_ring,
    seal,
    unseal,
    wrap_key,
)

fixed = settings(derandomize=True, deadline=None, max_examples=50)  # The same examples on every run, however slow.

PLACE = "plan/4711/action"
NOTE = {"kind": "note", "note": "n1", "patient": "p1", "author": "a1"}
TEXT = "Feels better. 体温 37.2 °C".encode()


def key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


class TestKeyRing:
    def test_the_order_is_kept(self):
        assert list(read_key_ring(f"new:{key('b')},before:{key('a')}")) == ["new", "before"]

    def test_spaces_and_empty_entries_do_not_matter(self):
        assert read_key_ring(f" a:{key('a')} ,, b:{key('b')},") == {"a": b"a" * 32, "b": b"b" * 32}

    @pytest.mark.parametrize(
        "ring",
        [
            "",
            " , ",
            "nokey",
            "a:",
            f":{key('a')}",
            f"a{key('a')}",
            "a:not base64!!",
            "a:" + base64.b64encode(b"x" * 31).decode(),
            f"a:{key('a')}x",
            f"a:{key('a')},b:short",
            f"a:{key('a')},a:{key('b')}",  # Which of the two would open what they sealed?
            f"é:{key('a')}",
            f"{'k' * 300}:{key('a')}",
        ],
    )
    def test_a_ring_that_cannot_be_used_is_refused(self, ring):
        with pytest.raises(ImproperlyConfigured):
            read_key_ring(ring)

    def test_a_refusal_shows_no_key(self):
        with pytest.raises(ImproperlyConfigured) as refusal:
            read_key_ring(f"a:{key('a')},b:c2VudGluZWw0NzEx")
        assert "c2VudGluZWw0NzEx" not in str(refusal.value)
        assert key("a") not in str(refusal.value)

    def test_one_purpose_has_one_key(self):
        assert derive_key(b"secret", "one") == derive_key(b"secret", "one")
        assert len({derive_key(b"secret", "one"), derive_key(b"secret", "two"), derive_key(b"other", "one")}) == 3


class TestSealing:
    @pytest.fixture(autouse=True)
    def ring(self, settings):
        settings.MASTER_KEYS = f"k1:{key('a')}"

    @pytest.mark.parametrize("plaintext", [b"", b"\x00", TEXT, os.urandom(100_000)], ids=len)
    def test_what_was_sealed_comes_back(self, plaintext):
        assert unseal(seal(plaintext, place=PLACE), place=PLACE) == plaintext

    def test_what_the_database_hands_over_opens_too(self):
        assert unseal(memoryview(seal(TEXT, place=PLACE)), place=PLACE) == TEXT

    def test_nothing_of_it_can_be_read(self):
        sealed = seal(TEXT, place=PLACE)
        assert TEXT not in sealed
        assert b"better" not in sealed

    def test_the_same_text_is_never_sealed_the_same(self):
        assert len({seal(TEXT, place=PLACE) for _ in range(100)}) == 100

    @pytest.mark.parametrize("place", ["", "plan/4711", "plan/4712/action", PLACE + " ", PLACE.upper()])
    def test_it_opens_at_no_other_place(self, place):
        with pytest.raises(CannotOpen):
            unseal(seal(TEXT, place=PLACE), place=place)

    def test_one_flipped_bit_anywhere_is_detected(self):
        sealed = seal(TEXT, place=PLACE)
        for position in range(len(sealed)):
            for bit in (1, 128):
                changed = bytearray(sealed)
                changed[position] ^= bit
                with pytest.raises(CannotOpen):
                    unseal(bytes(changed), place=PLACE)

    def test_what_was_cut_or_lengthened_is_detected(self):
        sealed = seal(TEXT, place=PLACE)
        for length in range(len(sealed)):
            with pytest.raises(CannotOpen):
                unseal(sealed[:length], place=PLACE)
        with pytest.raises(CannotOpen):
            unseal(sealed + b"\x00", place=PLACE)

    @fixed
    @given(st.binary(max_size=200))
    def test_noise_is_refused(self, noise):
        with pytest.raises(CannotOpen):
            unseal(noise, place=PLACE)

    def test_another_key_of_the_same_name_does_not_open_it(self, settings):
        sealed = seal(TEXT, place=PLACE)
        settings.MASTER_KEYS = f"k1:{key('b')}"
        with pytest.raises(CannotOpen):
            unseal(sealed, place=PLACE)

    def test_after_a_rotation_old_rows_open_and_new_ones_use_the_new_key(self, settings):
        old = seal(TEXT, place=PLACE)
        settings.MASTER_KEYS = f"k2:{key('b')},k1:{key('a')}"
        new = seal(TEXT, place=PLACE)
        assert unseal(old, place=PLACE) == unseal(new, place=PLACE) == TEXT
        settings.MASTER_KEYS = f"k2:{key('b')}"
        assert unseal(new, place=PLACE) == TEXT
        with pytest.raises(CannotOpen):
            unseal(old, place=PLACE)

    def test_the_name_of_the_key_cannot_be_changed_to_another_in_the_ring(self, settings):
        settings.MASTER_KEYS = f"k1:{key('a')},k2:{key('a')}"  # The same secret under two names.
        with pytest.raises(CannotOpen):
            unseal(seal(TEXT, place=PLACE).replace(b"k1", b"k2", 1), place=PLACE)

    @fixed
    @given(plaintext=st.binary(max_size=500), place=st.text(max_size=50))
    def test_any_bytes_come_back_from_any_place(self, plaintext, place):
        assert unseal(seal(plaintext, place=place), place=place) == plaintext


@pytest.fixture(scope="module")
def pairs() -> dict[str, KeyMaterial]:
    """Key pairs of the writer, two readers and a stranger, small because making them takes long."""
    return {name: generate_key_material(2048) for name in ("author", "patient", "stranger")}


@pytest.fixture(scope="module")
def envelope(pairs) -> Envelope:
    return write(pairs)


def write(pairs, content=TEXT, place=NOTE, author="author") -> Envelope:
    readers = {name: pairs[name].public for name in ("author", "patient")}
    return encrypt_for(content, place=place, readers=readers, signing_private=pairs[author].signing_private)


def read(pairs, envelope, *, reader="patient", place=NOTE, signer="author", key_of=None) -> bytes:
    return open_envelope(
        envelope,
        place=place,
        key_id=reader,
        private=Receiver.load(pairs[key_of or reader].private),
        signing_public=pairs[signer].signing_public,
    )


def flipped(raw: bytes, position: int = -1) -> bytes:
    changed = bytearray(raw)
    changed[position] ^= 1
    return bytes(changed)


class TestEnvelopes:
    @pytest.mark.parametrize("reader", ["author", "patient"])
    def test_every_reader_opens_it(self, pairs, envelope, reader):
        assert read(pairs, envelope, reader=reader) == TEXT

    @pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines\n", b'{"kind":"note"}\n'])
    def test_lines_of_the_content_are_not_taken_for_its_place(self, pairs, content):
        assert read(pairs, write(pairs, content)) == content

    def test_who_is_no_reader_does_not(self, pairs, envelope):
        with pytest.raises(CannotOpen):
            read(pairs, envelope, reader="stranger")
        for wrap in ("author", "patient"):
            with pytest.raises(CannotOpen):
                read(pairs, envelope, reader=wrap, key_of="stranger")

    def test_nothing_of_it_can_be_read(self, pairs, envelope):
        everything = envelope.ciphertext + envelope.signature + b"".join(envelope.wraps.values())
        assert b"better" not in everything
        assert b"p1" not in everything

    def test_every_envelope_has_a_key_of_its_own(self, pairs, envelope):
        another = write(pairs)
        with pytest.raises(CannotOpen):
            read(pairs, replace(envelope, wraps=another.wraps))

    @pytest.mark.parametrize("name", list(NOTE))
    def test_it_opens_at_no_other_place(self, pairs, envelope, name):
        with pytest.raises(CannotOpen):
            read(pairs, envelope, place={**NOTE, name: "another"})

    @pytest.mark.parametrize("part", ["ciphertext", "signature", "wraps"])
    def test_no_part_of_another_envelope_fits(self, pairs, envelope, part):
        another = write(pairs, b"Another text.", {**NOTE, "note": "n2"})
        with pytest.raises(CannotOpen):
            read(pairs, replace(envelope, **{part: getattr(another, part)}))

    def test_the_wrap_of_one_reader_is_none_for_another(self, pairs, envelope):
        swapped = {"author": envelope.wraps["patient"], "patient": envelope.wraps["author"]}
        for key_of in ("author", "patient"):
            for reader in ("author", "patient"):
                with pytest.raises(CannotOpen):
                    read(pairs, replace(envelope, wraps=swapped), reader=reader, key_of=key_of)

    def test_all_of_it_moved_to_another_place_does_not_open_though_signed_anew(self, pairs, envelope):
        """Even the author cannot pass the ciphertext of one note off as another: wrap and content name the place."""
        there = {**NOTE, "note": "n2"}
        content_key = Receiver.load(pairs["author"].private)
        signer = Ed25519PrivateKey.from_private_bytes(pairs["author"].signing_private)
        header = b'{"author":"a1","kind":"note","note":"n2","patient":"p1"}\n'
        moved = replace(envelope, signature=signer.sign(header + envelope.ciphertext))
        with pytest.raises(CannotOpen, match="wrapped for"):
            read(pairs, moved, place=there)
        wraps = _wraps_for(pairs, envelope, content_key, there)
        with pytest.raises(CannotOpen, match="another place"):
            read(pairs, replace(moved, wraps=wraps), place=there)

    @pytest.mark.parametrize("part", ["ciphertext", "signature"])
    @pytest.mark.parametrize("position", [0, 1, 20, -20, -1])
    def test_one_flipped_bit_is_detected(self, pairs, envelope, part, position):
        with pytest.raises(CannotOpen):
            read(pairs, replace(envelope, **{part: flipped(getattr(envelope, part), position)}))

    def test_one_flipped_bit_of_a_wrap_is_detected(self, pairs, envelope):
        wraps = {**envelope.wraps, "patient": flipped(envelope.wraps["patient"])}
        with pytest.raises(CannotOpen):
            read(pairs, replace(envelope, wraps=wraps))
        assert read(pairs, replace(envelope, wraps=wraps), reader="author") == TEXT

    @pytest.mark.parametrize("part", ["ciphertext", "signature"])
    def test_a_missing_part_is_detected(self, pairs, envelope, part):
        with pytest.raises(CannotOpen):
            read(pairs, replace(envelope, **{part: b""}))
        with pytest.raises(CannotOpen):
            read(pairs, replace(envelope, wraps={}))

    def test_public_keys_alone_forge_nothing(self, pairs, envelope):
        forged = write(pairs, b"Take ten tablets.", author="stranger")  # Knows both readers' public keys.
        with pytest.raises(CannotOpen):
            read(pairs, forged)
        with pytest.raises(CannotOpen):
            read(pairs, replace(forged, signature=envelope.signature))

    def test_another_signer_is_not_taken_for_the_author(self, pairs, envelope):
        with pytest.raises(CannotOpen):
            read(pairs, envelope, signer="stranger")

    @pytest.mark.parametrize("raw", [b"", b"x" * 31, b"x" * 33])
    def test_a_signing_key_that_is_none_opens_nothing(self, pairs, envelope, raw):
        with pytest.raises(CannotOpen):
            open_envelope(
                envelope,
                place=NOTE,
                key_id="patient",
                private=Receiver.load(pairs["patient"].private),
                signing_public=raw,
            )

    @fixed
    @given(content=st.binary(max_size=300), value=st.text(max_size=20))
    def test_any_content_comes_back_from_any_place(self, pairs, content, value):
        place = {**NOTE, "note": value}
        assert read(pairs, write(pairs, content, place), place=place) == content


def _wraps_for(pairs, envelope, receiver, place) -> dict[str, bytes]:
    """Return the envelope's own content key, wrapped for another place by somebody who may open it."""
    from apps.core.crypto import _oaep

    content_key = receiver.key.decrypt(envelope.wraps["author"], _oaep(NOTE, "author"))
    assert Fernet(content_key)
    return {name: wrap_key(content_key, pairs[name].public, place, name) for name in envelope.wraps}


class TestKeyMaterial:
    def test_a_printed_pair_shows_nothing_private(self, pairs):
        shown = repr(pairs["author"])
        assert repr(pairs["author"].private) not in shown
        assert repr(pairs["author"].signing_private) not in shown
        assert repr(pairs["author"].public) in shown

    def test_a_printed_receiver_shows_nothing(self, pairs):
        assert repr(Receiver.load(pairs["author"].private)) == "Receiver()"

    def test_every_pair_is_new_and_as_strong_as_asked_for(self, pairs):
        assert len({pair.public for pair in pairs.values()} | {pair.signing_public for pair in pairs.values()}) == 6
        for pair in pairs.values():
            public = serialization.load_der_public_key(pair.public)
            assert (public.key_size, public.public_numbers().e) == (2048, 65537)
