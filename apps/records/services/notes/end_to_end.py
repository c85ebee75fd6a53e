"""Notes that a client encrypts: this service stores what it cannot read, and checks all that can be checked.

A client asks for whom to encrypt (`prepare_note`), and sends the envelope with the ticket it was given. The ticket
binds author, patient, the note's id and the readers' keys; the signature covers them too, so nobody puts the envelope
in another place or adds a reader to it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Custody
from apps.accounts.models import KeyPair, User
from apps.core import outbox
from apps.core.crypto import CannotOpen, Envelope, check_signature
from apps.core.errors import InvalidInput, RuleRefused
from apps.core.ids import uuid7
from apps.patients.choices import ONE_PERSON
from apps.patients.models import Management, Patient
from apps.records.models import Note
from apps.records.services.notes.writing import live_relationship, store

SALT = "careloop.note-ticket"
TICKET_LIFETIME = timedelta(hours=1)
LONGEST_CIPHERTEXT = 91_000  # A Fernet token of 64 KiB with its place in front.
SHORTEST_CIPHERTEXT = 100
FERNET_VERSION = b"gA"  # 0x80 in base64, as each Fernet token begins.


class ReaderWithoutClientKey(RuleRefused):
    """A reader's keys are with this service, so an end-to-end note is not possible; `readers` says whose."""

    code = "reader_without_client_key"
    detail = _("A reader keeps no keys on a device of their own. Send the note as text instead.")

    def __init__(self, readers: set[str]) -> None:
        self.extensions = {"readers": sorted(readers)}
        super().__init__()


class ReadersChanged(RuleRefused):
    """The readers, or their keys, are others than those that the note was encrypted for."""

    code = "readers_changed"
    detail = _("The readers or their keys have changed. Ask for them again, compare fingerprints, encrypt again.")


class NoteExists(RuleRefused):
    """A ticket is good for one note."""

    code = "note_exists"
    detail = _("A note was written with this ticket already.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a client needs to encrypt a note: where it belongs, and for whom."""

    ticket: str
    note: Note
    readers: Sequence[KeyPair]


def prepare_note(*, actor: User, patient_id: UUID, now: datetime) -> Prepared:
    """Return for whom to encrypt a note. Raises NotFound, NotTreating and ReaderWithoutClientKey."""
    live_relationship(actor, patient_id, now)
    readers = _readers(actor, patient_id)
    note = Note(pk=uuid7(), patient_id=patient_id, author=actor, readers_digest=_digest(readers))
    claims = [str(actor.pk), str(patient_id), str(note.pk), note.readers_digest]
    return Prepared(signing.dumps(claims, key=settings.CODE_PEPPER, salt=SALT), note, readers)


def write_sealed_note(
    *,
    actor: User,
    ticket: str,
    ciphertext: str,
    signature: bytes,
    wraps: Mapping[UUID, bytes],
    replaces_plans: bool,
    now: datetime,
) -> Note:
    """Store a note that the actor's client encrypted for each reader; `wraps` is the note's key by key pair.

    Raises InvalidInput, NotFound, NotTreating, ReaderWithoutClientKey, ReadersChanged and NoteExists. Announces
    `note_written`, publishes `records.sealed_note_written`. No plan is drafted from it: nobody here can read it.
    """
    patient_id, note_id, digest = _claims(ticket, actor)
    relationship = live_relationship(actor, patient_id, now)
    envelope = Envelope(ciphertext.encode(), {str(key): wrap for key, wrap in wraps.items()}, signature)
    with transaction.atomic():
        readers = _locked_readers(actor, patient_id)
        if _digest(readers) != digest:
            raise ReadersChanged
        if Note.objects.filter(pk=note_id).exists():
            raise NoteExists
        note = Note(
            pk=note_id,
            patient_id=patient_id,
            author=actor,
            relationship=relationship,
            hospital_id=relationship.doctor.hospital_id,
            custody=Custody.CLIENT,
            replaces_plans=replaces_plans,
            readers_digest=digest,
            signing_key_pair=next(pair for pair in readers if pair.holder_id == actor.pk),
        )
        _check(note, envelope, readers)
        store(note, envelope, now=now)
        outbox.publish("records.sealed_note_written", note_id=note.pk)
    return note


def _claims(ticket: str, actor: User) -> tuple[UUID, UUID, str]:
    """Return patient, note and digest of a ticket that was made for the actor; raises InvalidInput."""
    try:
        author, patient, note, digest = signing.loads(
            ticket, key=settings.CODE_PEPPER, salt=SALT, max_age=TICKET_LIFETIME
        )
    except signing.BadSignature as failure:
        raise InvalidInput("ticket", _("This ticket is not good any more."), code="ticket_refused") from failure
    if author != str(actor.pk):
        raise InvalidInput("ticket", _("This ticket is not good any more."), code="ticket_refused")
    return UUID(patient), UUID(note), digest


def _readers(author: User, patient_id: UUID) -> list[KeyPair]:
    """Return the current keys of the author and of the patient in person; raises ReaderWithoutClientKey.

    A patient who is managed by somebody else is read for with keys in this service's custody.
    """
    managements = Management.objects.live().filter(patient=patient_id)
    managers = {each.user_id: each.relation for each in managements}
    pairs = {
        pair.holder_id: pair
        for pair in KeyPair.objects.current_of_each([author.pk, *managers])
        if pair.custody == Custody.CLIENT
    }
    absent = set() if author.pk in pairs else {"AUTHOR"}
    if not managers or not set(managers) <= set(pairs) or not set(managers.values()) <= set(ONE_PERSON):
        absent.add("PATIENT")
    if absent:
        raise ReaderWithoutClientKey(absent)
    return sorted(pairs.values(), key=lambda pair: pair.pk)


def _locked_readers(author: User, patient_id: UUID) -> list[KeyPair]:
    """Return the readers, who stay these until the transaction ends: managers and keys change under these locks."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    managers = Management.objects.live().filter(patient=patient_id).values_list("user", flat=True)
    list(User.objects.select_for_update(no_key=True).filter(pk__in={author.pk, *managers}).order_by("pk"))
    return _readers(author, patient_id)


def _digest(readers: Sequence[KeyPair]) -> str:
    """Return what names a set of keys: SHA-256 over their ids and both public parts, in the order of the ids."""
    parts = (pair.pk.bytes + bytes(pair.public_key) + bytes(pair.signing_public_key) for pair in readers)
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _check(note: Note, envelope: Envelope, readers: Sequence[KeyPair]) -> None:
    """Raise InvalidInput for an envelope that no reader could open."""
    ciphertext = envelope.ciphertext
    is_token = SHORTEST_CIPHERTEXT <= len(ciphertext) <= LONGEST_CIPHERTEXT and ciphertext.startswith(FERNET_VERSION)
    if not is_token:
        raise InvalidInput("ciphertext", _("This is not a Fernet token of at most 64 KiB."), code="not_a_token")
    sizes = {str(pair.pk): _modulus_bytes(pair) for pair in readers}
    if {key: len(wrap) for key, wrap in envelope.wraps.items()} != sizes:
        raise InvalidInput("wraps", _("Wrap the key once for each reader."), code="wraps_do_not_fit")
    try:
        check_signature(envelope, place=note.place, signing_public=bytes(note.signing_key_pair.signing_public_key))
    except CannotOpen as failure:
        raise InvalidInput("signature", _("The author did not sign this."), code="signature_refused") from failure


def _modulus_bytes(pair: KeyPair) -> int:
    """Return how long a key wrapped for this pair is: as long as its modulus, which its algorithm names."""
    return int(pair.algorithm.removeprefix("RSA-OAEP-SHA256-").partition("+")[0]) // 8
