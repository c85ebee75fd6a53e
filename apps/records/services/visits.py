"""Visits: written by the doctor who treats, with what was measured and the tests that were ordered."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.appointments.services.calendars import share_calendar
from apps.core import audit
from apps.core.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from apps.core.models import BaseModel
from apps.core.zones import zone
from apps.hospitals.models import Doctor
from apps.notifications.services.announcing import announce
from apps.patients.icd10 import known_code
from apps.patients.models import Patient
from apps.patients.querysets import managers_of
from apps.patients.services.profile import note_weight
from apps.records.models import HealthRecord, OrderedTest, Visit, Vitals
from apps.records.selectors import RightToWrite, right_to_write
from apps.records.services.writing import hold_treating

LATENESS = timedelta(minutes=5)  # Of the caller's clock.


def write_visit(
    *,
    actor: User,
    patient_id: UUID,
    visited_at: datetime | None = None,
    appointment_id: UUID | None = None,
    vitals: Mapping[str, Any] | None = None,
    tests: Sequence[Mapping[str, str]] = (),
    now: datetime,
    **columns: Any,
) -> Visit:
    """Write a visit of a patient whom the actor treats, with its vitals and tests, in one transaction.

    Raises NotFound, also for somebody else's appointment, NotTreating, NotAllowed for managers, VisitWritten, and
    InvalidInput. Announces `visit_written`.
    """
    seen_at = visited_at or now
    _check_moment("visited_at", seen_at, now)
    with transaction.atomic():
        doctor, appointment = _held(actor, patient_id, appointment_id, now)
        visit = Visit(
            patient_id=patient_id,
            doctor=doctor,
            hospital_id=doctor.hospital_id,
            appointment=appointment,
            visited_at=seen_at,
            **columns,
        )
        _check(visit)
        visit.save(force_insert=True)
        if vitals is not None:
            _measure(actor, patient_id, vitals, measured_at=seen_at, visit=visit, now=now)
        OrderedTest.objects.bulk_create(OrderedTest(visit=visit, patient_id=patient_id, **each) for each in tests)
        _record("visit_written", actor, visit, patient_id)
        managers = managers_of([patient_id]).values_list("user", flat=True)
        announce("visit_written", subject_id=visit.pk, recipient_ids=sorted(managers), now=now)
    return visit


class VisitWritten(RuleRefused):
    """An appointment is one visit."""

    code = "visit_written"
    detail = _("The visit of this appointment was written already. Change that one.")


def change_visit(*, actor: User, visit: Visit, changes: Mapping[str, Any], now: datetime) -> Visit:
    """Change what a visit says, as its author who still treats; raises NotAllowed, NotTreating and InvalidInput."""
    with transaction.atomic():
        locked = Visit.objects.select_for_update(of=("self",)).select_related("doctor").get(pk=visit.pk)
        _check_author(actor, locked, now)
        for name, value in changes.items():
            setattr(locked, name, value)
        _check(locked)
        locked.save(update_fields=[*changes, "updated_at"])
        _record("visit_changed", actor, locked, locked.patient_id, fields=sorted(changes))
    return locked


def order_test(*, actor: User, visit: Visit, name: str, instructions: str = "", now: datetime) -> OrderedTest:
    """Order one more test at a visit, as its author who still treats; raises NotAllowed and NotTreating."""
    with transaction.atomic():
        _check_author(actor, visit, now)
        test = OrderedTest.objects.create(
            visit=visit, patient_id=visit.patient_id, name=name, instructions=instructions
        )
        _record("test_ordered", actor, test, visit.patient_id)
    return test


class ResultWritten(RuleRefused):
    """A result stands."""

    code = "result_written"
    detail = _("This test has a result already. Order the test again for another one.")


def state_result(
    *, actor: User, test: OrderedTest, result: str, record_id: UUID | None = None, now: datetime
) -> OrderedTest:
    """Write a test's result, once, as the visit's author who still treats; `record_id` names a record with its files.

    Raises NotAllowed, NotTreating, ResultWritten, and NotFound for a record of somebody else. Announces
    `test_resulted`.
    """
    with transaction.atomic():
        locked = OrderedTest.objects.select_for_update(of=("self",)).select_related("visit__doctor").get(pk=test.pk)
        _check_author(actor, locked.visit, now)
        if locked.resulted_at is not None:
            raise ResultWritten
        seen = HealthRecord.objects.visible_to(actor).filter(patient=locked.patient_id)
        if record_id is not None and not seen.filter(pk=record_id).exists():
            raise NotFound
        locked.result, locked.record_id = result, record_id
        locked.resulted_at, locked.resulted_by = now, actor
        locked.save()
        _record("test_resulted", actor, locked, locked.patient_id)
        managers = managers_of([locked.patient_id]).values_list("user", flat=True)
        announce("test_resulted", subject_id=locked.pk, recipient_ids=sorted(managers), now=now)
    return locked


def state_vitals(
    *, actor: User, patient_id: UUID, measured_at: datetime | None, now: datetime, **figures: Any
) -> Vitals:
    """Write what was measured, at home or elsewhere, as a manager or a treating doctor.

    Raises NotFound, NotTreating and InvalidInput.
    """
    right_to_write(actor, patient_id, now=now)
    moment = measured_at or now
    _check_moment("measured_at", moment, now)
    with transaction.atomic():
        return _measure(actor, patient_id, figures, measured_at=moment, now=now)


def _measure(
    actor: User,
    patient_id: UUID,
    figures: Mapping[str, Any],
    *,
    measured_at: datetime,
    visit: Visit | None = None,
    now: datetime,
) -> Vitals:
    taken = {name: value for name, value in figures.items() if value is not None}
    root = "vitals/" if visit else ""
    if not taken:
        raise InvalidInput(root.rstrip("/"), _("Give at least one figure."), code="required")
    systolic, diastolic = taken.get("systolic_mmhg"), taken.get("diastolic_mmhg")
    if (systolic is None) != (diastolic is None):
        raise InvalidInput(f"{root}diastolic_mmhg", _("Blood pressure is two figures."), code="required")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        raise InvalidInput(f"{root}diastolic_mmhg", _("The lower figure is below the upper one."))
    measured = Vitals.objects.create(
        patient_id=patient_id, visit=visit, recorded_by=actor, measured_at=measured_at, **taken
    )
    _record("vitals_stated", actor, measured, patient_id, fields=sorted(taken))
    if "weight_kg" in taken:
        note_weight(actor=actor, patient_id=patient_id, weight_kg=taken["weight_kg"], measured_at=measured_at, now=now)
    return measured


def _check(visit: Visit) -> None:
    if visit.needs_follow_up and visit.follow_up_date is None:
        raise InvalidInput("follow_up_date", _("Say when the patient is to come again."), code="required")
    if not visit.needs_follow_up and visit.follow_up_date is not None:
        raise InvalidInput("follow_up_date", _("Only a needed follow-up has a date."))
    patient_zone = zone(Patient.objects.values_list("time_zone", flat=True).get(pk=visit.patient_id))
    if visit.follow_up_date is not None and visit.follow_up_date <= visit.visited_at.astimezone(patient_zone).date():
        raise InvalidInput("follow_up_date", _("The patient comes again after this visit."), code="in_the_past")
    if visit.diagnosis_code:
        code = known_code(visit.diagnosis_code)
        if code is None:
            raise InvalidInput("diagnosis_code", _("There is no such code in ICD-10-CM."), code="no_such_code")
        visit.diagnosis_code = code


def _check_moment(field: str, moment: datetime, now: datetime) -> None:
    if moment > now + LATENESS:
        raise InvalidInput(field, _("This moment is still to come."), code="in_the_future")


def _check_author(actor: User, visit: Visit, now: datetime) -> None:
    """Raise NotAllowed for everybody but the author, and NotTreating for an author who treats no more."""
    if visit.doctor.user_id != actor.pk:
        raise NotAllowed
    hold_treating(actor=actor, patient_id=visit.patient_id, now=now)


def _held(
    actor: User, patient_id: UUID, appointment_id: UUID | None, now: datetime
) -> tuple[Doctor, Appointment | None]:
    """Return the doctor and the appointment, both locked, then the care relationship: in the order of a booking."""
    if right_to_write(actor, patient_id, now=now) is not RightToWrite.DOCTOR:
        raise NotAllowed
    doctor = Doctor.objects.get(user=actor)
    share_calendar(doctor.pk)
    appointment = _own_appointment(appointment_id, doctor, patient_id)
    hold_treating(actor=actor, patient_id=patient_id, now=now)
    return doctor, appointment


def _own_appointment(appointment_id: UUID | None, doctor: Doctor, patient_id: UUID) -> Appointment | None:
    """Lock the appointment, then ask: of two visits at once the second one finds the first."""
    if appointment_id is None:
        return None
    own = Appointment.objects.filter(doctor=doctor, patient=patient_id)
    appointment = own.select_for_update(no_key=True).filter(pk=appointment_id).first()
    if appointment is None:
        raise NotFound
    if Visit.objects.filter(appointment=appointment).exists():
        raise VisitWritten
    return appointment


def _record(action: str, actor: User, row: BaseModel, patient_id: UUID, **details: Any) -> None:
    """Write down who wrote: the names of fields, never their content."""
    audit.record(action, actor_id=actor.pk, subject=row, concerns_id=patient_id, details=details)
