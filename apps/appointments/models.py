"""Weekly schedules and appointments, with the constraints that have the last word on double booking."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.contrib.postgres.fields.ranges import DateTimeRangeField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.appointments.choices import LIVE, RuleKind, Status, Weekday
from apps.appointments.querysets import AppointmentQuerySet, ScheduleRuleQuerySet
from apps.appointments.slots import Rule
from apps.core.models import BaseModel
from apps.hospitals.models import Department, Doctor, Hospital
from apps.patients.models import Patient


class ScheduleRule(BaseModel):
    """One range of a doctor's week, in wall-clock time of the doctor's zone."""

    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="schedule_rules")
    kind = models.CharField(max_length=10, choices=RuleKind.choices, default=RuleKind.SLOTS)
    weekday = models.CharField(max_length=9, choices=Weekday.choices)
    from_time = models.TimeField()
    to_time = models.TimeField()
    slot_minutes = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    capacity = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(50)])
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    objects = ScheduleRuleQuerySet.as_manager()

    class Meta:
        ordering = ["doctor", "weekday", "from_time", "id"]
        constraints = [
            models.CheckConstraint(
                name="rule_ends_after_it_starts", condition=models.Q(to_time__gt=models.F("from_time"))
            ),
            models.CheckConstraint(name="rule_has_room", condition=models.Q(slot_minutes__gte=5, capacity__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.from_time:%H:%M}-{self.to_time:%H:%M}"

    def as_rule(self) -> Rule:
        """Return this range as the slot arithmetic takes it."""
        return Rule(
            weekday=Weekday.values.index(self.weekday),
            from_time=self.from_time,
            to_time=self.to_time,
            slot_minutes=self.slot_minutes,
            capacity=self.capacity,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class TsTzRange(models.Func):
    """The time an appointment holds, `[starts_at, ends_at)`: one may begin as another ends."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


HELD = TsTzRange("starts_at", "ends_at", RangeBoundary())
IS_LIVE = models.Q(status__in=LIVE)


class Appointment(BaseModel):
    """A patient's time with a doctor. Never deleted; every change goes through the transition table."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="appointments", db_index=False)
    hospital = models.ForeignKey(
        Hospital, null=True, blank=True, on_delete=models.PROTECT, related_name="appointments", db_index=False
    )
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CONFIRMED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    local_date = models.DateField(help_text=_("The day in the doctor's zone."))
    seat = models.PositiveSmallIntegerField(default=0, help_text=_("Which of the slot's places, from 0."))
    reason = models.CharField(max_length=500, blank=True)
    cancelled_reason = models.CharField(max_length=500, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="appointment_ends_after_it_starts", condition=models.Q(ends_at__gt=models.F("starts_at"))
            ),
            ExclusionConstraint(
                name="doctor_seat_holds_one_appointment",
                expressions=[
                    ("doctor", RangeOperators.EQUAL),
                    ("seat", RangeOperators.EQUAL),
                    (HELD, RangeOperators.OVERLAPS),
                ],
                condition=IS_LIVE,
            ),
            ExclusionConstraint(
                name="patient_is_in_one_place",
                expressions=[("patient", RangeOperators.EQUAL), (HELD, RangeOperators.OVERLAPS)],
                condition=IS_LIVE,
            ),
            models.UniqueConstraint(
                fields=["patient", "doctor", "local_date"],
                name="one_live_appointment_per_patient_doctor_day",
                condition=IS_LIVE,
            ),
        ]
        indexes = [
            # The hospital's list: newest first, by status; `id` makes the keyset order total.
            models.Index(fields=["hospital", "-starts_at", "-id"], name="appointments_of_hospital"),
            models.Index(fields=["hospital", "status", "-starts_at", "-id"], name="appts_of_hospital_by_status"),
            models.Index(fields=["doctor", "-starts_at", "-id"], name="appointments_of_doctor"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} UTC {self.status}"
