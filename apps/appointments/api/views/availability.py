"""When doctors are free: the slots of one, and the next free time of a page of them. For everybody."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.appointments.api.serializers.availability import AvailabilitiesOutput, SlotsOutput
from apps.appointments.selectors import LAST_YEAR, LONGEST_SPAN, doctor_free_slots, next_free
from apps.core.http.problems import BadParameter
from apps.core.http.views import CareLoopViewSet
from apps.core.zones import zone, zone_names
from apps.hospitals.models import Doctor
from apps.hospitals.selectors import practising_doctor

MOST_DOCTORS = 100


class SlotViewSet(CareLoopViewSet):
    """Free slots of a doctor, for everybody: looking is not booking."""

    permission_classes = [AllowAny]
    pagination_class = None
    filter_backends = []

    @extend_schema(
        parameters=[
            OpenApiParameter("from", date, description="First day; today by default."),
            OpenApiParameter("to", date, description="Last day, included; 6 days later by default, 62 at most."),
            OpenApiParameter(
                "zone", str, description="IANA zone of the days asked for and the times answered; the doctor's."
            ),
        ],
        responses={200: SlotsOutput},
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the free slots of a doctor, in the doctor's zone unless another one is asked for."""
        _refuse_unknown(request, {"from", "to", "zone"})
        doctor = practising_doctor(self.kwargs["pk"])
        now = timezone.now()
        asked = _zone_parameter(request)
        local = asked or zone(doctor.zone_name)
        first, last = _span(request, today=now.astimezone(local).date())
        slots = doctor_free_slots(doctor, first=first, last=last, now=now, seen_in=asked)
        rows = [
            {
                "starts_at": slot.starts_at.astimezone(local),
                "ends_at": slot.ends_at.astimezone(local),
                "free": slot.free,
            }
            for slot in slots
        ]
        if asked is None:
            return Response({"zone": doctor.zone_name, "slots": rows})
        return Response({"zone": asked.key, "doctor_zone": doctor.zone_name, "slots": rows})


class AvailabilityViewSet(CareLoopViewSet):
    """The next free time of up to a hundred doctors, for everybody."""

    permission_classes = [AllowAny]
    pagination_class = None
    filter_backends = []

    @extend_schema(
        parameters=[
            OpenApiParameter("ids", str, required=True, description="Ids of doctors, separated by commas; 100 at most.")
        ],
        responses={200: AvailabilitiesOutput},
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say when each doctor can be booked next, within 30 days. Who may not be booked is left out."""
        _refuse_unknown(request, {"ids"})
        now = timezone.now()
        doctors = list(Doctor.objects.practising().select_related("hospital").filter(pk__in=_ids(request)))
        free = next_free([doctor.pk for doctor in doctors], now=now)
        return Response({"results": [availability_of(doctor, free.get(doctor.pk), now=now) for doctor in doctors]})


def availability_of(doctor: Doctor, free_at: datetime | None, *, now: datetime) -> dict[str, Any]:
    """Return one doctor's next free time on the doctor's clock, and whether that is still today there."""
    local = zone(doctor.zone_name)
    shown = free_at.astimezone(local) if free_at else None
    return {
        "doctor": doctor.pk,
        "time_zone": doctor.zone_name,
        "next_free_at": shown,
        "is_free_today": shown is not None and shown.date() == now.astimezone(local).date(),
    }


def _refuse_unknown(request: Request, known: set[str]) -> None:
    unknown = set(request.query_params) - known
    if unknown:
        raise BadParameter({name: _("There is no such parameter here.") for name in unknown})


def _ids(request: Request) -> list[UUID]:
    try:
        ids = [UUID(each.strip()) for each in request.query_params.get("ids", "").split(",")]
    except ValueError:
        ids = []
    if not 1 <= len(ids) <= MOST_DOCTORS:
        raise BadParameter({"ids": _("Give 1 to 100 ids of doctors, separated by commas.")})
    return ids


def _zone_parameter(request: Request) -> ZoneInfo | None:
    name = request.query_params.get("zone")
    if name is None:
        return None
    if name not in zone_names():
        raise BadParameter({"zone": _("There is no time zone of this name. Use an IANA name such as Europe/Paris.")})
    return zone(name)


def _span(request: Request, *, today: date) -> tuple[date, date]:
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
