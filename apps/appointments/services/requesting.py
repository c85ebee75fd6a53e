"""Asking a hospital for an appointment, and the hospital's answer: a doctor and a time, or a reason why not."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.choices import TRANSITIONS, Status
from apps.appointments.messages import tell_about, tell_doctor, tell_staff
from apps.appointments.models import Appointment
from apps.appointments.selectors import LAST_YEAR
from apps.appointments.services.auditing import record_act
from apps.appointments.services.booking import (
    confirm_booked,
    insert_unless_taken,
    patient_of,
    refuse_oneself,
    slot_at,
)
from apps.appointments.services.calendars import again_after_deadlock, share_calendar
from apps.appointments.services.lifecycle import IllegalTransition, move
from apps.appointments.services.moving import hold
from apps.core.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from apps.core.zones import zone
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import Department, Doctor

USUAL_VISIT = timedelta(minutes=20)  # Until a doctor is assigned, whose slots have a length.


class AlreadyRequested(RuleRefused):
    """One open request per patient, hospital and day."""

    code = "already_requested"
    detail = _("The patient has asked this hospital for an appointment on that day already.")


class NoDoctorYet(RuleRefused):
    """A request is confirmed with somebody."""

    code = "no_doctor_yet"
    detail = _("Assign a doctor first.")


def request_appointment(
    *,
    actor: User,
    hospital_id: UUID,
    department_id: UUID,
    requested_time: datetime,
    patient_id: UUID | None,
    reason: str,
    now: datetime,
) -> Appointment:
    """Ask a hospital's department for an appointment, for a patient whom the actor manages.

    Raises NotFound (patient, hospital or department), InvalidInput and AlreadyRequested. Announces
    `appointment_requested` to the hospital's staff.
    """
    patient = patient_of(actor=actor, patient_id=patient_id)
    departments = Department.objects.select_related("hospital")
    department = departments.filter(
        pk=department_id, hospital=hospital_id, hospital__status=HospitalStatus.APPROVED
    ).first()
    if department is None:
        raise NotFound
    _check_future(requested_time, now, field="requested_time")
    hospital = department.hospital
    with transaction.atomic():
        wanted = Appointment(
            patient=patient,
            hospital=hospital,
            department=department,
            status=Status.REQUESTED,
            starts_at=requested_time,
            ends_at=requested_time + USUAL_VISIT,
            local_date=requested_time.astimezone(zone(hospital.time_zone)).date(),
            reason=reason,
        )
        if not insert_unless_taken(wanted):
            raise AlreadyRequested
        record_act("appointment_requested", actor=actor, appointment=wanted)
        tell_staff("appointment_requested", wanted, now=now)
    return wanted


@again_after_deadlock
def assign_doctor(
    *,
    actor: User,
    appointment_id: UUID,
    doctor_id: UUID,
    confirmed_time: datetime | None,
    notes: str = "",
    now: datetime,
) -> Appointment:
    """Let a doctor of the actor's hospital answer a request; with a time it is confirmed at once.

    Without one it stays a request, whose doctor may be assigned anew. Raises NotFound (appointment or doctor),
    NotAllowed, IllegalTransition, and what `confirm_request` raises.
    """
    request = _request_of_staff(actor, appointment_id)
    if request.status != Status.REQUESTED:
        raise IllegalTransition
    own = Doctor.objects.practising().select_related("hospital", "user").filter(hospital=request.hospital_id)
    doctor = own.filter(pk=doctor_id).first()
    if doctor is None:
        raise NotFound
    refuse_oneself(patient=request.patient, doctor=doctor)
    if confirmed_time is not None:
        return _confirm(actor, appointment_id, doctor, confirmed_time, now, field="confirmed_time", notes=notes)
    request = _locked(appointment_id, Status.CONFIRMED)
    request.doctor, request.notes = doctor, notes or request.notes
    request.save(update_fields=["doctor", "notes", "updated_at"])
    record_act("appointment_assigned", actor=actor, appointment=request)
    tell_doctor(request, changed_by=actor, now=now)
    return request


@again_after_deadlock
def confirm_request(
    *, actor: User, appointment_id: UUID, confirmed_time: datetime | None, now: datetime
) -> Appointment:
    """Confirm a request with its assigned doctor, at the time asked for or another slot of the doctor's.

    For the hospital's staff and that doctor. Raises NotFound, NotAllowed, NoDoctorYet, IllegalTransition,
    InvalidInput (no such slot), SlotTaken, PatientBusy and AlreadyBookedThatDay. Announces
    `appointment_confirmed`.
    """
    request = Appointment.objects.held_by(actor).filter(pk=appointment_id).first()
    if request is None:
        raise NotAllowed if Appointment.objects.visible_to(actor).filter(pk=appointment_id).exists() else NotFound
    if request.status != Status.REQUESTED:
        raise IllegalTransition
    practising = Doctor.objects.practising().select_related("hospital", "user")
    doctor = practising.filter(appointments=request).first()
    if doctor is None:
        raise NoDoctorYet
    when = confirmed_time or request.starts_at
    return _confirm(actor, appointment_id, doctor, when, now, field="confirmed_time")


def reject_request(*, actor: User, appointment_id: UUID, reason: str, now: datetime) -> Appointment:
    """Refuse a request, with a reason; for the hospital's staff.

    Raises NotFound, NotAllowed and IllegalTransition. Announces `appointment_rejected`.
    """
    _request_of_staff(actor, appointment_id)
    with transaction.atomic():
        rejected = move(actor=actor, appointment_id=appointment_id, target=Status.REJECTED, reason=reason)
        tell_about("appointment_rejected", rejected, now=now)
    return rejected


def _request_of_staff(actor: User, appointment_id: UUID) -> Appointment:
    """Return the appointment of the hospital that the actor is staff of; others who see it may not do this."""
    visible = Appointment.objects.visible_to(actor).select_related("patient").filter(pk=appointment_id).first()
    if visible is None:
        raise NotFound
    if visible.hospital is None or not visible.hospital.staff.filter(user=actor, is_active=True).exists():
        raise NotAllowed
    return visible


def _locked(appointment_id: UUID, target: Status) -> Appointment:
    """Return the request locked, if its state still leads to the target; what is live already is no request."""
    appointment = Appointment.objects.select_for_update().get(pk=appointment_id)
    if appointment.status != Status.REQUESTED or target not in TRANSITIONS[appointment.status]:
        raise IllegalTransition
    return appointment


def _confirm(
    actor: User,
    appointment_id: UUID,
    doctor: Doctor,
    starts_at: datetime,
    now: datetime,
    *,
    field: str,
    notes: str = "",
) -> Appointment:
    _check_future(starts_at, now, field=field)
    share_calendar(doctor.pk)
    request = _locked(appointment_id, Status.CONFIRMED)
    slot = slot_at(doctor=doctor, starts_at=starts_at, now=now, field=field)
    request.status, request.doctor, request.notes = Status.CONFIRMED, doctor, notes or request.notes
    hold(appointment=request, doctor=doctor, slot=slot)
    confirm_booked(actor=actor, appointment=request, doctor=doctor, now=now)
    return request


def _check_future(moment: datetime, now: datetime, *, field: str) -> None:
    if moment <= now:
        raise InvalidInput(field, _("This time is over. Choose one in the future."), code="in_the_past")
    if moment.year > LAST_YEAR:
        raise InvalidInput(field, _("Give a time before 2101."), code="out_of_range")
