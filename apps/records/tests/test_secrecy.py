"""Notes hold against whoever can write, or has stolen, the database."""

import base64
import json
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from django.db import connection

from apps.accounts.models import KeyPair, User
from apps.accounts.services.keys import ensure_key_pair, signing_key_of
from apps.core.crypto import encrypt_for
from apps.core.models import AuditEvent, OutboxEvent
from apps.records.models import Note, NoteKeyWrap
from apps.records.services.notes import open_notes
from apps.records.services.notes.opening import NoteState
from tests.care import Care, client_of, make_care
from tests.dumps import dump_of, stands_in
from tests.world import make_doctor

pytestmark = pytest.mark.django_db
SENTINEL = "Zebrafish-Wisteria-4711"


def is_unreadable(reader: User, note: Note) -> bool:
    """Tell whether the reader gets the note without its text."""
    [opened] = open_notes(actor=reader, notes=[note])
    return (opened.state, opened.text) == (NoteState.UNREADABLE, "")


@pytest.fixture
def cannot_open(care: Care) -> Callable[[Note], bool]:
    """Tell whether the note, as it stands in the database, opens for neither reader."""

    def refused(note: Note) -> bool:
        stored = Note.objects.get(pk=note.pk)
        return all(is_unreadable(reader, stored) for reader in (care.manager, care.doctor.user))

    return refused


class TestSwapping:
    """Two notes of the same doctor about the same patient: every part that somebody puts in the other's place shows."""

    @pytest.mark.parametrize(
        "parts",
        [("ciphertext",), ("signature",), ("ciphertext", "signature")],
        ids=["ciphertext", "signature", "ciphertext and signature"],
    )
    def test_columns(self, write, cannot_open, parts):
        first, second = write("One"), write("Two")
        Note.objects.filter(pk=first.pk).update(**{part: getattr(second, part) for part in parts})
        assert cannot_open(first)

    def test_wrapped_keys(self, write, cannot_open):
        first, second = write("One"), write("Two")
        for wrap in second.wraps.all():
            first.wraps.filter(key_pair=wrap.key_pair).update(wrapped_key=wrap.wrapped_key)
        assert cannot_open(first)

    def test_everything_at_once(self, write, cannot_open):
        first, second = write("One"), write("Two")
        Note.objects.filter(pk=first.pk).update(ciphertext=second.ciphertext, signature=second.signature)
        for wrap in second.wraps.all():
            first.wraps.filter(key_pair=wrap.key_pair).update(wrapped_key=wrap.wrapped_key)
        assert cannot_open(first)

    def test_one_readers_wrapped_key_for_the_others(self, care, write):
        note = write()
        mine, theirs = (
            note.wraps.get(key_pair__holder_id=care.patient.pk),
            note.wraps.exclude(key_pair__holder_id=care.patient.pk).get(),
        )
        NoteKeyWrap.objects.filter(pk=mine.pk).update(wrapped_key=theirs.wrapped_key)
        assert is_unreadable(care.manager, note)

    def test_the_patient(self, care, write, now):
        note = write()
        other = make_care(now, name="other_")
        Note.objects.filter(pk=note.pk).update(patient=other.patient)
        NoteKeyWrap.objects.filter(note=note, key_pair__holder_id=care.patient.pk).update(
            key_pair=ensure_key_pair(holder_id=other.patient.pk)
        )
        for reader in (other.manager, care.doctor.user):
            assert is_unreadable(reader, Note.objects.get(pk=note.pk))

    def test_the_author(self, care, write):
        note = write()
        somebody_else = make_doctor("somebody_else", care.doctor.hospital).user
        Note.objects.filter(pk=note.pk).update(author=somebody_else)
        assert is_unreadable(care.manager, Note.objects.get(pk=note.pk))


class TestForging:
    @pytest.mark.parametrize("part", ["ciphertext", "signature"])
    @pytest.mark.parametrize("position", [0, 40, -1], ids=["first byte", "a byte inside", "last byte"])
    def test_one_changed_bit_shows(self, write, cannot_open, part, position):
        note = write()
        changed = bytearray(getattr(note, part))
        changed[position] ^= 1
        Note.objects.filter(pk=note.pk).update(**{part: bytes(changed)})
        assert cannot_open(note)

    def test_so_does_one_in_a_wrapped_key(self, write, cannot_open):
        note = write()
        for wrap in note.wraps.all():
            changed = bytearray(wrap.wrapped_key)
            changed[7] ^= 1
            NoteKeyWrap.objects.filter(pk=wrap.pk).update(wrapped_key=bytes(changed))
        assert cannot_open(note)

    def test_a_note_signed_by_somebody_else_is_not_the_authors(self, care, write, cannot_open):
        """Anybody may encrypt for a public key; only the author may sign as the author."""
        note = write()
        forger = ensure_key_pair(holder_id=make_doctor("forger", care.doctor.hospital).user.pk)
        readers = {
            str(wrap.key_pair_id): bytes(wrap.key_pair.public_key) for wrap in note.wraps.select_related("key_pair")
        }
        forged = encrypt_for(b"Forged", place=note.place, readers=readers, signing_private=signing_key_of(forger))
        Note.objects.filter(pk=note.pk).update(ciphertext=forged.ciphertext, signature=forged.signature)
        for key_id, wrapped in forged.wraps.items():
            note.wraps.filter(key_pair=key_id).update(wrapped_key=wrapped)
        assert cannot_open(note)
        Note.objects.filter(pk=note.pk).update(signing_key_pair=forger)
        assert cannot_open(note)

    def test_a_private_key_works_for_its_own_holder_only(self, care, write, cannot_open):
        note = write()
        patients, doctors = (KeyPair.objects.get(holder_id=pk) for pk in (care.patient.pk, care.doctor.user.pk))
        KeyPair.objects.filter(pk=patients.pk).update(private_key_sealed=doctors.private_key_sealed)
        KeyPair.objects.filter(pk=doctors.pk).update(private_key_sealed=patients.private_key_sealed)
        assert cannot_open(note)


class TestStolen:
    def test_no_column_holds_a_word_of_it(self, write):
        note = write(SENTINEL)
        heap = b"".join(
            bytes(column)
            for column in (note.ciphertext, note.signature, *note.wraps.values_list("wrapped_key", flat=True))
        )
        assert not stands_in(SENTINEL, heap)
        plumbing = [*OutboxEvent.objects.values("ids"), *AuditEvent.objects.values("details", "action")]
        assert not stands_in(SENTINEL, json.dumps(plumbing).encode())

    def test_the_secret_key_opens_nothing(self, write, settings, cannot_open):
        note = write(SENTINEL)
        kid = settings.MASTER_KEYS.partition(":")[0]
        settings.MASTER_KEYS = f"{kid}:{base64.b64encode(settings.SECRET_KEY.encode()).decode()}"
        assert cannot_open(note)

    def test_the_master_keys_are_not_made_from_the_secret_key(self, write, care, settings):
        note = write(SENTINEL)
        settings.SECRET_KEY = "another one"
        assert [opened.text for opened in open_notes(actor=care.manager, notes=[note])] == [SENTINEL]


@pytest.mark.django_db(transaction=True)
class TestDump:
    @pytest.fixture
    def dump(self, now) -> bytes:
        """A dump taken after a note was written through the door, with an idempotency key, and read by both sides."""
        care = make_care(now)
        doctor = client_of(care.doctor.user, now=now)
        body = {"patient": str(care.patient.pk), "text": f"{SENTINEL}: 1 tablet every 8 hours for 2 days"}
        for _ in range(2):
            answer = doctor.post("/api/v1/notes/", body, format="json", HTTP_IDEMPOTENCY_KEY="the same")
            assert answer.status_code == 201
        for reader in (doctor, client_of(care.manager, now=now)):
            assert SENTINEL in reader.get("/api/v1/notes/").json()["results"][0]["text"]
        return dump_of(_url())

    def test_a_dump_holds_no_word_of_a_note(self, dump):
        assert b"records_note" in dump
        assert not stands_in(SENTINEL, dump)

    def test_nor_the_keys_that_open_it(self, dump):
        for ring in (django_settings.MASTER_KEYS, django_settings.SIGNING_KEYS):
            for entry in ring.split(","):
                assert not stands_in(base64.b64decode(entry.partition(":")[2]).decode(), dump)
        assert not stands_in("the same", dump)  # The idempotency key, under which the stored answer is sealed.

    def test_a_word_that_is_stored_in_clear_would_be_found(self, dump):
        assert stands_in("doctor@example.org", dump)


def _url() -> str:
    database = connection.settings_dict
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
