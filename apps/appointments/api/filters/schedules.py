"""Query parameters of schedules and absences."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from apps.appointments.choices import RuleKind, Weekday
from apps.appointments.models import Absence, ScheduleRule
from apps.core.http.filters import MomentFilter, UpperChoiceFilter


class ScheduleRuleFilter(django_filters.FilterSet):
    """`?doctor=&weekday=&kind=`."""

    doctor = django_filters.UUIDFilter(field_name="doctor_id")
    weekday = UpperChoiceFilter(choices=[(day.name, day.label) for day in Weekday], method="of_weekday")
    kind = UpperChoiceFilter(choices=RuleKind.choices)

    class Meta:
        model = ScheduleRule
        fields: list[str] = []

    def of_weekday(self, rules: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Return the rules of a weekday given by its name."""
        return rules.filter(weekday=Weekday[value])


class AbsenceFilter(django_filters.FilterSet):
    """`?doctor=&from=&to=`: what touches the time between two moments."""

    doctor = django_filters.UUIDFilter(field_name="doctor_id")

    class Meta:
        model = Absence
        fields: list[str] = []


# `from` is a word of the language, so these two cannot stand in the class body.
AbsenceFilter.base_filters["from"] = MomentFilter(field_name="ends_at", lookup_expr="gt")
AbsenceFilter.base_filters["to"] = MomentFilter(field_name="starts_at", lookup_expr="lt")
