"""Ticking things off."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import NotAllowed
from apps.patients.models import Patient
from apps.reminders.models import ChecklistItem


def set_done(*, actor: User, item_id: UUID, is_done: bool, now: datetime) -> ChecklistItem:
    """Mark a task done, or not done again; raises NotAllowed for whoever does not manage the patient."""
    with transaction.atomic():
        item = ChecklistItem.objects.select_for_update().get(pk=item_id)
        if not Patient.objects.managed_by(actor).filter(pk=item.patient_id).exists():
            raise NotAllowed
        if is_done != (item.done_at is not None):
            item.done_at = now if is_done else None
            item.save(update_fields=["done_at", "updated_at"])
            audit.record("task_ticked", actor_id=actor.pk, subject=item, concerns_id=item.patient_id)
    return item
