"""Patients, the logins that manage them or are told of missed doses, and the hospitals that know them."""

from datetime import date, datetime

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import full_name
from apps.core.models import BaseModel
from apps.core.zones import validate_zone, zone
from apps.hospitals.models import Hospital
from apps.patients.choices import BloodGroup, RegistrationSource, Relation, Sex
from apps.patients.querysets import CaregiverQuerySet, ManagementQuerySet, PatientQuerySet

FIRST_BIRTH_DATE = date(1900, 1, 1)


class Patient(BaseModel):
    """The person cared for. Belongs to no hospital; logins come in through `Management`.

    Phones are kept in E.164, whatever notation they were typed in.
    """

    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex.choices, default=Sex.UNKNOWN)
    blood_group = models.CharField(
        _("blood group"), max_length=7, choices=BloodGroup.choices, default=BloodGroup.UNKNOWN
    )
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    emergency_name = models.CharField(_("emergency contact"), max_length=200, blank=True)
    emergency_phone = models.CharField(_("emergency contact's phone"), max_length=20, blank=True)
    emergency_relation = models.CharField(_("what the contact is to the patient"), max_length=60, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, validators=[validate_zone], default="UTC", help_text=_("IANA name")
    )
    language = models.CharField(_("language"), max_length=35, default="en", help_text=_("BCP 47 tag"))
    # What a search compares: lower case, without accents. The database keeps it, so that no writer can forget to.
    folded_name = models.GeneratedField(
        expression=models.Func("first_name", "last_name", function="patients_folded"),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Made for searching a name that may be misspelt.
            GinIndex(fields=["folded_name"], name="patient_by_name", opclasses=["gin_trgm_ops"]),
            # Made for searching a phone number and for claiming a record by it.
            models.Index(fields=["phone", "birth_date"], name="patient_by_phone"),
        ]
        constraints = [
            models.CheckConstraint(
                name="patient_born_since_1900",
                condition=models.Q(birth_date=None) | models.Q(birth_date__gte=FIRST_BIRTH_DATE),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def today(self, *, now: datetime) -> date:
        """Return the day that it is, at this moment, where the patient lives."""
        return now.astimezone(zone(self.time_zone)).date()

    @property
    def name(self) -> str:
        """Return first and last name."""
        return full_name(self.first_name, self.last_name)


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


class Caregiver(BaseModel):
    """A login that the patient wants to be told when doses are missed; it sees nothing else of the patient."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="caregivers", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cares_for")
    consented_at = models.DateTimeField(_("consent given"), help_text=_("By a manager of the patient."))
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CaregiverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user"],
                name="one_live_caregiver_per_patient_and_login",
                condition=models.Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} cares for {self.patient}"


class HospitalRegistration(BaseModel):
    """That a hospital knows a patient: its staff see name and contact."""

    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="registrations", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="registrations")
    source = models.CharField(max_length=12, choices=RegistrationSource.choices, default=RegistrationSource.APPOINTMENT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hospital", "patient"], name="one_registration_per_hospital_and_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.patient} @ {self.hospital}"
