"""With whom a note was shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.hospitals.models import Doctor
from apps.records.models import Note


@dataclass(frozen=True, slots=True)
class NoteReader:
    """A doctor with whom the patient's side shared a note."""

    doctor: Doctor
    since: datetime


def note_readers(note: Note) -> Sequence[NoteReader]:
    """Return the further readers of a note, the first one first; author and patient always are."""
    since = dict(note.wraps.of_doctors().values_list("key_pair__holder_id", "created_at"))
    doctors = Doctor.objects.filter(user__in=since).select_related("user")
    return sorted((NoteReader(each, since[each.user_id]) for each in doctors), key=lambda reader: reader.since)
