"""Writing notes, and who may open them."""

from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from apps.accounts.models import KeyPair, User
from apps.core.errors import NotFound
from apps.core.models import AuditEvent, OutboxEvent
from apps.core.testing.proofs import race, rounds, wait_until_blocked
from apps.notifications.models import Notification
from apps.patients.choices import Relation
from apps.patients.models import CareRelationship, Management
from apps.patients.services.care import NotTreating, end_relationship
from apps.records.models import Note, NoteKeyWrap
from apps.records.services.notes import open_note_for_drafting, open_notes, write_note
from tests.care import make_care
from tests.world import make_doctor, make_user

pytestmark = pytest.mark.django_db
TEXT = "Angina is unlikely.\r\nحبة واحدة يوميا — 1 tablet 💊\n"


def texts(actor: User, *notes: Note) -> list[str]:
    return [opened.text for opened in open_notes(actor=actor, notes=notes)]


class TestReaders:
    def test_author_and_patient_read_what_was_written_to_the_letter(self, care, write):
        note = write(TEXT)
        assert texts(care.doctor.user, note) == texts(care.manager, note) == [TEXT]

    def test_every_manager_of_the_patient_reads_it_and_a_former_one_does_not(self, care, write, now):
        daughter = make_user("daughter")
        management = Management.objects.create(patient=care.patient, user=daughter, relation=Relation.GUARDIAN)
        note = write(TEXT)
        assert texts(daughter, note) == [TEXT]
        management.ended_at = now
        management.save()
        assert not Note.objects.visible_to(daughter).exists()
        with pytest.raises(NotFound):
            open_notes(actor=daughter, notes=[note])

    def test_the_author_reads_it_after_the_relationship_ended(self, care, write, now):
        note = write(TEXT)
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        assert list(Note.objects.visible_to(care.doctor.user)) == [note]
        assert texts(care.doctor.user, note) == [TEXT]

    def test_nobody_else_sees_it_or_can_open_it(self, care, write, now):
        note = write(TEXT)
        other_side = make_care(now, name="other_")
        colleague = make_doctor("colleague", care.doctor.hospital).user
        for stranger in (other_side.manager, other_side.doctor.user, colleague):
            assert not Note.objects.visible_to(stranger).exists()
            with pytest.raises(NotFound):
                open_notes(actor=stranger, notes=[note])

    def test_another_doctor_of_the_patient_sees_only_the_own_notes(self, care, write, now):
        write(TEXT)
        second = make_doctor("second", care.doctor.hospital)
        CareRelationship.objects.create(patient=care.patient, doctor=second, source="CHOICE", started_at=now)
        own = write_note(actor=second.user, patient_id=care.patient.pk, text="Mine", replaces_plans=True, now=now)
        assert list(Note.objects.visible_to(second.user)) == [own]
        assert Note.objects.visible_to(care.manager).count() == 2

    def test_many_are_opened_with_few_questions(self, care, write, django_assert_max_num_queries):
        notes = [write(f"Note {number}") for number in range(5)]
        loaded = list(
            Note.objects.select_related("signing_key_pair").filter(pk__in=[n.pk for n in notes]).order_by("pk")
        )
        with django_assert_max_num_queries(2):
            assert texts(care.manager, *loaded) == [f"Note {number}" for number in range(5)]

    def test_drafting_opens_it_for_the_author(self, write):
        assert open_note_for_drafting(note_id=write(TEXT).pk).text == TEXT


class TestWriting:
    def test_wraps_one_key_for_the_author_and_one_for_the_patient(self, care, write):
        note = write()
        holders = NoteKeyWrap.objects.filter(note=note).values_list("key_pair__holder_id", flat=True)
        assert sorted(holders) == sorted([care.doctor.user.pk, care.patient.pk])

    def test_further_notes_use_the_same_keys(self, write):
        write()
        write()
        assert KeyPair.objects.count() == 2

    def test_belongs_to_the_doctors_hospital(self, care, write):
        assert write().hospital == care.doctor.hospital

    def test_by_an_independent_doctor_belongs_to_none(self, care, now):
        doctor = make_doctor("independent", None)
        CareRelationship.objects.create(patient=care.patient, doctor=doctor, source="CHOICE", started_at=now)
        note = write_note(actor=doctor.user, patient_id=care.patient.pk, text=TEXT, replaces_plans=True, now=now)
        assert note.hospital is None

    def test_ends_the_open_plans_by_raising_the_generation(self, care, write):
        note = write(replaces_plans=True)
        care.relationship.refresh_from_db()
        assert (care.relationship.generation, note.generation) == (2, 2)
        assert OutboxEvent.objects.filter(topic="care.generation_raised").count() == 1

    def test_leaves_them_open_when_told_to(self, care, write):
        note = write(replaces_plans=False)
        care.relationship.refresh_from_db()
        assert (care.relationship.generation, note.generation) == (1, 1)
        assert not OutboxEvent.objects.filter(topic="care.generation_raised").exists()

    def test_publishes_an_event_that_carries_an_id_and_no_word(self, write):
        note = write()
        event = OutboxEvent.objects.get(topic="records.note_written")
        assert (event.ids, event.relayed_at) == ({"note_id": str(note.pk)}, None)

    def test_is_audited_as_about_the_patient_and_at_the_hospital(self, care, write):
        note = write()
        event = AuditEvent.objects.get(action="note_written")
        assert (event.actor_id, event.subject_id) == (care.doctor.user.pk, note.pk)
        assert (event.concerns_id, event.tenant_id) == (care.patient.pk, care.doctor.hospital_id)
        assert event.details == {}

    def test_tells_the_patients_managers_and_nobody_else(self, care, write):
        daughter, retired = make_user("daughter"), make_user("retired")
        for user in (daughter, retired):
            Management.objects.create(patient=care.patient, user=user, relation=Relation.GUARDIAN)
        User.objects.filter(pk=retired.pk).update(is_active=False)
        note = write()
        told = Notification.objects.filter(topic="note_written", subject_id=note.pk)
        assert set(told.values_list("recipient", flat=True)) == {care.manager.pk, daughter.pk}


def nothing_was_written() -> bool:
    events = OutboxEvent.objects.filter(topic="records.note_written")
    told = Notification.objects.filter(topic="note_written")
    tables = (Note.objects.all(), NoteKeyWrap.objects.all(), told, events)
    return not any(rows.exists() for rows in tables)


class TestRefusals:
    def test_a_patient_whom_one_never_treated_is_as_absent_as_one_that_never_was(self, care, now):
        stranger = make_doctor("stranger", care.doctor.hospital)
        with pytest.raises(NotFound):
            write_note(actor=stranger.user, patient_id=care.patient.pk, text=TEXT, replaces_plans=True, now=now)
        assert nothing_was_written()

    def test_a_relationship_that_ended_gives_no_right_to_write(self, care, write, now):
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        OutboxEvent.objects.all().delete()
        with pytest.raises(NotTreating):
            write()
        assert nothing_was_written()

    def test_nor_does_one_that_ran_out(self, care, write, now):
        CareRelationship.objects.update(ends_at=now + timedelta(hours=1))
        assert write(at=now + timedelta(minutes=59))
        with pytest.raises(NotTreating):
            write(at=now + timedelta(hours=1))
        assert Note.objects.count() == 1

    def test_a_failure_leaves_nothing_behind(self, write, monkeypatch):
        def fail(*args: Any, **kwargs: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("apps.records.services.notes.writing.outbox.publish", fail)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            write(replaces_plans=False)
        assert nothing_was_written()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_a_relationship_that_ends_while_the_keys_are_made_ends_the_right_to_write(self, now):
        care = make_care(now)
        outcome: list[Exception | Note] = []

        def write() -> None:
            try:
                outcome.append(
                    write_note(
                        actor=care.doctor.user, patient_id=care.patient.pk, text=TEXT, replaces_plans=True, now=now
                    )
                )
            except NotTreating as refusal:
                outcome.append(refusal)
            finally:
                connection.close()

        writer = Thread(target=write)
        with transaction.atomic():
            end_relationship(actor=care.manager, relationship=care.relationship, now=now)
            writer.start()
            wait_until_blocked()
        writer.join(60)
        assert isinstance(outcome[0], NotTreating)
        assert not Note.objects.exists()

    @pytest.mark.proof
    def test_the_first_notes_share_one_key_pair_a_reader_and_each_has_its_own_generation(self, now):
        for turn in range(rounds(1, 10)):
            care = make_care(now, name=f"n{turn}_")
            write = partial(
                write_note, actor=care.doctor.user, patient_id=care.patient.pk, replaces_plans=True, now=now
            )
            notes = race([partial(write, text=f"Note {number}") for number in range(4)])
            assert sorted(note.generation for note in notes if isinstance(note, Note)) == [2, 3, 4, 5]
            assert KeyPair.objects.filter(holder_id__in=[care.doctor.user.pk, care.patient.pk]).count() == 2
            assert sorted(texts(care.manager, *Note.objects.filter(patient=care.patient))) == [
                f"Note {number}" for number in range(4)
            ]
