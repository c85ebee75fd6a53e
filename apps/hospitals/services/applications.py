"""Doctors who apply: handed in, decided by an administrator, handed in again after a rejection."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import Session, User
from apps.accounts.services.registration import register_user
from apps.accounts.services.sessions import open_session
from apps.accounts.standing import forget
from apps.core import audit
from apps.core.errors import NotAllowed, NotFound, RuleRefused
from apps.hospitals import messages
from apps.hospitals.choices import DoctorStatus
from apps.hospitals.models import Doctor, DoctorApplication
from apps.hospitals.services.deciding import check_reason
from apps.hospitals.services.profiles import save_doctor, write_profile


class AlreadyApplied(RuleRefused):
    """One application at a time."""

    code = "already_applied"
    detail = _("Your application waits for a decision already.")


class AlreadyDoctor(RuleRefused):
    """Who is a doctor here does not apply."""

    code = "already_doctor"
    detail = _("This login is a doctor's already.")


class AlreadyDecided(RuleRefused):
    """Somebody decided before."""

    code = "already_decided"
    detail = _("This application was decided already.")


class ChangedMeanwhile(RuleRefused):
    """The applicant changed what is checked after the decider had read it."""

    code = "changed_meanwhile"
    detail = _("The applicant has changed this application since you read it. Read it again, then decide.")


def register_applicant(
    *,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    phone: str,
    now: datetime,
    **profile: Any,
) -> Session:
    """Make the login of a doctor who applies, hand the application in, and sign them in.

    The login reaches little until it is approved. Raises EmailTaken, LicenceTaken and InvalidInput (weak password);
    nothing is left behind then.
    """
    with transaction.atomic():
        user = register_user(
            email=email,
            password=password,
            first_name=first_name,
            last_name=last_name,
            phone=phone,
            role=Role.DOCTOR,
            has_consented=True,
            now=now,
        )
        apply_as_doctor(actor=user, now=now, **profile)
        return open_session(user=user, now=now)


def apply_as_doctor(*, actor: User, now: datetime, **profile: Any) -> DoctorApplication:
    """Hand in the actor's application, the first one or one after a rejection; the login's role changes on approval.

    Raises NotAllowed for staff and administrators, AlreadyDoctor, AlreadyApplied, LicenceTaken.
    """
    if actor.role not in {Role.PATIENT, Role.DOCTOR}:
        raise NotAllowed
    try:
        with transaction.atomic():
            return _hand_in(actor, profile, now)
    except IntegrityError as clash:  # The same login, a moment ago.
        if "user_id" in str(clash) or "one_open_application_per_doctor" in str(clash):
            raise AlreadyApplied from clash
        raise


def _hand_in(actor: User, profile: dict[str, Any], now: datetime) -> DoctorApplication:
    doctor = Doctor.objects.select_for_update(of=("self",)).filter(user=actor).first() or Doctor(user=actor)
    if doctor.hospital_id is not None or doctor.status == DoctorStatus.APPROVED:
        raise AlreadyDoctor
    if doctor.applications.waiting().exists():
        raise AlreadyApplied
    doctor.status = DoctorStatus.PENDING
    write_profile(doctor=doctor, facts=profile)
    forget(actor)
    application = DoctorApplication.objects.create(doctor=doctor, submitted_at=now)
    audit.record("application_submitted", actor_id=actor.pk, subject=application)
    return application


def decide_application(
    *,
    actor: User,
    application: DoctorApplication,
    is_approved: bool,
    reason: str = "",
    seen_at: datetime | None = None,
    now: datetime,
) -> DoctorApplication:
    """Approve an applicant, who becomes an independent doctor, or reject one with a reason; acts on the next request.

    The decision is about what the actor saw: `seen_at` says when, or names the application's `submitted_at`. Raises
    NotAllowed, AlreadyDecided, ChangedMeanwhile, LicenceTaken, InvalidInput (no reason). Announces
    `application_decided`.
    """
    if actor.role != Role.ADMIN:
        raise NotAllowed
    why = reason.strip() if is_approved else check_reason(reason)
    with transaction.atomic():
        # The doctor first, like everybody who changes both.
        doctor = Doctor.objects.select_for_update(of=("self",)).select_related("user").get(pk=application.doctor_id)
        locked = DoctorApplication.objects.select_for_update().get(pk=application.pk)
        if locked.status != DoctorStatus.PENDING:
            raise AlreadyDecided
        if seen_at is not None and locked.submitted_at > seen_at:
            raise ChangedMeanwhile
        decision = DoctorStatus.APPROVED if is_approved else DoctorStatus.REJECTED
        locked.doctor = doctor
        locked.status, locked.decided_by, locked.decided_at, locked.reason = decision, actor, now, why
        locked.save(update_fields=["status", "decided_by", "decided_at", "reason", "updated_at"])
        _settle(doctor, decision)
        audit.record("application_decided", actor_id=actor.pk, subject=locked, details={"decision": decision})
        messages.tell_of_application(locked, now=now)
    return locked


def open_application_of(*, doctor: Doctor) -> DoctorApplication:
    """Return the application of a doctor that waits; raises AlreadyDecided, and NotFound where there never was one."""
    newest = doctor.applications.order_by("-id").first()
    if newest is None:
        raise NotFound
    if newest.status != DoctorStatus.PENDING:
        raise AlreadyDecided
    return newest


def _settle(doctor: Doctor, decision: DoctorStatus) -> None:
    doctor.status = decision
    save_doctor(doctor)
    if decision == DoctorStatus.APPROVED and doctor.user.role != Role.DOCTOR:
        doctor.user.role = Role.DOCTOR
        doctor.user.save(update_fields=["role", "updated_at"])
