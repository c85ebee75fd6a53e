"""Query parameters of the clinical record."""

import django_filters

from apps.core.http.filters import UpperChoiceFilter
from apps.records.choices import RecordType
from apps.records.models import HealthRecord, Note


class NoteFilter(django_filters.FilterSet):
    """`?patient=`."""

    patient = django_filters.UUIDFilter(field_name="patient_id")

    class Meta:
        model = Note
        fields: list[str] = []


class RecordFilter(django_filters.FilterSet):
    """`?patient=&doctor=&record_type=&from=&to=&search=`; the days are the records' own."""

    patient = django_filters.UUIDFilter(field_name="patient_id")
    doctor = django_filters.UUIDFilter(field_name="doctor_id")
    record_type = UpperChoiceFilter(choices=RecordType.choices)
    search = django_filters.CharFilter(field_name="title", lookup_expr="icontains", min_length=2, max_length=100)

    class Meta:
        model = HealthRecord
        fields: list[str] = []


# `from` is a word of Python, so it cannot stand among the class's own names.
RecordFilter.base_filters["from"] = django_filters.DateFilter(field_name="record_date", lookup_expr="gte")
RecordFilter.base_filters["to"] = django_filters.DateFilter(field_name="record_date", lookup_expr="lte")
