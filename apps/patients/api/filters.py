"""Query parameters of patients and what belongs to them."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from apps.core.http.filters import TrueOrFalseFilter, UpperChoiceFilter
from apps.patients.choices import EntryStatus
from apps.patients.models import AccessGrant, CareRelationship, Patient
from apps.patients.spelling import LONGEST

SHORTEST = 2  # Letters; one letter is half of all names.


class PatientFilter(django_filters.FilterSet):
    """`?search=&phone=&ordering=`: a name that may be misspelt or lack its accents, or a phone in any notation."""

    search = django_filters.CharFilter(method="filter_search", min_length=SHORTEST, max_length=LONGEST)
    phone = django_filters.CharFilter(method="filter_phone", max_length=40)
    ordering = django_filters.OrderingFilter(
        fields=(("last_name", "last_name"), ("first_name", "first_name"), ("created_at", "created_at"))
    )

    class Meta:
        model = Patient
        fields: list[str] = []

    def filter_search(self, queryset: Any, name: str, value: str) -> QuerySet[Patient]:
        """Return the patients whom the words may mean, the closest first."""
        found: QuerySet[Patient] = queryset.matching(value)
        return found

    def filter_phone(self, queryset: Any, name: str, value: str) -> QuerySet[Patient]:
        """Return the patients with this number."""
        found: QuerySet[Patient] = queryset.with_phone(value)
        return found


class CareRelationshipFilter(django_filters.FilterSet):
    """`?status=&patient=&doctor=&ordering=`."""

    status = UpperChoiceFilter(choices=[("LIVE", "LIVE"), ("OVER", "OVER")], method="filter_status")
    patient = django_filters.UUIDFilter(field_name="patient_id")
    doctor = django_filters.UUIDFilter(field_name="doctor_id")
    ordering = django_filters.OrderingFilter(fields=(("started_at", "started_at"),))

    class Meta:
        model = CareRelationship
        fields: list[str] = []

    def filter_status(self, queryset: Any, name: str, value: str) -> QuerySet[CareRelationship]:
        """Return the relationships that give a right to treat now, or those that gave one."""
        now = timezone.now()
        found: QuerySet[CareRelationship] = queryset.live(now=now) if value == "LIVE" else queryset.over(now=now)
        return found


class EntryFilter(django_filters.FilterSet):
    """`?status=`: ACTIVE, ENDED or ENTERED_IN_ERROR; without it, all but the mistakes."""

    status = UpperChoiceFilter(choices=EntryStatus.choices, method="filter_status")

    def filter_status(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        """Return the entries that hold, are over, or were never true."""
        found: QuerySet[Any] = queryset.of_status(value, now=timezone.now())
        return found


class GrantFilter(django_filters.FilterSet):
    """`?patient=&doctor=&is_live=`."""

    patient = django_filters.UUIDFilter(field_name="patient_id")
    doctor = django_filters.UUIDFilter(field_name="doctor_id")
    is_live = TrueOrFalseFilter(method="filter_live")

    class Meta:
        model = AccessGrant
        fields: list[str] = []

    def filter_live(self, queryset: Any, name: str, value: bool) -> QuerySet[AccessGrant]:  # noqa: FBT001 - as called
        """Return what opens a record now, or what does no more."""
        live = AccessGrant.objects.live(now=timezone.now()).values("pk")
        found: QuerySet[AccessGrant] = queryset.filter(pk__in=live) if value else queryset.exclude(pk__in=live)
        return found
