"""Files of prescriptions."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.plumbing import build_array_type
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.schema import binary
from apps.core.http.uploads import UploadMixin, download
from apps.core.http.views import one_or_absent
from apps.patients.doors import ClinicalViewSet
from apps.records.api.serializers.prescriptions import AttachInput, AttachmentOutput
from apps.records.models import Prescription, PrescriptionAttachment
from apps.records.services import attaching

# Of a view set whose lists have pages, drf-spectacular takes `many=True` for a page; here all are answered at once.
ATTACHED = OpenApiResponse(
    build_array_type({"$ref": "#/components/schemas/AttachmentOutput"}),
    examples=[OpenApiExample("Example", value=[AttachmentOutput.example])],
)


class AttachmentViewSet(ClinicalViewSet):
    """Files of the prescriptions that the caller sees."""

    permission_classes = [IsSignedIn]
    queryset = PrescriptionAttachment.objects.all()
    serializer_class = AttachmentOutput
    patient_of = "prescription.patient_id"

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along the bytes' row and the prescription with its author."""
        return queryset.select_related("file", "prescription__doctor")

    @extend_schema(responses=binary())
    def download(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hand out a file as an attachment. Somebody else's look is in the patient's access log."""
        return download(self.get_shown_object().file)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove a file with its bytes, as the prescription's author who still treats. 409 `not_treating`."""
        attaching.remove_attachment(actor=caller(request), attachment=self.get_object(), now=timezone.now())
        return Response(status=204)


class PrescriptionAttachmentsViewSet(UploadMixin, ClinicalViewSet):
    """The files of one prescription."""

    permission_classes = [IsSignedIn]
    queryset = PrescriptionAttachment.objects.all()
    serializer_class = AttachmentOutput
    patient_of = "prescription.patient_id"
    throttle_scope = "upload"

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the prescription, which must be one that the caller sees."""
        mine = queryset.filter(prescription=self._prescription())
        return mine.select_related("file", "prescription")

    @extend_schema(request=AttachInput, responses={201: ATTACHED})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Attach up to ten files (`files`), as the author who still treats. 409 `not_treating`, `quota_used_up`."""
        given = self.parse(AttachInput)
        given.pop("files", None)
        attached = attaching.attach_files(
            actor=caller(request),
            prescription=self._prescription(),
            files=self.written,
            **given,
            now=timezone.now(),
        )
        return Response(AttachmentOutput(attached, many=True).data, status=201)

    def _prescription(self) -> Prescription:
        seen = Prescription.objects.visible_to(caller(self.request)).select_related("doctor")
        return one_or_absent(seen, self.kwargs["pk"])
