"""Further readers of a note: doctors whom the patient's side lets read what was written before them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.choices import Custody
from apps.accounts.models import KeyPair, User
from apps.accounts.services.keys import KeyWithClient, ensure_server_key_pair, receiver_of, signing_key_of
from apps.core import audit
from apps.core.crypto import encrypt_for, unwrap_key, wrap_key
from apps.core.errors import NotAllowed
from apps.hospitals.models import Doctor
from apps.notifications.services.announcing import announce
from apps.patients.models import Patient
from apps.records.models import Note, NoteKeyWrap
from apps.records.selectors import treating_doctor
from apps.records.services.notes.opening import envelope_of, text_of
from apps.records.services.notes.writing import store_wraps


def share_note(*, actor: User, note: Note, doctor_id: UUID, now: datetime) -> None:
    """Let a treating doctor read an older note, as a manager of the patient; twice is no error.

    Raises NotAllowed for doctors, NotFound for a doctor who does not treat, and KeyWithClient for a note that only a
    client opens. Announces `note_shared`.
    """
    _check_manager(actor, note)
    doctor = treating_doctor(doctor_id, note.patient_id, now=now)
    pair = ensure_server_key_pair(holder_id=doctor.user_id)
    with transaction.atomic():
        locked = _locked(note)
        if locked.wraps.filter(key_pair__holder_id=doctor.user_id).exists():
            return
        NoteKeyWrap.objects.create(note=locked, key_pair=pair, wrapped_key=_wrapped_anew(locked, pair))
        _record("note_shared", actor, locked, doctor)
        announce("note_shared", subject_id=locked.pk, recipient_ids=[doctor.user_id], now=now)


def unshare_note(*, actor: User, note: Note, doctor_id: UUID) -> None:
    """Take a doctor from a note's readers and encrypt it anew, so that a key that was kept opens nothing any more.

    As a manager of the patient; twice is no error. Author and patient stay readers always. Raises NotAllowed and
    KeyWithClient.
    """
    _check_manager(actor, note)
    with transaction.atomic():
        locked = _locked(note)
        doctor = Doctor.objects.filter(pk=doctor_id).exclude(user=locked.author_id).first()
        shared = locked.wraps.of_doctors().filter(key_pair__holder_id=doctor.user_id) if doctor else None
        if doctor is None or shared is None or not shared.exists():
            return
        _encrypt_anew(locked, without=doctor.user_id)
        _record("note_unshared", actor, locked, doctor)


def _check_manager(actor: User, note: Note) -> None:
    if not Patient.objects.managed_by(actor).filter(pk=note.patient_id).exists():
        raise NotAllowed


def _locked(note: Note) -> Note:
    locked = Note.objects.select_for_update(of=("self",)).select_related("signing_key_pair").get(pk=note.pk)
    if locked.custody == Custody.CLIENT:
        raise KeyWithClient
    return locked


def _wrapped_anew(note: Note, pair: KeyPair) -> bytes:
    """Return the note's key, taken out with the patient's key and wrapped for another pair."""
    own = note.wraps.select_related("key_pair").get(key_pair__holder_id=note.patient_id)
    content_key = unwrap_key(
        envelope_of(note, [own]), place=note.place, key_id=str(own.key_pair_id), private=receiver_of(own.key_pair)
    )
    return wrap_key(content_key, bytes(pair.public_key), note.place, str(pair.pk))


def _encrypt_anew(note: Note, *, without: UUID) -> None:
    """Encrypt the same words under a fresh key for all readers but one, signed by the author's key in our custody."""
    stay = note.wraps.select_related("key_pair").exclude(key_pair__holder_id=without)
    envelope = encrypt_for(
        text_of(note, holder_id=note.patient_id).encode(),
        place=note.place,
        readers={str(wrap.key_pair_id): bytes(wrap.key_pair.public_key) for wrap in stay},
        signing_private=signing_key_of(note.signing_key_pair),
    )
    note.wraps.all().delete()
    note.ciphertext, note.signature = envelope.ciphertext, envelope.signature
    note.save(update_fields=["ciphertext", "signature", "updated_at"])
    store_wraps(note, envelope.wraps)


def _record(action: str, actor: User, note: Note, doctor: Doctor) -> None:
    details = {"doctor": str(doctor.pk)}
    audit.record(action, actor_id=actor.pk, subject=note, concerns_id=note.patient_id, details=details)
