"""Things to do once: asked for by a doctor, ticked off by whoever manages the patient."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import NotAllowed, RuleRefused
from apps.patients.models import Patient
from apps.reminders.models import ChecklistItem
from apps.reminders.services.entering import treated


class TaskOutdated(RuleRefused):
    """A newer note, or the end of the relationship, has replaced the task."""

    code = "task_outdated"
    detail = _("A newer note has replaced this task.")


def add_task(*, actor: User, patient_id: UUID, task: str, now: datetime) -> ChecklistItem:
    """Ask a patient whom the doctor treats for something; raises NotFound, NotTreating."""
    with transaction.atomic():
        relationship = treated(actor=actor, patient_id=patient_id, now=now)
        item = ChecklistItem(patient_id=patient_id, relationship=relationship, generation=relationship.generation)
        item.seal_task(task)
        item.save(force_insert=True)
        audit.record("task_added", actor_id=actor.pk, subject=item, concerns_id=patient_id)
    return item


def set_done(*, actor: User, item_id: UUID, is_done: bool, now: datetime) -> ChecklistItem:
    """Mark a task done, or not done again; raises NotAllowed for whoever does not manage the patient, TaskOutdated."""
    with transaction.atomic():
        item = ChecklistItem.objects.select_for_update().get(pk=item_id)
        if not Patient.objects.managed_by(actor).filter(pk=item.patient_id).exists():
            raise NotAllowed
        if not ChecklistItem.objects.current(now=now).filter(pk=item.pk).exists():
            raise TaskOutdated
        if is_done != (item.done_at is not None):
            item.done_at = now if is_done else None
            item.save(update_fields=["done_at", "updated_at"])
            audit.record("task_ticked", actor_id=actor.pk, subject=item, concerns_id=item.patient_id)
    return item
