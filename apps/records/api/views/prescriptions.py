"""Prescriptions: issued, revised, read by whom the policy names, and told genuine from forged by anybody."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsDoctor, IsSignedIn, caller
from apps.core.http.views import CareLoopViewSet, one_or_absent
from apps.patients.doors import ClinicalViewSet
from apps.records.api.filters import PrescriptionFilter
from apps.records.api.serializers.prescriptions import (
    IssuePrescriptionInput,
    PrescriptionOutput,
    RevisePrescriptionInput,
    VerificationOutput,
)
from apps.records.api.views.visits import OfPatientViewSet
from apps.records.models import Prescription
from apps.records.selectors import verify_code
from apps.records.services import prescribing


def with_lines(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Bring along medicines, safety check, doctor's name and successor."""
    return rows.select_related("doctor__user", "safety_check", "successor").prefetch_related("lines")


class PrescriptionViewSet(ClinicalViewSet):
    """Prescriptions for patients the caller manages or was granted, and those the caller issued."""

    permission_classes = [IsSignedIn]
    queryset = Prescription.objects.all()
    serializer_class = PrescriptionOutput
    filterset_class = PrescriptionFilter

    def get_permissions(self) -> list[Any]:
        """Only doctors prescribe."""
        return [IsDoctor()] if self.action == "create" else list(super().get_permissions())

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along what is shown."""
        return with_lines(queryset)

    @extend_schema(request=IssuePrescriptionInput, responses={201: PrescriptionOutput})
    def create(self, request: Request) -> Response:
        """Issue a prescription for a patient whom you treat, with its safety check; it completes the appointment.

        409 `override_needed` where a critical danger was found and no reason is given, `not_treating`.
        """
        issued = prescribing.issue_prescription(
            actor=caller(request), **self.parse(IssuePrescriptionInput), now=timezone.now()
        )
        return self.answer(one_or_absent(self.get_queryset(), issued.pk), status=201)

    @extend_schema(request=RevisePrescriptionInput, responses={201: PrescriptionOutput})
    def revise(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Issue the next version; what is left out stays as it was. 409 `already_revised`, `not_treating`."""
        changes = self.parse(RevisePrescriptionInput, partial=True)
        prescription = self.get_object()
        self.check_precondition(prescription)
        revised = prescribing.revise_prescription(
            actor=caller(request), prescription=prescription, **changes, now=timezone.now()
        )
        return self.answer(one_or_absent(self.get_queryset(), revised.pk), status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Refuse: an issued prescription is never deleted. 409 `issued`."""
        self.get_object()
        prescribing.delete_prescription()


class VersionsViewSet(ClinicalViewSet):
    """All versions of one prescription, the newest first."""

    permission_classes = [IsSignedIn]
    queryset = Prescription.objects.all()
    serializer_class = PrescriptionOutput

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the chain of a prescription that the caller sees."""
        named = one_or_absent(Prescription.objects.visible_to(caller(self.request)), self.kwargs["pk"])
        return with_lines(queryset.filter(chain=named.chain))


class PatientPrescriptionsViewSet(OfPatientViewSet):
    """The prescriptions of one patient that the caller may see."""

    queryset = Prescription.objects.all()
    serializer_class = PrescriptionOutput
    filterset_class = PrescriptionFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the patient, with what is shown."""
        return with_lines(super().narrow(queryset))


class VerifyViewSet(CareLoopViewSet):
    """Whether a prescription is genuine, for a pharmacy."""

    permission_classes = [AllowAny]
    authentication_classes = []
    serializer_class = VerificationOutput
    throttle_scope = "auth"
    pagination_class = None

    @extend_schema(responses={200: VerificationOutput})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tell whether a prescription of this code was issued here, without a word of what it says."""
        return Response(VerificationOutput(verify_code(self.kwargs["code"])).data)
