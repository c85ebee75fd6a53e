"""New patients: a login's own record, the people it looks after, and walk-ins whom a hospital registers."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.standing import forget
from apps.core import audit
from apps.core.errors import NotAllowed, RuleRefused
from apps.hospitals.models import Hospital
from apps.hospitals.querysets import staffed_by
from apps.patients.choices import ONE_PERSON, RegistrationSource, Relation
from apps.patients.models import HospitalRegistration, Management, Patient
from apps.patients.services.care import end_all_care
from apps.patients.services.demographics import checked_person


class AlreadyHasRecord(RuleRefused):
    """A login is one person, and has that person's record."""

    code = "already_has_record"
    detail = _("You have a record of your own already.")


def add_patient(*, actor: User, relation: Relation, now: datetime, **person: Any) -> Patient:
    """Make a record that the actor manages: of somebody to whom the actor is `relation`, or the actor's own (SELF).

    Raises InvalidInput, and AlreadyHasRecord for a second one of one's own.
    """
    checked = checked_person(person, now=now)
    with transaction.atomic():
        patient = Patient.objects.create(**checked)
        manage(actor=actor, patient=patient, relation=relation)
        audit.record(
            "patient_added",
            actor_id=actor.pk,
            subject=patient,
            concerns_id=patient.pk,
            details={"relation": relation},
        )
    return patient


def manage(*, actor: User, patient: Patient, relation: Relation) -> Management:
    """Let the actor manage the record from now on; raises AlreadyHasRecord. Part of the caller's transaction."""
    forget(actor)
    try:
        with transaction.atomic():  # The constraint has the last word; its refusal must not end the caller's work.
            return Management.objects.create(patient=patient, user=actor, relation=relation)
    except IntegrityError as failure:
        if "a_login_is_one_patient" in str(failure):
            raise AlreadyHasRecord from failure
        raise


class OwnRecord(RuleRefused):
    """One's own record is not given up: nobody else may manage it."""

    code = "own_record"
    detail = _("This is your own record. It cannot be given up.")


def give_up_patient(*, actor: User, patient: Patient, now: datetime) -> None:
    """End the actor's management of a dependant; care ends too when nobody else manages the record.

    Raises NotAllowed for whoever does not manage the patient, and OwnRecord.
    """
    with transaction.atomic():
        locked = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        management = locked.managements.live().select_for_update().filter(user=actor).first()
        if management is None:
            raise NotAllowed
        if management.relation in ONE_PERSON:
            raise OwnRecord
        if not locked.managements.live().exclude(pk=management.pk).exists():
            end_all_care(actor=actor, patient=locked, now=now)
            locked.caregivers.live().update(ended_at=now, updated_at=now)
        management.ended_at = now
        management.save(update_fields=["ended_at", "updated_at"])
        forget(actor)
        audit.record("patient_given_up", actor_id=actor.pk, subject=locked, concerns_id=locked.pk)


def register_walk_in(*, actor: User, now: datetime, **person: Any) -> Patient:
    """Register a person who came to the actor's hospital and has no login; its staff see name and contact.

    Raises NotAllowed for whoever is no active staff, and InvalidInput.
    """
    checked = checked_person(person, now=now)
    hospital = Hospital.objects.filter(staffed_by(actor)).first()
    if hospital is None:
        raise NotAllowed
    with transaction.atomic():
        patient = Patient.objects.create(**checked)
        HospitalRegistration.objects.create(hospital=hospital, patient=patient, source=RegistrationSource.WALK_IN)
        audit.record(
            "walk_in_registered",
            actor_id=actor.pk,
            subject=patient,
            concerns_id=patient.pk,
            tenant_id=hospital.pk,
        )
    return patient
