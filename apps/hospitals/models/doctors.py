"""Doctors and their applications."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import BaseModel, StoredFile
from apps.core.zones import validate_zone
from apps.hospitals.choices import Availability, DoctorStatus
from apps.hospitals.models.places import Department, Hospital
from apps.hospitals.querysets import DoctorApplicationQuerySet, DoctorQuerySet

if TYPE_CHECKING:
    from apps.hospitals.models.papers import ApplicationPaper

LISTED = models.Q(status=DoctorStatus.APPROVED, is_active=True)


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
    license_number = models.CharField(_("licence number"), max_length=64, blank=True)
    cnic = models.CharField(_("identity number"), max_length=32, blank=True)
    qualification = models.CharField(_("qualification"), max_length=200, blank=True)
    education = models.CharField(_("education"), max_length=300, blank=True)
    experience_years = models.PositiveSmallIntegerField(_("years of experience"), default=0)
    consultation_fee = models.DecimalField(
        _("fee"), max_digits=10, decimal_places=2, default=Decimal(0), help_text=_("0 where none is stated")
    )
    languages = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("languages"))
    diseases_treated = ArrayField(models.CharField(max_length=80), default=list, blank=True, verbose_name=_("treats"))
    bio = models.TextField(_("about"), blank=True)
    practice_location = models.CharField(_("practice"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True, help_text=_("The hospital's where it is empty"))
    availability_status = models.CharField(max_length=11, choices=Availability.choices, default=Availability.AVAILABLE)
    time_zone = models.CharField(
        _("time zone"), max_length=64, validators=[validate_zone], blank=True, help_text=_("Of an independent doctor")
    )
    image = models.OneToOneField(
        StoredFile, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # Kept by the transaction that writes a rating.
    rating_average = models.DecimalField(max_digits=3, decimal_places=2, default=Decimal(0), editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    # Kept by triggers, because names stand in the login and cities in the hospital: whoever writes them, the
    # search finds them. All folded: lower case, no accents.
    search_name = models.TextField(default="", blank=True, editable=False)
    search_text = models.TextField(default="", blank=True, editable=False)
    search_keys = ArrayField(models.TextField(), default=list, blank=True, editable=False)
    specialization_key = models.TextField(default="", blank=True, editable=False)
    city_key = models.TextField(default="", blank=True, editable=False)
    language_keys = ArrayField(models.TextField(), default=list, blank=True, editable=False)
    disease_text = models.TextField(default="", blank=True, editable=False)

    objects = DoctorQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "license_number"],
                name="one_doctor_per_licence_and_hospital",
                condition=~models.Q(license_number=""),
            ),
            models.UniqueConstraint(
                fields=["license_number"],
                name="one_independent_doctor_per_licence",
                condition=models.Q(hospital=None, status=DoctorStatus.APPROVED) & ~models.Q(license_number=""),
            ),
            models.CheckConstraint(
                name="independent_doctor_has_zone", condition=models.Q(hospital__isnull=False) | ~models.Q(time_zone="")
            ),
            models.CheckConstraint(
                name="doctor_figures_are_plausible",
                condition=models.Q(experience_years__lte=80, consultation_fee__gte=0, rating_average__range=(0, 5)),
            ),
        ]
        indexes = [
            # One index for every word of a search: BitmapOr and BitmapAnd inside it. Without the list of pending
            # entries, which every search would have to read too: doctors change seldom.
            GinIndex(
                fields=["search_text", "search_keys", "disease_text", "language_keys"],
                opclasses=["gin_trgm_ops", "array_ops", "gin_trgm_ops", "array_ops"],
                name="doctor_search",
                fastupdate=False,
            ),
            # The orders of the directory, whole and within a specialization or a city.
            models.Index(fields=["-rating_average", "-id"], name="doctor_by_rating", condition=LISTED),
            models.Index(fields=["-experience_years", "-id"], name="doctor_by_experience", condition=LISTED),
            models.Index(fields=["consultation_fee", "id"], name="doctor_by_fee", condition=LISTED),
            models.Index(
                fields=["specialization_key", "-rating_average", "-id"], name="doctor_by_specialty", condition=LISTED
            ),
            models.Index(fields=["city_key", "-rating_average", "-id"], name="doctor_by_city", condition=LISTED),
            models.Index(fields=["hospital", "-id"], name="doctor_of_hospital"),
            # The approval queue is searched by the number to be checked.
            models.Index(fields=["license_number"], name="doctor_by_licence"),
        ]

    def __str__(self) -> str:
        return f"Dr. {self.user.name}"

    @property
    def zone_name(self) -> str:
        """Return the IANA zone of this doctor's calendar: the hospital's, or an independent doctor's own."""
        return self.hospital.time_zone if self.hospital else self.time_zone

    @property
    def is_verified(self) -> bool:
        """Return whether a hospital or an administrator has checked the licence."""
        return self.status == DoctorStatus.APPROVED


class DoctorApplication(BaseModel):
    """That a doctor asked to be approved, and what was decided; what was applied with stands in the doctor's row."""

    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="applications")
    status = models.CharField(max_length=10, choices=DoctorStatus.choices, default=DoctorStatus.PENDING)
    submitted_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = DoctorApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["doctor"], name="one_open_application_per_doctor", condition=models.Q(status="PENDING")
            ),
            models.CheckConstraint(
                name="a_rejection_has_a_reason", condition=~models.Q(status="REJECTED") | ~models.Q(reason="")
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="application_queue")]

    @property
    def present_papers(self) -> "list[ApplicationPaper]":
        """Return the documents whose bytes are there; free of queries where papers and files were brought along."""
        return [paper for paper in self.papers.all() if paper.file.removed_at is None]

    def __str__(self) -> str:
        return f"{self.doctor} {self.submitted_at:%Y-%m-%d} {self.status}"
