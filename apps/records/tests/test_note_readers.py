"""Older notes and new readers: by the patient's decision, until it is taken back, and then the key is another one."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken

from apps.accounts.services.keys import receiver_of
from apps.core.crypto import unwrap_key
from apps.core.models import AuditEvent
from apps.notifications.models import Notification
from apps.patients.models import AccessGrant
from apps.patients.services.care import choose_doctor, end_relationship
from apps.records.models import Note, NoteKeyWrap
from apps.records.services.notes.opening import envelope_of
from tests.care import client_of
from tests.world import ABSENT, make_doctor

pytestmark = pytest.mark.django_db
NOTES = "/api/v1/notes/"
TEXT = "Angina is unlikely."


@pytest.fixture
def note(write) -> Note:
    return write(TEXT)


@pytest.fixture
def second(care, now):
    doctor = make_doctor("second", care.doctor.hospital)
    choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=doctor.pk, now=now)
    return doctor


@pytest.fixture
def reader(second, now):
    return client_of(second.user, now=now)


def share(client, note: Note, doctor_id: Any) -> Any:
    return client.post(f"{NOTES}{note.pk}/readers/", {"doctor": str(doctor_id)}, format="json")


def unshare(client, note: Note, doctor_id: Any) -> Any:
    return client.delete(f"{NOTES}{note.pk}/readers/{doctor_id}/")


def seen(client, note: Note) -> tuple[int, str | None]:
    answer = client.get(f"{NOTES}{note.pk}/")
    listed = {row["id"] for row in client.get(NOTES).json()["results"]}
    assert (str(note.pk) in listed) == (answer.status_code == 200)
    return answer.status_code, answer.json().get("text")


@pytest.fixture
def shared(patient, note, second) -> Note:
    """Return the note, shared with the second doctor."""
    assert share(patient, note, second.pk).status_code == 201
    return note


class TestSharing:
    def test_a_new_doctor_reads_older_notes_when_the_patient_says_so(self, patient, reader, note, second):
        assert seen(reader, note) == (404, None)
        shared = share(patient, note, second.pk)
        assert (shared.status_code, [each["name"] for each in shared.json()]) == (201, ["Second Person"])
        assert seen(reader, note) == (200, TEXT)
        assert Notification.objects.get(topic="note_shared").recipient_id == second.user_id

    def test_twice_is_no_error(self, patient, note, second):
        assert share(patient, note, second.pk).json() == share(patient, note, second.pk).json()
        assert NoteKeyWrap.objects.filter(note=note).count() == 3
        assert AuditEvent.objects.filter(action="note_shared").count() == 1

    def test_it_ends_with_the_relationship(self, reader, shared, second, now):
        relationship = second.care_relationships.get()
        end_relationship(actor=relationship.patient.managements.get().user, relationship=relationship, now=now)
        assert seen(reader, shared) == (404, None)

    def test_a_doctor_decides_nothing(self, care, note, second, reader, now):
        author = client_of(care.doctor.user, now=now)
        assert share(author, note, second.pk).status_code == 403
        assert share(reader, note, second.pk).status_code == 404
        assert unshare(author, note, second.pk).status_code == 403

    def test_a_doctor_who_does_not_treat_is_absent(self, patient, note):
        stranger = make_doctor("stranger", None)
        hidden, absent = (share(patient, note, pk) for pk in (stranger.pk, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        assert {**hidden.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}


class TestTakingBack:
    def test_the_note_is_encrypted_anew_for_those_who_stay(self, patient, reader, shared, second, now):
        before, kept = _content_key(shared, second.user_id)
        assert unshare(patient, shared, second.pk).status_code == 204
        assert seen(reader, shared) == (404, None)
        assert seen(patient, shared) == seen(client_of(shared.author, now=now), shared) == (200, TEXT)
        after = Note.objects.get(pk=shared.pk)
        assert TEXT.encode() in Fernet(kept).decrypt(before)
        with pytest.raises(InvalidToken):
            Fernet(kept).decrypt(bytes(after.ciphertext))
        assert AuditEvent.objects.get(action="note_unshared").concerns_id == shared.patient_id

    def test_other_readers_stay(self, patient, shared, second, now):
        third = make_doctor("third", None)
        manager = shared.patient.managements.get().user
        choose_doctor(actor=manager, patient_id=shared.patient_id, doctor_id=third.pk, now=now)
        share(patient, shared, third.pk)
        unshare(patient, shared, second.pk)
        assert seen(client_of(third.user, now=now), shared) == (200, TEXT)
        assert [each["doctor"] for each in patient.get(f"{NOTES}{shared.pk}/readers/").json()] == [str(third.pk)]

    def test_author_and_patient_stay_readers_always(self, patient, note, care, now):
        ciphertext = bytes(note.ciphertext)
        for doctor_id in (care.doctor.pk, ABSENT):
            assert unshare(patient, note, doctor_id).status_code == 204
        assert bytes(Note.objects.get(pk=note.pk).ciphertext) == ciphertext
        assert seen(client_of(care.doctor.user, now=now), note) == (200, TEXT)


@pytest.mark.parametrize("kind", ["OTP", "BREAK_GLASS"])
def test_a_grant_opens_notes_until_it_ends(care, note, now, kind):
    stranger = make_doctor("stranger", None)
    client = client_of(stranger.user, now=now)
    assert seen(client, note) == (404, None)
    grant = AccessGrant.objects.create(
        patient=care.patient, doctor=stranger, kind=kind, reason="x" * 10, expires_at=now + timedelta(hours=1)
    )
    assert seen(client, note) == (200, TEXT)
    assert NoteKeyWrap.objects.filter(note=note).count() == 2  # Nothing stays behind.
    for ended in ({"revoked_at": now}, {"revoked_at": None, "expires_at": now - timedelta(seconds=1)}):
        AccessGrant.objects.filter(pk=grant.pk).update(**ended)
        assert seen(client, note) == (404, None)
    assert AuditEvent.objects.filter(action="clinical_read", actor_id=stranger.user_id).count() == 2


def _content_key(note: Note, holder_id: Any) -> tuple[bytes, bytes]:
    """Return the ciphertext and its key, as a reader could have kept them."""
    wrap = NoteKeyWrap.objects.select_related("key_pair").get(note=note, key_pair__holder_id=holder_id)
    stored = Note.objects.get(pk=note.pk)
    key = unwrap_key(
        envelope_of(stored, [wrap]),
        place=stored.place,
        key_id=str(wrap.key_pair_id),
        private=receiver_of(wrap.key_pair),
    )
    return bytes(stored.ciphertext), key
