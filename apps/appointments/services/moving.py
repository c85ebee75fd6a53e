"""Giving an appointment that is there a slot: a request that is confirmed, a visit at another time."""

import random
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.choices import Status
from apps.appointments.messages import tell_about
from apps.appointments.models import Appointment
from apps.appointments.selectors import taken_times
from apps.appointments.services.booking import SlotTaken, explain_patient, slot_at
from apps.appointments.services.calendars import again_after_deadlock, share_calendar
from apps.appointments.services.lifecycle import IllegalTransition, refuse_unless_theirs_to_move
from apps.appointments.slots import Slot, free_seats
from apps.core import audit
from apps.core.errors import NotFound, RuleRefused
from apps.hospitals.models import Doctor
from apps.patients.services.care import treat_after_booking


class PlaceInLine(RuleRefused):
    """A place in a line has no other time: it is given up for another one."""

    code = "place_in_line"
    detail = _("This is a place in a line. Cancel it and join the line of another day.")


@again_after_deadlock
def reschedule_appointment(*, actor: User, appointment_id: UUID, starts_at: datetime, now: datetime) -> Appointment:
    """Move a confirmed appointment of the actor's to another slot of its doctor; a failure leaves it where it is.

    For who may cancel it. Raises NotFound, NotAllowed, NoticeOver, IllegalTransition, PlaceInLine, InvalidInput (no
    such slot), SlotTaken, PatientBusy and AlreadyBookedThatDay. Announces `appointment_moved`.
    """
    visible = Appointment.objects.visible_to(actor).filter(pk=appointment_id).first()
    if visible is None:
        raise NotFound
    doctor = Doctor.objects.practising().select_related("hospital").filter(appointments=visible).first()
    if visible.status != Status.CONFIRMED or doctor is None:
        raise IllegalTransition
    share_calendar(doctor.pk)
    appointment = Appointment.objects.select_for_update().get(pk=appointment_id)
    if appointment.status != Status.CONFIRMED:
        raise IllegalTransition
    refuse_unless_theirs_to_move(actor=actor, appointment=appointment, now=now)
    if appointment.serial is not None:
        raise PlaceInLine
    slot = slot_at(doctor=doctor, starts_at=starts_at, now=now)
    if slot.starts_at == appointment.starts_at:
        return appointment
    appointment.move_count += 1
    hold(appointment=appointment, doctor=doctor, slot=slot)
    _tell(actor, appointment, doctor, now)
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
    audit.record(
        "appointment_moved",
        actor_id=actor.pk,
        subject=appointment,
        concerns_id=appointment.patient_id,
        tenant_id=appointment.hospital_id,
    )
    tell_about("appointment_moved", appointment, now=now, sequence=appointment.move_count)
