"""What the doors of higher floors share: the public directory of doctors, which they extend with what they know."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField
from apps.core.http.filters import UpperChoiceFilter
from apps.core.http.views import ListMixin, RetrieveMixin, ScopedViewSet
from apps.hospitals.choices import Affected, Availability
from apps.hospitals.models import Doctor

DOCTOR_EXAMPLE = {
    "id": "019a9f3c-0000-7000-8000-000000000201",
    "name": "Lena Okafor",
    "specialization": "Cardiology",
    "qualification": "MD",
    "education": "University of Lagos",
    "experience_years": 20,
    "consultation_fee": "80.00",
    "languages": ["English", "Yoruba"],
    "diseases_treated": ["High blood pressure"],
    "bio": "Twenty years of looking after hearts.",
    "image": "/api/v1/doctors/019a9f3c-0000-7000-8000-000000000201/image/?v=019a9f3c-0000-7000-8000-000000000291",
    "practice_location": "Room 12",
    "city": "Springfield",
    "availability_status": "AVAILABLE",
    "hospital": "019a9f3c-0000-7000-8000-000000000101",
    "hospital_name": "Riverside General",
    "department": "019a9f3c-0000-7000-8000-000000000151",
    "time_zone": "America/New_York",
    "is_verified": True,
    "rating_average": 4.5,
    "rating_count": 12,
    "patient_count": 40,
}
# What visits and ratings change of a doctor, and no door to doctors writes.
COUNTED = frozenset({"patient_count", "rating_average", "rating_count"})
# What the list may be ordered by: each name, and the column behind it; with `-` from the largest down.
ORDERS = {
    "rating": "rating_average",
    "rating_avg": "rating_average",
    "experience": "experience_years",
    "experience_years": "experience_years",
    "fee": "consultation_fee",
    "consultation_fee": "consultation_fee",
}
ORDER_NAMES = [(f"{sign}{name}", f"{sign}{name}") for name in ORDERS for sign in ("", "-")]


def affected_field() -> AnyCaseChoiceField:
    """Return the field that says what becomes of appointments that a change would break."""
    return AnyCaseChoiceField(
        choices=Affected.choices,
        default=Affected.REFUSE,
        help_text="What becomes of live appointments that no longer fit: refuse (409, listing them), move, or cancel.",
    )


class DoctorOutput(serializers.Serializer[Any]):
    """A doctor as the public sees one: no e-mail, phone, licence or identity number."""

    example: dict[str, Any] = DOCTOR_EXAMPLE

    id = serializers.UUIDField()
    name = serializers.CharField(source="user.name")
    specialization = serializers.CharField()
    qualification = serializers.CharField()
    education = serializers.CharField()
    experience_years = serializers.IntegerField()
    consultation_fee = serializers.DecimalField(max_digits=10, decimal_places=2, help_text="0.00: none is stated.")
    languages = serializers.ListField(child=serializers.CharField())
    diseases_treated = serializers.ListField(child=serializers.CharField())
    bio = serializers.CharField()
    image = serializers.SerializerMethodField(help_text="Where the picture is; null: there is none.")
    practice_location = serializers.CharField()
    city = serializers.SerializerMethodField(help_text="The doctor's own, or else the hospital's.")
    availability_status = serializers.ChoiceField(choices=Availability.choices)
    hospital = serializers.UUIDField(source="hospital_id", allow_null=True)
    hospital_name = serializers.CharField(source="hospital.name", default=None, allow_null=True)
    department = serializers.UUIDField(source="department_id", allow_null=True)
    time_zone = serializers.CharField(source="zone_name")
    is_verified = serializers.BooleanField(help_text="Licence checked by the hospital or an administrator.")
    rating_average = serializers.FloatField()
    rating_count = serializers.IntegerField()
    patient_count = serializers.IntegerField(default=0, help_text="Patients whom the doctor treats now.")

    def get_image(self, doctor: Any) -> str | None:
        """Return the picture's address, which changes with the picture: a cache may keep what it has."""
        return f"/api/v1/doctors/{doctor.pk}/image/?v={doctor.image_id}" if doctor.image_id else None

    def get_city(self, doctor: Any) -> str:
        """Return where the doctor practises."""
        return str(doctor.city or (doctor.hospital.city if doctor.hospital else ""))


class DoctorFilter(django_filters.FilterSet):
    """The filters and orders of the directory; `search` orders by likeness unless another order is asked for."""

    specialization = django_filters.CharFilter(method="filter_specialization")
    city = django_filters.CharFilter(method="filter_city")
    language = django_filters.CharFilter(method="filter_language")
    disease = django_filters.CharFilter(method="filter_disease")
    hospital = django_filters.UUIDFilter(field_name="hospital_id")
    availability_status = UpperChoiceFilter(choices=Availability.choices)
    min_experience = django_filters.NumberFilter(field_name="experience_years", lookup_expr="gte", min_value=0)
    max_experience = django_filters.NumberFilter(field_name="experience_years", lookup_expr="lte", min_value=0)
    min_fee = django_filters.NumberFilter(field_name="consultation_fee", lookup_expr="gte", min_value=0)
    max_fee = django_filters.NumberFilter(field_name="consultation_fee", lookup_expr="lte", min_value=0)
    min_rating = django_filters.NumberFilter(field_name="rating_average", lookup_expr="gte", min_value=0, max_value=5)
    max_rating = django_filters.NumberFilter(field_name="rating_average", lookup_expr="lte", min_value=0, max_value=5)
    # After all that narrows: of those who match it takes the best. The order has the last word.
    search = django_filters.CharFilter(method="filter_search", help_text="Name, specialty, city, disease, language.")
    ordering = django_filters.ChoiceFilter(choices=ORDER_NAMES, method="filter_ordering")

    class Meta:
        model = Doctor
        fields: list[str] = []

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Return the doctors who match every word, the likest first unless another order is asked for."""
        found = queryset.search(value)
        return found if self.form.cleaned_data.get("ordering") else found.best_first(value)

    def filter_specialization(self, queryset: Any, name: str, value: str) -> Any:
        """Return the doctors of one specialization."""
        return queryset.specialized_in(value)

    def filter_city(self, queryset: Any, name: str, value: str) -> Any:
        """Return the doctors of one city."""
        return queryset.in_city(value)

    def filter_language(self, queryset: Any, name: str, value: str) -> Any:
        """Return the doctors who speak a language."""
        return queryset.speaking(value)

    def filter_disease(self, queryset: Any, name: str, value: str) -> Any:
        """Return the doctors who treat a disease."""
        return queryset.treating(value)

    def filter_ordering(self, queryset: Any, name: str, value: str) -> Any:
        """Order as asked."""
        sign = "-" if value.startswith("-") else ""
        return queryset.order_by(f"{sign}{ORDERS[value.removeprefix('-')]}", f"{sign}id")


class DirectoryViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Lists and shows the doctors who may be booked, the best rated first. It names no personal rows: all is public."""

    serializer_class: Any = DoctorOutput
    filterset_class: Any = DoctorFilter
    volatile = COUNTED

    def get_queryset(self) -> QuerySet[Any]:
        """Return the practising doctors with what a profile shows."""
        return Doctor.objects.practising().shown().order_by("-rating_average", "-id")
