"""Reading a whole record for a short while: by the patient's code, or in an emergency that everybody hears of."""

import hashlib
import hmac
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import CodePurpose
from apps.accounts.models import User
from apps.accounts.services.codes import WrongCode, issue_code, redeem_code
from apps.core import audit
from apps.core.budgets import spend
from apps.core.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from apps.hospitals.models import Doctor, StaffMember
from apps.patients.choices import GrantKind, ReviewOutcome
from apps.patients.messages import tell_of_access
from apps.patients.models import AccessGrant, CareRelationship, Patient
from apps.patients.services.demographics import phone_number

GRANTED_FOR = timedelta(minutes=30)
EMERGENCY_LASTS = timedelta(hours=1)
SHORTEST_REASON = 10
EMERGENCIES_A_DAY = 10


def request_access(
    *,
    actor: User,
    patient_id: UUID | None = None,
    phone: str = "",
    birth_date: date | None = None,
    now: datetime,
) -> None:
    """Send a code to whoever speaks for the patient, so that the actor may ask for it and read the record.

    A doctor who treats the patient names the id; any other one phone and birth date. The caller learns nothing: for
    a record that is not there the subject is invented, which costs the same work and the same budgets. Raises
    TooManyAttempts and InvalidInput.
    """
    subject, _patient = _subject(actor, patient_id, phone, birth_date, now)
    issue_code(purpose=CodePurpose.PATIENT_ACCESS, subject_id=subject, requester=str(actor.pk), now=now)


def open_record(
    *,
    actor: User,
    code: str,
    patient_id: UUID | None = None,
    phone: str = "",
    birth_date: date | None = None,
    now: datetime,
) -> AccessGrant:
    """Let the actor, who was told the code, read everything about the patient for 30 minutes.

    Raises WrongCode, also for a record that is not there. Announces `access_granted`. Must not run inside a
    transaction: a guess counts even when it is refused.
    """
    subject, patient = _subject(actor, patient_id, phone, birth_date, now)
    redeem_code(
        purpose=CodePurpose.PATIENT_ACCESS, subject_id=subject, requester=str(actor.pk), code=code.strip(), now=now
    )
    if patient is None:
        raise WrongCode
    with transaction.atomic():
        grant = _grant(actor, patient, GrantKind.OTP, expires_at=now + GRANTED_FOR, now=now)
        _record("access_granted", actor, grant)
        tell_of_access("access_granted", grant, now=now)
    return grant


def revoke_grant(*, actor: User, grant: AccessGrant, now: datetime) -> AccessGrant:
    """End a grant at once, as a manager of the patient; twice is no error. Raises NotAllowed."""
    with transaction.atomic():
        locked = AccessGrant.objects.select_for_update().get(pk=grant.pk)
        if not Patient.objects.managed_by(actor).filter(pk=locked.patient_id).exists():
            raise NotAllowed
        if locked.revoked_at is None:
            locked.revoked_at, locked.revoked_by = now, actor
            locked.save(update_fields=["revoked_at", "revoked_by", "updated_at"])
            _record("access_revoked", actor, locked)
    return locked


def break_glass(
    *,
    actor: User,
    reason: str,
    patient_id: UUID | None = None,
    phone: str = "",
    birth_date: date | None = None,
    now: datetime,
) -> AccessGrant:
    """Open a record in an emergency, for one hour and for reading only.

    Raises InvalidInput for a reason of fewer than 10 characters, NotFound, TooManyAttempts. Announces `break_glass`
    to the patient's managers and the staff of the doctor's hospital.
    """
    if len(" ".join(reason.split())) < SHORTEST_REASON:
        raise InvalidInput("reason", _("Say in at least 10 characters what the emergency is."), code="too_short")
    spend("break-glass", str(actor.pk), limit=EMERGENCIES_A_DAY, window=timedelta(days=1), now=now)
    if patient_id is not None:
        patient = Patient.objects.filter(pk=patient_id).first()
    else:
        patient = _of_phone(_typed(phone, birth_date), birth_date)
    if patient is None:
        raise NotFound
    with transaction.atomic():
        grant = _grant(actor, patient, GrantKind.BREAK_GLASS, expires_at=now + EMERGENCY_LASTS, now=now, reason=reason)
        _record("glass_broken", actor, grant)
        staff = StaffMember.objects.filter(hospital=grant.hospital_id, is_active=True).values_list("user", flat=True)
        tell_of_access("break_glass", grant, also=staff, now=now)
    return grant


class AlreadyReviewed(RuleRefused):
    """An emergency is reviewed once."""

    code = "already_reviewed"
    detail = _("This emergency was reviewed already.")


def review_emergency(
    *, actor: User, grant: AccessGrant, outcome: ReviewOutcome, notes: str, now: datetime
) -> AccessGrant:
    """Write down what a review found; one that was none also ends the access. Raises NotAllowed and AlreadyReviewed."""
    with transaction.atomic():
        locked = AccessGrant.objects.reviewed_by(actor).select_for_update(of=("self",)).filter(pk=grant.pk).first()
        if locked is None or locked.doctor.user_id == actor.pk:
            raise NotAllowed
        if locked.reviewed_at is not None:
            raise AlreadyReviewed
        locked.review_outcome, locked.review_notes = outcome, notes
        locked.reviewed_at, locked.reviewed_by = now, actor
        if outcome == ReviewOutcome.NOT_JUSTIFIED and locked.revoked_at is None:
            locked.revoked_at, locked.revoked_by = now, actor
        locked.save()
        _record("emergency_reviewed", actor, locked, outcome=outcome)
    return locked


def _grant(
    actor: User, patient: Patient, kind: GrantKind, *, expires_at: datetime, now: datetime, reason: str = ""
) -> AccessGrant:
    doctor = Doctor.objects.get(user=actor)
    treating = CareRelationship.objects.live(now=now).filter(patient=patient, doctor=doctor).first()
    return AccessGrant.objects.create(
        patient=patient,
        doctor=doctor,
        kind=kind,
        relationship=treating,
        hospital_id=doctor.hospital_id,
        reason=reason,
        expires_at=expires_at,
    )


def _subject(
    actor: User, patient_id: UUID | None, phone: str, birth_date: date | None, now: datetime
) -> tuple[UUID, Patient | None]:
    """Return the id that a code is bound to, and the patient of it, if there is one."""
    if patient_id is not None:
        typed = str(patient_id)
        patient = Patient.objects.treated_by(actor, now=now).filter(pk=patient_id).first()
    else:
        number = _typed(phone, birth_date)
        typed = f"{number}\n{birth_date}"
        patient = _of_phone(number, birth_date)
    secret = settings.CODE_PEPPER.encode()
    invented = UUID(bytes=hmac.digest(secret, f"access\n{typed}".encode(), hashlib.sha256)[:16])
    return (patient.pk if patient else invented), patient


def _typed(phone: str, birth_date: date | None) -> str:
    if birth_date is None:
        raise InvalidInput("birth_date", _("Name the patient by phone and birth date, or by id."), code="required")
    return phone_number(name="phone", typed=phone)


def _of_phone(number: str, birth_date: date | None) -> Patient | None:
    """Return the patient of that number and day; the oldest record of several, such as twins with one phone."""
    return Patient.objects.filter(phone=number, birth_date=birth_date).order_by("id").first()


def _record(action: str, actor: User, grant: AccessGrant, **details: str) -> None:
    audit.record(
        action,
        actor_id=actor.pk,
        subject=grant,
        concerns_id=grant.patient_id,
        tenant_id=grant.hospital_id,
        details={"kind": grant.kind, **details},
    )
