"""Appointments: booking them and moving them through their states."""

from collections.abc import Mapping
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsAdminOrHospitalStaff, IsSignedIn, caller
from apps.appointments.api.filters.appointments import AppointmentFilter
from apps.appointments.api.serializers.appointments import (
    AppointmentOutput,
    AssignDoctorInput,
    BookAppointmentInput,
    CancelInput,
    ConfirmInput,
    ReassignmentOutput,
    RejectRequestInput,
    RescheduleInput,
    StatusInput,
)
from apps.appointments.api.serializers.rows import COLUMNS, appointment_row
from apps.appointments.api.views.calendars import CALENDAR_EXAMPLE, calendar_answer
from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.appointments.services.booking import book_appointment
from apps.appointments.services.feeds import calendar_of_visit
from apps.appointments.services.lifecycle import (
    cancel_appointment,
    check_in,
    complete_appointment,
    mark_no_show,
)
from apps.appointments.services.moving import move_in_line, reschedule_appointment
from apps.appointments.services.overbooking import overbook
from apps.appointments.services.queueing import join_queue
from apps.appointments.services.requesting import (
    assign_doctor,
    confirm_request,
    reject_request,
    request_appointment,
)
from apps.appointments.services.statuses import change_status
from apps.core.http.flat import FlatListMixin, FlatRetrieveMixin, FlatRows
from apps.core.http.views import CareLoopViewSet, ListMixin, ScopedViewSet


class AppointmentRows(FlatRows):
    """How appointments are read and shown."""

    columns = COLUMNS

    def row(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return one appointment as `AppointmentOutput` shows it."""
        return appointment_row(values)


class AppointmentViewSet(AppointmentRows, FlatListMixin, FlatRetrieveMixin, ScopedViewSet):
    """Appointments of the caller's patients, of the caller as a doctor, or of the caller's hospital."""

    permission_classes = [IsSignedIn]
    queryset = Appointment.objects.all()
    serializer_class = AppointmentOutput
    filterset_class = AppointmentFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along the names that an appointment shows."""
        return queryset.select_related("doctor__user", "doctor__hospital", "hospital", "patient")

    @extend_schema(request=BookAppointmentInput, responses={201: AppointmentOutput})
    def create(self, request: Request) -> Response:
        """Book a free slot, take the next place in a day's line, or ask a hospital for an appointment.

        A slot or place is confirmed at once, and gives the doctor the right to treat; a request waits for the
        hospital. With `overbooking_reason` the hospital's staff, or an independent doctor, puts a patient of theirs
        into a slot that may be full. 409 `slot_taken`, `queue_full`, `patient_busy`, `already_booked_that_day`,
        `already_requested`, `not_with_yourself` or `doctor_away`.
        """
        given = self.parse(BookAppointmentInput)
        actor, now = caller(request), timezone.now()
        shared = {"patient_id": given["patient"], "reason": given["reason"]}
        if "overbooking_reason" in given:
            booked = overbook(
                actor=actor,
                doctor_id=given["doctor"],
                starts_at=given["starts_at"],
                overbooking_reason=given["overbooking_reason"],
                **shared,
                now=now,
            )
        elif "requested_time" in given:
            booked = request_appointment(
                actor=actor,
                hospital_id=given["hospital"],
                department_id=given["department"],
                requested_time=given["requested_time"],
                **shared,
                now=now,
            )
        elif "date" in given:
            booked = join_queue(actor=actor, doctor_id=given["doctor"], day=given["date"], **shared, now=now)
        else:
            booked = book_appointment(
                actor=actor, doctor_id=given["doctor"], starts_at=given["starts_at"], **shared, now=now
            )
        return self.answer(self._shown(booked), status=201)

    @extend_schema(request=AssignDoctorInput, responses={200: AppointmentOutput})
    @action(detail=True, methods=["post"], url_path="assign-doctor")
    def assign_doctor(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer a request with a doctor of the hospital, as its staff; with a time it is confirmed at once.

        409 `illegal_transition`, `slot_taken`, `patient_busy`, `already_booked_that_day` or `not_with_yourself`.
        """
        given = self.parse(AssignDoctorInput)
        assigned = assign_doctor(
            actor=caller(request),
            appointment_id=self.kwargs["pk"],
            doctor_id=given["doctor"],
            confirmed_time=given["confirmed_time"],
            notes=given["notes"],
            now=timezone.now(),
        )
        return self.answer(self._shown(assigned))

    @extend_schema(request=ConfirmInput, responses={200: AppointmentOutput})
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Confirm a request with its assigned doctor, as that doctor or the hospital's staff.

        409 `no_doctor_yet`, `illegal_transition`, `slot_taken`, `patient_busy` or `already_booked_that_day`.
        """
        confirmed = confirm_request(
            actor=caller(request),
            appointment_id=self.kwargs["pk"],
            confirmed_time=self.parse(ConfirmInput)["confirmed_time"],
            now=timezone.now(),
        )
        return self.answer(self._shown(confirmed))

    @extend_schema(request=RejectRequestInput, responses={200: AppointmentOutput})
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Refuse a request, with a reason that the patient reads. For the hospital's staff."""
        rejected = reject_request(
            actor=caller(request),
            appointment_id=self.kwargs["pk"],
            reason=self.parse(RejectRequestInput)["reason"],
            now=timezone.now(),
        )
        return self.answer(self._shown(rejected))

    @extend_schema(request=RescheduleInput, responses={200: AppointmentOutput})
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Move a confirmed appointment to another free slot of its doctor. A failure leaves it where it is.

        A place in line moves to the end of the line of another `date`: the answer is a new appointment, and the old
        one stays, cancelled, so that its number is never called for somebody else. The patient's side until the
        hospital's notice, its staff, or an independent doctor. 409 `slot_taken`, `queue_full`, `patient_busy`,
        `already_booked_that_day`, `illegal_transition`, `notice_over`, `place_in_line` or `no_place_in_line`.
        """
        given = self.parse(RescheduleInput)
        act = move_in_line if "day" in given else reschedule_appointment
        moved = act(actor=caller(request), appointment_id=self.kwargs["pk"], **given, now=timezone.now())
        return self.answer(self._shown(moved))

    @extend_schema(request=CancelInput, responses={200: AppointmentOutput})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel an appointment. Nothing is deleted, and the time is free again.

        The patient's side until the hospital's notice, its staff, or an independent doctor. 409 `notice_over` or
        `illegal_transition`.
        """
        reason = self.parse(CancelInput)["reason"]
        target = self.get_object()
        cancelled = cancel_appointment(
            actor=caller(request), appointment_id=target.pk, reason=reason, now=timezone.now()
        )
        return self.answer(self._shown(cancelled))

    @extend_schema(request=None, responses={200: AppointmentOutput})
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record that the visit took place (its doctor, or the hospital's staff).

        A missed one within seven days. 409 `illegal_transition` or `too_late`.
        """
        completed = complete_appointment(actor=caller(request), appointment_id=self.get_object().pk, now=timezone.now())
        return self.answer(self._shown(completed))

    @extend_schema(request=None, responses={200: AppointmentOutput})
    @action(detail=True, methods=["post"], url_path="check-in")
    def check_in(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record that the patient has arrived, on the day of the visit (its doctor, or the hospital's staff).

        409 `too_early` or `illegal_transition`.
        """
        arrived = check_in(actor=caller(request), appointment_id=self.get_object().pk, now=timezone.now())
        return self.answer(self._shown(arrived))

    @extend_schema(request=None, responses={200: AppointmentOutput})
    @action(detail=True, methods=["post"], url_path="no-show")
    def no_show(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record that nobody came, once the visit has begun (its doctor, or the hospital's staff).

        What is left at the end of the day is recorded so by itself. 409 `too_early` or `illegal_transition`.
        """
        missed = mark_no_show(actor=caller(request), appointment_id=self.get_object().pk, now=timezone.now())
        return self.answer(self._shown(missed))

    @extend_schema(request=StatusInput, responses={200: AppointmentOutput})
    @action(detail=True, methods=["patch", "post"], url_path="status")
    def change_status(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Bring an appointment into another state, as `confirm/`, `reject/`, `cancel/` and the others do.

        `notes` are the reason of a rejection or cancellation, and else a note to the patient. 409 as there.
        """
        given = self.parse(StatusInput)
        with transaction.atomic():
            target = self._target_of(given["status"])
            changed = change_status(actor=caller(request), appointment_id=target.pk, **given, now=timezone.now())
        return self.answer(self._shown(changed))

    @extend_schema(responses={(200, "text/calendar"): OpenApiTypes.STR}, examples=[CALENDAR_EXAMPLE])
    @action(detail=True, pagination_class=None)
    def ics(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Read an appointment as a file for a calendar (RFC 5545): when, where and with whom, never why.

        Reading it again after a change updates the entry there; after a cancellation it is taken out.
        """
        appointment = self.get_object()
        content = calendar_of_visit(actor=caller(request), appointment=appointment)
        return calendar_answer(content, filename=f"appointment-{appointment.local_date}.ics")

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel an appointment, as `cancel/` does: nothing is ever deleted."""
        with transaction.atomic():
            target = self.locked_object()
            cancel_appointment(actor=caller(request), appointment_id=target.pk, reason="", now=timezone.now())
        return Response(status=204)

    def _target_of(self, status: str) -> Appointment:
        """Return this route's appointment, its `If-Match` checked; locked, unless the calendar is locked before it."""
        if status != Status.CONFIRMED:
            return cast(Appointment, self.locked_object())
        appointment = cast(Appointment, self.get_object())
        self.check_precondition(appointment)
        return appointment

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
