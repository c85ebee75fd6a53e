"""Query parameters of appointments."""

from datetime import date

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.appointments.querysets import AppointmentQuerySet
from apps.core.http.filters import UpperChoiceFilter


class AppointmentFilter(django_filters.FilterSet):
    """`?status=&from=&to=&doctor=&patient=`, dates on the doctor's calendar, both included."""

    status = UpperChoiceFilter(choices=Status.choices)
    doctor = django_filters.UUIDFilter(field_name="doctor_id")
    patient = django_filters.UUIDFilter(field_name="patient_id")

    class Meta:
        model = Appointment
        fields: list[str] = []

    def from_day(self, appointments: AppointmentQuerySet, name: str, day: date) -> AppointmentQuerySet:
        """Return those of that date or later."""
        return appointments.from_day(day)

    def to_day(self, appointments: AppointmentQuerySet, name: str, day: date) -> AppointmentQuerySet:
        """Return those of that date or earlier."""
        return appointments.to_day(day)


class MyAppointmentFilter(AppointmentFilter):
    """The same, and `?when=upcoming|past`: what may still take place, soonest first, or all the rest."""

    when = UpperChoiceFilter(
        choices=[("UPCOMING", _("Still to come, soonest first")), ("PAST", _("Over, or given up"))],
        method="on_one_side",
    )

    def on_one_side(self, appointments: AppointmentQuerySet, name: str, value: str) -> AppointmentQuerySet:
        """Return what is before or behind this moment."""
        now = timezone.now()
        if value == "UPCOMING":
            return appointments.awaited(now=now).order_by("starts_at", "id")
        return appointments.past(now=now)


# `from` is a word of the language, so these two cannot stand in the class body.
for filterset in (AppointmentFilter, MyAppointmentFilter):
    filterset.base_filters["from"] = django_filters.DateFilter(method="from_day")
    filterset.base_filters["to"] = django_filters.DateFilter(method="to_day")
