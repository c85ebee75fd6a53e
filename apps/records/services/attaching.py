"""Files that belong to a prescription: sent by its author, removed by nobody else."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core import files as store
from apps.core.errors import InvalidInput, NotAllowed
from apps.core.files import WrittenFile
from apps.records.models import Prescription, PrescriptionAttachment
from apps.records.selectors import RightToWrite, right_to_write
from apps.records.services.storing import hold_room
from apps.records.services.writing import hold_treating


def attach_files(
    *, actor: User, prescription: Prescription, files: Sequence[WrittenFile], description: str = "", now: datetime
) -> list[PrescriptionAttachment]:
    """Attach files to a prescription, as its author who still treats.

    Raises NotAllowed, NotTreating, QuotaUsedUp and InvalidInput.
    """
    _check_author(actor, prescription, now)
    if not files:
        raise InvalidInput("files", _("Send at least one file."), code="required")
    with transaction.atomic():
        hold_room(patient_id=prescription.patient_id, files=files)
        hold_treating(actor=actor, patient_id=prescription.patient_id, now=now)
        if prescription.attachments.present().count() + len(files) > settings.UPLOAD_MAX_FILES:
            raise InvalidInput("files", _("A prescription has no room for so many files."), code="too_many_files")
        attached = [
            PrescriptionAttachment.objects.create(
                prescription=prescription, file=store.attach(each), description=description
            )
            for each in files
        ]
        _record("prescription_files_attached", actor, prescription, files=len(attached))
    return attached


def remove_attachment(*, actor: User, attachment: PrescriptionAttachment, now: datetime) -> None:
    """Remove an attachment with its bytes, as the prescription's author who still treats.

    Raises NotAllowed and NotTreating.
    """
    _check_author(actor, attachment.prescription, now)
    with transaction.atomic():
        locked = PrescriptionAttachment.objects.select_for_update(of=("self",)).select_related("file")
        store.remove(locked.get(pk=attachment.pk).file, now=now)
        _record("prescription_file_removed", actor, attachment.prescription, attachment=str(attachment.pk))


def _check_author(actor: User, prescription: Prescription, now: datetime) -> None:
    """Raise NotAllowed for everybody but the author, and NotTreating for an author who treats no more."""
    if prescription.doctor.user_id != actor.pk or (
        right_to_write(actor, prescription.patient_id, now=now) is not RightToWrite.DOCTOR
    ):
        raise NotAllowed


def _record(action: str, actor: User, prescription: Prescription, **details: object) -> None:
    audit.record(action, actor_id=actor.pk, subject=prescription, concerns_id=prescription.patient_id, details=details)
