"""Answers about the clinical record that are not one table's rows."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from apps.accounts.models import User
from apps.core.errors import NotFound
from apps.hospitals.models import Doctor
from apps.patients.models import CareRelationship, Patient
from apps.patients.services.care import NotTreating
from apps.records.models import Prescription


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a code is genuine, and whether no newer version was issued."""

    is_genuine: bool
    is_current: bool


def verify_code(code: str) -> Verification:
    """Return whether a prescription of this code was issued here; in any case, with spaces and hyphens."""
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    found = Prescription.objects.filter(verification_code=typed).select_related("successor").first()
    return Verification(found is not None, found is not None and not hasattr(found, "successor"))


class Standing(Enum):
    """By what right somebody writes into a patient's record: as its manager, or as a doctor who treats now."""

    MANAGER = "manager"
    DOCTOR = "doctor"


def standing_of(actor: User, patient_id: UUID, *, now: datetime) -> Standing:
    """Return by what right the actor writes; raises NotTreating for an ex-doctor and for mere readers, NotFound."""
    if Patient.objects.managed_by(actor).filter(pk=patient_id).exists():
        return Standing.MANAGER
    if Patient.objects.treated_by(actor, now=now).filter(pk=patient_id).exists():
        return Standing.DOCTOR
    raise NotTreating if Patient.objects.once_close_to(actor, now=now).filter(pk=patient_id).exists() else NotFound


def treating_doctor(doctor_id: UUID, patient_id: UUID, *, now: datetime) -> Doctor:
    """Return the doctor, who treats the patient now; raises NotFound for any other."""
    live = CareRelationship.objects.live(now=now).filter(patient=patient_id, doctor=doctor_id)
    treating = live.select_related("doctor").first()
    if treating is None:
        raise NotFound
    return treating.doctor
