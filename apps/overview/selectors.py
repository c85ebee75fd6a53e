"""A patient at a glance, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.patients.models import Patient
from apps.reminders.models import ActionPlan, Dose

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PatientSummary:
    """What the patient's next days hold and how the last ones went, as far as this reader may see."""

    patient: Patient
    appointments: list[Appointment]
    plans: list[ActionPlan]
    tally: dict[str, int]


def patient_summary(patient: Patient, *, reader: User, now: datetime) -> PatientSummary:
    """Return the summary of a patient whom the reader may see; each part is scoped like its own list."""
    appointments = Appointment.objects.visible_to(reader).filter(patient=patient).upcoming(now=now)
    plans = ActionPlan.objects.visible_to(reader).filter(patient=patient).open(now=now)
    return PatientSummary(
        patient=patient,
        appointments=list(appointments.select_related("doctor__user", "doctor__hospital", "patient")[:MOST_SHOWN]),
        plans=list(plans[:MOST_SHOWN]),
        tally=Dose.objects.visible_to(reader).filter(plan__patient=patient).tally(),
    )
