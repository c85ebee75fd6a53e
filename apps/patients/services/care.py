"""Care relationships: made by a choice, a hospital or an appointment; ended softly; their generation raised."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit, outbox
from apps.core.errors import NotAllowed, NotFound, RuleRefused
from apps.hospitals.models import Doctor, Hospital
from apps.hospitals.querysets import staffed_by
from apps.patients.choices import CareSource, RegistrationSource, Relation
from apps.patients.messages import tell_of_care
from apps.patients.models import CareRelationship, HospitalRegistration, Patient
from apps.patients.querysets import CareRelationshipQuerySet


class NotTreating(RuleRefused):
    """The doctor's right to write about this patient is over."""

    code = "not_treating"
    detail = _("You do not treat this patient now, so you cannot write anything new.")


class AlreadyTreating(RuleRefused):
    """The doctor treats this patient already."""

    code = "already_treating"
    detail = _("This doctor treats this patient already.")


class OwnDoctor(RuleRefused):
    """Nobody is their own doctor."""

    code = "own_doctor"
    detail = _("You cannot be your own doctor.")


def choose_doctor(
    *, actor: User, patient_id: UUID, doctor_id: UUID, notes: str = "", replaces: UUID | None = None, now: datetime
) -> CareRelationship:
    """Let a manager of a patient choose a doctor; an APPOINTMENT relationship is thereby kept for good.

    `replaces` names an open relationship of the patient that ends in the same transaction. Raises NotFound for a
    patient or relationship that is not the actor's or a doctor who does not practise, AlreadyTreating, OwnDoctor.
    Announces `care_started`, and `care_ended` for the one replaced.
    """
    patient = Patient.objects.managed_by(actor).filter(pk=patient_id).first()
    doctor = _practising(doctor_id)
    if patient is None or doctor is None:
        raise NotFound
    with transaction.atomic():
        _lock_care_of(patient)
        _end_replaced(actor, CareRelationship.objects.filter(patient=patient), replaces, now)
        chosen = _keep(patient, doctor, CareSource.CHOICE, hospital=None, notes=notes, now=now)
        audit.record("doctor_chosen", actor_id=actor.pk, subject=chosen, concerns_id=patient.pk)
        tell_of_care("care_started", chosen, by=actor, now=now)
    return chosen


def assign_doctor(
    *, actor: User, patient_id: UUID, doctor_id: UUID, notes: str = "", replaces: UUID | None = None, now: datetime
) -> CareRelationship:
    """Let hospital staff assign a practising doctor of the hospital to a patient registered there.

    `replaces` may name what the hospital assigned before. Raises NotFound for a patient, or a doctor, of another
    house, AlreadyTreating, OwnDoctor. Announces `care_started` to the doctor and the patient's managers.
    """
    hospital = Hospital.objects.filter(staffed_by(actor)).first()
    patient = Patient.objects.registered_at_hospital_of(actor).filter(pk=patient_id).first()
    doctor = _practising(doctor_id)
    if hospital is None or patient is None or doctor is None or doctor.hospital_id != hospital.pk:
        raise NotFound
    with transaction.atomic():
        _lock_care_of(patient)
        theirs = CareRelationship.objects.assigned_by_hospital_of(actor).filter(patient=patient)
        _end_replaced(actor, theirs, replaces, now)
        assigned = _keep(patient, doctor, CareSource.HOSPITAL, hospital=hospital, notes=notes, now=now)
        audit.record(
            "doctor_assigned",
            actor_id=actor.pk,
            subject=assigned,
            concerns_id=patient.pk,
            tenant_id=hospital.pk,
        )
        tell_of_care("care_started", assigned, by=actor, now=now)
    return assigned


def arrange_care(
    *, actor: User, patient_id: UUID | None, doctor_id: UUID, notes: str, replaces: UUID | None, now: datetime
) -> CareRelationship:
    """Choose as a manager (of oneself by default), or assign as hospital staff, whichever the actor is to the patient.

    Raises and announces what `choose_doctor` and `assign_doctor` do.
    """
    managed = Patient.objects.managed_by(actor)
    if patient_id is None:
        patient_id = (
            managed.filter(managements__user=actor, managements__relation=Relation.SELF)
            .values_list("pk", flat=True)
            .first()
        )
    if patient_id is None:
        raise NotFound
    arrange = choose_doctor if managed.filter(pk=patient_id).exists() else assign_doctor
    return arrange(actor=actor, patient_id=patient_id, doctor_id=doctor_id, notes=notes, replaces=replaces, now=now)


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
        known = HospitalRegistration(
            hospital_id=doctor.hospital_id, patient=patient, source=RegistrationSource.APPOINTMENT
        )
        HospitalRegistration.objects.bulk_create([known], ignore_conflicts=True)
    return relationship


def raise_generation(*, relationship_id: UUID) -> CareRelationship:
    """Cancel the relationship's older plans and doses by raising its generation; part of the caller's transaction.

    The one home of the rule: whatever ends older plans comes through here.
    """
    relationship = CareRelationship.objects.select_for_update().get(pk=relationship_id)
    relationship.generation += 1
    relationship.save(update_fields=["generation", "updated_at"])
    outbox.publish("care.generation_raised", relationship_id=relationship.pk)
    return relationship


def end_relationship(*, actor: User, relationship: CareRelationship, now: datetime) -> CareRelationship:
    """End a relationship softly; its plans and doses end with its generation. Ending it twice is no error.

    By a manager of the patient, or by staff of the hospital that assigned it. Raises NotAllowed for a doctor: whom to
    be treated by is the patient's choice. Announces `care_ended`.
    """
    with transaction.atomic():
        locked = CareRelationship.objects.select_for_update().get(pk=relationship.pk)
        manages = Patient.objects.managed_by(actor).filter(pk=locked.patient_id).exists()
        if not manages and not CareRelationship.objects.assigned_by_hospital_of(actor).filter(pk=locked.pk).exists():
            raise NotAllowed
        if locked.ended_at is None:
            locked = _end(locked, actor=actor, now=now)
    return locked


def end_all_care(*, actor: User, patient: Patient, now: datetime) -> None:
    """End every open relationship of a patient whom nobody manages any more; part of the caller's transaction."""
    open_now = CareRelationship.objects.filter(patient=patient, ended_at=None)
    for relationship in open_now.select_for_update().order_by("pk"):
        _end(relationship, actor=actor, now=now)


def _practising(doctor_id: UUID) -> Doctor | None:
    return Doctor.objects.practising().filter(pk=doctor_id).first()


def _lock_care_of(patient: Patient) -> None:
    """Queue up changes of a patient's doctors: a replacement holds two relationships, two crossing ones dead-lock.

    Not against bookings and notes, which hold one and wait for nothing else: hence NO KEY.
    """
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)


def _end_replaced(actor: User, among: CareRelationshipQuerySet, relationship_id: UUID | None, now: datetime) -> None:
    """End the relationship that another one replaces, if any; raises NotFound unless it is a live one among these."""
    if relationship_id is None:
        return
    replaced = among.live(now=now).select_for_update(of=("self",)).filter(pk=relationship_id).first()
    if replaced is None:
        raise NotFound
    _end(replaced, actor=actor, now=now)


def _end(relationship: CareRelationship, *, actor: User, now: datetime) -> CareRelationship:
    ended = _close(relationship, now=now)
    audit.record(
        "relationship_ended",
        actor_id=actor.pk,
        subject=ended,
        concerns_id=ended.patient_id,
        tenant_id=ended.hospital_id,
    )
    tell_of_care("care_ended", ended, by=actor, now=now)
    return ended


def _close(relationship: CareRelationship, *, now: datetime) -> CareRelationship:
    """Write that a relationship is over; what hangs on it ends with its generation."""
    relationship.ended_at = now
    relationship.save(update_fields=["ended_at", "updated_at"])
    return raise_generation(relationship_id=relationship.pk)


def _keep(
    patient: Patient, doctor: Doctor, source: CareSource, *, hospital: Hospital | None, notes: str, now: datetime
) -> CareRelationship:
    """Return the pair's relationship, made or kept for good; raises AlreadyTreating and OwnDoctor."""
    if Patient.objects.own_of(doctor.user).filter(pk=patient.pk).exists():
        raise OwnDoctor
    relationship, is_new = _open_relationship(patient, doctor, source, ends_at=None, now=now)
    if not is_new and relationship.ends_at is None:
        raise AlreadyTreating
    relationship.source, relationship.hospital = source, hospital
    relationship.ends_at, relationship.notes = None, notes
    relationship.save(update_fields=["source", "hospital", "ends_at", "notes", "updated_at"])
    return relationship


def _open_relationship(
    patient: Patient, doctor: Doctor, source: CareSource, *, ends_at: datetime | None, now: datetime
) -> tuple[CareRelationship, bool]:
    """Return the pair's open relationship, locked, and whether it was made now.

    It is made when there is none or the last one has run out.

    The insert goes first and yields to a rival: the partial unique key decides, not a look before. Whoever
    waited for the lock of a relationship that is being ended finds none after it, and inserts again.
    """
    wanted = CareRelationship(patient=patient, doctor=doctor, source=source, started_at=now, ends_at=ends_at)
    open_now = CareRelationship.objects.select_for_update().filter(patient=patient, doctor=doctor, ended_at=None)
    while True:
        CareRelationship.objects.bulk_create([wanted], ignore_conflicts=True)
        relationship = open_now.first()
        if relationship is not None and relationship.is_live(now=now):
            return relationship, relationship.pk == wanted.pk
        if relationship is not None:
            _close(relationship, now=now)  # It ran out; nobody came by until now to write it down.
