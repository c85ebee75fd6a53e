"""What the directory of doctors, a door of a lower floor, gains here: when each doctor can be booked next."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from apps.appointments.models import ScheduleRule
from apps.appointments.selectors import next_free
from apps.core.http.filters import UpperChoiceFilter
from apps.core.http.problems import BadParameter
from apps.core.zones import zone
from apps.hospitals.models import Doctor

# The widest zones: somewhere it is already the day of the one, elsewhere still that of the other.
EARLIEST, LATEST = timedelta(hours=-12), timedelta(hours=14)
NEXT = ("NEXT", gettext_lazy("Within 30 days"))
TODAY = ("TODAY", gettext_lazy("Still today, on the doctor's calendar"))


class NextFreeField(serializers.DateTimeField):
    """When a doctor can be booked next: a slot, or a place in line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, read_only=True, help_text="Within 30 days; a slot or a place in line.")

    def to_representation(self, value: Any) -> Any:
        """Return the moment as it is: on the doctor's clock already."""
        return value


class AvailabilityFilter(django_filters.FilterSet):
    """`?available=today|next`: who certainly has no time is left out here, the rest is looked at page by page."""

    available = UpperChoiceFilter(choices=[TODAY, NEXT, ("TRUE", NEXT[1])], method="who_works")

    def who_works(self, doctors: QuerySet[Doctor], name: str, value: str) -> QuerySet[Doctor]:
        """Return the doctors with a week; for today, with one that has a range on the weekday it is somewhere."""
        rules = ScheduleRule.objects.in_force().filter(doctor=OuterRef("pk"))
        if value == TODAY[0]:
            now = timezone.now()
            rules = rules.filter(weekday__in={(now + shift).weekday() for shift in (EARLIEST, timedelta(), LATEST)})
        return doctors.filter(Exists(rules))


class WithNextFree:
    """Mixed into the directory: rows know `next_free_at`, and `?available=` holds exactly.

    A page is looked at as a whole, in a constant number of queries. With `available` it may therefore hold
    fewer rows than asked for, even none, while `next` leads on.
    """

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the page with each doctor's next free time, without those who are not as free as asked for."""
        view = cast(Any, self)
        asked = view.request.query_params.get("available", "").upper()
        if asked and "with_count" in view.request.query_params:
            raise BadParameter({"with_count": _("Who is free is not counted: leave one of the two out.")})
        page, now = super().paginate_queryset(queryset), timezone.now()  # type: ignore[misc]
        with_next_free(page, now=now)
        return [doctor for doctor in page if _is_as_free(doctor, asked, now)]

    def get_shown_object(self) -> Any:
        """Return this route's doctor with the next free time."""
        doctor = super().get_shown_object()  # type: ignore[misc]
        with_next_free([doctor], now=timezone.now())
        return doctor


def with_next_free(doctors: Sequence[Any], *, now: datetime) -> None:
    """Tell each doctor of a page its `next_free_at`, on the doctor's clock. Five queries at most."""
    free = next_free([doctor.pk for doctor in doctors], now=now)
    for doctor in doctors:
        free_at = free.get(doctor.pk)
        doctor.next_free_at = free_at.astimezone(zone(doctor.zone_name)) if free_at else None


def _is_as_free(doctor: Any, asked: str, now: datetime) -> bool:
    if not asked or doctor.next_free_at is None:
        return not asked
    today = now.astimezone(zone(doctor.zone_name)).date()
    return bool(asked != TODAY[0] or doctor.next_free_at.date() == today)
