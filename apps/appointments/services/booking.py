"""Booking a slot: the exclusion constraints decide who gets it, this room only asks nicely and explains."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.messages import tell_about, tell_doctor
from apps.appointments.models import Appointment
from apps.appointments.selectors import LAST_YEAR, doctor_slots, taken_times
from apps.appointments.services.calendars import share_calendar
from apps.appointments.slots import Place, Slot, free_seats
from apps.core import audit
from apps.core.errors import InvalidInput, NotFound, RuleRefused
from apps.core.zones import zone
from apps.hospitals.models import Doctor
from apps.patients.models import Patient
from apps.patients.services.care import treat_after_booking


class SlotTaken(RuleRefused):
    """Somebody else holds this time."""

    code = "slot_taken"
    detail = _("This time has just been taken. Choose another one.")


class PatientBusy(RuleRefused):
    """The patient is somewhere else at this time."""

    code = "patient_busy"
    detail = _("The patient has another appointment at this time.")


class AlreadyBookedThatDay(RuleRefused):
    """One active appointment per patient, doctor and day."""

    code = "already_booked_that_day"
    detail = _("The patient has an appointment with this doctor on that day already.")


class NotWithYourself(RuleRefused):
    """A doctor is not their own patient."""

    code = "not_with_yourself"
    detail = _("Doctors do not book themselves.")


def book_appointment(
    *, actor: User, doctor_id: UUID, starts_at: datetime, patient_id: UUID | None, reason: str, now: datetime
) -> Appointment:
    """Book a slot for a patient whom the actor manages (the actor by default) and confirm it at once.

    Gives the doctor the right to treat. Raises NotFound (doctor or patient), InvalidInput (no such slot),
    SlotTaken, PatientBusy, AlreadyBookedThatDay, NotWithYourself. Announces `appointment_confirmed`.
    """
    patient, doctor = parties_of(actor=actor, doctor_id=doctor_id, patient_id=patient_id)
    with transaction.atomic():
        share_calendar(doctor.pk)
        slot = slot_at(doctor=doctor, starts_at=starts_at, now=now)
        appointment = take_seat(patient=patient, doctor=doctor, slot=slot, reason=reason)
        confirm_booked(actor=actor, appointment=appointment, doctor=doctor, now=now)
    return appointment


def parties_of(*, actor: User, doctor_id: UUID, patient_id: UUID | None) -> tuple[Patient, Doctor]:
    """Return the patient whom the actor books for and the doctor; raises NotFound and NotWithYourself."""
    patient = patient_of(actor=actor, patient_id=patient_id)
    doctor = Doctor.objects.practising().select_related("hospital", "user").filter(pk=doctor_id).first()
    if doctor is None:
        raise NotFound
    refuse_oneself(patient=patient, doctor=doctor)
    return patient, doctor


def refuse_oneself(*, patient: Patient, doctor: Doctor) -> None:
    """Raise NotWithYourself when the doctor is the patient."""
    if Patient.objects.own_of(doctor.user).filter(pk=patient.pk).exists():
        raise NotWithYourself


def confirm_booked(*, actor: User, appointment: Appointment, doctor: Doctor, now: datetime) -> None:
    """Give the doctor the right to treat, write it down and tell the patient; part of the booking's transaction."""
    treat_after_booking(
        patient=appointment.patient,
        doctor=doctor,
        visit_ends_at=appointment.ends_at,
        days=settings.APPOINTMENT_RELATIONSHIP_DAYS,
        now=now,
    )
    audit.record(
        "appointment_booked",
        actor_id=actor.pk,
        subject=appointment,
        concerns_id=appointment.patient_id,
        tenant_id=appointment.hospital_id,
    )
    tell_about("appointment_confirmed", appointment, now=now)
    tell_doctor(appointment, changed_by=actor, now=now)


def patient_of(*, actor: User, patient_id: UUID | None) -> Patient:
    """Return the patient whom the actor books for, the actor's own without an id; raises NotFound."""
    managed = Patient.objects.managed_by(actor)
    if patient_id is None:
        managed = managed.filter(managements__user=actor, managements__relation="SELF", managements__ended_at=None)
    else:
        managed = managed.filter(pk=patient_id)
    patient = managed.first()
    if patient is None:
        raise NotFound
    return patient


def slot_at(*, doctor: Doctor, starts_at: datetime, now: datetime, field: str = "starts_at") -> Slot:
    """Return the slot of the doctor's schedule that begins at this very moment; raises InvalidInput."""
    if starts_at <= now:
        raise InvalidInput(field, _("This time is over. Choose one in the future."), code="in_the_past")
    for slot in _slots_around(doctor, starts_at):
        if slot.starts_at == starts_at:
            return slot
    raise InvalidInput(
        field, _("The doctor has no slot that begins then. Ask for the free slots."), code="no_such_slot"
    )


def _slots_around(doctor: Doctor, moment: datetime) -> list[Slot]:
    """Return the slots of the doctor's day at this moment and of the days beside it; none after the last year."""
    if moment.year > LAST_YEAR:
        return []
    day = moment.astimezone(zone(doctor.zone_name)).date()
    around = timedelta(days=1)  # A range that crosses no midnight may still begin on a shifted local date.
    return doctor_slots(doctor, first=day - around, last=day + around)


def take_seat(*, patient: Patient, doctor: Doctor, slot: Slot, reason: str) -> Appointment:
    """Insert the appointment on a free seat, trying the next seat while rivals are faster; in the caller's transaction.

    Raises SlotTaken, and what the patient's own calendar has against it. INSERT ... ON CONFLICT DO NOTHING is the one
    form that neither dead-locks nor waits in line under contention.
    """
    seats = free_seats(slot, taken_times(doctor, slot.starts_at, slot.ends_at))
    random.shuffle(seats)  # Rivals for several seats should not all try the same one first.
    for seat in seats:
        wanted = Appointment(
            patient=patient,
            doctor=doctor,
            hospital_id=doctor.hospital_id,
            department_id=doctor.department_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            local_date=slot.local_date,
            seat=seat,
            reason=reason,
        )
        if insert_unless_taken(wanted):
            return wanted
        explain_patient(patient=patient, doctor=doctor, wanted=slot)
    explain_patient(patient=patient, doctor=doctor, wanted=slot)
    raise SlotTaken


def insert_unless_taken(wanted: Appointment) -> bool:
    """Insert the appointment unless a constraint objects, and return whether it is there."""
    Appointment.objects.bulk_create([wanted], ignore_conflicts=True)
    return Appointment.objects.filter(pk=wanted.pk).exists()


def explain_patient(*, patient: Patient, doctor: Doctor, wanted: Slot | Place, besides: UUID | None = None) -> None:
    """Raise what the patient's own calendar has against this time; DO NOTHING does not tell which rule refused."""
    own = Appointment.objects.live().filter(patient=patient)
    own = own.exclude(pk=besides) if besides else own
    if own.filter(doctor=doctor, local_date=wanted.local_date).exists():
        raise AlreadyBookedThatDay
    if own.between(wanted.starts_at, wanted.ends_at).exists():
        raise PatientBusy
