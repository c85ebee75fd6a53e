"""How schedules and appointments are asked for."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from apps.appointments.choices import LIVE
from apps.hospitals.querysets import staffed_by
from apps.patients.querysets import managed_patient

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.appointments.models import Appointment, ScheduleRule


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments of every state."""

    def visible_to(self, user: "User") -> "AppointmentQuerySet":
        """Return those of patients the user manages, of the user as a doctor, and of the user's hospital."""
        return self.filter(managed_patient(user) | self._held_by(user))

    def held_by(self, user: "User") -> "AppointmentQuerySet":
        """Return those of the user as a doctor, and of the hospital that the user is active staff of."""
        return self.filter(self._held_by(user))

    def _held_by(self, user: "User") -> Q:
        of_hospital = self.model.objects.filter(staffed_by(user, "hospital__")).values("pk")
        return Q(doctor__user=user) | Q(pk__in=of_hospital)

    def live(self) -> "AppointmentQuerySet":
        """Return those that hold a doctor's and a patient's time."""
        return self.filter(status__in=LIVE)

    def between(self, starts: datetime, ends: datetime) -> "AppointmentQuerySet":
        """Return those that overlap the time from `starts` to `ends`."""
        return self.filter(starts_at__lt=ends, ends_at__gt=starts)

    def upcoming(self, *, now: datetime) -> "AppointmentQuerySet":
        """Return the live ones that have not ended, soonest first."""
        return self.live().filter(ends_at__gt=now).order_by("starts_at", "id")


class ScheduleRuleQuerySet(models.QuerySet["ScheduleRule"]):
    """Weekly ranges of doctors."""
