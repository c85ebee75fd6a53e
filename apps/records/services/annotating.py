"""What doctors say about records: with an author and a history, told to the patient."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import NotAllowed
from apps.notifications.services.announcing import Announcement, announce_many
from apps.patients.querysets import managers_of
from apps.records.models import Annotation, AnnotationVersion, HealthRecord
from apps.records.services.writing import hold_treating


def annotate(*, actor: User, record: HealthRecord, text: str, now: datetime) -> Annotation:
    """Say something about a record, as a doctor who treats its patient.

    Raises NotAllowed for managers, NotTreating. Announces `record_annotated`.
    """
    with transaction.atomic():
        hold_treating(actor=actor, patient_id=record.patient_id, now=now)
        annotation = Annotation.objects.create(record=record, author=actor, text=text)
        _record("record_annotated", actor, annotation)
        _tell(annotation, sequence=0, now=now)
    return annotation


def change_annotation(*, actor: User, annotation: Annotation, text: str, now: datetime) -> Annotation:
    """Say it differently, as its author who still treats; what it said is kept.

    Raises NotAllowed, NotTreating. Announces `record_annotated` again.
    """
    with transaction.atomic():
        locked = Annotation.objects.select_for_update(of=("self",)).select_related("record").get(pk=annotation.pk)
        if locked.author_id != actor.pk:
            raise NotAllowed
        hold_treating(actor=actor, patient_id=locked.record.patient_id, now=now)
        if locked.text != text:
            AnnotationVersion.objects.create(annotation=locked, text=locked.text, replaced_at=now)
            locked.text, locked.edited_at = text, now
            locked.save(update_fields=["text", "edited_at", "updated_at"])
            _record("annotation_changed", actor, locked)
            _tell(locked, sequence=locked.versions.count(), now=now)
    return locked


def _tell(annotation: Annotation, *, sequence: int, now: datetime) -> None:
    managers = managers_of([annotation.record.patient_id]).values_list("user", flat=True)
    told = [Announcement(annotation.pk, recipient, sequence) for recipient in sorted(managers)]
    announce_many("record_annotated", told, now=now)


def _record(action: str, actor: User, annotation: Annotation) -> None:
    audit.record(action, actor_id=actor.pk, subject=annotation, concerns_id=annotation.record.patient_id)
