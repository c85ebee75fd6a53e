"""Opening notes for somebody who may read them; one that does not open is told apart and breaks no list."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.utils import timezone

from apps.accounts.choices import Custody, Role
from apps.accounts.models import KeyPair, User
from apps.accounts.services.keys import receiver_of
from apps.core.crypto import CannotOpen, Envelope, Receiver, open_envelope
from apps.core.errors import NotFound
from apps.patients.models import AccessGrant, Patient
from apps.records.models import Note, NoteKeyWrap

logger = logging.getLogger(__name__)


class NoteState(StrEnum):
    """What became of opening a note."""

    OPEN = "OPEN"  # Its text is there.
    CLIENT = "CLIENT"  # Only the reader's own device opens it: here is the envelope.
    UNREADABLE = "UNREADABLE"  # It was tampered with, or its keys are lost.


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note as a reader gets it: lives as long as the answer, is stored nowhere."""

    note: Note
    text: str = ""
    state: NoteState = NoteState.OPEN
    wrap: NoteKeyWrap | None = None  # The reader's own, of a note that a client opens.


def open_notes(*, actor: User, notes: Iterable[Note]) -> list[OpenedNote]:
    """Open notes that the actor may see, with the actor's keys or those of the patients the actor speaks or reads for.

    Raises NotFound for a note that is not for the actor at all. Writing down who read is the door's part
    (`patients.doors`).
    """
    rows = list(notes)
    patients = _patients_read_for(actor, {note.patient_id for note in rows})
    holders = {note.pk: _holder(note, actor, patients) for note in rows}
    wraps = _wraps(holders)
    receivers: dict[UUID, Receiver] = {}
    return [_opened(note, wraps.get(note.pk), receivers) for note in rows]


def open_note_for_drafting(*, note_id: UUID) -> OpenedNote:
    """Open a note on behalf of its author, who asked for a plan by writing it; raises CannotOpen.

    Only for drafting, in a worker; no person reads it there.
    """
    note = Note.objects.select_related("signing_key_pair").get(pk=note_id)
    return OpenedNote(note, text_of(note, holder_id=note.author_id))


def text_of(note: Note, *, holder_id: UUID) -> str:
    """Return a note's text, opened with the server's keys of that holder; raises CannotOpen."""
    wrap = _wraps({note.pk: holder_id}).get(note.pk)
    if wrap is None:
        raise CannotOpen("not encrypted for this holder")
    return _text(note, wrap, {})


def envelope_of(note: Note, wraps: Sequence[NoteKeyWrap]) -> Envelope:
    """Return a stored note as it was encrypted."""
    keys = {str(wrap.key_pair_id): bytes(wrap.wrapped_key) for wrap in wraps}
    return Envelope(bytes(note.ciphertext), keys, bytes(note.signature))


def _patients_read_for(actor: User, patient_ids: set[UUID]) -> set[UUID]:
    """Return those of the patients with whose own keys the actor reads: managed, or granted for a while."""
    own = set(Patient.objects.managed_by(actor).values_list("pk", flat=True))
    if actor.role != Role.DOCTOR or patient_ids <= own:
        return own
    live = AccessGrant.objects.live(now=timezone.now()).filter(doctor__user=actor, patient__in=patient_ids)
    return own | set(live.values_list("patient", flat=True))


def _holder(note: Note, actor: User, patients: set[UUID]) -> UUID:
    """Return with whose keys the actor reads: a client's note always with the own, which the patient's server has not.

    An author needs no patient's key, so that the end of a grant changes nothing for what one wrote.
    """
    is_for_actor = note.custody == Custody.CLIENT or note.author_id == actor.pk
    return actor.pk if is_for_actor or note.patient_id not in patients else note.patient_id


def _wraps(holders: dict[UUID, UUID]) -> dict[UUID, NoteKeyWrap]:
    """Return each note's wrap for its holder, in one query."""
    wraps = NoteKeyWrap.objects.filter(note__in=holders, key_pair__holder_id__in=set(holders.values()))
    return {
        wrap.note_id: wrap
        for wrap in wraps.select_related("key_pair")
        if wrap.key_pair.holder_id == holders[wrap.note_id]
    }


def _opened(note: Note, wrap: NoteKeyWrap | None, receivers: dict[UUID, Receiver]) -> OpenedNote:
    if note.custody == Custody.CLIENT:
        return OpenedNote(note, state=NoteState.CLIENT, wrap=wrap)
    if wrap is None:
        raise NotFound
    try:
        return OpenedNote(note, _text(note, wrap, receivers))
    except CannotOpen as failure:
        # An operator must look at it; whoever reads a list of fifty still reads the other forty-nine.
        logger.error("a note does not open", extra={"note": str(note.pk), "why": str(failure)})
        return OpenedNote(note, state=NoteState.UNREADABLE)


def _text(note: Note, wrap: NoteKeyWrap, receivers: dict[UUID, Receiver]) -> str:
    """Return the text; `receivers` keeps each private key that was loaded for the next note."""
    if note.signing_key_pair.holder_id != note.author_id:
        raise CannotOpen("signed by somebody else than its author")
    pair: KeyPair = wrap.key_pair
    if pair.pk not in receivers:
        receivers[pair.pk] = receiver_of(pair)
    content = open_envelope(
        envelope_of(note, [wrap]),
        place=note.place,
        key_id=str(pair.pk),
        private=receivers[pair.pk],
        signing_public=bytes(note.signing_key_pair.signing_public_key),
    )
    return content.decode()
