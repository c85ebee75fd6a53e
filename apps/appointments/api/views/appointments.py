"""Appointments: booking them and moving them through their states."""

from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsAdminOrHospitalStaff, IsSignedIn, caller
from apps.appointments.api.filters.appointments import AppointmentFilter
from apps.appointments.api.serializers.appointments import (
    AppointmentOutput,
    BookAppointmentInput,
    CancelInput,
    ReassignmentOutput,
)
from apps.appointments.models import Appointment
from apps.appointments.services.booking import book_appointment
from apps.appointments.services.lifecycle import cancel_appointment, complete_appointment
from apps.appointments.services.queueing import join_queue
from apps.core.http.views import CareLoopViewSet, ListMixin, RetrieveMixin, ScopedViewSet


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
        """Book a free slot (`starts_at`), or the next place in a day's line (`date`).

        It is confirmed at once, and gives the doctor the right to treat. 409 `slot_taken`, `queue_full`,
        `patient_busy`, `already_booked_that_day` or `not_with_yourself`.
        """
        given = self.parse(BookAppointmentInput)
        shared: dict[str, Any] = {
            "actor": caller(request),
            "doctor_id": given["doctor"],
            "patient_id": given["patient"],
            "reason": given["reason"],
            "now": timezone.now(),
        }
        if "date" in given:
            booked = join_queue(day=given["date"], **shared)
        else:
            booked = book_appointment(starts_at=given["starts_at"], **shared)
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


class ReassignmentViewSet(ListMixin, CareLoopViewSet):
    """Appointments to come that somebody must take over: administrators see all, a hospital's staff its own."""

    permission_classes = [IsAdminOrHospitalStaff]
    serializer_class = ReassignmentOutput

    def get_queryset(self) -> QuerySet[Any]:
        """Return what waits for another doctor, soonest first."""
        if getattr(self, "swagger_fake_view", False):
            return Appointment.objects.none()
        return Appointment.objects.to_reassign_for(caller(self.request), now=timezone.now())

    @extend_schema(responses={200: ReassignmentOutput(many=True)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List live appointments to come whose doctor may not practise: deactivated, or of a suspended hospital."""
        return super().list(request, *args, **kwargs)
