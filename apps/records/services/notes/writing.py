"""Writing a note as text: this service encrypts it, and can open it for its readers."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services.keys import ensure_server_key_pair, signing_key_of
from apps.core import audit, outbox
from apps.core.crypto import Envelope, encrypt_for
from apps.core.errors import NotFound
from apps.notifications.services.announcing import announce
from apps.patients.models import CareRelationship
from apps.patients.querysets import managers_of
from apps.patients.services.care import NotTreating, raise_generation
from apps.records.models import Note, NoteKeyWrap


def write_note(
    *, actor: User, patient_id: UUID, text: str, replaces_plans: bool, activates_plans: bool = False, now: datetime
) -> Note:
    """Write an encrypted note that its author and the patient's managers can read.

    `replaces_plans` ends the relationship's open plans by raising its generation; `activates_plans` asks that the
    plans drafted from the note begin without another look. Raises NotFound for a patient whom the actor never treated,
    and NotTreating where that is over. Announces `note_written`, publishes `records.note_written`.
    """
    relationship = live_relationship(actor, patient_id, now)
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
        store(note, envelope, now=now)
        outbox.publish("records.note_written", note_id=note.pk)
    return note


def live_relationship(actor: User, patient_id: UUID, now: datetime) -> CareRelationship:
    """Return the relationship in which the actor treats the patient; raises NotTreating and NotFound."""
    own = CareRelationship.objects.filter(patient=patient_id, doctor__user=actor).select_related("doctor")
    live = own.live(now=now).first()
    if live is None:
        raise NotTreating if own.exists() else NotFound
    return live


def store(note: Note, envelope: Envelope, *, now: datetime) -> None:
    """Store a note with its keys and say so; part of the caller's transaction. Raises NotTreating."""
    # Locked and read again: the relationship may have ended while keys were made.
    current = CareRelationship.objects.select_for_update().get(pk=note.relationship_id)
    if not current.is_live(now=now):
        raise NotTreating
    note.generation = (raise_generation(relationship_id=current.pk) if note.replaces_plans else current).generation
    note.ciphertext, note.signature = envelope.ciphertext, envelope.signature
    note.save(force_insert=True)
    store_wraps(note, envelope.wraps)
    audit.record(
        "note_written",
        actor_id=note.author_id,
        subject=note,
        concerns_id=note.patient_id,
        tenant_id=note.hospital_id,
    )
    recipients = managers_of([note.patient_id]).values_list("user", flat=True)
    announce("note_written", subject_id=note.pk, recipient_ids=recipients, now=now)


def store_wraps(note: Note, wraps: Mapping[str, bytes]) -> None:
    """Store the note's key as it was wrapped for each key pair."""
    NoteKeyWrap.objects.bulk_create(
        NoteKeyWrap(note=note, key_pair_id=UUID(key_id), wrapped_key=wrap) for key_id, wrap in wraps.items()
    )
