"""Health records: adding, changing, assigning and sharing them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from apps.core.files import WrittenFile
from apps.hospitals.models import Doctor, Hospital
from apps.hospitals.querysets import staffed_by
from apps.notifications.services.announcing import announce
from apps.patients.models import Patient
from apps.patients.querysets import managers_of
from apps.records.models import HealthRecord, RecordShare
from apps.records.selectors import RightToWrite, right_to_write, treating_doctor
from apps.records.services.files import own_files
from apps.records.services.writing import hold_right_to_write


class RecordKept(RuleRefused):
    """What was recorded stays."""

    code = "record_kept"
    detail = _("A health record is never deleted. Its files can be removed: DELETE records/files/{id}/.")


def delete_record() -> NoReturn:
    """Refuse: raises RecordKept."""
    raise RecordKept


def add_record(
    *,
    actor: User,
    patient_id: UUID | None,
    doctor_id: UUID | None = None,
    files: Sequence[WrittenFile],
    now: datetime,
    **columns: Any,
) -> HealthRecord:
    """Add a record with its files, in one transaction: by a manager (of oneself by default) or a treating doctor.

    `doctor_id` names a treating doctor who is to look at it. Raises NotFound, NotTreating, InvalidInput, QuotaUsedUp.
    Announces `record_assigned` to the doctor and `record_added` to managers who did not add it.
    """
    if patient_id is None:
        patient_id = Patient.objects.own_of(actor).order_by("id").values_list("pk", flat=True).first()
    if patient_id is None:
        raise InvalidInput("patient", _("Say whose record it is."), code="required")
    right = right_to_write(actor, patient_id, now=now)
    hospital_id = Doctor.objects.get(user=actor).hospital_id if right is RightToWrite.DOCTOR else None
    doctor = treating_doctor(doctor_id, patient_id, now=now) if doctor_id else None
    record = HealthRecord(
        patient_id=patient_id, doctor=doctor, uploaded_by=actor, hospital_id=hospital_id, **_checked(columns, now)
    )
    return _added(record, actor=actor, files=files, now=now)


def upload_report(
    *, actor: User, patient_id: UUID, files: Sequence[WrittenFile], now: datetime, **columns: Any
) -> HealthRecord:
    """Add a report for a patient, as staff of a hospital that knows the patient, a manager or a treating doctor.

    Staff get back what they sent, and cannot read it afterwards. Raises NotFound, NotTreating, InvalidInput and
    QuotaUsedUp. Announces `record_added`.
    """
    hospital = Hospital.objects.filter(staffed_by(actor)).first()
    if hospital is None:
        right_to_write(actor, patient_id, now=now)
    elif not Patient.objects.registered_at_hospital_of(actor).filter(pk=patient_id).exists():
        raise NotFound
    if not files:
        raise InvalidInput("files", _("Send the report as a file."), code="required")
    if hospital is None:
        return add_record(actor=actor, patient_id=patient_id, files=files, now=now, **columns)
    record = HealthRecord(patient_id=patient_id, uploaded_by=actor, hospital=hospital, **_checked(columns, now))
    return _added(record, actor=actor, files=files, is_report=True, now=now)


def change_record(*, actor: User, record: HealthRecord, changes: Mapping[str, Any], now: datetime) -> HealthRecord:
    """Change what a record says of itself, or whom it is assigned to (`doctor_id`, None: nobody), as a manager.

    What a doctor or a hospital wrote stays as they wrote it: of that, managers change whom it is assigned to. Raises
    NotAllowed for more and for doctors, NotFound for a doctor who does not treat, InvalidInput. Announces
    `record_assigned`.
    """
    with transaction.atomic():
        locked = HealthRecord.objects.select_for_update().get(pk=record.pk)
        _check_manager(actor, locked)
        if changes.keys() - {"doctor_id"} and _is_anothers(locked):
            raise NotAllowed
        columns = _checked(dict(changes), now)
        before = locked.doctor_id
        if columns.get("doctor_id"):
            treating_doctor(columns["doctor_id"], locked.patient_id, now=now)
        for name, value in columns.items():
            setattr(locked, name, value)
        locked.save(update_fields=[*columns, "updated_at"])
        _record("record_changed", actor, locked, fields=sorted(columns))
        if locked.doctor_id and locked.doctor_id != before:
            _tell_doctor(locked, locked.doctor_id, actor, now)
    return locked


def share_record(*, actor: User, record: HealthRecord, doctor_id: UUID, now: datetime) -> RecordShare:
    """Let a treating doctor see one record, as a manager of the patient; twice is no error.

    Raises NotAllowed for doctors and NotFound for a doctor who does not treat. Announces `record_shared`.
    """
    with transaction.atomic():
        locked = HealthRecord.objects.select_for_update().get(pk=record.pk)
        _check_manager(actor, locked)
        doctor = treating_doctor(doctor_id, locked.patient_id, now=now)
        share, is_new = RecordShare.objects.get_or_create(
            record=locked, doctor=doctor, ended_at=None, defaults={"shared_by": actor}
        )
        if is_new:
            _record("record_shared", actor, locked, doctor=str(doctor.pk))
            announce("record_shared", subject_id=share.pk, recipient_ids={doctor.user_id} - {actor.pk}, now=now)
    return share


def unshare_record(*, actor: User, record: HealthRecord, doctor_id: UUID, now: datetime) -> None:
    """End a share, as a manager of the patient; twice is no error. Raises NotAllowed for doctors."""
    with transaction.atomic():
        locked = HealthRecord.objects.select_for_update().get(pk=record.pk)
        _check_manager(actor, locked)
        if RecordShare.objects.filter(record=locked, doctor=doctor_id, ended_at=None).update(ended_at=now):
            _record("record_unshared", actor, locked, doctor=str(doctor_id))


def _added(
    record: HealthRecord, *, actor: User, files: Sequence[WrittenFile], is_report: bool = False, now: datetime
) -> HealthRecord:
    """Write the record. A hospital's report needs no care; any other is written by a right that is held meanwhile."""
    with transaction.atomic():
        record.save(force_insert=True)
        own_files(actor=actor, record=record, files=files)
        if not is_report:
            hold_right_to_write(actor=actor, patient_id=record.patient_id, now=now)
        _record("record_added", actor, record, files=len(files))
        if record.doctor_id:
            _tell_doctor(record, record.doctor_id, actor, now)
        managers = set(managers_of([record.patient_id]).values_list("user", flat=True))
        if actor.pk not in managers:
            announce("record_added", subject_id=record.pk, recipient_ids=sorted(managers), now=now)
    return record


def _tell_doctor(record: HealthRecord, doctor_id: UUID, actor: User, now: datetime) -> None:
    """Tell the doctor. One who was told of this record before is not told again: the ledger's unique key decides."""
    recipient = Doctor.objects.values_list("user_id", flat=True).get(pk=doctor_id)
    announce("record_assigned", subject_id=record.pk, recipient_ids={recipient} - {actor.pk}, now=now)


def _check_manager(actor: User, record: HealthRecord) -> None:
    if not Patient.objects.managed_by(actor).filter(pk=record.patient_id).exists():
        raise NotAllowed


def _is_anothers(record: HealthRecord) -> bool:
    """Return whether a hospital wrote it, or somebody who is no manager of the patient."""
    if record.hospital_id is not None:
        return True
    return not Patient.objects.managed_by(record.uploaded_by).filter(pk=record.patient_id).exists()


def _checked(columns: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Refuse a day that is still to come, at the latest place on earth."""
    day: date | None = columns.get("record_date")
    if day is not None and day > (now + timedelta(hours=14)).date():
        raise InvalidInput("date", _("This day is still to come."), code="in_the_future")
    return columns


def _record(action: str, actor: User, record: HealthRecord, **details: Any) -> None:
    """Write down who did what: names of fields and ids, never their content."""
    audit.record(
        action,
        actor_id=actor.pk,
        subject=record,
        concerns_id=record.patient_id,
        tenant_id=record.hospital_id,
        details=details,
    )
