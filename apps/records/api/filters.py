"""Query parameters of the clinical record."""

import django_filters

from apps.core.http.filters import MomentFilter, TrueOrFalseFilter, UpperChoiceFilter
from apps.records.choices import RecordType
from apps.records.models import HealthRecord, Note, OrderedTest, Prescription, Visit, Vitals


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


class VisitFilter(django_filters.FilterSet):
    """`?patient=&from=&to=`: moments, with their offsets."""

    patient = django_filters.UUIDFilter(field_name="patient_id")

    class Meta:
        model = Visit
        fields: list[str] = []


VisitFilter.base_filters["from"] = MomentFilter(field_name="visited_at", lookup_expr="gte")
VisitFilter.base_filters["to"] = MomentFilter(field_name="visited_at", lookup_expr="lt")


class VitalsFilter(django_filters.FilterSet):
    """`?from=&to=`: moments, with their offsets."""

    class Meta:
        model = Vitals
        fields: list[str] = []


VitalsFilter.base_filters["from"] = MomentFilter(field_name="measured_at", lookup_expr="gte")
VitalsFilter.base_filters["to"] = MomentFilter(field_name="measured_at", lookup_expr="lt")


class OrderedTestFilter(django_filters.FilterSet):
    """`?has_result=`."""

    has_result = TrueOrFalseFilter(field_name="resulted_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = OrderedTest
        fields: list[str] = []


class PrescriptionFilter(django_filters.FilterSet):
    """`?patient=&appointment=&is_current=`."""

    patient = django_filters.UUIDFilter(field_name="patient_id")
    appointment = django_filters.UUIDFilter(field_name="appointment_id")
    is_current = TrueOrFalseFilter(field_name="successor", lookup_expr="isnull")

    class Meta:
        model = Prescription
        fields: list[str] = []


class OfAppointmentFilter(PrescriptionFilter):
    """`?appointment_id=`, which must be given."""

    appointment_id = django_filters.UUIDFilter(field_name="appointment_id", required=True)


class OfPatientFilter(PrescriptionFilter):
    """`?patient_id=`, which must be given."""

    patient_id = django_filters.UUIDFilter(field_name="patient_id", required=True)
