"""Hospitals, their departments and staff, and doctors."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import BaseModel
from apps.core.zones import validate_zone
from apps.hospitals.choices import DoctorStatus, HospitalStatus
from apps.hospitals.querysets import DepartmentQuerySet, DoctorQuerySet, HospitalQuerySet


class Hospital(BaseModel):
    """A tenant: a place with staff, departments and doctors of its own."""

    name = models.CharField(_("name"), max_length=200)
    license_number = models.CharField(_("licence number"), max_length=64, unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_zone], help_text=_("IANA name"))
    status = models.CharField(max_length=10, choices=HospitalStatus.choices, default=HospitalStatus.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = HospitalQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class StaffMember(BaseModel):
    """A login that acts for one hospital."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_member")
    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="staff")
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.user} @ {self.hospital}"


class Department(BaseModel):
    """A department of one hospital."""

    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="departments", db_index=False)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["hospital", "name"], name="one_department_per_name_and_hospital"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.hospital}"


class Doctor(BaseModel):
    """A doctor's account: of one hospital, or independent (no hospital) and then acting as a hospital would."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="doctor")
    hospital = models.ForeignKey(
        Hospital, null=True, blank=True, on_delete=models.PROTECT, related_name="doctors", db_index=False
    )
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="doctors")
    status = models.CharField(max_length=10, choices=DoctorStatus.choices, default=DoctorStatus.PENDING)
    is_active = models.BooleanField(default=True)
    specialization = models.CharField(_("specialization"), max_length=100)
    license_number = models.CharField(_("licence number"), max_length=64)
    qualification = models.CharField(_("qualification"), max_length=200, blank=True)
    bio = models.TextField(_("about"), blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, validators=[validate_zone], blank=True, help_text=_("Of an independent doctor")
    )

    objects = DoctorQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["hospital", "license_number"], name="one_doctor_per_licence_and_hospital"),
            models.CheckConstraint(
                name="independent_doctor_has_zone", condition=models.Q(hospital__isnull=False) | ~models.Q(time_zone="")
            ),
        ]

    def __str__(self) -> str:
        return f"Dr. {self.user.name}"

    @property
    def zone_name(self) -> str:
        """Return the IANA zone of this doctor's calendar: the hospital's, or an independent doctor's own."""
        return self.hospital.time_zone if self.hospital else self.time_zone
