"""A doctor's own profile."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import InvalidInput, NotFound, Text
from apps.hospitals.choices import Affected, DoctorStatus
from apps.hospitals.models import Doctor
from apps.hospitals.services.doctors import CHECKED, OWN, moved_by, save_profile
from apps.hospitals.services.zones import changing_zone

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
        with changing_zone(
            actor=actor, doctor_ids=moved_by(doctor=locked, changes=changes), affected=affected, now=now
        ):
            save_profile(doctor=locked, profile=changes, fields=(*CHECKED, *OWN))
        audit.record(
            "doctor_profile_changed",
            actor_id=actor.pk,
            subject=locked,
            tenant_id=locked.hospital_id,
            details={"fields": sorted(changes)},
        )
    return locked
