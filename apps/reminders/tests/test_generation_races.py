"""A new note, a change of doctor and a cancellation race the dispatcher: what is over is told to nobody any more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from apps.core.testing.proofs import dice, race, rounds
from apps.notifications.models import Delivery, Notification
from apps.patients.models import CareRelationship
from apps.patients.services.care import choose_doctor, end_relationship
from apps.records.services.notes import write_note
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services import drafting
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.services.plans import cancel_outdated_plans, cancel_plan
from apps.reminders.tests.conftest import activate, make_draft
from tests.care import Care, make_care
from tests.world import make_doctor

HOUR = timedelta(hours=1)
PLANS = 3
NEW = {"replaces_plans": True}


@pytest.fixture(scope="module")
def random() -> Random:
    return dice("generations against the dispatcher")


def new_note(care: Care, now: datetime, colleagues: list[Any]) -> Any:
    return write_note(actor=care.doctor.user, patient_id=care.patient.pk, text="New.", replaces_plans=True, now=now)


def change_of_doctor(care: Care, now: datetime, colleagues: list[Any]) -> Any:
    return choose_doctor(
        actor=care.manager,
        patient_id=care.patient.pk,
        doctor_id=colleagues.pop().pk,
        replaces=care.relationship.pk,
        now=now,
    )


def end_of_care(care: Care, now: datetime, colleagues: list[Any]) -> Any:
    return end_relationship(actor=care.manager, relationship=care.relationship, now=now)


def cancellation(care: Care, now: datetime, colleagues: list[Any]) -> Any:
    for plan in ActionPlan.objects.filter(relationship=care.relationship, state="ACTIVE").order_by("pk"):
        cancel_plan(actor=care.doctor.user, plan_id=plan.pk, now=now)


ENDINGS: list[Callable[..., Any]] = [new_note, change_of_doctor, end_of_care, cancellation]


def told_of(dose_ids: set[UUID]) -> int:
    return Delivery.objects.filter(topic="dose_due", subject_id__in=dose_ids).count()


def end_and_look(ending: Callable[[], Any], pause: float, doses: set[UUID]) -> tuple[int, datetime]:
    """End the plans, and return at once how many messages of theirs there were then, and when that was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [pause])
        ending()
        cursor.execute("SELECT clock_timestamp()")
        return told_of(doses), cursor.fetchone()[0]


def dispatch(moment: datetime, pause: float) -> tuple[datetime, int]:
    """Return when the claim began, and how many doses it took."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s), clock_timestamp()", [pause])
        began = cursor.fetchone()[1]
    return began, dispatch_due_doses(now=moment)


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_no_claim_that_began_after_the_commit_tells_of_an_old_generation(now, random):
    for turn in range(rounds(8, 200)):
        care = make_care(now, name=f"turn{turn}_")
        plans = [activate(care, make_draft(care, days=1), now=now) for _ in range(PLANS)]
        doses = set(Dose.objects.filter(plan__in=plans).values_list("pk", flat=True))
        ending = random.choice(ENDINGS)
        colleagues = [make_doctor(f"turn{turn}_colleague", care.doctor.hospital)]
        pauses = [random.uniform(0, 0.03) for _ in range(4)]
        looked, *claims = race(
            [
                partial(end_and_look, partial(ending, care, now + HOUR, colleagues), pauses[0], doses),
                *(partial(dispatch, now + HOUR, pause) for pause in pauses[1:]),
            ]
        )
        assert not [each for each in (looked, *claims) if isinstance(each, Exception)]
        # Whatever was claimed began before the end had been committed; whoever came later took nothing.
        told_when_over, over_at = looked
        late = [count for began, count in claims if began > over_at]
        assert sum(late) == 0, (turn, ending.__name__)
        assert dispatch_due_doses(now=now + 2 * HOUR) == 0
        told = told_of(doses)
        assert told <= PLANS
        assert told >= told_when_over
        assert Notification.objects.filter(topic="dose_due", subject_id__in=doses).count() == told
        cancel_outdated_plans(now=now + 2 * HOUR)
        assert not Dose.objects.filter(pk__in=doses, state__in=("SCHEDULED", "DUE")).exists()


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_a_note_with_three_plans_keeps_all_three_whoever_writes_beside_it(now):
    for turn in range(rounds(2, 20)):
        care = make_care(now, name=f"note{turn}_")
        other = make_doctor(f"note{turn}_other", care.doctor.hospital)
        relationship = CareRelationship.objects.create(
            patient=care.patient, doctor=other, source="CHOICE", started_at=now
        )
        text = "A: 1 tablet daily for 5 days. B: 1 tablet twice daily for 5 days. C: 1 tablet at night for 5 days."
        written = race(
            [
                partial(write_note, actor=care.doctor.user, patient_id=care.patient.pk, text=text, **NEW, now=now),
                partial(write_note, actor=other.user, patient_id=care.patient.pk, text=text, **NEW, now=now),
            ]
        )
        assert not [each for each in written if isinstance(each, Exception)]
        for note in written:
            drafting.request_draft(note_id=note.pk, now=now)
        drafting.draft_plans(now=now)
        for one in (care.relationship, relationship):
            plans = ActionPlan.objects.filter(relationship=one)
            assert plans.count() == PLANS
            for plan in plans:
                activate(Care(care.manager, care.patient, one.doctor, one), plan, now=now)
        assert ActionPlan.objects.open(now=now).filter(patient=care.patient).count() == 2 * PLANS
