"""Health records: what a patient, a doctor or a hospital puts into the record, with its files."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import BaseModel, StoredFile
from apps.hospitals.models import Doctor, Hospital
from apps.patients.models import Patient
from apps.records.choices import RecordType
from apps.records.querysets import (
    AnnotationQuerySet,
    HealthRecordQuerySet,
    RecordFileQuerySet,
    RecordShareQuerySet,
)


class HealthRecord(BaseModel):
    """One entry of a patient's record; never deleted."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="health_records", db_index=False)
    record_type = models.CharField(max_length=12, choices=RecordType.choices, default=RecordType.GENERAL)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    record_date = models.DateField(_("date"), null=True, blank=True, help_text=_("Of the examination"))
    doctor = models.ForeignKey(
        Doctor, null=True, blank=True, on_delete=models.PROTECT, related_name="assigned_records", db_index=False
    )
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    hospital = models.ForeignKey(Hospital, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = HealthRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["patient", "-id"], name="records_of_patient"),
            models.Index(fields=["doctor", "-id"], name="records_of_doctor"),
        ]

    def __str__(self) -> str:
        return f"Record {self.created_at:%Y-%m-%d %H:%M} UTC"


class RecordFile(BaseModel):
    """A file of a health record. The bytes lie in the private store; removing them leaves this row."""

    record = models.ForeignKey(HealthRecord, on_delete=models.PROTECT, related_name="files")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = RecordFileQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"File {self.pk}"


class RecordShare(BaseModel):
    """That the patient's side lets a treating doctor see one record."""

    record = models.ForeignKey(HealthRecord, on_delete=models.PROTECT, related_name="shares")
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="+")
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RecordShareQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "doctor"],
                name="one_open_share_per_record_and_doctor",
                condition=models.Q(ended_at=None),
            ),
        ]


class Annotation(BaseModel):
    """What a doctor says about a record; earlier words are kept."""

    record = models.ForeignKey(HealthRecord, on_delete=models.PROTECT, related_name="annotations", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("text"))
    edited_at = models.DateTimeField(null=True, blank=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["record", "-id"], name="annotations_of_record")]

    def __str__(self) -> str:
        return f"Annotation {self.created_at:%Y-%m-%d %H:%M} UTC"


class AnnotationVersion(BaseModel):
    """What an annotation said before."""

    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="versions")
    text = models.TextField()
    replaced_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
