"""Appointments, with the constraints that have the last word on double booking."""

from datetime import timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.contrib.postgres.fields.ranges import DateTimeRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.appointments.choices import LIVE, Status
from apps.appointments.querysets import AppointmentQuerySet
from apps.appointments.slots import Taken, number_of
from apps.core.models import BaseModel
from apps.hospitals.models import Department, Doctor, Hospital
from apps.patients.models import Patient


class TsTzRange(models.Func):
    """The time an appointment holds, `[starts_at, ends_at)`: one may begin as another ends."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


HELD = TsTzRange("starts_at", "ends_at", RangeBoundary())
IS_LIVE = models.Q(status__in=LIVE)
IS_AWAITED = models.Q(status__in=[Status.REQUESTED, Status.CONFIRMED])


class Appointment(BaseModel):
    """A patient's time with a doctor. Never deleted; every change goes through the transition table."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    doctor = models.ForeignKey(
        Doctor,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="appointments",
        db_index=False,
        help_text=_("Nobody yet, while a hospital has not answered a request."),
    )
    hospital = models.ForeignKey(
        Hospital, null=True, blank=True, on_delete=models.PROTECT, related_name="appointments", db_index=False
    )
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CONFIRMED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    local_date = models.DateField(help_text=_("The day in the doctor's zone."))
    seat = models.PositiveSmallIntegerField(default=0, help_text=_("Which of the slot's places, from 0."))
    serial = models.PositiveSmallIntegerField(null=True, help_text=_("Of a place in a queue: its number that day."))
    is_overbooked = models.BooleanField(
        default=False, help_text=_("Beside the seats of its slot, by the staff's will.")
    )
    overbooking_reason = models.CharField(max_length=200, blank=True)
    move_count = models.PositiveSmallIntegerField(default=0, help_text=_("How often its time was changed."))
    reason = models.CharField(max_length=500, blank=True)
    cancelled_reason = models.CharField(max_length=500, blank=True)
    notes = models.CharField(max_length=500, blank=True, help_text=_("What the hospital tells the patient."))
    # Of which start was reminded: a moved appointment has another one, and is due again without an event.
    reminded_day_before = models.DateTimeField(null=True, editable=False)
    reminded_hours_before = models.DateTimeField(null=True, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="appointment_ends_after_it_starts", condition=models.Q(ends_at__gt=models.F("starts_at"))
            ),
            models.CheckConstraint(
                name="only_a_request_has_no_doctor",
                condition=models.Q(doctor__isnull=False)
                | models.Q(hospital__isnull=False, status__in=[Status.REQUESTED, Status.REJECTED, Status.CANCELLED]),
            ),
            models.UniqueConstraint(
                fields=["patient", "hospital", "local_date"],
                name="one_open_request_per_patient_hospital_day",
                condition=models.Q(status=Status.REQUESTED),
            ),
            # Lets every question about a time look one day back, and no further (`AppointmentQuerySet.between`).
            models.CheckConstraint(
                name="appointment_lasts_a_day_at_most",
                condition=models.Q(ends_at__lte=models.F("starts_at") + timedelta(days=1)),
            ),
            ExclusionConstraint(
                name="doctor_seat_holds_one_appointment",
                expressions=[
                    ("doctor", RangeOperators.EQUAL),
                    ("seat", RangeOperators.EQUAL),
                    (HELD, RangeOperators.OVERLAPS),
                ],
                condition=IS_LIVE & models.Q(is_overbooked=False),
            ),
            # Outside of the seats stands only what somebody has given a reason for.
            models.CheckConstraint(
                name="an_overbooking_has_a_reason",
                condition=models.Q(is_overbooked=False, overbooking_reason="")
                | models.Q(is_overbooked=True, overbooking_reason__regex=r"\S", serial=None),
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
            # Whatever the state: a place in a line is never used again, whoever left it.
            models.UniqueConstraint(
                fields=["doctor", "local_date", "serial"],
                name="one_appointment_per_place",
                condition=models.Q(serial__isnull=False),
            ),
        ]
        indexes = [
            # The hospital's list: newest first, by status; `id` makes the keyset order total.
            models.Index(fields=["hospital", "-starts_at", "-id"], name="appointments_of_hospital"),
            models.Index(fields=["hospital", "status", "-starts_at", "-id"], name="appts_of_hospital_by_status"),
            models.Index(fields=["doctor", "-starts_at", "-id"], name="appointments_of_doctor"),
            # What the periodic jobs ask: reminders, requests past their time, visits that were missed. Small: what is
            # over has left it.
            models.Index(fields=["starts_at"], name="appointments_awaited", condition=IS_AWAITED),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} UTC {self.status}"

    @property
    def number(self) -> str | None:
        """Return what a place in a queue is called by, unique per doctor and day; None outside of queues."""
        return number_of(self.local_date, self.serial)

    @property
    def zone_name(self) -> str:
        """Return the IANA zone that its local date is counted in: the doctor's, or of a request the hospital's."""
        return self.doctor.zone_name if self.doctor else str(self.hospital and self.hospital.time_zone)

    def as_taken(self) -> Taken:
        """Return the time this holds, as the slot arithmetic takes it."""
        return Taken(self.starts_at, self.ends_at, self.seat, self.serial, self.local_date)
