"""Free slots and appointments."""

from datetime import date, timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.appointments.api.filters import AppointmentFilter
from apps.appointments.api.serializers import (
    AppointmentOutput,
    BookAppointmentInput,
    CancelInput,
    SlotsOutput,
)
from apps.appointments.models import Appointment
from apps.appointments.selectors import LAST_YEAR, LONGEST_SPAN, doctor_free_slots
from apps.appointments.services.booking import book_appointment
from apps.appointments.services.lifecycle import cancel_appointment, complete_appointment
from apps.core.http.problems import BadParameter
from apps.core.http.views import CareLoopViewSet, ListMixin, RetrieveMixin, ScopedViewSet, one_or_absent
from apps.core.zones import zone
from apps.hospitals.models import Doctor


class SlotViewSet(CareLoopViewSet):
    """Free slots of a doctor, for everybody: looking is not booking."""

    permission_classes = [AllowAny]
    pagination_class = None
    filter_backends = []

    @extend_schema(
        parameters=[
            OpenApiParameter("from", date, description="First day on the doctor's calendar; today by default."),
            OpenApiParameter("to", date, description="Last day, included; 6 days later by default, 62 at most."),
        ],
        responses={200: SlotsOutput},
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the free slots of a doctor, in the doctor's zone."""
        practising = Doctor.objects.practising().select_related("hospital")
        doctor = one_or_absent(practising, self.kwargs["pk"])
        now = timezone.now()
        local = zone(doctor.zone_name)
        first, last = _span(request, today=now.astimezone(local).date())
        slots = doctor_free_slots(doctor, first=first, last=last, now=now)
        rows = [
            {
                "starts_at": slot.starts_at.astimezone(local),
                "ends_at": slot.ends_at.astimezone(local),
                "free": slot.free,
            }
            for slot in slots
        ]
        return Response({"zone": doctor.zone_name, "slots": rows})


def _span(request: Request, *, today: date) -> tuple[date, date]:
    unknown = set(request.query_params) - {"from", "to"}
    if unknown:
        raise BadParameter({name: _("There is no such parameter here.") for name in unknown})
    first = _day(request, "from") or today
    last = _day(request, "to") or first + timedelta(days=6)
    if not first <= last <= first + LONGEST_SPAN:
        raise BadParameter({"to": _("Give a day from `from` to 62 days later.")})
    return first, last


def _day(request: Request, name: str) -> date | None:
    raw = request.query_params.get(name)
    if raw is None:
        return None
    try:
        day = parse_date(raw)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= LAST_YEAR:
        raise BadParameter({name: _("Give a day such as 2026-11-23.")})
    return day


class AppointmentViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Appointments of the caller's patients, of the caller as a doctor, or of the caller's hospital."""

    permission_classes = [IsSignedIn]
    queryset = Appointment.objects.all()
    serializer_class = AppointmentOutput
    filterset_class = AppointmentFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along the names that an appointment shows."""
        return queryset.select_related("doctor__user", "doctor__hospital", "patient")

    @extend_schema(request=BookAppointmentInput, responses={201: AppointmentOutput})
    def create(self, request: Request) -> Response:
        """Book a free slot. It is confirmed at once, and gives the doctor the right to treat.

        409 `slot_taken`, `patient_busy`, `already_booked_that_day` or `not_with_yourself`.
        """
        given = self.parse(BookAppointmentInput)
        booked = book_appointment(
            actor=caller(request),
            doctor_id=given["doctor"],
            patient_id=given["patient"],
            starts_at=given["starts_at"],
            reason=given["reason"],
            now=timezone.now(),
        )
        return self.answer(self._shown(booked), status=201)

    @extend_schema(request=CancelInput, responses={200: AppointmentOutput})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel an appointment. Nothing is deleted, and the time is free again."""
        reason = self.parse(CancelInput)["reason"]
        target = self.get_object()
        cancelled = cancel_appointment(
            actor=caller(request), appointment_id=target.pk, reason=reason, now=timezone.now()
        )
        return self.answer(self._shown(cancelled))

    @extend_schema(request=None, responses={200: AppointmentOutput})
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record that the visit took place (its doctor, or the hospital's staff)."""
        completed = complete_appointment(actor=caller(request), appointment_id=self.get_object().pk)
        return self.answer(self._shown(completed))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel an appointment, as `cancel/` does: nothing is ever deleted."""
        with transaction.atomic():
            target = self.locked_object()
            cancel_appointment(actor=caller(request), appointment_id=target.pk, reason="", now=timezone.now())
        return Response(status=204)

    def _shown(self, appointment: Appointment) -> Appointment:
        return cast(Appointment, self.narrow(Appointment.objects.all()).get(pk=appointment.pk))
