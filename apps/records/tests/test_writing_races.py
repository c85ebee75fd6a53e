"""Visits of one appointment at once, and writing while the right to it ends."""

from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from apps.core.files import WrittenFile
from apps.core.testing.proofs import LONGEST_WAIT, race, rounds, wait_until_blocked
from apps.patients.models import CareRelationship
from apps.patients.services.care import NotTreating, end_relationship
from apps.records.models import Annotation, HealthRecord, OrderedTest, PrescriptionAttachment, Visit
from apps.records.services.annotating import annotate
from apps.records.services.attaching import attach_files
from apps.records.services.health import add_record
from apps.records.services.prescribing import issue_prescription
from apps.records.services.visits import order_test, write_visit
from tests.care import make_care
from tests.world import book

pytestmark = pytest.mark.django_db(transaction=True)
IRON = {"name": "Ferrous sulfate 200 mg", "dosage": "1 tablet", "frequency": "twice daily"}
FILE = WrittenFile("0/0", "a.pdf", "application/pdf", 1024, b"x" * 32)


def test_of_visits_of_one_appointment_at_once_one_is_written(now):
    for turn in range(rounds(3, 20)):
        care = make_care(now, name=f"v{turn}_")
        own = book(care.manager, care.doctor, now=now)
        write = partial(write_visit, actor=care.doctor.user, patient_id=care.patient.pk, appointment_id=own.pk, now=now)
        outcomes = race([write] * 6)
        assert sorted(getattr(each, "code", "written") for each in outcomes) == ["visit_written"] * 5 + ["written"]
        assert Visit.objects.filter(appointment=own).count() == 1


@pytest.mark.parametrize("what", ["visit", "test", "annotation", "record", "file"])
def test_whoever_waits_for_the_end_of_care_writes_nothing(now, what):
    care, is_locked = make_care(now), Event()
    doctor, of = care.doctor.user, {"actor": care.doctor.user, "patient_id": care.patient.pk, "now": now}
    visit, record = write_visit(**of), add_record(**of, title="Blood count", files=[])
    prescription = issue_prescription(**of, diagnosis="Anaemia", medicines=[IRON])
    acts = {
        "visit": partial(write_visit, **of),
        "test": partial(order_test, actor=doctor, visit=visit, name="Ferritin", now=now),
        "annotation": partial(annotate, actor=doctor, record=record, text="Low.", now=now),
        "record": partial(add_record, **of, title="Another", files=[]),
        "file": partial(attach_files, actor=doctor, prescription=prescription, files=[FILE], now=now),
    }

    def end() -> None:
        with transaction.atomic():
            CareRelationship.objects.select_for_update().get(pk=care.relationship.pk)
            is_locked.set()
            wait_until_blocked()
            end_relationship(actor=care.manager, relationship=care.relationship, now=now)

    def write() -> Any:
        assert is_locked.wait(LONGEST_WAIT)
        return acts[what]()

    ended, refused = race([end, write])
    assert (ended, type(refused)) == (None, NotTreating), (ended, refused)
    counts = [kind.objects.count() for kind in (Visit, OrderedTest, Annotation, HealthRecord, PrescriptionAttachment)]
    assert counts == [1, 0, 0, 1, 0]
