"""Documents of applications, handed to the applicant and to administrators; pictures of doctors, shown to everybody."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedInOrApplying, caller
from apps.core.errors import NotFound
from apps.core.http.schema import binary
from apps.core.http.uploads import UploadMixin, download, show_picture
from apps.core.http.views import CareLoopViewSet, ScopedViewSet, one_or_absent
from apps.hospitals.api.serializers.papers import PaperOutput, PapersInput, PictureInput
from apps.hospitals.doors import DoctorOutput
from apps.hospitals.models import ApplicationPaper, Doctor, DoctorApplication
from apps.hospitals.services import papers


class ApplicationPapersViewSet(UploadMixin, ScopedViewSet):
    """Adding documents to one's application."""

    permission_classes = [IsSignedInOrApplying]
    queryset = DoctorApplication.objects.all()
    serializer_class = PaperOutput
    throttle_scope = "upload"
    pagination_class = None

    @extend_schema(request=PapersInput, responses={201: PaperOutput(many=True)})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add documents to your own application while it waits: pdf, jpg, jpeg, png, doc or docx.

        409 `already_decided`; 503 `scanner_away`.
        """
        added = papers.add_papers(
            actor=caller(request),
            application=self.get_object(),
            kind=self.parse(PapersInput)["kind"],
            files=self.written,
            now=timezone.now(),
        )
        return Response(PaperOutput(added, many=True).data, status=201)


class PaperViewSet(ScopedViewSet):
    """Documents of one's own application; administrators see all."""

    permission_classes = [IsSignedInOrApplying]
    queryset = ApplicationPaper.objects.all()
    serializer_class = PaperOutput
    pagination_class = None

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along the bytes' row and the applicant."""
        return queryset.select_related("file", "application__doctor")

    @extend_schema(responses=binary())
    def download(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hand out a document as an attachment. An administrator's look is in the audit log."""
        paper = self.get_object()
        papers.look_at_paper(actor=caller(request), paper=paper)
        return download(paper.file)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove a document from your own application while it waits. 409 `already_decided`."""
        papers.remove_paper(actor=caller(request), paper=self.get_object(), now=timezone.now())
        return Response(status=204)


class OwnPictureViewSet(UploadMixin, CareLoopViewSet):
    """One's own picture as a doctor, or as one who applies."""

    permission_classes = [IsSignedInOrApplying]
    serializer_class = DoctorOutput
    throttle_scope = "upload"
    pagination_class = None

    @extend_schema(request=PictureInput, responses={201: DoctorOutput})
    def create(self, request: Request) -> Response:
        """Set your picture. It is drawn anew without metadata, and everybody sees it once you are approved."""
        doctor = papers.set_image(actor=caller(request), files=self.written, now=timezone.now())
        return self.answer(one_or_absent(Doctor.objects.shown(), doctor.pk), status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request) -> Response:
        """Remove your picture."""
        papers.remove_image(actor=caller(request), now=timezone.now())
        return Response(status=204)


class PictureViewSet(CareLoopViewSet):
    """The pictures of doctors who may be booked."""

    permission_classes = [AllowAny]
    authentication_classes = []
    serializer_class = DoctorOutput
    pagination_class = None

    @extend_schema(responses=binary("image/*"))
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show a doctor's picture."""
        doctor = one_or_absent(Doctor.objects.practising().select_related("image"), kwargs["pk"])
        if doctor.image is None:
            raise NotFound
        return show_picture(doctor.image)
