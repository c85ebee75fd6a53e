"""Prescriptions: issued once, never changed; a revision is a new version that follows the last one."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.appointments.models import Appointment
from apps.core.models import BaseModel, StoredFile
from apps.hospitals.models import Doctor, Hospital
from apps.patients.models import Medication, Patient
from apps.records.querysets import PrescriptionAttachmentQuerySet, PrescriptionQuerySet


class SafetyCheck(BaseModel):
    """What the safety rules said before a prescription was issued, and why a doctor went on all the same."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    knowledge_version = models.CharField(max_length=40)
    findings = models.JSONField(default=list)
    not_checked = models.JSONField(default=list)
    is_critical = models.BooleanField(default=False)
    override_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_critical_finding_has_its_override", condition=Q(is_critical=False) | ~Q(override_reason="")
            ),
            models.CheckConstraint(
                name="a_critical_finding_is_counted",
                condition=Q(is_critical=True) | ~Q(findings__contains=[{"severity": "CRITICAL"}]),
            ),
        ]


class Prescription(BaseModel):
    """One issued version. The database knows none without its safety check, and no two that follow the same one."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="prescriptions", db_index=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="prescriptions", db_index=False)
    hospital = models.ForeignKey(Hospital, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    appointment = models.ForeignKey(Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    safety_check = models.OneToOneField(SafetyCheck, on_delete=models.PROTECT, related_name="prescription")
    previous = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="successor")
    chain = models.UUIDField(editable=False, help_text=_("The id of the first version."))
    version = models.PositiveIntegerField(default=1)
    verification_code = models.CharField(max_length=26, unique=True, editable=False)
    diagnosis = models.TextField(_("diagnosis"))
    chief_complaint = models.CharField(_("chief complaint"), max_length=500, blank=True)
    investigations = models.TextField(_("investigations"), blank=True)
    referral = models.TextField(_("referral"), blank=True)
    advice = models.TextField(_("advice"), blank=True)
    follow_up_date = models.DateField(null=True, blank=True)

    objects = PrescriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["patient", "-id"], name="prescriptions_of_patient"),
            models.Index(fields=["doctor", "-id"], name="prescriptions_of_doctor"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["chain", "version"], name="one_prescription_per_version"),
            models.CheckConstraint(
                name="only_the_first_version_follows_none",
                condition=Q(version=1, previous=None) | Q(version__gt=1, previous__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Prescription {self.created_at:%Y-%m-%d} version {self.version}"


class PrescriptionLine(BaseModel):
    """One medicine: the words as they were written, and what of them could be read."""

    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("medicine"), max_length=200)
    dosage = models.CharField(_("dosage"), max_length=300)
    frequency = models.CharField(_("frequency"), max_length=300, blank=True)
    duration = models.CharField(_("duration"), max_length=200, blank=True)
    instructions = models.CharField(_("instructions"), max_length=500, blank=True)
    structured = models.JSONField(help_text=_("As `action-plans/parse-dosage/` reads dosage, frequency and duration."))
    medication = models.ForeignKey(Medication, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["prescription", "position"], name="one_line_per_place"),
        ]


class PrescriptionAttachment(BaseModel):
    """A file that belongs to one version. The bytes lie in the private store; removing them leaves this row."""

    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, related_name="attachments")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    description = models.CharField(_("description"), max_length=300, blank=True)

    objects = PrescriptionAttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Attachment {self.pk}"
