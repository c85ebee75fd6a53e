"""By what right somebody writes into a patient's record."""

from datetime import datetime
from enum import Enum
from uuid import UUID

from apps.accounts.models import User
from apps.core.errors import NotFound
from apps.hospitals.models import Doctor
from apps.patients.models import CareRelationship, Patient
from apps.patients.services.care import NotTreating


class RightToWrite(Enum):
    """By what right somebody writes into a patient's record: as its manager, or as a doctor who treats now."""

    MANAGER = "manager"
    DOCTOR = "doctor"


def right_to_write(actor: User, patient_id: UUID, *, now: datetime) -> RightToWrite:
    """Return by what right the actor writes; raises NotTreating for an ex-doctor and for mere readers, NotFound."""
    if Patient.objects.managed_by(actor).filter(pk=patient_id).exists():
        return RightToWrite.MANAGER
    if Patient.objects.treated_by(actor, now=now).filter(pk=patient_id).exists():
        return RightToWrite.DOCTOR
    raise NotTreating if Patient.objects.once_close_to(actor, now=now).filter(pk=patient_id).exists() else NotFound


def treating_doctor(doctor_id: UUID, patient_id: UUID, *, now: datetime) -> Doctor:
    """Return the doctor, who treats the patient now; raises NotFound for any other."""
    live = CareRelationship.objects.live(now=now).filter(patient=patient_id, doctor=doctor_id)
    treating = live.select_related("doctor").first()
    if treating is None:
        raise NotFound
    return treating.doctor
