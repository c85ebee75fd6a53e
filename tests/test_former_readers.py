"""Whoever was told of something and may no longer see it: the inbox says no word of it, and nothing goes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.choices import CodePurpose, Role
from apps.accounts.models import KeyPair, OneTimeCode, User
from apps.accounts.services.keys import ensure_key_pair
from apps.appointments.models import Appointment
from apps.core.ids import uuid7
from apps.core.models import AuditEvent, OutboxEvent
from apps.hospitals.models import StaffMember
from apps.notifications import topics
from apps.notifications.choices import DeliveryState, Reason
from apps.notifications.models import Delivery, Notification
from apps.notifications.selectors import GONE, with_words
from apps.notifications.services.announcing import announce
from apps.notifications.services.delivering import deliver_pending
from apps.patients.models import Caregiver, CareRelationship, Management
from apps.patients.services.care import choose_doctor
from apps.records.models import HealthRecord, RecordShare
from apps.records.services.notes.sharing import share_note
from tests.world import Circle, World, make_user

pytestmark = pytest.mark.django_db

# These speak of the recipient's own login or work, for good.
OWN = {
    *("one_time_code", "new_device", "token_reused", "password_changed", "second_factor_changed", "keys_registered"),
    *("application_decided", "staff_invited", "calendar_changed", "article_moderated"),
}


@pytest.fixture
def own(world) -> Circle:
    return world.circles["own"]


def leave_family() -> None:
    Management.objects.update(ended_at=timezone.now())


def end_care() -> None:
    CareRelationship.objects.update(ended_at=timezone.now())


def leave_hospital() -> None:
    StaffMember.objects.update(is_active=False)


@dataclass
class Case:
    """What is told, who is told, and what takes the right away; None: they wrote it themselves, so nothing does."""

    subject: Callable[[Circle], Any]
    reader: Callable[[World], User]
    loses: Callable[[], object] | None


def the(person: str) -> Callable[[World], User]:
    return lambda world: world.people[person]


def clerk(world: World) -> User:
    return world.circles["own"].staff.user


def relative(world: World) -> User:
    return world.circles["own"].caregiver.user


def note_shared_with_colleague(own: Circle) -> Any:
    colleague = User.objects.get(username="colleague").doctor
    choose_doctor(actor=own.user, patient_id=own.patient.pk, doctor_id=colleague.pk, now=timezone.now())
    ensure_key_pair(holder_id=colleague.user_id)
    share_note(actor=own.user, note=own.note, doctor_id=colleague.pk, now=timezone.now())
    Notification.objects.filter(topic="note_shared").delete()
    Delivery.objects.filter(topic="note_shared").delete()
    return own.note


def record_shared(own: Circle) -> Any:
    return RecordShare.objects.create(record=own.record, doctor=own.doctor, shared_by=own.user)


def access_code(own: Circle) -> Any:
    till = timezone.now() + timedelta(minutes=10)
    about = {"purpose": CodePurpose.PATIENT_ACCESS, "subject_id": own.patient.pk}
    return OneTimeCode.objects.create(**about, requester="a doctor", expires_at=till)


def decision(own: Circle) -> Any:
    about = {"subject_id": own.hospital.pk, "details": {"decision": "APPROVED"}}
    return AuditEvent.objects.create(action="hospital_decided", **about)


def to_family(subject: Callable[[Circle], Any]) -> Case:
    return Case(subject, the("patient"), leave_family)


VISIT = to_family(lambda own: own.appointment)
NOTE = Case(lambda own: own.note, the("doctor"), None)
CASES: Mapping[str, Case] = {
    "dose_due": to_family(lambda own: own.dose),
    "dose_unanswered": Case(lambda own: own.dose, relative, lambda: Caregiver.objects.update(ended_at=timezone.now())),
    "plan_changed": to_family(lambda own: own.plan),
    "plan_drafted": NOTE,
    "lines_not_drafted": NOTE,
    "drafting_failed": NOTE,
    "note_is_end_to_end": NOTE,
    "plan_lapsed": Case(lambda own: own.plan, the("doctor"), None),
    "note_written": to_family(lambda own: own.note),
    "note_shared": Case(note_shared_with_colleague, the("colleague"), end_care),
    "record_assigned": Case(lambda own: own.record, the("doctor"), lambda: HealthRecord.objects.update(doctor=None)),
    "record_added": to_family(lambda own: own.record),
    "record_shared": Case(record_shared, the("doctor"), lambda: RecordShare.objects.update(ended_at=timezone.now())),
    "record_annotated": to_family(lambda own: own.annotation),
    "prescription_issued": to_family(lambda own: own.prescription),
    "visit_written": to_family(lambda own: own.visit),
    "test_resulted": to_family(lambda own: own.test),
    "reader_keys_changed": Case(
        lambda own: KeyPair.objects.get(pk=ensure_key_pair(holder_id=own.doctor.user_id).pk), the("patient"), end_care
    ),
    "care_started": to_family(lambda own: own.relationship),
    "care_ended": to_family(lambda own: own.relationship),
    "access_granted": to_family(lambda own: own.grant),
    "break_glass": Case(lambda own: own.emergency, clerk, leave_hospital),
    "access_code": to_family(access_code),
    "caregiver_chosen": Case(lambda own: own.caregiver, relative, None),
    "appointment_requested": Case(lambda own: own.request, clerk, leave_hospital),
    **dict.fromkeys(("appointment_confirmed", "appointment_rejected", "appointment_moved"), VISIT),
    **dict.fromkeys(("appointment_cancelled", "appointment_day_before", "appointment_hours_before"), VISIT),
    "visit_changed": Case(
        lambda own: own.appointment, the("doctor"), lambda: Appointment.objects.update(doctor=None, status="CANCELLED")
    ),
    "hospital_decided": Case(decision, clerk, leave_hospital),
    "administrator_made": Case(
        lambda own: OutboxEvent.objects.create(topic="accounts.administrator_made", ids={}),
        the("admin"),
        lambda: User.objects.update(role=Role.PATIENT),
    ),
}


def told(topic: str, subject: Any, reader: User) -> str:
    """Return the title that the reader's inbox shows, after telling if that was not done yet."""
    announce(topic, subject_id=subject.pk, recipient_ids=[reader.pk], now=timezone.now())
    row = Notification.objects.get(topic=topic, subject_id=subject.pk, recipient=reader)
    (entry,) = with_words([row], reader=User.objects.get(pk=reader.pk))
    return entry.title


def became(topic: str, reader: User) -> set[tuple[str, str]]:
    deliver_pending()
    return set(Delivery.objects.filter(topic=topic, user=reader).values_list("state", "reason"))


def test_every_topic_says_whose_it_is():
    assert {name for name, topic in topics._topics.items() if topic.seen_by is topics.THEIR_OWN} == OWN
    assert set(topics._topics) == OWN | set(CASES)


@pytest.mark.parametrize("topic", CASES)
def test_whoever_has_the_right_reads_and_a_stranger_who_was_told_does_not(world, own, topic, mailoutbox):
    case, stranger = CASES[topic], make_user("stranger")
    subject, reader = case.subject(own), case.reader(world)
    assert told(topic, subject, reader) != str(GONE.title)
    Delivery.objects.all().delete()
    assert told(topic, subject, stranger) == str(GONE.title)
    assert became(topic, stranger) == {(DeliveryState.DROPPED, Reason.NOT_YOURS)}
    assert mailoutbox == []


@pytest.mark.parametrize("topic", [name for name, case in CASES.items() if case.loses])
def test_whoever_has_lost_the_right_reads_no_more_and_is_sent_nothing(world, own, topic, mailoutbox):
    case = CASES[topic]
    subject, reader = case.subject(own), case.reader(world)
    Delivery.objects.all().delete()
    assert told(topic, subject, reader) != str(GONE.title)
    case.loses()
    assert told(topic, subject, reader) == str(GONE.title)
    assert became(topic, reader) == {(DeliveryState.DROPPED, Reason.NOT_YOURS)}
    assert mailoutbox == []


def test_a_suspended_login_is_sent_what_concerns_itself_and_nothing_else(world, own, mailoutbox):
    reader = world.people["patient"]
    Delivery.objects.all().delete()
    for topic, subject in (("plan_changed", own.plan.pk), ("password_changed", uuid7())):
        announce(topic, subject_id=subject, recipient_ids=[reader.pk], now=timezone.now())
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert became("plan_changed", reader) == {(DeliveryState.DROPPED, Reason.NOT_YOURS)}
    assert became("password_changed", reader) == {(DeliveryState.DROPPED, Reason.NOT_WANTED)}  # There is no such event.
