"""Appointments by role: one's own, the hospital's, the doctor's, and the doctor's day at a glance."""

from collections.abc import Mapping
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsDoctor, IsHospitalStaff, IsSignedIn, caller
from apps.appointments.api.filters.appointments import AppointmentFilter, MyAppointmentFilter
from apps.appointments.api.serializers.appointments import AppointmentOutput
from apps.appointments.api.views.appointments import AppointmentRows
from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.appointments.querysets import AppointmentQuerySet
from apps.appointments.selectors import COUNTERS, doctor_counters, local_today
from apps.appointments.slots import DAY
from apps.core.http.flat import FlatListMixin
from apps.core.http.pagination import KeysetPagination
from apps.core.http.views import ScopedViewSet
from apps.hospitals.models import Doctor


class RoleListViewSet(AppointmentRows, FlatListMixin, ScopedViewSet):
    """A list of what the caller sees anyway, from one side."""

    permission_classes = [IsSignedIn]
    queryset = Appointment.objects.all()
    serializer_class = AppointmentOutput
    filterset_class: Any = AppointmentFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Take one side."""
        return self.take_side(cast(AppointmentQuerySet, queryset))

    def take_side(self, queryset: AppointmentQuerySet) -> AppointmentQuerySet:
        """Return what of the visible appointments this list is about."""
        raise NotImplementedError


class MyAppointmentViewSet(RoleListViewSet):
    """Of the patients whom the caller manages."""

    filterset_class = MyAppointmentFilter

    def take_side(self, queryset: AppointmentQuerySet) -> AppointmentQuerySet:
        """Leave out what the caller sees as a doctor or as staff."""
        return queryset.of_patients_of(caller(self.request))

    @extend_schema(operation_id="appointments_mine", responses={200: AppointmentOutput(many=True)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the appointments of the caller's patients, newest first; `when` splits them into upcoming and past."""
        return super().list(request, *args, **kwargs)


class HospitalAppointmentViewSet(RoleListViewSet):
    """Of the hospital that the caller is staff of."""

    permission_classes = [IsHospitalStaff]

    def take_side(self, queryset: AppointmentQuerySet) -> AppointmentQuerySet:
        """Leave out what the caller sees as a patient."""
        return queryset.of_hospital_of(caller(self.request))

    @extend_schema(operation_id="appointments_of_hospital", responses={200: AppointmentOutput(many=True)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the appointments of the caller's hospital, newest first."""
        return super().list(request, *args, **kwargs)


class DoctorAppointmentViewSet(RoleListViewSet):
    """Of the caller as a doctor."""

    permission_classes = [IsDoctor]

    def take_side(self, queryset: AppointmentQuerySet) -> AppointmentQuerySet:
        """Leave out what the caller sees as a patient."""
        return queryset.of_doctor(caller(self.request))

    @extend_schema(operation_id="appointments_of_doctor", responses={200: AppointmentOutput(many=True)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the appointments of the caller as a doctor, newest first."""
        return super().list(request, *args, **kwargs)


class DashboardPagination(KeysetPagination):
    """A page of the dashboard, with its counters."""

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schema of the envelope with the counters in it."""
        envelope = super().get_paginated_response_schema(schema)
        number = {"type": "integer", "example": 3}
        counters = {
            "type": "object",
            "required": list(COUNTERS),
            "properties": dict.fromkeys(COUNTERS, number),
            "description": "How many there are in each of the four lists, and of today's how many wait or are over.",
        }
        return {
            **envelope,
            "required": [*envelope["required"], "counters"],
            "properties": {**envelope["properties"], "counters": counters},
        }


class DashboardViewSet(DoctorAppointmentViewSet):
    """The doctor's dashboard: four lists, each with the counters of all four. Days are those of the doctor's zone."""

    pagination_class = DashboardPagination

    def take_side(self, queryset: AppointmentQuerySet) -> AppointmentQuerySet:
        """Return the part of the doctor's appointments that the action is named after."""
        own = super().take_side(queryset)
        now = timezone.now()
        match self.action:
            case "today":
                return own.kept().of_day(local_today(self._doctor, now=now)).order_by("starts_at", "id")
            case "tomorrow":
                return own.kept().of_day(local_today(self._doctor, now=now) + DAY).order_by("starts_at", "id")
            case "upcoming":
                return own.upcoming(now=now)
            case _:
                return own.filter(status=Status.COMPLETED)

    @cached_property
    def _doctor(self) -> Doctor:
        return Doctor.objects.select_related("hospital").get(user=caller(self.request))

    @extend_schema(responses={200: AppointmentOutput(many=True)})
    def today(self, request: Request) -> Response:
        """List the doctor's visits of today, in order, with counters."""
        return self._with_counters(request)

    @extend_schema(responses={200: AppointmentOutput(many=True)})
    def tomorrow(self, request: Request) -> Response:
        """List the doctor's visits of tomorrow, in order, with counters."""
        return self._with_counters(request)

    @extend_schema(responses={200: AppointmentOutput(many=True)})
    def upcoming(self, request: Request) -> Response:
        """List the doctor's visits to come, soonest first, with counters."""
        return self._with_counters(request)

    @extend_schema(responses={200: AppointmentOutput(many=True)})
    def completed(self, request: Request) -> Response:
        """List the visits that took place, newest first, with counters."""
        return self._with_counters(request)

    def _with_counters(self, request: Request) -> Response:
        page = super().list(request)
        page.data["counters"] = doctor_counters(self._doctor, now=timezone.now())
        return page
