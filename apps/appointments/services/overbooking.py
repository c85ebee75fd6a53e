"""Overbooking: the staff's will beside the seats of a slot, with a reason that the database demands."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.appointments.selectors import calendar_of_doctor
from apps.appointments.services.auditing import record_act
from apps.appointments.services.booking import (
    SlotTaken,
    confirm_booked,
    explain_patient,
    insert_unless_taken,
    refuse_oneself,
    slot_at,
    take_seat,
)
from apps.appointments.services.calendars import share_calendar
from apps.appointments.slots import Slot
from apps.core.errors import NotAllowed, NotFound, RuleRefused
from apps.hospitals.models import Doctor
from apps.patients.models import Patient


class DoctorAway(RuleRefused):
    """Nobody is overbooked into an absence."""

    code = "doctor_away"
    detail = _("The doctor is away at this time.")


def overbook(
    *,
    actor: User,
    doctor_id: UUID,
    starts_at: datetime,
    patient_id: UUID,
    overbooking_reason: str,
    reason: str,
    now: datetime,
) -> Appointment:
    """Put a patient into a slot of a doctor even where it is full, as staff of the hospital or independent doctor.

    A seat that is free is taken as any booking takes it. The patient's own calendar still counts. Raises NotFound
    (doctor; a patient who is not registered there, or not treated), NotAllowed, NotWithYourself, InvalidInput (no
    such slot), DoctorAway, PatientBusy and AlreadyBookedThatDay. Announces `appointment_confirmed`.
    """
    doctor = _doctor_of(actor, doctor_id)
    patient = _patient_of(actor, doctor, patient_id, now)
    refuse_oneself(patient=patient, doctor=doctor)
    with transaction.atomic():
        share_calendar(doctor.pk)
        slot = slot_at(doctor=doctor, starts_at=starts_at, now=now)
        if calendar_of_doctor(doctor, since=now).is_absent(slot.starts_at, slot.ends_at):
            raise DoctorAway
        try:
            appointment = take_seat(patient=patient, doctor=doctor, slot=slot, reason=reason)
        except SlotTaken:
            appointment = _stand_beside(patient, doctor, slot, reason, overbooking_reason)
            record_act("appointment_overbooked", actor=actor, appointment=appointment)
        confirm_booked(actor=actor, appointment=appointment, doctor=doctor, now=now)
    return appointment


def _doctor_of(actor: User, doctor_id: UUID) -> Doctor:
    """Return the doctor for whom the actor answers; who may be booked by everybody else is no secret."""
    doctor = Doctor.objects.practising().select_related("hospital", "user").filter(pk=doctor_id).first()
    if doctor is None:
        raise NotFound
    if doctor.hospital is None:
        is_theirs = doctor.user_id == actor.pk
    else:
        is_theirs = doctor.hospital.staff.filter(user=actor, is_active=True).exists()
    if not is_theirs:
        raise NotAllowed
    return doctor


def _patient_of(actor: User, doctor: Doctor, patient_id: UUID, now: datetime) -> Patient:
    known = (
        Patient.objects.registered_at_hospital_of(actor)
        if doctor.hospital_id
        else Patient.objects.treated_by(actor, now=now)
    )
    patient = known.filter(pk=patient_id).first()
    if patient is None:
        raise NotFound
    return patient


def _stand_beside(patient: Patient, doctor: Doctor, slot: Slot, reason: str, overbooking_reason: str) -> Appointment:
    wanted = Appointment(
        patient=patient,
        doctor=doctor,
        hospital_id=doctor.hospital_id,
        department_id=doctor.department_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        local_date=slot.local_date,
        is_overbooked=True,
        overbooking_reason=overbooking_reason,
        reason=reason,
    )
    if not insert_unless_taken(wanted):
        explain_patient(patient=patient, doctor=doctor, wanted=slot)
        raise SlotTaken  # What refused has gone meanwhile: trying again is right.
    return wanted
