"""Files of health records: handed out as attachments, written down, and removed."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.schema import binary
from apps.core.http.uploads import download
from apps.patients.doors import ClinicalViewSet
from apps.records.api.serializers.health import FileOutput
from apps.records.models import RecordFile
from apps.records.services.files import remove_file


class FileViewSet(ClinicalViewSet):
    """Files of the records that the caller sees."""

    permission_classes = [IsSignedIn]
    queryset = RecordFile.objects.all()
    serializer_class = FileOutput
    patient_of = "record.patient_id"

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along the bytes' row and the record."""
        return queryset.select_related("file", "record", "uploaded_by")

    @extend_schema(responses=binary())
    def download(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hand out a file as an attachment. Somebody else's look is in the patient's access log."""
        return download(self.get_shown_object().file)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove a file with its bytes: managers what the patient's side sent, a treating doctor the doctor's own."""
        remove_file(actor=caller(request), file=self.get_object(), now=timezone.now())
        return Response(status=204)
