"""Giving an appointment that is there another time: a request that is confirmed, a visit that is moved."""

import random
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.choices import Status
from apps.appointments.messages import tell_about, tell_doctor
from apps.appointments.models import Appointment
from apps.appointments.selectors import taken_times
from apps.appointments.services.auditing import record_act
from apps.appointments.services.booking import SlotTaken, explain_patient, slot_at
from apps.appointments.services.calendars import again_after_deadlock, share_calendar
from apps.appointments.services.lifecycle import IllegalTransition, move, refuse_unless_theirs_to_move
from apps.appointments.services.queueing import stand_behind_the_others, take_place
from apps.appointments.slots import Slot, free_seats
from apps.core.errors import NotFound, RuleRefused
from apps.hospitals.models import Doctor
from apps.patients.services.care import treat_after_booking


class PlaceInLine(RuleRefused):
    """A place in a line has no start that could be chosen: it moves to another date."""

    code = "place_in_line"
    detail = _("This is a place in a line. Give the date of another line instead.")


class NoPlaceInLine(RuleRefused):
    """A visit in a slot moves to another slot, not into a line."""

    code = "no_place_in_line"
    detail = _("This is no place in a line. Give the start of another slot instead.")


@again_after_deadlock
def reschedule_appointment(*, actor: User, appointment_id: UUID, starts_at: datetime, now: datetime) -> Appointment:
    """Move a confirmed appointment of the actor's to another slot of its doctor; a failure leaves it where it is.

    For who may cancel it. Raises NotFound, NotAllowed, NoticeOver, IllegalTransition, PlaceInLine, InvalidInput (no
    such slot), SlotTaken, PatientBusy and AlreadyBookedThatDay. Announces `appointment_moved`.
    """
    doctor = _doctor_of(actor, appointment_id)
    share_calendar(doctor.pk)
    appointment = _locked(actor, appointment_id, now)
    if appointment.serial is not None:
        raise PlaceInLine
    slot = slot_at(doctor=doctor, starts_at=starts_at, now=now)
    if slot.starts_at == appointment.starts_at:
        return appointment
    appointment.move_count += 1
    hold(appointment=appointment, doctor=doctor, slot=slot)
    _tell(actor, appointment, doctor, now)
    return appointment


@again_after_deadlock
def move_in_line(*, actor: User, appointment_id: UUID, day: date, now: datetime) -> Appointment:
    """Give up a place in a doctor's line for the next one of another day; a failure leaves it where it is.

    The old row stays, cancelled, and keeps its number, so that nobody is called by it again; what is returned is a
    new appointment. For who may cancel it. Raises NotFound, NotAllowed, NoticeOver, IllegalTransition, NoPlaceInLine,
    InvalidInput (no line that day), QueueFull, PatientBusy and AlreadyBookedThatDay. Announces `appointment_moved`.
    """
    doctor = _doctor_of(actor, appointment_id)
    share_calendar(doctor.pk)
    stand_behind_the_others(
        doctor=doctor, day=day
    )  # Before the row: who stands in line may want what the row gives up.
    left = _locked(actor, appointment_id, now)
    if left.serial is None:
        raise NoPlaceInLine
    if left.local_date == day:
        return left
    move(actor=actor, appointment_id=left.pk, target=Status.CANCELLED, reason=gettext("Moved to another day."))
    appointment = take_place(
        patient=left.patient, doctor=doctor, day=day, now=now, reason=left.reason, notes=left.notes
    )
    _tell(actor, appointment, doctor, now)
    return appointment


def _doctor_of(actor: User, appointment_id: UUID) -> Doctor:
    """Return who keeps the calendar of a confirmed appointment that the actor sees."""
    visible = Appointment.objects.visible_to(actor).filter(pk=appointment_id).first()
    if visible is None:
        raise NotFound
    doctor = Doctor.objects.practising().select_related("hospital").filter(appointments=visible).first()
    if visible.status != Status.CONFIRMED or doctor is None:
        raise IllegalTransition
    return doctor


def _locked(actor: User, appointment_id: UUID, now: datetime) -> Appointment:
    """Return the appointment locked, if it still is the actor's to move."""
    appointment = Appointment.objects.select_for_update().get(pk=appointment_id)
    if appointment.status != Status.CONFIRMED:
        raise IllegalTransition
    refuse_unless_theirs_to_move(actor=actor, appointment=appointment, now=now)
    return appointment


def hold(*, appointment: Appointment, doctor: Doctor, slot: Slot) -> None:
    """Save an appointment on a free seat of a slot; part of the transaction that holds its row and the calendar.

    An UPDATE has no DO NOTHING, so each try has a savepoint of its own. Raises SlotTaken and what the patient's
    own calendar has against it.
    """
    own = appointment.as_taken()
    taken = [each for each in taken_times(doctor, slot.starts_at, slot.ends_at) if each != own]
    seats = free_seats(slot, taken)
    random.shuffle(seats)
    appointment.starts_at, appointment.ends_at = slot.starts_at, slot.ends_at
    appointment.local_date = slot.local_date
    appointment.is_overbooked, appointment.overbooking_reason = False, ""
    for seat in seats:
        appointment.seat = seat
        try:
            with transaction.atomic():
                appointment.save()
        except IntegrityError:
            explain_patient(patient=appointment.patient, doctor=doctor, wanted=slot, besides=appointment.pk)
        else:
            return
    explain_patient(patient=appointment.patient, doctor=doctor, wanted=slot, besides=appointment.pk)
    raise SlotTaken


def _tell(actor: User, appointment: Appointment, doctor: Doctor, now: datetime) -> None:
    treat_after_booking(
        patient=appointment.patient,
        doctor=doctor,
        visit_ends_at=appointment.ends_at,
        days=settings.APPOINTMENT_RELATIONSHIP_DAYS,
        now=now,
    )
    record_act("appointment_moved", actor=actor, appointment=appointment)
    tell_about("appointment_moved", appointment, now=now, sequence=appointment.move_count)
    tell_doctor(appointment, changed_by=actor, now=now)
