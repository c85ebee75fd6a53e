"""The people cared for, who manages them, where they are registered, and who treats them."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import BaseModel
from apps.core.zones import validate_zone
from apps.hospitals.models import Doctor, Hospital
from apps.patients.choices import CareSource, Relation, Sex
from apps.patients.querysets import CareRelationshipQuerySet, ManagementQuerySet, PatientQuerySet


class Patient(BaseModel):
    """The person cared for. Belongs to no hospital; logins come in through `Management`."""

    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex.choices, default=Sex.UNKNOWN)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, validators=[validate_zone], default="UTC", help_text=_("IANA name")
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return first and last name."""
        return f"{self.first_name} {self.last_name}".strip()


class Management(BaseModel):
    """That a login manages a patient's record: as the patient, a parent, a guardian."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="managements")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="managements", db_index=False
    )
    relation = models.CharField(max_length=10, choices=Relation.choices)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ManagementQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "patient"],
                name="one_live_management_per_login_and_patient",
                condition=models.Q(ended_at=None),
            ),
            models.UniqueConstraint(
                fields=["user"],
                name="a_login_is_one_patient",
                condition=models.Q(relation=Relation.SELF, ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.relation}) of {self.patient}"


class HospitalRegistration(BaseModel):
    """That a hospital knows a patient: its staff see name and contact."""

    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="registrations", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="registrations")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hospital", "patient"], name="one_registration_per_hospital_and_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.patient} @ {self.hospital}"


class CareRelationship(BaseModel):
    """That a doctor treats a patient: the right to write, and the truth that plans and doses ask.

    Raising `generation` IS the cancellation of the older plans and doses.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="care_relationships", db_index=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="care_relationships")
    source = models.CharField(max_length=12, choices=CareSource.choices)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text=_("When the right to treat runs out by itself"))
    ended_at = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(blank=True)
    generation = models.PositiveIntegerField(default=1)

    objects = CareRelationshipQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "doctor"], name="one_open_relationship_per_pair", condition=models.Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doctor} treats {self.patient}"

    def is_live(self, *, now: datetime) -> bool:
        """Return whether this gives a right to treat at `now`."""
        return self.ended_at is None and (self.ends_at is None or self.ends_at > now)
