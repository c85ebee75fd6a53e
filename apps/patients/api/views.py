"""Signing up, the patients a login manages or treats, and their care relationships."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.doors import SignedInOutput, signed_in
from apps.accounts.permissions import IsSignedIn, IsSignedInOrApplying, caller
from apps.core.http.views import CareLoopViewSet, ListMixin, RetrieveMixin, ScopedViewSet
from apps.patients.api.serializers import (
    CareRelationshipOutput,
    ChooseDoctorInput,
    PatientOutput,
    RegisterInput,
)
from apps.patients.models import CareRelationship, Patient
from apps.patients.services import care, signing_up


class RegisterViewSet(CareLoopViewSet):
    """Signing up."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_scope = "auth"
    is_idempotent = False
    pagination_class = None

    @extend_schema(request=RegisterInput, responses={201: SignedInOutput})
    def create(self, request: Request) -> Response:
        """Sign up as a patient, with consent, and be signed in at once.

        Nobody becomes a doctor, a hospital or an administrator here: those roles are given by others.
        """
        given = self.parse(RegisterInput)
        wanted = {name: given[name] for name in given if name not in {"consent", "role"}}
        session = signing_up.sign_up(**wanted, now=timezone.now())
        return Response(signed_in(session), status=201)


class PatientViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """The patients the caller manages, treats now, or (as hospital staff) has registered."""

    permission_classes = [IsSignedInOrApplying]
    queryset = Patient.objects.all()
    serializer_class = PatientOutput


class CareRelationshipViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Care relationships of the caller's patients, or of the caller as a doctor."""

    permission_classes = [IsSignedIn]
    queryset = CareRelationship.objects.all()
    serializer_class = CareRelationshipOutput

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring the doctor's name along."""
        return queryset.select_related("doctor__user")

    @extend_schema(request=ChooseDoctorInput, responses={201: CareRelationshipOutput})
    def create(self, request: Request) -> Response:
        """Choose a doctor for a patient you manage.

        409 `already_treating` when this doctor was chosen before.
        """
        given = self.parse(ChooseDoctorInput)
        chosen = care.choose_doctor(
            actor=caller(request),
            patient_id=given["patient"],
            doctor_id=given["doctor"],
            notes=given["notes"],
            now=timezone.now(),
        )
        return self.answer(chosen, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """End a care relationship. Nothing is deleted; the plans of that doctor end with it."""
        with transaction.atomic():
            care.end_relationship(actor=caller(request), relationship=self.locked_object(), now=timezone.now())
        return Response(status=204)
