"""What is known of a doctor's practice: which part was checked, how it is written, and one's own profile."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import InvalidInput, NotFound, Text
from apps.hospitals.choices import Affected, DoctorStatus
from apps.hospitals.models import Doctor
from apps.hospitals.services.managing import LicenceTaken, refuse_taken_licence
from apps.hospitals.services.zones import changing_zone

# What was looked at when a doctor was approved: afterwards only the hospital or an administrator changes it.
CHECKED = ("license_number", "cnic", "specialization", "qualification")
# What a doctor says about the practice, whenever they like.
OWN = (
    *("education", "experience_years", "consultation_fee", "languages", "diseases_treated", "bio"),
    *("practice_location", "city", "availability_status", "time_zone"),
)
LOCKED: Text = _("This was checked when you were approved. Ask your hospital.")


def change_own_profile(
    *, actor: User, doctor: Doctor, affected: str = Affected.REFUSE, now: datetime, **changes: Any
) -> Doctor:
    """Change one's own profile; what was checked at the approval stays as it was checked.

    Before the approval a change of that hands the application in anew: whoever decides is to decide on what is there.
    `affected` says what becomes of appointments that another zone orphans. Raises NotFound for another's, InvalidInput
    (`locked_after_approval`), LicenceTaken, and what the calendar refuses with.
    """
    with transaction.atomic():
        locked = Doctor.objects.select_for_update(of=("self",)).select_related("user", "hospital").get(pk=doctor.pk)
        if locked.user_id != actor.pk:
            raise NotFound
        changed = [name for name in CHECKED if name in changes and changes[name] != getattr(locked, name)]
        if changed and locked.status == DoctorStatus.APPROVED:
            raise InvalidInput(changed[0], LOCKED, code="locked_after_approval")
        if changed:
            locked.applications.waiting().update(submitted_at=now, updated_at=now)
        change_profile(actor=actor, doctor=locked, changes=changes, affected=affected, now=now)
        audit.record(
            "doctor_profile_changed",
            actor_id=actor.pk,
            subject=locked,
            tenant_id=locked.hospital_id,
            details={"fields": sorted(changes)},
        )
    return locked


def change_profile(*, actor: User, doctor: Doctor, changes: Mapping[str, Any], affected: str, now: datetime) -> None:
    """Write what changes of a locked doctor's profile; part of the caller's transaction.

    The calendar of an independent doctor is in the doctor's own zone: another one settles what stands there. Raises
    LicenceTaken, and what the calendar refuses with.
    """
    is_moved = doctor.hospital_id is None and changes.get("time_zone", doctor.time_zone) != doctor.time_zone
    moved = [doctor.pk] if is_moved else []
    with changing_zone(actor=actor, doctor_ids=moved, affected=affected, now=now):
        write_profile(doctor=doctor, facts=changes)


def write_profile(*, doctor: Doctor, facts: Mapping[str, Any]) -> None:
    """Write the profile of a doctor, new or locked; part of the caller's transaction. Raises LicenceTaken."""
    for name in (*CHECKED, *OWN):
        if name in facts:
            setattr(doctor, name, facts[name])
    if doctor.hospital_id is None and not doctor.time_zone:
        doctor.time_zone = "UTC"
    save_doctor(doctor)


def save_doctor(doctor: Doctor) -> None:
    """Write a doctor's row; raises LicenceTaken for a number that an approved colleague of the same house has.

    Who only asks to be approved takes no number from anybody: of two who wait with the same one, one is approved.
    """
    namesakes = Doctor.objects.filter(hospital=doctor.hospital_id, status=DoctorStatus.APPROVED)
    taken = namesakes.filter(license_number=doctor.license_number).exclude(pk=doctor.pk)
    if doctor.license_number and taken.exists():
        raise LicenceTaken
    try:
        with transaction.atomic():
            doctor.save()
    except IntegrityError as clash:
        refuse_taken_licence(clash=clash)
        raise
