"""One door for every state, as system 001 had it: each target is the act that leads there, with its own rules."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.appointments.services.lifecycle import (
    IllegalTransition,
    cancel_appointment,
    check_in,
    complete_appointment,
    mark_no_show,
)
from apps.appointments.services.requesting import confirm_request, reject_request


def change_status(*, actor: User, appointment_id: UUID, status: str, notes: str, now: datetime) -> Appointment:
    """Bring an appointment into another state; `notes` are the reason of an ending, and else kept for the patient.

    Raises what the act that leads there raises, and IllegalTransition where none does.
    """
    with transaction.atomic():
        appointment = _act(actor, appointment_id, status, notes, now)
        if notes and not appointment.cancelled_reason:
            appointment.notes = notes
            appointment.save(update_fields=["notes", "updated_at"])
    return appointment


def _act(actor: User, appointment_id: UUID, status: str, notes: str, now: datetime) -> Appointment:
    match status:
        case Status.CONFIRMED:
            return confirm_request(actor=actor, appointment_id=appointment_id, confirmed_time=None, now=now)
        case Status.REJECTED:
            return reject_request(actor=actor, appointment_id=appointment_id, reason=notes, now=now)
        case Status.CANCELLED:
            return cancel_appointment(actor=actor, appointment_id=appointment_id, reason=notes, now=now)
        case Status.CHECKED_IN:
            return check_in(actor=actor, appointment_id=appointment_id, now=now)
        case Status.NO_SHOW:
            return mark_no_show(actor=actor, appointment_id=appointment_id, now=now)
        case Status.COMPLETED:
            return complete_appointment(actor=actor, appointment_id=appointment_id, now=now)
        case _:
            raise IllegalTransition
