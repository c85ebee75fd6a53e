"""Hospitals: registered, listed, found nearby, kept up, decided."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Role
from apps.accounts.permissions import IsAdmin, IsSignedIn, caller
from apps.core.http.views import CareLoopViewSet, ListMixin, RetrieveMixin, ScopedViewSet
from apps.hospitals.api.filters import HospitalFilter, NearbyFilter
from apps.hospitals.api.serializers.hospitals import (
    ChangeHospitalInput,
    DecideHospitalInput,
    DepartmentOutput,
    HospitalOfficeOutput,
    HospitalOutput,
    NearbyHospitalOutput,
    ReasonInput,
    RegisterHospitalInput,
)
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.doors import DoctorOutput
from apps.hospitals.models import Doctor, Hospital
from apps.hospitals.querysets import SEARCH_COLUMNS
from apps.hospitals.services.deciding import decide_hospital
from apps.hospitals.services.registering import change_hospital, register_hospital


class RegisterHospitalViewSet(CareLoopViewSet):
    """Joining as a hospital."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_scope = "auth"
    is_idempotent = False
    pagination_class = None

    @extend_schema(request=RegisterHospitalInput, responses={201: HospitalOfficeOutput})
    def create(self, request: Request) -> Response:
        """Register a hospital and its first staff login. The login works once an administrator has approved.

        409 `licence_taken`, `email_taken`.
        """
        hospital = register_hospital(**self.parse(RegisterHospitalInput), now=timezone.now())
        return self.answer(hospital, status=201, output=HospitalOfficeOutput)


class HospitalViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Hospitals: the approved ones; staff also see their own, administrators all."""

    permission_classes = [IsSignedIn]
    queryset = Hospital.objects.all()
    serializer_class: Any = HospitalOutput
    filterset_class: Any = HospitalFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave in the table what only the search reads."""
        return queryset.defer(*SEARCH_COLUMNS)

    def get_serializer_class(self) -> Any:
        """Return what the caller is shown: administrators see licence and decision, which the schema calls optional."""
        is_drawn = getattr(self, "swagger_fake_view", False)
        is_office = is_drawn or getattr(getattr(self.request, "user", None), "role", "") == Role.ADMIN
        is_plain = self.serializer_class is HospitalOutput
        return HospitalOfficeOutput if is_office and is_plain else self.serializer_class

    @extend_schema(request=ChangeHospitalInput, responses={200: HospitalOfficeOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace a hospital's profile, as its staff or an administrator. Licence and status are not changed here.

        409 `appointments_affected` lists the appointments that no longer fit in another time zone.
        """
        return self._change(self.parse(ChangeHospitalInput))

    @extend_schema(request=ChangeHospitalInput, responses={200: HospitalOfficeOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a hospital's profile, as its staff or an administrator. Licence and status are not changed here.

        409 `appointments_affected` lists the appointments that no longer fit in another time zone.
        """
        return self._change(self.parse(ChangeHospitalInput, partial=True))

    def _change(self, changes: dict[str, Any]) -> Response:
        with transaction.atomic():
            changed = change_hospital(
                actor=caller(self.request), hospital=self.locked_object(no_key=True), now=timezone.now(), **changes
            )
        return self.answer(changed)

    @extend_schema(request=DecideHospitalInput, responses={200: HospitalOfficeOutput})
    @action(detail=True, methods=["post", "patch"], permission_classes=[IsAdmin])
    def approve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Approve a hospital, or reject one that waits: it acts on the next request of its staff and doctors.

        A rejection says why. 409 `decision_refused` when its present state does not lead there, `licence_taken`.
        """
        return self._decide(**self.parse(DecideHospitalInput))

    @extend_schema(request=ReasonInput, responses={200: HospitalOfficeOutput})
    @action(detail=True, methods=["post"], permission_classes=[IsAdmin])
    def suspend(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Suspend an approved hospital: its staff and doctors stop on their next request. 409 `decision_refused`."""
        return self._decide(decision=HospitalStatus.SUSPENDED, **self.parse(ReasonInput))

    def _decide(self, *, decision: HospitalStatus, reason: str) -> Response:
        decided = decide_hospital(
            actor=caller(self.request),
            hospital=self.get_object(),
            decision=decision,
            reason=reason,
            now=timezone.now(),
        )
        return self.answer(decided)

    @extend_schema(responses={200: NearbyHospitalOutput(many=True)})
    @action(detail=False, filterset_class=NearbyFilter, serializer_class=NearbyHospitalOutput)
    def nearby(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the approved hospitals within `radius_km` (default 10, at most 1000) of a place, nearest first."""
        return self.list(request, *args, **kwargs)

    @extend_schema(operation_id="hospitals_departments_of", responses={200: DepartmentOutput(many=True)})
    @action(detail=True, filterset_class=None, serializer_class=DepartmentOutput)
    def departments(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the departments of a hospital."""
        return self._page(self.get_object().departments.all())

    @extend_schema(operation_id="hospitals_doctors_of", responses={200: DoctorOutput(many=True)})
    @action(detail=True, filterset_class=None, serializer_class=DoctorOutput)
    def doctors(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the doctors of a hospital who may be booked."""
        return self._page(Doctor.objects.practising().shown().filter(hospital=self.get_object()).order_by("-id"))

    def _page(self, rows: QuerySet[Any]) -> Response:
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
