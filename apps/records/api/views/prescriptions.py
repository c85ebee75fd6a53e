"""Prescriptions: issued, revised, read by whom the policy names, and told genuine from forged by anybody."""

import io
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsDoctor, IsSignedIn, caller
from apps.core.http.schema import binary
from apps.core.http.uploads import attachment
from apps.core.http.views import CareLoopViewSet, one_or_absent
from apps.patients.doors import ClinicalViewSet
from apps.records.api.filters import OfAppointmentFilter, OfPatientFilter, PrescriptionFilter
from apps.records.api.serializers.prescriptions import (
    IssuePrescriptionInput,
    PrescriptionOutput,
    RevisePrescriptionInput,
    VerificationOutput,
)
from apps.records.api.views.visits import OfPatientViewSet
from apps.records.models import Prescription, PrescriptionAttachment
from apps.records.selectors.papers import prescription_pdf
from apps.records.selectors.verifying import verify_code
from apps.records.services import prescribing


def with_lines(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Bring along medicines, safety check, doctor's name, successor and files."""
    files = PrescriptionAttachment.objects.present().select_related("file")
    return rows.select_related("doctor__user", "safety_check", "successor").prefetch_related(
        "lines", Prefetch("attachments", files, to_attr="present_attachments")
    )


class PrescriptionViewSet(ClinicalViewSet):
    """Prescriptions for patients the caller manages or was granted, and those the caller issued."""

    permission_classes = [IsSignedIn]
    more_problems = {"pdf": ("409",)}
    queryset = Prescription.objects.all()
    serializer_class = PrescriptionOutput
    filterset_class = PrescriptionFilter

    def get_permissions(self) -> list[Any]:
        """Only doctors prescribe."""
        return [IsDoctor()] if self.action == "create" else list(super().get_permissions())

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along what is shown, and what only paper shows."""
        shown = with_lines(queryset)
        return shown.select_related("patient", "doctor__hospital") if self.action == "pdf" else shown

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

    @extend_schema(responses={})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Refuse: an issued prescription is never deleted. 409 `issued`."""
        self.get_object()
        prescribing.delete_prescription()

    @extend_schema(responses=binary("application/pdf", "A page or more of A4, PDF/A-2b, always as an attachment."))
    def pdf(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hand out a prescription as a PDF with its verification code. Somebody else's look is in the access log.

        The same version gives the same bytes, until a newer one is issued: then its page says so. 409 `not_printable`
        where a text is in a script for which this service has no typeface.
        """
        prescription = self.get_shown_object()
        page = prescription_pdf(prescription)
        name = f"prescription-{prescription.verification_code}.pdf"
        return attachment(io.BytesIO(page), name=name, media_type="application/pdf", size=len(page))


class SelectedPrescriptionsViewSet(ClinicalViewSet):
    """Prescriptions that the caller may see, of what the query names."""

    permission_classes = [IsSignedIn]
    queryset = Prescription.objects.all()
    serializer_class = PrescriptionOutput

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along what is shown."""
        return with_lines(queryset)


class AppointmentPrescriptionsViewSet(SelectedPrescriptionsViewSet):
    """The prescriptions of one appointment (`appointment_id`)."""

    filterset_class = OfAppointmentFilter


class PatientHistoryViewSet(SelectedPrescriptionsViewSet):
    """The prescriptions of one patient (`patient_id`)."""

    filterset_class = OfPatientFilter


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
