"""Query parameters of the directory."""

import django_filters

from apps.hospitals.models import Department, Doctor, Hospital


class HospitalFilter(django_filters.FilterSet):
    """`?city=&search=`."""

    city = django_filters.CharFilter(lookup_expr="iexact")
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains")

    class Meta:
        model = Hospital
        fields: list[str] = []


class DepartmentFilter(django_filters.FilterSet):
    """`?hospital=`."""

    hospital = django_filters.UUIDFilter(field_name="hospital_id")

    class Meta:
        model = Department
        fields: list[str] = []


class DoctorFilter(django_filters.FilterSet):
    """`?specialization=&hospital=`."""

    specialization = django_filters.CharFilter(lookup_expr="iexact")
    hospital = django_filters.UUIDFilter(field_name="hospital_id")

    class Meta:
        model = Doctor
        fields: list[str] = []
