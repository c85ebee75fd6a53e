"""A patient at a glance."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.views import ScopedViewSet
from apps.overview.api.serializers import PatientSummaryOutput
from apps.overview.selectors import patient_summary
from apps.patients.models import Patient
from apps.patients.services.reading import record_clinical_read


class PatientSummaryViewSet(ScopedViewSet):
    """Summaries of the patients the caller manages or treats."""

    permission_classes = [IsSignedIn]
    queryset = Patient.objects.all()
    serializer_class = PatientSummaryOutput

    @extend_schema(responses={200: PatientSummaryOutput})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show appointments to come, running plans and doses so far. A doctor's look is in the access log."""
        patient = self.get_object()
        summary = patient_summary(patient, reader=caller(request), now=timezone.now())
        record_clinical_read(actor=caller(request), patient_ids=[patient.pk], what="summary")
        return self.answer(summary)
