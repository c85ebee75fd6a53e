"""The right to write, held until what is written is written."""

from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.core.errors import NotAllowed
from apps.patients.models import CareRelationship
from apps.patients.services.care import NotTreating
from apps.records.selectors import RightToWrite, right_to_write


def hold_right_to_write(*, actor: User, patient_id: UUID, now: datetime) -> RightToWrite:
    """Return by what right the actor writes; care that gives it does not end before the caller's transaction does.

    Raises NotTreating and NotFound.
    """
    right = right_to_write(actor, patient_id, now=now)
    if right is RightToWrite.DOCTOR:
        # Locked, then asked again: whoever waited here for an end of the care finds no live relationship.
        live = CareRelationship.objects.live(now=now).filter(patient=patient_id, doctor__user=actor)
        if live.select_for_update(of=("self",), no_key=True).first() is None:
            raise NotTreating
    return right


def hold_treating(*, actor: User, patient_id: UUID, now: datetime) -> None:
    """Hold a treating doctor's right; raises NotAllowed for managers, NotTreating and NotFound."""
    if hold_right_to_write(actor=actor, patient_id=patient_id, now=now) is not RightToWrite.DOCTOR:
        raise NotAllowed
