"""A doctor's own profile."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import InvalidInput, NotFound
from apps.hospitals.choices import DoctorStatus
from apps.hospitals.models import Doctor
from apps.hospitals.services.doctors import CHECKED, OWN, save_profile


def change_own_profile(*, actor: User, doctor: Doctor, **changes: Any) -> Doctor:
    """Change one's own profile; what was checked at the approval stays as it was checked.

    Raises NotFound for another's, InvalidInput (`locked_after_approval`) and LicenceTaken.
    """
    with transaction.atomic():
        locked = Doctor.objects.select_for_update(of=("self",)).select_related("user", "hospital").get(pk=doctor.pk)
        if locked.user_id != actor.pk:
            raise NotFound
        if locked.status == DoctorStatus.APPROVED:
            _refuse_checked(locked, changes)
        save_profile(doctor=locked, profile=changes, fields=(*CHECKED, *OWN))
        audit.record(
            "doctor_profile_changed",
            actor_id=actor.pk,
            subject=locked,
            tenant_id=locked.hospital_id,
            details={"fields": sorted(changes)},
        )
    return locked


def _refuse_checked(doctor: Doctor, changes: dict[str, Any]) -> None:
    """Refuse another value; the same one again is no change, so a client may send the whole profile back."""
    for name in CHECKED:
        if name in changes and changes[name] != getattr(doctor, name):
            raise InvalidInput(
                name, _("This was checked when you were approved. Ask your hospital."), code="locked_after_approval"
            )
