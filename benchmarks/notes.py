"""Opening a page of fifty notes: what one costs, how much of it is unwrapping its key, how many keys are loaded."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median
from unittest.mock import patch

from django.db import transaction

from apps.accounts.models import KeyPair, User
from apps.accounts.services.keys import receiver_of
from apps.core.crypto import Receiver, unwrap_key
from apps.hospitals.models import Doctor
from apps.patients.choices import CareSource
from apps.patients.models import CareRelationship, Management
from apps.records.models import Note, NoteKeyWrap
from apps.records.services.notes import open_notes, write_note
from apps.records.services.notes.opening import envelope_of
from benchmarks.filling import fill_people
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage

NOTES, ROUNDS = 50, 9
TEXT = "Angina is unlikely. Aspirin 75 mg once daily; come again when climbing stairs hurts.\n" * 10
SHARE_GOAL, LOADS_GOAL = 0.5, 1


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Yield the figures of one reader and one doctor, whose rows are taken back: others lay out their own."""
    fill_people(size)
    with transaction.atomic():
        manager, pair = _write()
        notes = list(Note.objects.select_related("signing_key_pair"))
        yield from _figures(manager, pair, notes)
        transaction.set_rollback(True)


def _write() -> tuple[User, KeyPair]:
    now, doctor = datetime.now(tz=UTC), Doctor.objects.select_related("user")[0]
    management = Management.objects.select_related("user").exclude(user=doctor.user)[0]
    CareRelationship.objects.create(
        patient_id=management.patient_id, doctor=doctor, source=CareSource.CHOICE, started_at=now
    )
    for _ in range(NOTES):
        write_note(actor=doctor.user, patient_id=management.patient_id, text=TEXT, replaces_plans=False, now=now)
    return management.user, KeyPair.objects.current_of(management.patient_id).get()


def _figures(manager: User, pair: KeyPair, notes: list[Note]) -> Iterator[Figure]:
    opening = _rounds(lambda: open_notes(actor=manager, notes=notes))
    wraps = {wrap.note_id: wrap for wrap in NoteKeyWrap.objects.filter(key_pair=pair)}
    private, key_id = receiver_of(pair), str(pair.pk)

    def unwrap() -> None:
        for note in notes:
            unwrap_key(envelope_of(note, [wraps[note.pk]]), place=note.place, key_id=key_id, private=private)

    unwrapping = _rounds(unwrap)
    remark = f"{spread(opening)} ms; unwrapping alone {spread(unwrapping)} ms; {ROUNDS} rounds of {NOTES}"
    yield Figure("notes, opening a page of 50: a note", median(opening), "ms", remark=remark)
    share = median(unwrapping) / median(opening)
    yield Figure("notes, of which unwrapping its key", share, "", at_least=SHARE_GOAL)
    with patch.object(Receiver, "load", wraps=Receiver.load) as load:
        open_notes(actor=manager, notes=notes)
    yield Figure("notes, private keys loaded for the page", float(load.call_count), "", at_most=LOADS_GOAL)


def _rounds(act: Callable[[], object]) -> list[float]:
    """Return the milliseconds of processor that each round took, a note."""
    act()
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        act()
        taken.append((time.process_time() - started) * 1000 / NOTES)
    return taken
