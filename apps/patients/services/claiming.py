"""Claiming the record that a hospital began: a code to the phone or address on record, and the record is managed."""

import hashlib
import hmac
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.accounts.choices import CodePurpose
from apps.accounts.models import User
from apps.accounts.services.codes import issue_code, redeem_code
from apps.core import audit
from apps.core.errors import NotFound
from apps.patients.choices import ONE_PERSON, Relation
from apps.patients.models import Patient
from apps.patients.services.demographics import phone_number
from apps.patients.services.registering import manage


def request_claim(*, actor: User, phone: str, birth_date: date, now: datetime) -> None:
    """Send a code to the contact of the record of that phone and birth date which nobody manages, if there is one.

    The caller learns nothing: a record that is not there costs the same work and the same budgets, for its subject
    is invented from what was typed. Raises TooManyAttempts, and InvalidInput for what is no phone number.
    """
    issue_code(
        purpose=CodePurpose.PATIENT_CLAIM,
        subject_id=_subject(phone_number(name="phone", typed=phone), birth_date),
        requester=str(actor.pk),
        now=now,
    )


def claim_patient(
    *, actor: User, phone: str, birth_date: date, code: str, relation: Relation, now: datetime
) -> Patient:
    """Let the actor, who knows the code, manage the record; who is that person already keeps both records.

    Raises WrongCode, also for a record that is not there, and NotFound when somebody else was faster. Must not run
    inside a transaction: a guess counts even when it is refused.
    """
    subject = _subject(phone_number(name="phone", typed=phone), birth_date)
    redeem_code(
        purpose=CodePurpose.PATIENT_CLAIM, subject_id=subject, requester=str(actor.pk), code=code.strip(), now=now
    )
    with transaction.atomic():
        # Locked, then asked: of two who claim at once the second one finds it managed.
        Patient.objects.select_for_update(no_key=True).filter(pk=subject).first()
        patient = Patient.objects.unmanaged().filter(pk=subject).first()
        if patient is None:
            raise NotFound
        manage(actor=actor, patient=patient, relation=_relation(actor, relation))
        audit.record("patient_claimed", actor_id=actor.pk, subject=patient, concerns_id=patient.pk)
    return patient


def _relation(actor: User, wanted: Relation) -> Relation:
    """Return SELF for the first record of the person, CLAIMED for a further one (decision 0003)."""
    if wanted not in ONE_PERSON:
        return wanted
    # Locked: of two claims at once by one login one is SELF and the other sees it.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    has_own = actor.managements.live().filter(relation=Relation.SELF).exists()
    return Relation.CLAIMED if has_own else Relation.SELF


def _subject(number: str, birth_date: date) -> UUID:
    """Return whose record it is, or an id that nobody has; the oldest of several, such as twins with one phone."""
    found = Patient.objects.unmanaged().filter(phone=number, birth_date=birth_date).order_by("id")
    patient_id: UUID | None = found.values_list("pk", flat=True).first()
    typed = f"claim\n{number}\n{birth_date.isoformat()}".encode()
    invented = UUID(bytes=hmac.digest(settings.CODE_PEPPER.encode(), typed, hashlib.sha256)[:16])
    return patient_id or invented
