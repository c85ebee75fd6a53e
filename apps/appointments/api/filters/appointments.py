"""Query parameters of appointments."""

import django_filters

from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.core.http.filters import UpperChoiceFilter


class AppointmentFilter(django_filters.FilterSet):
    """`?status=&from=&to=&doctor=&patient=`, dates on the doctor's calendar, both included."""

    status = UpperChoiceFilter(choices=Status.choices)
    doctor = django_filters.UUIDFilter(field_name="doctor_id")
    patient = django_filters.UUIDFilter(field_name="patient_id")

    class Meta:
        model = Appointment
        fields: list[str] = []


# `from` is a word of the language, so these two cannot stand in the class body.
AppointmentFilter.base_filters["from"] = django_filters.DateFilter(field_name="local_date", lookup_expr="gte")
AppointmentFilter.base_filters["to"] = django_filters.DateFilter(field_name="local_date", lookup_expr="lte")
