"""Hospitals, their departments, and the logins that act for them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from apps.core.models import BaseModel
from apps.core.zones import validate_zone
from apps.hospitals.choices import LICENSED, HospitalStatus, StaffState
from apps.hospitals.querysets import DepartmentQuerySet, HospitalQuerySet, StaffMemberQuerySet
from apps.hospitals.searching import Fold, Point, SearchKeys

SEARCHED = Concat("name", models.Value(" "), "city")


class Hospital(BaseModel):
    """A tenant: a place with staff, departments and doctors of its own."""

    name = models.CharField(_("name"), max_length=200)
    license_number = models.CharField(_("licence number"), max_length=64)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True, help_text=_("Degrees, north positive"))
    longitude = models.FloatField(_("longitude"), null=True, blank=True, help_text=_("Degrees, east positive"))
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_zone], help_text=_("IANA name"))
    cancellation_notice_hours = models.PositiveSmallIntegerField(
        _("cancellation notice"), default=0, help_text=_("Hours before a visit until which patients may cancel it")
    )
    status = models.CharField(max_length=10, choices=HospitalStatus.choices, default=HospitalStatus.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(_("reason"), max_length=500, blank=True)
    # Kept by the database: whoever writes a name, the search finds it.
    search_text = models.GeneratedField(expression=Fold(SEARCHED), output_field=models.TextField(), db_persist=True)
    search_keys = models.GeneratedField(
        expression=SearchKeys(SEARCHED), output_field=ArrayField(models.TextField()), db_persist=True
    )
    city_key = models.GeneratedField(expression=Fold("city"), output_field=models.TextField(), db_persist=True)

    objects = HospitalQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            # Who only asks to be approved keeps no number from the hospital that has it.
            models.UniqueConstraint(
                fields=["license_number"],
                name="one_hospital_per_licence",
                condition=models.Q(status__in=LICENSED),
            ),
            models.CheckConstraint(
                name="hospital_lies_on_earth",
                condition=models.Q(latitude=None, longitude=None)
                | models.Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
            ),
        ]
        indexes = [
            # The directory's order; `id` makes it total.
            models.Index(fields=["name", "id"], name="hospital_by_name"),
            # `nearby/` asks for a box first: two-dimensional, so that a crowded country is no slower than an empty one.
            GistIndex(
                Point("longitude", "latitude"),
                name="hospital_by_place",
                condition=models.Q(status=HospitalStatus.APPROVED),
            ),
            GinIndex(
                fields=["search_text", "search_keys"],
                opclasses=["gin_trgm_ops", "array_ops"],
                name="hospital_search",
                fastupdate=False,
            ),
            # The approval queue and its count.
            models.Index(
                fields=["created_at"], name="hospital_waiting", condition=models.Q(status=HospitalStatus.PENDING)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StaffMember(BaseModel):
    """A login that acts for one hospital; not active while its invitation is open, and after it was deactivated."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_member")
    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="staff", db_index=False)
    is_active = models.BooleanField(default=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    invitation = models.PositiveIntegerField(default=0, help_text=_("The number of the one that is good"))
    invitation_expires_at = models.DateTimeField(null=True, blank=True, help_text=_("Set while an invitation is open"))

    objects = StaffMemberQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["hospital", "-id"], name="staff_of_hospital")]
        constraints = [
            models.CheckConstraint(
                name="active_staff_has_accepted",
                condition=models.Q(is_active=False) | models.Q(invitation_expires_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.hospital}"

    @property
    def state(self) -> StaffState:
        """Return whether this login is invited, active or deactivated."""
        if self.is_active:
            return StaffState.ACTIVE
        return StaffState.INVITED if self.invitation_expires_at else StaffState.DEACTIVATED


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
        indexes = [models.Index(fields=["name", "id"], name="department_by_name")]

    def __str__(self) -> str:
        return f"{self.name}, {self.hospital}"
