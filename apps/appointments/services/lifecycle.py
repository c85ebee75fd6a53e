"""Moving an appointment through its states: lock, ask the transition table, write, audit, tell."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.choices import TRANSITIONS, Status
from apps.appointments.messages import tell_about
from apps.appointments.models import Appointment
from apps.core import audit
from apps.core.errors import NotAllowed, NotFound, RuleRefused


class IllegalTransition(RuleRefused):
    """The appointment's state does not lead there."""

    code = "illegal_transition"
    detail = _("The appointment's present state does not allow this.")


def cancel_appointment(*, actor: User, appointment_id: UUID, reason: str, now: datetime) -> Appointment:
    """Cancel an appointment that the actor may see, or any as an administrator.

    Raises NotFound and IllegalTransition. Announces `appointment_cancelled`.
    """
    is_party = Appointment.objects.visible_to(actor).filter(pk=appointment_id).exists()
    if not is_party and actor.role != Role.ADMIN:
        raise NotFound
    with transaction.atomic():
        appointment = move(actor=actor, appointment_id=appointment_id, target=Status.CANCELLED)
        appointment.cancelled_reason = reason
        appointment.save(update_fields=["cancelled_reason"])
        tell_about("appointment_cancelled", appointment, now=now)
    return appointment


def complete_appointment(*, actor: User, appointment_id: UUID) -> Appointment:
    """Record that the visit took place; raises IllegalTransition, and NotAllowed for all but its doctor and staff.

    The role alone says nothing: a doctor may be the patient here.
    """
    if not Appointment.objects.held_by(actor).filter(pk=appointment_id).exists():
        raise NotAllowed
    with transaction.atomic():
        return move(actor=actor, appointment_id=appointment_id, target=Status.COMPLETED)


def move(*, actor: User, appointment_id: UUID, target: Status) -> Appointment:
    """Lock the appointment, ask the transition table, write and audit; part of the caller's transaction.

    Raises IllegalTransition.
    """
    appointment = Appointment.objects.select_for_update().get(pk=appointment_id)
    if target not in TRANSITIONS[appointment.status]:
        raise IllegalTransition
    appointment.status = target
    appointment.save(update_fields=["status", "updated_at"])
    audit.record(
        f"appointment_{target.lower()}",
        actor_id=actor.pk,
        subject=appointment,
        concerns_id=appointment.patient_id,
        tenant_id=appointment.hospital_id,
    )
    return appointment
