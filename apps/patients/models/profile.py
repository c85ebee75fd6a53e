"""The clinical profile: what every prescriber must know. Nothing is deleted: entries end, or were never true."""

from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import BaseModel
from apps.patients.choices import EntryStatus, MedicationSource, Severity
from apps.patients.models.people import Patient
from apps.patients.querysets import HealthFactsQuerySet, ProfileEntryQuerySet

DAYS_OF_PREGNANCY = 280  # From the first day of the last period to the due date (Naegele).


class ProfileEntry(BaseModel):
    """What all entries share: whose, by whom, who changed them last, since when, until when, and whether mistaken."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="%(class)s_entries", db_index=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    started_date = models.DateField(null=True, blank=True)
    ended_date = models.DateField(null=True, blank=True)
    notes = models.CharField(max_length=500, blank=True)
    entered_in_error_at = models.DateTimeField(null=True, blank=True)

    objects = ProfileEntryQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-id"]
        indexes = [models.Index(fields=["patient", "-id"], name="%(class)s_of_patient")]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_ends_after_it_starts",
                condition=models.Q(started_date=None)
                | models.Q(ended_date=None)
                | models.Q(ended_date__gte=models.F("started_date")),
            )
        ]

    @property
    def status(self) -> EntryStatus:
        """Return whether this holds, is over, or was never true: today where the patient lives."""
        if self.entered_in_error_at is not None:
            return EntryStatus.ENTERED_IN_ERROR
        is_over = self.ended_date is not None and self.ended_date <= self.patient.today(now=timezone.now())
        return EntryStatus.ENDED if is_over else EntryStatus.ACTIVE


class Allergy(ProfileEntry):
    """A substance that the patient must not get, and what it does."""

    substance = models.CharField(_("substance"), max_length=200)
    reaction = models.CharField(_("reaction"), max_length=300, blank=True)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity.choices, default=Severity.UNKNOWN)


class Condition(ProfileEntry):
    """A disease or state, with its code where somebody knows it; `started_date` is its onset."""

    name = models.CharField(_("name"), max_length=200)
    code = models.CharField(_("ICD-10 code"), max_length=10, blank=True)


class Medication(ProfileEntry):
    """Something that the patient takes, as the patient says or a doctor ordered; the dosage in their own words."""

    name = models.CharField(_("name"), max_length=200)
    dosage = models.CharField(_("dosage"), max_length=300, blank=True)
    source = models.CharField(max_length=10, choices=MedicationSource.choices, default=MedicationSource.REPORTED)


class HealthFacts(BaseModel):
    """The facts of a patient of which there is one each; None where nobody said."""

    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="health_facts")
    is_pregnant = models.BooleanField(_("pregnant"), null=True, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    is_lactating = models.BooleanField(_("lactating"), null=True, blank=True)
    weight_kg = models.DecimalField(
        _("weight"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(700)],
        help_text=_("Kilograms"),
    )
    weight_date = models.DateField(_("weighed on"), null=True, blank=True)

    objects = HealthFactsQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="due_date_only_of_the_pregnant", condition=models.Q(due_date=None) | models.Q(is_pregnant=True)
            ),
            models.CheckConstraint(
                name="weight_has_its_date",
                condition=models.Q(weight_kg=None, weight_date=None)
                | models.Q(weight_kg__isnull=False, weight_date__isnull=False),
            ),
        ]

    def gestation_weeks(self, *, today: date) -> int | None:
        """Return the completed weeks of pregnancy on that day, counted from the last period; None when unknown."""
        if self.due_date is None:
            return None
        return (DAYS_OF_PREGNANCY - (self.due_date - today).days) // 7
