"""Files of health records: owned with the row that needs them, removed with their bytes."""

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
from apps.patients.models import Patient
from apps.records.models import HealthRecord, RecordFile
from apps.records.selectors import RightToWrite, right_to_write
from apps.records.services.storing import hold_room


def own_files(*, actor: User, record: HealthRecord, files: Sequence[WrittenFile]) -> list[RecordFile]:
    """Own written files by the record; part of the caller's transaction. Raises QuotaUsedUp and InvalidInput."""
    if not files:
        return []
    hold_room(patient_id=record.patient_id, files=files)
    if record.files.present().count() + len(files) > settings.UPLOAD_MAX_FILES:
        raise InvalidInput("files", _("A record has no room for so many files."), code="too_many_files")
    return [_owned(actor, record, each) for each in files]


def add_files(*, actor: User, record: HealthRecord, files: Sequence[WrittenFile], now: datetime) -> list[RecordFile]:
    """Add files to a record, as a manager or as the treating doctor who wrote it.

    Raises NotAllowed, NotTreating, QuotaUsedUp and InvalidInput.
    """
    right = right_to_write(actor, record.patient_id, now=now)
    if right is RightToWrite.DOCTOR and record.uploaded_by_id != actor.pk:
        raise NotAllowed
    if not files:
        raise InvalidInput("files", _("Send at least one file."), code="required")
    with transaction.atomic():
        owned = own_files(actor=actor, record=record, files=files)
        _record("record_files_added", actor, record, files=len(owned))
    return owned


def remove_file(*, actor: User, file: RecordFile, now: datetime) -> None:
    """Remove a file with its bytes: managers what the patient's side sent, a treating doctor what that doctor sent.

    What a doctor or a hospital wrote is theirs to answer for: raises NotAllowed, and NotTreating.
    """
    record = file.record
    right = right_to_write(actor, record.patient_id, now=now)
    is_own = file.uploaded_by_id == actor.pk
    if not is_own and (right is RightToWrite.DOCTOR or record.hospital_id is not None or _is_doctors(file)):
        raise NotAllowed
    with transaction.atomic():
        locked = RecordFile.objects.select_for_update(of=("self",)).select_related("file").get(pk=file.pk)
        store.remove(locked.file, now=now)
        _record("record_file_removed", actor, record, file=str(file.pk))


def _is_doctors(file: RecordFile) -> bool:
    """Return whether somebody else than the patient's managers sent it, such as an independent doctor."""
    return not Patient.objects.managed_by(file.uploaded_by).filter(pk=file.record.patient_id).exists()


def _owned(actor: User, record: HealthRecord, written: WrittenFile) -> RecordFile:
    return RecordFile.objects.create(record=record, file=store.attach(written), uploaded_by=actor)


def _record(action: str, actor: User, record: HealthRecord, **details: object) -> None:
    audit.record(action, actor_id=actor.pk, subject=record, concerns_id=record.patient_id, details=details)
