"""Care relationships: made by a choice, a hospital or an appointment; ended softly; their generation raised."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit, outbox
from apps.core.errors import NotAllowed, NotFound, RuleRefused
from apps.hospitals.models import Doctor
from apps.patients.choices import CareSource
from apps.patients.models import CareRelationship, HospitalRegistration, Patient


class AlreadyTreating(RuleRefused):
    """The doctor treats this patient already."""

    code = "already_treating"
    detail = _("This doctor treats this patient already.")


def choose_doctor(
    *, actor: User, patient_id: UUID, doctor_id: UUID, notes: str = "", now: datetime
) -> CareRelationship:
    """Let a manager of a patient choose a doctor; an APPOINTMENT relationship is thereby kept for good.

    Raises NotFound for a patient that is not the actor's or a doctor who does not practise, and AlreadyTreating.
    """
    patient = Patient.objects.managed_by(actor).filter(pk=patient_id).first()
    doctor = Doctor.objects.practising().filter(pk=doctor_id).first()
    if patient is None or doctor is None:
        raise NotFound
    with transaction.atomic():
        relationship, is_new = _open_relationship(patient, doctor, CareSource.CHOICE, ends_at=None, now=now)
        if not is_new and relationship.ends_at is None:
            raise AlreadyTreating
        relationship.source, relationship.ends_at, relationship.notes = CareSource.CHOICE, None, notes
        relationship.save(update_fields=["source", "ends_at", "notes", "updated_at"])
        audit.record("doctor_chosen", actor_id=actor.pk, subject=relationship, concerns_id=patient.pk)
    return relationship


def treat_after_booking(
    *, patient: Patient, doctor: Doctor, visit_ends_at: datetime, days: int, now: datetime
) -> CareRelationship:
    """Give the booked doctor the right to treat until `days` after the visit, and register the patient at the hospital.

    Part of the booking's transaction. A relationship that lasts longer already is left as it is.
    """
    until = visit_ends_at + timedelta(days=days)
    relationship, _is_new = _open_relationship(patient, doctor, CareSource.APPOINTMENT, ends_at=until, now=now)
    if relationship.ends_at is not None and relationship.ends_at < until:
        relationship.ends_at = until
        relationship.save(update_fields=["ends_at", "updated_at"])
    if doctor.hospital_id:
        HospitalRegistration.objects.bulk_create(
            [HospitalRegistration(hospital_id=doctor.hospital_id, patient=patient)], ignore_conflicts=True
        )
    return relationship


def raise_generation(*, relationship_id: UUID) -> CareRelationship:
    """Cancel the relationship's older plans and doses by raising its generation; part of the caller's transaction."""
    relationship = CareRelationship.objects.select_for_update().get(pk=relationship_id)
    relationship.generation += 1
    relationship.save(update_fields=["generation", "updated_at"])
    outbox.publish("care.generation_raised", relationship_id=relationship.pk)
    return relationship


def end_relationship(*, actor: User, relationship: CareRelationship, now: datetime) -> CareRelationship:
    """End a relationship softly; its plans and doses end with its generation. Ending it twice is no error.

    Raises NotAllowed for a doctor: whom to be treated by is the patient's choice.
    """
    with transaction.atomic():
        locked = CareRelationship.objects.select_for_update().get(pk=relationship.pk)
        if not Patient.objects.managed_by(actor).filter(pk=locked.patient_id).exists():
            raise NotAllowed
        if locked.ended_at is None:
            locked.ended_at = now
            locked.save(update_fields=["ended_at", "updated_at"])
            locked = raise_generation(relationship_id=locked.pk)
            audit.record("relationship_ended", actor_id=actor.pk, subject=locked, concerns_id=locked.patient_id)
    return locked


def _open_relationship(
    patient: Patient, doctor: Doctor, source: CareSource, *, ends_at: datetime | None, now: datetime
) -> tuple[CareRelationship, bool]:
    """Return the pair's open relationship, locked, and whether it was made now.

    It is made when there is none or the last one has run out.

    The insert goes first and yields to a rival: the partial unique key decides, not a look before. Whoever
    waited for the lock of a relationship that is being ended finds none after it, and inserts again.
    """
    run_out = CareRelationship.objects.filter(patient=patient, doctor=doctor, ended_at=None, ends_at__lte=now)
    run_out.update(ended_at=now, generation=F("generation") + 1)
    wanted = CareRelationship(patient=patient, doctor=doctor, source=source, started_at=now, ends_at=ends_at)
    open_now = CareRelationship.objects.select_for_update().filter(patient=patient, doctor=doctor, ended_at=None)
    relationship = None
    while relationship is None:
        CareRelationship.objects.bulk_create([wanted], ignore_conflicts=True)
        relationship = open_now.first()
    return relationship, relationship.pk == wanted.pk
