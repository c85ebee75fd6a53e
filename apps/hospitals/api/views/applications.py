"""Applications of doctors."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.doors import SignedInOutput, signed_in
from apps.accounts.permissions import IsAdmin, IsSignedInOrApplying, caller
from apps.core.http.uploads import UploadMixin
from apps.core.http.views import CareLoopViewSet, ListMixin, RetrieveMixin, ScopedViewSet, one_or_absent
from apps.hospitals.api.filters import ApplicationFilter
from apps.hospitals.api.serializers.applications import (
    ApplicationOutput,
    ApproveInput,
    RejectApplicationInput,
    VerifyInput,
)
from apps.hospitals.api.serializers.doctors import RegisterApplicantInput
from apps.hospitals.api.serializers.papers import ApplyWithPapersInput
from apps.hospitals.models import Doctor, DoctorApplication
from apps.hospitals.services import applications
from apps.hospitals.services.papers import apply_with_papers


class RegisterApplicantViewSet(CareLoopViewSet):
    """Signing up as a doctor who applies."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_scope = "auth"
    is_idempotent = False
    pagination_class = None

    @extend_schema(request=RegisterApplicantInput, responses={201: SignedInOutput})
    def create(self, request: Request) -> Response:
        """Make a login, hand an application in, and be signed in at once. 409 `email_taken`, `licence_taken`.

        Until an administrator approves, only your login, your application and your own patients are open to you.
        """
        session = applications.register_applicant(**self.parse(RegisterApplicantInput), now=timezone.now())
        return Response(signed_in(session), status=201)


class ApplyViewSet(UploadMixin, CareLoopViewSet):
    """Applying with a login one has."""

    permission_classes = [IsSignedInOrApplying]
    throttle_scope = "upload"
    serializer_class = ApplicationOutput
    pagination_class = None

    @extend_schema(request=ApplyWithPapersInput, responses={201: ApplicationOutput})
    def create(self, request: Request) -> Response:
        """Apply to be a doctor, or apply again after a rejection; with documents (`files`) as multipart/form-data.

        409 `already_applied` while one waits, `already_doctor`, `licence_taken`.
        """
        given = self.parse(ApplyWithPapersInput)
        given.pop("files", None)
        handed_in = apply_with_papers(actor=caller(request), files=self.written, now=timezone.now(), **given)
        return self.answer(handed_in, status=201)


class ApplicationViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Applications: one's own; administrators see all."""

    permission_classes = [IsSignedInOrApplying]
    queryset = DoctorApplication.objects.all()
    serializer_class = ApplicationOutput
    filterset_class = ApplicationFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring the doctors and the documents along."""
        return queryset.select_related("doctor__user", "doctor__hospital").prefetch_related("papers__file")

    @extend_schema(request=ApproveInput, responses={200: ApplicationOutput})
    @action(detail=True, methods=["post"], permission_classes=[IsAdmin])
    def approve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Approve an application: the applicant becomes an independent doctor at once.

        409 `already_decided`, `changed_meanwhile`, `licence_taken` when another doctor was approved with that number.
        """
        return self._decide(is_approved=True, **self.parse(ApproveInput))

    @extend_schema(request=RejectApplicationInput, responses={200: ApplicationOutput})
    @action(detail=True, methods=["post"], permission_classes=[IsAdmin])
    def reject(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Reject an application and say why; the applicant may apply again.

        409 `already_decided`, `changed_meanwhile`.
        """
        return self._decide(is_approved=False, **self.parse(RejectApplicationInput))

    def _decide(self, *, is_approved: bool, **given: Any) -> Response:
        decided = applications.decide_application(
            actor=caller(self.request),
            application=self.get_object(),
            is_approved=is_approved,
            **given,
            now=timezone.now(),
        )
        return self.answer(decided)


class VerifyDoctorViewSet(ScopedViewSet):
    """Deciding an application by the doctor it is about, as system 002 did."""

    permission_classes = [IsAdmin]
    queryset = Doctor.objects.all()
    serializer_class = ApplicationOutput
    pagination_class = None

    @extend_schema(request=VerifyInput, responses={200: ApplicationOutput})
    def verify(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Approve or reject the application of a doctor that waits. 409 `already_decided`, `changed_meanwhile`."""
        given = self.parse(VerifyInput)
        doctor = one_or_absent(self.get_queryset(), kwargs["pk"])
        decided = applications.decide_application(
            actor=caller(request),
            application=applications.open_application_of(doctor=doctor),
            **given,
            now=timezone.now(),
        )
        return self.answer(decided)
