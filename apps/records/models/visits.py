"""Visits, what was measured, and the tests that were ordered."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.appointments.models import Appointment
from apps.core.models import BaseModel
from apps.hospitals.models import Doctor, Hospital
from apps.patients.models import Patient
from apps.records.models.health import HealthRecord
from apps.records.querysets import OrderedTestQuerySet, VisitQuerySet, VitalsQuerySet

# What a living person can have, generously: beyond it somebody mistyped. Units are those of the names.
PLAUSIBLE: dict[str, tuple[Decimal, Decimal]] = {
    "temperature_c": (Decimal(20), Decimal(46)),
    "systolic_mmhg": (Decimal(30), Decimal(300)),
    "diastolic_mmhg": (Decimal(10), Decimal(200)),
    "heart_rate_bpm": (Decimal(10), Decimal(350)),
    "respiratory_rate_bpm": (Decimal(3), Decimal(120)),
    "spo2_percent": (Decimal(30), Decimal(100)),
    "weight_kg": (Decimal("0.2"), Decimal(700)),
    "height_cm": (Decimal(20), Decimal(280)),
}


def body_mass_index(weight_kg: Decimal | None, height_cm: Decimal | None) -> Decimal | None:
    """Return the body mass index (WHO: kilograms by square metres), to one decimal; None without both figures."""
    if weight_kg is None or height_cm is None:
        return None
    return (Decimal(weight_kg) / (Decimal(height_cm) / 100) ** 2).quantize(Decimal("0.1"))


class Visit(BaseModel):
    """What a doctor found and planned when seeing a patient."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="visits", db_index=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="visits", db_index=False)
    hospital = models.ForeignKey(Hospital, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    appointment = models.OneToOneField(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="visit"
    )
    visited_at = models.DateTimeField()
    chief_complaint = models.CharField(_("chief complaint"), max_length=500)
    symptoms = models.TextField(_("symptoms"), blank=True)
    medical_history = models.TextField(_("medical history"), blank=True)
    diagnosis = models.TextField(_("diagnosis"), blank=True)
    diagnosis_code = models.CharField(_("ICD-10 code"), max_length=10, blank=True)
    plan = models.TextField(_("plan"), blank=True)
    needs_follow_up = models.BooleanField(default=False)
    follow_up_date = models.DateField(null=True, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-visited_at", "-id"]
        indexes = [
            models.Index(fields=["patient", "-visited_at", "-id"], name="visits_of_patient"),
            models.Index(fields=["doctor", "-visited_at", "-id"], name="visits_of_doctor"),
        ]
        constraints = [
            models.CheckConstraint(
                name="follow_up_has_its_date",
                condition=Q(needs_follow_up=False, follow_up_date=None)
                | Q(needs_follow_up=True, follow_up_date__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Visit {self.visited_at:%Y-%m-%d %H:%M} UTC"


def _plausible(name: str) -> Q:
    lowest, highest = PLAUSIBLE[name]
    return Q(**{name: None}) | Q(**{f"{name}__range": (lowest, highest)})


def _measured(**options: Any) -> Any:
    return models.DecimalField(max_digits=5, null=True, blank=True, **{"decimal_places": 1, **options})


class Vitals(BaseModel):
    """What was measured at one moment, at a visit or at home."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="vitals", db_index=False)
    visit = models.OneToOneField(Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="vitals")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    measured_at = models.DateTimeField()
    temperature_c = _measured()
    systolic_mmhg = models.PositiveSmallIntegerField(null=True, blank=True)
    diastolic_mmhg = models.PositiveSmallIntegerField(null=True, blank=True)
    heart_rate_bpm = models.PositiveSmallIntegerField(null=True, blank=True)
    respiratory_rate_bpm = models.PositiveSmallIntegerField(null=True, blank=True)
    spo2_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    weight_kg = _measured(decimal_places=2)
    height_cm = _measured()

    objects = VitalsQuerySet.as_manager()

    class Meta:
        ordering = ["-measured_at", "-id"]
        indexes = [models.Index(fields=["patient", "-measured_at", "-id"], name="vitals_of_patient")]
        constraints = [
            *(models.CheckConstraint(name=f"plausible_{name}", condition=_plausible(name)) for name in PLAUSIBLE),
            models.CheckConstraint(
                name="blood_pressure_is_two_figures",
                condition=Q(systolic_mmhg=None, diastolic_mmhg=None)
                | Q(systolic_mmhg__isnull=False, diastolic_mmhg__isnull=False, diastolic_mmhg__lt=F("systolic_mmhg")),
            ),
            models.CheckConstraint(
                name="something_was_measured",
                condition=~Q(**dict.fromkeys(PLAUSIBLE)),
            ),
        ]

    def __str__(self) -> str:
        return f"Vitals {self.measured_at:%Y-%m-%d %H:%M} UTC"

    @property
    def bmi(self) -> Decimal | None:
        """Return the body mass index; None where weight and height were not measured together."""
        return body_mass_index(self.weight_kg, self.height_cm)


class OrderedTest(BaseModel):
    """A test that a doctor ordered at a visit, and its result when there is one."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="tests")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="tests", db_index=False)
    name = models.CharField(_("name"), max_length=200)
    instructions = models.CharField(_("instructions"), max_length=500, blank=True)
    result = models.TextField(_("result"), blank=True)
    record = models.ForeignKey(
        HealthRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("With its files")
    )
    resulted_at = models.DateTimeField(null=True, blank=True)
    resulted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = OrderedTestQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["patient", "-id"], name="tests_of_patient")]
        constraints = [
            models.CheckConstraint(
                name="a_result_has_its_moment",
                condition=Q(result="", resulted_at=None) | (~Q(result="") & Q(resulted_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"Test {self.pk}"
