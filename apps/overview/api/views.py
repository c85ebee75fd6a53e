"""A patient at a glance, and the house in figures."""

import io
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsAdminOrHospitalStaff, IsSignedIn, caller
from apps.core.http.schema import binary
from apps.core.http.uploads import attachment
from apps.core.http.views import CareLoopViewSet, etag_of
from apps.overview.api.serializers import PatientSummaryOutput, StatsOutput
from apps.overview.selectors.paper import summary_pdf
from apps.overview.selectors.stats import dashboard_stats
from apps.overview.selectors.summary import PatientSummary, patient_summary
from apps.patients.services.reading import record_look


class PatientSummaryViewSet(CareLoopViewSet):
    """Summaries of the patients whom the caller manages, treats or was granted, and the contact of those registered."""

    permission_classes = [IsSignedIn]
    more_problems = {"pdf": ("409",)}
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

    @extend_schema(responses=binary("application/pdf"))
    def pdf(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hand out the same on paper, as a PDF/A-2b. Somebody else's look is in the access log.

        409 `not_printable` where a text is in a script for which this service has no typeface.
        """
        page = summary_pdf(self._looked_at().shown, now=timezone.now())
        return attachment(io.BytesIO(page), name="summary.pdf", media_type="application/pdf", size=len(page))

    def _looked_at(self) -> PatientSummary:
        reader, patient_id = caller(self.request), self.kwargs["pk"]
        summary = patient_summary(patient_id, reader=reader, now=timezone.now())
        if not summary.is_own:
            record_look(actor=reader, patient_id=patient_id, what="summary")
        return summary


class StatsViewSet(CareLoopViewSet):
    """The house in figures, for administrators; a hospital's own, for its staff."""

    permission_classes = [IsAdminOrHospitalStaff]
    serializer_class = StatsOutput
    pagination_class = None

    @extend_schema(responses={200: StatsOutput})
    def retrieve(self, request: Request) -> Response:
        """Count logins, patients, doctors, hospitals and appointments: all of them, or your own hospital's."""
        return self.answer(dashboard_stats(reader=caller(request), now=timezone.now()))
