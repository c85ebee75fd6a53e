"""Every write of the clinical record: writing a note, and opening one for somebody who may read it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import KeyPair, User
from apps.accounts.services.keys import ensure_server_key_pair, receiver_of, signing_key_of
from apps.core import audit, outbox
from apps.core.crypto import CannotOpen, Envelope, Receiver, encrypt_for, open_envelope
from apps.core.errors import NotFound
from apps.notifications.services.announcing import announce
from apps.patients.models import CareRelationship, Patient
from apps.patients.querysets import managers_of
from apps.patients.services.care import NotTreating, raise_generation
from apps.records.models import Note, NoteKeyWrap


def write_note(
    *, actor: User, patient_id: UUID, text: str, replaces_plans: bool, activates_plans: bool = False, now: datetime
) -> Note:
    """Write an encrypted note that its author and the patient's managers can read.

    `replaces_plans` ends the relationship's open plans by raising its generation; `activates_plans` asks that the
    plans drafted from the note begin without another look. Raises NotFound for a
    patient whom the actor never treated, NotTreating where that is over, and KeyWithClient. Publishes
    `records.note_written`.
    """
    relationship = _live_relationship(actor, patient_id, now)
    keys = {holder: ensure_server_key_pair(holder_id=holder) for holder in (actor.pk, patient_id)}
    author_keys = keys[actor.pk]
    note = Note(
        patient_id=patient_id,
        author=actor,
        relationship=relationship,
        hospital_id=relationship.doctor.hospital_id,
        replaces_plans=replaces_plans,
        activates_plans=activates_plans,
        signing_key_pair=author_keys,
    )
    envelope = encrypt_for(
        text.encode(),
        place=note.place,
        readers={str(pair.pk): bytes(pair.public_key) for pair in keys.values()},
        signing_private=signing_key_of(author_keys),
    )
    with transaction.atomic():
        current = _locked_while_live(relationship, now)
        note.generation = (raise_generation(relationship_id=current.pk) if replaces_plans else current).generation
        _store(note, envelope)
        audit.record(
            "note_written",
            actor_id=actor.pk,
            subject=note,
            concerns_id=patient_id,
            tenant_id=note.hospital_id,
        )
        recipients = managers_of([patient_id]).values_list("user", flat=True)
        announce("note_written", subject_id=note.pk, recipient_ids=recipients, now=now)
        outbox.publish("records.note_written", note_id=note.pk)
    return note


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note with its text in clear: lives as long as the answer, is stored nowhere."""

    note: Note
    text: str


def open_notes(*, actor: User, notes: Iterable[Note]) -> list[OpenedNote]:
    """Open notes that the actor may see, with the actor's keys or those of the patients the actor manages.

    Raises CannotOpen. Writing down who read is the door's part (`patients.doors`).
    """
    rows = list(notes)
    managed = set(Patient.objects.managed_by(actor).values_list("pk", flat=True))
    holders = {note.pk: note.patient_id if note.patient_id in managed else actor.pk for note in rows}
    return _open(rows, holders)


def open_note_for_drafting(*, note_id: UUID) -> OpenedNote:
    """Open a note on behalf of its author, who asked for a plan by writing it; raises CannotOpen.

    Only for drafting, in a worker; no person reads it there.
    """
    note = Note.objects.select_related("signing_key_pair").get(pk=note_id)
    return _open([note], {note.pk: note.author_id})[0]


def _live_relationship(actor: User, patient_id: UUID, now: datetime) -> CareRelationship:
    own = CareRelationship.objects.filter(patient=patient_id, doctor__user=actor).select_related("doctor")
    live = own.live(now=now).first()
    if live is None:
        raise NotTreating if own.exists() else NotFound
    return live


def _locked_while_live(relationship: CareRelationship, now: datetime) -> CareRelationship:
    """Return the relationship, locked and read again: it may have ended while keys were made."""
    locked = CareRelationship.objects.select_for_update().get(pk=relationship.pk)
    if not locked.is_live(now=now):
        raise NotTreating
    return locked


def _store(note: Note, envelope: Envelope) -> None:
    note.ciphertext, note.signature = envelope.ciphertext, envelope.signature
    note.save(force_insert=True)
    NoteKeyWrap.objects.bulk_create(
        NoteKeyWrap(note=note, key_pair_id=UUID(key_id), wrapped_key=wrap) for key_id, wrap in envelope.wraps.items()
    )


def _open(notes: Sequence[Note], holders: dict[UUID, UUID]) -> list[OpenedNote]:
    """Open each note for its holder: one query for wraps and keys, each private key loaded once."""
    wraps = NoteKeyWrap.objects.filter(note__in=notes, key_pair__holder_id__in=set(holders.values()))
    by_note = {
        wrap.note_id: wrap
        for wrap in wraps.select_related("key_pair")
        if wrap.key_pair.holder_id == holders[wrap.note_id]
    }
    receivers: dict[UUID, Receiver] = {}
    return [OpenedNote(note, _text(note, by_note.get(note.pk), receivers)) for note in notes]


def _text(note: Note, wrap: NoteKeyWrap | None, receivers: dict[UUID, Receiver]) -> str:
    if wrap is None:
        raise NotFound
    if note.signing_key_pair.holder_id != note.author_id:
        raise CannotOpen("signed by somebody else than its author")
    pair: KeyPair = wrap.key_pair
    if pair.pk not in receivers:
        receivers[pair.pk] = receiver_of(pair)
    envelope = Envelope(bytes(note.ciphertext), {str(pair.pk): bytes(wrap.wrapped_key)}, bytes(note.signature))
    content = open_envelope(
        envelope,
        place=note.place,
        key_id=str(pair.pk),
        private=receivers[pair.pk],
        signing_public=bytes(note.signing_key_pair.signing_public_key),
    )
    return content.decode()
