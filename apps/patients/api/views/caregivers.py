"""Who is told of a patient's missed doses."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.views import ListMixin, ScopedViewSet, one_or_absent
from apps.patients.api.serializers.caregivers import CaregiverOutput, ChooseCaregiverInput
from apps.patients.models import Caregiver, Patient
from apps.patients.services.caregivers import choose_caregiver, end_caregiver


class CaregiverViewSet(ListMixin, ScopedViewSet):
    """The caregivers of a patient: kept by those who manage the record; a caregiver may leave."""

    permission_classes = [IsSignedIn]
    queryset = Caregiver.objects.all()
    serializer_class = CaregiverOutput
    lookup_url_kwarg = "caregiver"
    commits_itself = True  # An address that is tried is counted.

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the patient; in a list the patient is absent for whoever does not manage them."""
        own: QuerySet[Any] = queryset.live().filter(patient=self.kwargs["pk"])  # type: ignore[attr-defined]
        if self.action == "list":
            one_or_absent(Patient.objects.managed_by(caller(self.request)), self.kwargs["pk"])
        return own.select_related("user").order_by("-id")

    @extend_schema(request=ChooseCaregiverInput, responses={201: CaregiverOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Choose a caregiver for a patient you manage, by the confirmed address of their login; they are told.

        409 `already_told`, `too_many_caregivers`.
        """
        given = self.parse(ChooseCaregiverInput)
        chosen = choose_caregiver(
            actor=caller(request), patient_id=self.kwargs["pk"], email=given["email"], now=timezone.now()
        )
        return self.answer(chosen, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tell a caregiver no more; whoever is one may leave by this too. Nothing is deleted."""
        with transaction.atomic():
            end_caregiver(actor=caller(request), caregiver=self.locked_object(), now=timezone.now())
        return Response(status=204)
