"""Hospitals come in and keep their profile."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services.registration import register_user
from apps.core import audit
from apps.core.errors import InvalidInput
from apps.hospitals.choices import LICENSED, Affected
from apps.hospitals.models import Hospital, StaffMember
from apps.hospitals.services.managing import LicenceTaken, guard_manages
from apps.hospitals.services.zones import changing_zone

# What its people change; never licence, status or who decided.
PROFILE = (
    *("name", "email", "phone", "address", "city", "latitude", "longitude"),
    *("time_zone", "cancellation_notice_hours"),
)


class FirstLogin(TypedDict):
    """Whoever registers a hospital; without a username one is made from the address."""

    email: str
    password: str
    first_name: str
    last_name: str
    phone: str
    username: NotRequired[str]


def register_hospital(*, login: FirstLogin, license_number: str, now: datetime, **profile: Any) -> Hospital:
    """Register a hospital that waits for approval, with the login of its first staff.

    The login works when the hospital is approved. Raises EmailTaken, LicenceTaken and InvalidInput (weak password,
    half a pair of coordinates); nothing is left behind then.
    """
    with transaction.atomic():
        hospital = _insert_hospital(license_number, profile)
        user = register_user(**login, role=Role.HOSPITAL, has_consented=True, now=now)
        StaffMember.objects.create(user=user, hospital=hospital)
        audit.record("hospital_registered", actor_id=user.pk, subject=hospital, tenant_id=hospital.pk)
    return hospital


def change_hospital(
    *, actor: User, hospital: Hospital, affected: str = Affected.REFUSE, now: datetime, **changes: Any
) -> Hospital:
    """Change a hospital's profile, by its staff or an administrator.

    Another zone moves the weeks of all its doctors: `affected` says what becomes of appointments that no longer fit.
    Raises NotAllowed, InvalidInput for half a pair of coordinates, and what the calendars refuse with.
    """
    guard_manages(actor=actor, hospital_id=hospital.pk)
    with transaction.atomic():
        # NO KEY, for a booking holds its doctor while its foreign key asks for the hospital: here it is the reverse.
        locked = Hospital.objects.select_for_update(no_key=True).get(pk=hospital.pk)
        is_moved = changes.get("time_zone", locked.time_zone) != locked.time_zone
        _write(locked, changes)
        moved = list(locked.doctors.values_list("pk", flat=True)) if is_moved else []
        with changing_zone(actor=actor, doctor_ids=moved, affected=affected, now=now):
            locked.save(update_fields=[*PROFILE, "updated_at"])
        audit.record(
            "hospital_changed",
            actor_id=actor.pk,
            subject=locked,
            tenant_id=locked.pk,
            details={"fields": sorted(changes)},
        )
    return locked


def _insert_hospital(license_number: str, profile: dict[str, Any]) -> Hospital:
    hospital = Hospital(license_number=license_number.strip())
    if Hospital.objects.filter(license_number=hospital.license_number, status__in=LICENSED).exists():
        raise LicenceTaken
    _write(hospital, profile)
    hospital.save(force_insert=True)
    return hospital


def _write(hospital: Hospital, changes: dict[str, Any]) -> None:
    for name in PROFILE:
        if name in changes:
            setattr(hospital, name, changes[name])
    if (hospital.latitude is None) != (hospital.longitude is None):
        missing = "latitude" if hospital.latitude is None else "longitude"
        raise InvalidInput(missing, _("Give both coordinates, or neither."), code="required")
