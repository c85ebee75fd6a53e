"""A patient at a glance."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.views import CareLoopViewSet, etag_of
from apps.overview.api.serializers import PatientSummaryOutput
from apps.overview.selectors.summary import PatientSummary, patient_summary
from apps.patients.services.reading import record_look


class PatientSummaryViewSet(CareLoopViewSet):
    """Summaries of the patients whom the caller manages, treats or was granted, and the contact of those registered."""

    permission_classes = [IsSignedIn]
    serializer_class = PatientSummaryOutput
    pagination_class = None

    @extend_schema(responses={200: PatientSummaryOutput})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show the clinical profile, the latest of everything else, the days to come and adherence.

        A treating doctor sees the profile and what that doctor wrote or was given, and all of it with a live grant or
        in an emergency; hospital staff see contact and visits to come. A look by another person is in the access log.
        """
        shown = self._looked_at().shown
        return Response(shown, headers={"ETag": etag_of(shown)})

    def _looked_at(self) -> PatientSummary:
        reader, patient_id = caller(self.request), self.kwargs["pk"]
        summary = patient_summary(patient_id, reader=reader, now=timezone.now())
        if not summary.is_own:
            record_look(actor=reader, patient_id=patient_id, what="summary")
        return summary
