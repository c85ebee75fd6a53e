"""How much of what was due was taken: one patient, and all whom one treats or cares for."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.problems import BadParameter
from apps.core.http.views import CareLoopViewSet, one_or_absent
from apps.patients.models import Patient
from apps.patients.services.reading import record_clinical_read
from apps.reminders.api.serializers.adherence import (
    AdherenceOutput,
    PanelQuery,
    PatientAdherenceOutput,
    PeriodQuery,
)
from apps.reminders.api.serializers.fields import query_of
from apps.reminders.selectors import Period, Streak, panel_of, patient_adherence, period_until, streaks_of

LONGEST_DAYS = 366
ORDERS = {
    "rate": ("permille", "pk"),
    "-rate": ("-permille", "-pk"),
    "change": ("change", "pk"),
    "-change": ("-change", "-pk"),
}


class AdherencePanelViewSet(CareLoopViewSet):
    """A doctor's patients by their adherence to the doctor's plans; a manager's by all of theirs."""

    permission_classes = [IsSignedIn]
    serializer_class = AdherenceOutput
    filter_backends = []

    def get_queryset(self) -> QuerySet[Any]:
        """Return the patients in the order asked for, in what the caller may see of them."""
        if getattr(self, "swagger_fake_view", False):
            return Patient.objects.none()
        asked = query_of(self.request, PanelQuery)
        names = {"patient": "patient", "plan": "pk"}
        only = {names[name]: asked[name] for name in names if asked[name]}
        found = panel_of(caller(self.request), period=_period(asked), **only)
        return found.order_by(*ORDERS[asked["ordering"]])

    @extend_schema(parameters=[PanelQuery], responses={200: AdherenceOutput(many=True)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List patients whose doses the caller may see by their adherence, whoever needs help most first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        ids = [patient.pk for patient in page]
        record_clinical_read(actor=caller(request), patient_ids=ids, what="adherence")
        streaks = streaks_of(caller(request), ids)
        for patient in page:
            patient.streaks = streaks.get(patient.pk, Streak())
        return self.get_paginated_response(AdherenceOutput(page, many=True).data)


class PatientAdherenceViewSet(CareLoopViewSet):
    """The adherence of one patient."""

    permission_classes = [IsSignedIn]
    pagination_class = None
    filter_backends = []

    @extend_schema(parameters=[PeriodQuery], responses={200: PatientAdherenceOutput})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a patient's adherence in a period: together, plan by plan, and day by day as a heat map.

        For whoever manages the patient; a doctor sees the own plans.
        """
        now = timezone.now()
        period = _period(query_of(request, PeriodQuery))
        patient = one_or_absent(Patient.objects.once_close_to(caller(request), now=now), self.kwargs["pk"])
        record_clinical_read(actor=caller(request), patient_ids=[patient.pk], what="adherence")
        shown = PatientAdherenceOutput(patient_adherence(patient, reader=caller(request), period=period))
        return Response(shown.data)


def _period(asked: dict[str, Any]) -> Period:
    first, last = asked["from"], asked["to"]
    if any(day and not 2000 <= day.year < 2200 for day in (first, last)):
        raise BadParameter({"from": _("Give a day such as 2026-11-23.")})
    period = period_until(timezone.now(), first=first, last=last)
    if not 0 <= (period.last - period.first).days <= LONGEST_DAYS:
        raise BadParameter({"to": _("Give a day from `from` to a year later.")})
    return period
