"""Query parameters of hospitals, departments, staff and applications; the directory's stand in `doors`."""

from typing import Any

import django_filters

from apps.core.http.filters import UpperChoiceFilter
from apps.hospitals.choices import DoctorStatus, HospitalStatus, StaffState
from apps.hospitals.models import Department, Doctor, DoctorApplication, Hospital, StaffMember
from apps.hospitals.searching import Place, folded

FARTHEST_KM = 1_000
USUAL_KM = 10


class HospitalFilter(django_filters.FilterSet):
    """`?city=&search=&status=&is_approved=`."""

    city = django_filters.CharFilter(method="filter_city")
    search = django_filters.CharFilter(method="filter_search")
    status = UpperChoiceFilter(choices=HospitalStatus.choices)
    is_approved = django_filters.BooleanFilter(method="filter_approved")

    class Meta:
        model = Hospital
        fields: list[str] = []

    def filter_city(self, queryset: Any, name: str, value: str) -> Any:
        """Return the hospitals of one city, whatever its case and accents."""
        return queryset.filter(city_key=folded(value))

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Return the hospitals in whose name or city every word occurs."""
        return queryset.search(value)

    def filter_approved(self, queryset: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - django-filter calls it
        """Return the approved ones, or the others."""
        approved = {"status": HospitalStatus.APPROVED}
        return queryset.filter(**approved) if value else queryset.exclude(**approved)


class NearbyFilter(django_filters.FilterSet):
    """`?lat=&lng=&radius_km=`, degrees and kilometres."""

    lat = django_filters.NumberFilter(required=True, min_value=-90, max_value=90, method="leave")
    lng = django_filters.NumberFilter(required=True, min_value=-180, max_value=180, method="leave")
    radius_km = django_filters.NumberFilter(min_value=0, max_value=FARTHEST_KM, method="leave")

    class Meta:
        model = Hospital
        fields: list[str] = []

    def leave(self, queryset: Any, name: str, value: Any) -> Any:
        """Leave the rows: the three parameters are one question."""
        return queryset

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the hospitals within the circle, nearest first."""
        given = self.form.cleaned_data
        radius = given.get("radius_km")
        radius = USUAL_KM if radius is None else radius
        return queryset.near(Place(float(given["lat"]), float(given["lng"])), radius_km=float(radius))


class DepartmentFilter(django_filters.FilterSet):
    """`?hospital=` (`hospital_id=` is the same)."""

    hospital = django_filters.UUIDFilter(field_name="hospital_id")
    hospital_id = django_filters.UUIDFilter(field_name="hospital_id")

    class Meta:
        model = Department
        fields: list[str] = []


class StaffFilter(django_filters.FilterSet):
    """`?state=&hospital=`."""

    state = UpperChoiceFilter(choices=StaffState.choices, method="filter_state")
    hospital = django_filters.UUIDFilter(field_name="hospital_id")

    class Meta:
        model = StaffMember
        fields: list[str] = []

    def filter_state(self, queryset: Any, name: str, value: str) -> Any:
        """Return those in one state."""
        if value == StaffState.ACTIVE:
            return queryset.filter(is_active=True)
        is_invited = value == StaffState.INVITED
        return queryset.filter(is_active=False, invitation_expires_at__isnull=not is_invited)


class HospitalDoctorFilter(django_filters.FilterSet):
    """`?status=&is_active=&department=&hospital=&search=`."""

    status = UpperChoiceFilter(choices=DoctorStatus.choices)
    is_active = django_filters.BooleanFilter()
    department = django_filters.UUIDFilter(field_name="department_id")
    hospital = django_filters.UUIDFilter(field_name="hospital_id")
    search = django_filters.CharFilter(method="filter_search")

    class Meta:
        model = Doctor
        fields: list[str] = []

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Return the doctors who match every word."""
        return queryset.search(value)


class ApplicationFilter(django_filters.FilterSet):
    """`?status=`."""

    status = UpperChoiceFilter(choices=DoctorStatus.choices)

    class Meta:
        model = DoctorApplication
        fields: list[str] = []


class DiseaseFilter(django_filters.FilterSet):
    """`?disease=`."""

    disease = django_filters.CharFilter(required=True, min_length=2, max_length=100, method="leave")

    class Meta:
        model = Doctor
        fields: list[str] = []

    def leave(self, queryset: Any, name: str, value: Any) -> Any:
        """Leave the rows: the selector asks."""
        return queryset
