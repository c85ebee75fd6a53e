"""Ticking things off: by whoever manages the patient, as often as one likes, never over somebody else's change."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from apps.core.errors import NotAllowed, NotFound
from apps.core.models import AuditEvent
from apps.patients.services.care import NotTreating, end_relationship, raise_generation
from apps.records.services.notes import write_note
from apps.reminders.models import ChecklistItem
from apps.reminders.services.checklist import TaskOutdated, add_task, set_done
from apps.reminders.services.drafting import draft_plans, request_draft
from tests.care import client_of, make_care
from tests.world import ABSENT

pytestmark = pytest.mark.django_db
ITEMS = "/api/v1/checklist-items/"


@pytest.fixture
def item(care, now) -> ChecklistItem:
    """A task from a note."""
    text = "- Bring the old X-ray"
    note = write_note(actor=care.doctor.user, patient_id=care.patient.pk, text=text, replaces_plans=True, now=now)
    request_draft(note_id=note.pk, now=now)
    draft_plans(now=now)
    return ChecklistItem.objects.get()


def ticks() -> int:
    return AuditEvent.objects.filter(action="task_ticked").count()


class TestTicking:
    def test_done_and_not_done_again(self, item, care, now):
        set_done(actor=care.manager, item_id=item.pk, is_done=True, now=now)
        item.refresh_from_db()
        assert item.done_at == now
        set_done(actor=care.manager, item_id=item.pk, is_done=False, now=now)
        item.refresh_from_db()
        assert item.done_at is None
        assert ticks() == 2

    def test_twice_changes_nothing(self, item, care, now):
        for moment in (now, now + timedelta(hours=1)):
            set_done(actor=care.manager, item_id=item.pk, is_done=True, now=moment)
        item.refresh_from_db()
        assert (item.done_at, ticks()) == (now, 1)

    def test_is_for_whoever_manages_the_patient(self, item, care, now):
        for other in (care.doctor.user, make_care(now, name="other_").manager):
            with pytest.raises(NotAllowed):
                set_done(actor=other, item_id=item.pk, is_done=True, now=now)
        item.refresh_from_db()
        assert (item.done_at, ticks()) == (None, 0)


class TestGenerations:
    @pytest.fixture(autouse=True)
    def _today(self, now, time_machine):
        time_machine.move_to(now, tick=False)

    def test_a_newer_note_replaces_the_task_at_once(self, item, care, now):
        client = client_of(care.manager, now=now)
        assert client.get(f"{ITEMS}?is_open=true").json()["results"] != []
        raise_generation(relationship_id=care.relationship.pk)
        with pytest.raises(TaskOutdated):
            set_done(actor=care.manager, item_id=item.pk, is_done=True, now=now)
        assert client.get(f"{ITEMS}{item.pk}/").json()["is_open"] is False
        assert client.get(f"{ITEMS}?is_open=true").json()["results"] == []

    def test_what_was_done_is_not_open_either(self, item, care, now):
        set_done(actor=care.manager, item_id=item.pk, is_done=True, now=now)
        assert client_of(care.manager, now=now).get(f"{ITEMS}{item.pk}/").json()["is_open"] is False


class TestAsking:
    def test_a_doctor_asks_without_a_note(self, care, now):
        task = add_task(actor=care.doctor.user, patient_id=care.patient.pk, task="Drink water", now=now)
        assert (task.task, task.note, task.generation) == ("Drink water", None, 1)
        assert ChecklistItem.objects.visible_to(care.manager).get() == task

    def test_only_for_a_patient_whom_the_doctor_treats(self, care, now):
        stranger = make_care(now, name="other_").doctor.user
        with pytest.raises(NotFound):
            add_task(actor=stranger, patient_id=care.patient.pk, task="Drink water", now=now)
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        with pytest.raises(NotTreating):
            add_task(actor=care.doctor.user, patient_id=care.patient.pk, task="Drink water", now=now)


class TestDoors:
    @pytest.fixture(autouse=True)
    def _today(self, now, time_machine):
        time_machine.move_to(now, tick=False)

    def patch(self, client: APIClient, pk: UUID, body: dict[str, Any], **headers: Any) -> Any:
        return client.patch(f"{ITEMS}{pk}/", body, format="json", **headers)

    def test_the_patient_ticks_it_off_and_the_doctor_only_sees_it(self, item, care, now):
        patient, doctor = (client_of(user, now=now) for user in (care.manager, care.doctor.user))
        answer = self.patch(patient, item.pk, {"is_done": True})
        assert (answer.status_code, answer.json()["task"]) == (200, "Bring the old X-ray")
        assert answer.json()["done_at"] is not None
        assert doctor.get(f"{ITEMS}{item.pk}/").json()["done_at"] is not None
        assert self.patch(doctor, item.pk, {"is_done": False}).status_code == 403

    def test_anothers_is_as_absent_as_one_that_never_was(self, item, now):
        stranger = client_of(make_care(now, name="other_").manager, now=now)
        hidden, absent = (self.patch(stranger, pk, {"is_done": True}) for pk in (item.pk, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        assert {**hidden.json(), "trace_id": ""} == {**absent.json(), "trace_id": ""}

    def test_a_change_that_one_has_not_seen_is_not_written_over(self, item, care, now):
        patient = client_of(care.manager, now=now)
        tag = patient.get(f"{ITEMS}{item.pk}/")["ETag"]
        assert self.patch(patient, item.pk, {"is_done": True}, HTTP_IF_MATCH=tag).status_code == 200
        assert self.patch(patient, item.pk, {"is_done": False}, HTTP_IF_MATCH=tag).status_code == 412
        item.refresh_from_db()
        assert item.done_at is not None

    @pytest.mark.parametrize("body", [{}, {"is_done": "perhaps"}, {"is_done": None}])
    def test_what_makes_no_sense_is_refused(self, item, care, now, body):
        assert self.patch(client_of(care.manager, now=now), item.pk, body).status_code == 400
