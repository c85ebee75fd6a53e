"""How clinical records are asked for: who may see what stands here and nowhere else.

The patient's managers see everything; a treating doctor what was assigned to or shared with that doctor; whoever wrote
something, doctors who treat no more included, what they wrote; a grant or an emergency opens all of it for a while.
Hospital staff and administrators see nothing clinical, not even what they uploaded themselves.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from apps.accounts.choices import Role
from apps.patients.querysets import any_of, granted_patient, managed_patient, treated_patient

if TYPE_CHECKING:
    from uuid import UUID

    from apps.accounts.models import User
    from apps.records.models import (
        Annotation,
        HealthRecord,
        Note,
        NoteKeyWrap,
        OrderedTest,
        Prescription,
        PrescriptionAttachment,
        RecordFile,
        RecordShare,
        Visit,
        Vitals,
    )

Row = TypeVar("Row", bound=models.Model)


class NoteQuerySet(models.QuerySet["Note"]):
    """Encrypted notes."""

    def visible_to(self, user: "User") -> "NoteQuerySet":
        """Return those of patients the user manages or was granted, those the user wrote, and those shared with one."""
        return self.filter(any_of(*_notes_of(user, now=timezone.now())))


class NoteKeyWrapQuerySet(models.QuerySet["NoteKeyWrap"]):
    """The keys of notes, wrapped for their readers."""

    def of_doctors(self) -> "NoteKeyWrapQuerySet":
        """Return the wraps of doctors with whom the patient's side shared a note: neither the author's nor its own."""
        return self.exclude(key_pair__holder_id=F("note__author_id")).filter(
            key_pair__holder_id__in=apps.get_model("hospitals", "Doctor").objects.order_by().values("user")
        )


class HealthRecordQuerySet(models.QuerySet["HealthRecord"]):
    """Health records."""

    def visible_to(self, user: "User") -> "HealthRecordQuerySet":
        """Return what the policy at the head of this room gives to the user."""
        return self.filter(any_of(*_records_of(self, user, now=timezone.now())))

    def of_own_patients(self, user: "User") -> "HealthRecordQuerySet":
        """Return the records of the patients whom the user manages."""
        return self.filter(managed_patient(user))

    def assigned_to(self, user: "User") -> "HealthRecordQuerySet":
        """Return the records that this login, as a doctor, is to look at."""
        return self.filter(doctor__user=user)


class RecordShareQuerySet(models.QuerySet["RecordShare"]):
    """Which doctors were let see which records."""

    def visible_to(self, user: "User") -> "RecordShareQuerySet":
        """Return the shares, not ended, of the records that the user sees."""
        return self.filter(ended_at=None, record__in=_records().visible_to(user).order_by().values("pk"))


class FileQuerySet(models.QuerySet[Row]):
    """Rows that own a file of the private store."""

    def present(self) -> Self:
        """Return the rows whose bytes were not removed."""
        return self.filter(file__removed_at=None)

    def weight(self) -> int:
        """Return how many bytes these files still have together."""
        total: int | None = self.present().order_by().aggregate(total=Sum("file__size"))["total"]
        return total or 0


class RecordFileQuerySet(FileQuerySet["RecordFile"]):
    """Files of health records."""

    def visible_to(self, user: "User") -> "RecordFileQuerySet":
        """Return the files, still there, of the records that the user sees."""
        return self.present().filter(record__in=_records().visible_to(user).order_by().values("pk"))

    def bytes_of(self, patient_id: "UUID") -> int:
        """Return how much the files of a patient's health records weigh together."""
        return self.filter(record__patient=patient_id).weight()


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    """What doctors say about records."""

    def visible_to(self, user: "User") -> "AnnotationQuerySet":
        """Return those of the records that the user sees, and those the user wrote."""
        annotations = apps.get_model("records", "Annotation").objects.order_by()
        return self.filter(
            any_of(
                annotations.filter(record__in=_records().visible_to(user).order_by().values("pk")).values("pk"),
                annotations.filter(author=user).values("pk"),
            )
        )


class VisitQuerySet(models.QuerySet["Visit"]):
    """Visits."""

    def visible_to(self, user: "User") -> "VisitQuerySet":
        """Return those of patients the user manages or was granted, and those the user wrote (an ex-doctor's too)."""
        return self.filter(_written_or_opened(self, user, "doctor__user"))


class VitalsQuerySet(models.QuerySet["Vitals"]):
    """What was measured."""

    def visible_to(self, user: "User") -> "VitalsQuerySet":
        """Return those of patients the user manages or was granted, and those that a doctor measured."""
        return self.filter(_written_or_opened(self, user, "recorded_by"))


class OrderedTestQuerySet(models.QuerySet["OrderedTest"]):
    """Tests that were ordered."""

    def visible_to(self, user: "User") -> "OrderedTestQuerySet":
        """Return those of patients the user manages or was granted, and those that the user ordered."""
        return self.filter(_written_or_opened(self, user, "visit__doctor__user"))


class PrescriptionQuerySet(models.QuerySet["Prescription"]):
    """Prescriptions."""

    def visible_to(self, user: "User") -> "PrescriptionQuerySet":
        """Return those of patients the user manages or was granted, and those the user issued (an ex-doctor's too)."""
        return self.filter(_written_or_opened(self, user, "doctor__user"))


class PrescriptionAttachmentQuerySet(FileQuerySet["PrescriptionAttachment"]):
    """Files of prescriptions."""

    def visible_to(self, user: "User") -> "PrescriptionAttachmentQuerySet":
        """Return the files, still there, of the prescriptions that the user sees."""
        seen = apps.get_model("records", "Prescription").objects.visible_to(user)
        return self.present().filter(prescription__in=seen.order_by().values("pk"))

    def bytes_of(self, patient_id: "UUID") -> int:
        """Return how much the files of a patient's prescriptions weigh together."""
        return self.filter(prescription__patient=patient_id).weight()


def _written_or_opened(asked: "models.QuerySet[Any]", user: "User", author: str) -> Q:
    """Return "the user manages the patient, was granted the whole record, or is the doctor who wrote this".

    Each branch is narrowed by what is asked already: of one patient's rows no doctor's whole work is read.
    """
    rows = asked.order_by()
    branches = [rows.filter(managed_patient(user)).values("pk")]
    if user.role == Role.DOCTOR:
        branches.append(rows.filter(granted_patient(user, now=timezone.now())).values("pk"))
        branches.append(rows.filter(**{author: user}).values("pk"))
    return any_of(*branches)


def _notes_of(user: "User", *, now: datetime) -> list[Any]:
    """Return the sets of ids of the notes that the user sees."""
    notes = apps.get_model("records", "Note").objects.order_by()
    branches = [notes.filter(managed_patient(user)), notes.filter(author=user)]
    if user.role == Role.DOCTOR:
        branches.append(notes.filter(granted_patient(user, now=now)))
        branches.append(notes.filter(treated_patient(user, now=now), wraps__key_pair__holder_id=user.pk))
    return [branch.values("pk") for branch in branches]


def _records() -> HealthRecordQuerySet:
    records: HealthRecordQuerySet = apps.get_model("records", "HealthRecord").objects.all()
    return records


def _records_of(asked: HealthRecordQuerySet, user: "User", *, now: datetime) -> list[Any]:
    """Return the sets of ids of the records that the user sees, of those that are asked for."""
    records = asked.order_by()
    branches = [records.filter(managed_patient(user))]
    if user.role == Role.DOCTOR:
        treated = treated_patient(user, now=now)
        branches += [
            records.filter(uploaded_by=user),
            records.filter(treated, doctor__user=user),
            records.filter(treated, shares__doctor__user=user, shares__ended_at=None),
            records.filter(granted_patient(user, now=now)),
        ]
    return [branch.values("pk") for branch in branches]
