"""What is written down of every act on an appointment."""

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.core import audit


def record_act(action: str, *, actor: User, appointment: Appointment) -> None:
    """Record who did what with the appointment, for its patient and its hospital to read."""
    audit.record(
        action,
        actor_id=actor.pk,
        subject=appointment,
        concerns_id=appointment.patient_id,
        tenant_id=appointment.hospital_id,
    )
