"""A hospital's doctors, and independent ones: made, changed and deactivated by those who answer for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify

from apps.accounts.choices import EndReason, Role
from apps.accounts.models import User
from apps.accounts.services.passwords import generate_password, set_generated_password
from apps.accounts.services.registration import register_user
from apps.accounts.services.sessions import end_all_sessions
from apps.core import audit
from apps.hospitals.choices import Affected, DoctorStatus
from apps.hospitals.models import Doctor, Hospital
from apps.hospitals.services.managing import department_of, guard_manages, managed_hospital
from apps.hospitals.services.profiles import change_profile, write_profile

LONGEST_PLACE = 20  # Letters of the hospital in a username.


class NewDoctor(NamedTuple):
    """A doctor and the password of the login: shown once, kept nowhere."""

    doctor: Doctor
    password: str


def add_doctor(
    *,
    actor: User,
    first_name: str,
    last_name: str,
    email: str,
    phone: str = "",
    hospital_id: UUID | None = None,
    department_id: UUID | None = None,
    now: datetime,
    **profile: Any,
) -> NewDoctor:
    """Make an approved doctor with a login, a username from the names and a generated password to be changed at once.

    By a hospital's staff for it; by an administrator for the hospital named, or for none (independent).
    Raises NotAllowed, NotFound (hospital, department) and LicenceTaken.
    """
    is_independent = actor.role == Role.ADMIN and hospital_id is None
    hospital = None if is_independent else managed_hospital(actor=actor, hospital_id=hospital_id)
    department = department_of(hospital=hospital, department_id=department_id)
    password = generate_password()
    with transaction.atomic():
        user = register_user(
            email=email,
            password=password,
            first_name=first_name,
            last_name=last_name,
            phone=phone,
            username=_username_for(first_name, last_name, hospital),
            role=Role.DOCTOR,
            is_self_registered=False,
            now=now,
        )
        user.must_change_password = True
        user.save(update_fields=["must_change_password", "updated_at"])
        doctor = Doctor(user=user, hospital=hospital, department=department, status=DoctorStatus.APPROVED)
        write_profile(doctor=doctor, facts=profile)
        tenant = hospital.pk if hospital else None
        audit.record("doctor_created", actor_id=actor.pk, subject=doctor, tenant_id=tenant)
        audit.record("password_returned", actor_id=actor.pk, subject=user, tenant_id=tenant)
    return NewDoctor(doctor, password)


def _username_for(first_name: str, last_name: str, hospital: Hospital | None) -> str:
    """Return what a doctor's username begins with: the names, then the hospital; namesakes get a number after it."""
    person = slugify(f"{first_name} {last_name}").replace("-", "")
    place = slugify(hospital.name).replace("-", "")[:LONGEST_PLACE] if hospital else ""
    return f"{person}_{place}" if place else person


def change_doctor(
    *, actor: User, doctor: Doctor, affected: str = Affected.REFUSE, now: datetime, **changes: Any
) -> Doctor:
    """Change what is known of a doctor, the department and names included, by the hospital or an administrator.

    `is_active` lets a deactivated one work again; `affected` says what becomes of appointments that another zone
    orphans. Raises NotAllowed, NotFound (department), LicenceTaken, and what the calendar refuses with.
    """
    guard_manages(actor=actor, hospital_id=doctor.hospital_id)
    with transaction.atomic():
        locked = _locked(doctor)
        if "department" in changes:
            locked.department = department_of(hospital=locked.hospital, department_id=changes["department"])
        if locked.is_active and not changes.get("is_active", True):
            end_all_sessions(actor=actor, user=locked.user, reason=EndReason.SUSPENDED, now=now)
        locked.is_active = changes.get("is_active", locked.is_active)
        _rename(locked.user, changes)
        change_profile(actor=actor, doctor=locked, changes=changes, affected=affected, now=now)
        _record(actor, locked, "doctor_changed", changes)
    return locked


def deactivate_doctor(*, actor: User, doctor: Doctor, now: datetime) -> Doctor:
    """Let a doctor work no longer: the login stops and is no longer listed. Doing it twice is no error.

    Raises NotAllowed.
    """
    guard_manages(actor=actor, hospital_id=doctor.hospital_id)
    with transaction.atomic():
        locked = _locked(doctor)
        locked.is_active = False
        locked.save(update_fields=["is_active", "updated_at"])
        end_all_sessions(actor=actor, user=locked.user, reason=EndReason.SUSPENDED, now=now)
        _record(actor, locked, "doctor_deactivated", {})
    return locked


def reset_doctor_password(*, actor: User, doctor: Doctor, now: datetime) -> NewDoctor:
    """Give a doctor's login a new generated password, shown once; every session of it ends. Raises NotAllowed."""
    guard_manages(actor=actor, hospital_id=doctor.hospital_id)
    with transaction.atomic():
        _record(actor, doctor, "doctor_password_reset", {})
        return NewDoctor(doctor, set_generated_password(actor=actor, user=doctor.user, now=now))


def _locked(doctor: Doctor) -> Doctor:
    return Doctor.objects.select_for_update(of=("self",)).select_related("user", "hospital").get(pk=doctor.pk)


def _rename(user: User, changes: Mapping[str, Any]) -> None:
    given = [name for name in ("first_name", "last_name", "phone") if name in changes]
    for name in given:
        setattr(user, name, str(changes[name]).strip())
    if given:
        user.save(update_fields=[*given, "updated_at"])


def _record(actor: User, doctor: Doctor, what: str, changes: Mapping[str, Any]) -> None:
    audit.record(
        what,
        actor_id=actor.pk,
        subject=doctor,
        tenant_id=doctor.hospital_id,
        details={"fields": sorted(changes)} if changes else None,
    )
