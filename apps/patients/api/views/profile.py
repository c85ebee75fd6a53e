"""The clinical profile of one patient. A doctor's look at it is in the patient's access log."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.views import ScopedViewSet, etag_of, is_named, one_or_absent
from apps.patients.api.filters import EntryFilter
from apps.patients.api.serializers.profile import (
    AllergyInput,
    AllergyOutput,
    ConditionInput,
    ConditionOutput,
    HealthFactsInput,
    HealthFactsOutput,
    MedicationInput,
    MedicationOutput,
)
from apps.patients.doors import ClinicalViewSet
from apps.patients.models import Allergy, Condition, HealthFacts, Medication, Patient
from apps.patients.services import profile
from apps.patients.services.reading import record_clinical_read


class _EntryViewSet(ClinicalViewSet):
    """Entries of one kind of one patient: written by managers and treating doctors, read by an ex-doctor who wrote."""

    permission_classes = [IsSignedIn]
    filterset_class = EntryFilter
    lookup_url_kwarg = "entry"
    input_class: type[BaseSerializer[Any]]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse everybody to whom this patient is absent."""
        super().initial(request, *args, **kwargs)
        one_or_absent(Patient.objects.once_close_to(caller(request), now=timezone.now()), self.kwargs["pk"])

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the patient, and in a list to what was no mistake, unless mistakes are asked for."""
        own = queryset.filter(patient=self.kwargs["pk"])
        is_plain_list = self.action == "list" and "status" not in self.request.query_params
        return own.true() if is_plain_list else own  # type: ignore[attr-defined]

    def looked_at(self, rows: list[Any]) -> set[UUID]:
        """Return the patient, also for an empty list: that there is no allergy is a finding."""
        return {self.kwargs["pk"]}

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write an entry for a patient you manage or treat. 409 `not_treating` for an ex-doctor."""
        given = self.parse(self.input_class)
        made = profile.add_entry(
            actor=caller(request),
            kind=self.queryset.model,
            patient_id=self.kwargs["pk"],
            **given,
            now=timezone.now(),
        )
        return self.answer(made, status=201)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change an entry, or end it by `ended_date`. 409 `not_treating`, `entered_in_error`."""
        changes = self.parse(self.input_class, partial=True)
        with transaction.atomic():
            entry = self.locked_object()
            changed = profile.change_entry(actor=caller(request), entry=entry, changes=changes, now=timezone.now())
        return self.answer(changed)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take an entry back that was never true. It is kept, marked ENTERED_IN_ERROR. 409 `not_treating`."""
        with transaction.atomic():
            profile.take_back_entry(actor=caller(request), entry=self.locked_object(), now=timezone.now())
        return Response(status=204)


@extend_schema_view(
    create=extend_schema(request=AllergyInput, responses={201: AllergyOutput}),
    partial_update=extend_schema(request=AllergyInput, responses={200: AllergyOutput}),
    destroy=extend_schema(responses={204: None}),
)
class AllergyViewSet(_EntryViewSet):
    """Allergies of a patient."""

    queryset = Allergy.objects.select_related("patient")  # Whose day it is.
    serializer_class = AllergyOutput
    input_class = AllergyInput


@extend_schema_view(
    create=extend_schema(request=ConditionInput, responses={201: ConditionOutput}),
    partial_update=extend_schema(request=ConditionInput, responses={200: ConditionOutput}),
    destroy=extend_schema(responses={204: None}),
)
class ConditionViewSet(_EntryViewSet):
    """Diseases and states of a patient."""

    queryset = Condition.objects.select_related("patient")  # Whose day it is.
    serializer_class = ConditionOutput
    input_class = ConditionInput


@extend_schema_view(
    create=extend_schema(request=MedicationInput, responses={201: MedicationOutput}),
    partial_update=extend_schema(request=MedicationInput, responses={200: MedicationOutput}),
    destroy=extend_schema(responses={204: None}),
)
class MedicationViewSet(_EntryViewSet):
    """What a patient takes."""

    queryset = Medication.objects.select_related("patient")  # Whose day it is.
    serializer_class = MedicationOutput
    input_class = MedicationInput


class HealthFactsViewSet(ScopedViewSet):
    """Pregnancy, lactation and weight of a patient, for managers, treating doctors, and whom the record is open to."""

    permission_classes = [IsSignedIn]
    queryset = Patient.objects.all()
    serializer_class = HealthFactsOutput
    pagination_class = None

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave out patients of whom the caller sees the contact only."""
        readable: QuerySet[Any] = queryset.readable_by(caller(self.request), now=timezone.now())  # type: ignore[attr-defined]
        return readable

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show what is known of pregnancy, lactation, weight and blood group; null: nobody said."""
        patient = self.get_object()
        record_clinical_read(actor=caller(request), patient_ids=[patient.pk], what="patients.healthfacts")
        response = self.answer(_facts_of(patient))
        if is_named(response.headers["ETag"], request.headers.get("If-None-Match", "")):
            return Response(status=304, headers={"ETag": etag_of(response.data)})
        return response

    @extend_schema(request=HealthFactsInput, responses={200: HealthFactsOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """State pregnancy, lactation and weight anew: what is left out becomes unknown."""
        return self._state({**dict.fromkeys(profile.FACTS), **self.parse(HealthFactsInput)})

    @extend_schema(request=HealthFactsInput, responses={200: HealthFactsOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """State one of pregnancy (by `due_date` or `gestation_weeks`), lactation and weight."""
        return self._state(self.parse(HealthFactsInput, partial=True))

    def _state(self, changes: dict[str, Any]) -> Response:
        with transaction.atomic():
            patient = one_or_absent(self.get_queryset().select_for_update(of=("self",), no_key=True), self.kwargs["pk"])
            self.check_precondition(_facts_of(patient))
            facts = profile.state_health_facts(
                actor=caller(self.request), patient_id=patient.pk, changes=changes, now=timezone.now()
            )
        return self.answer(facts)


def _facts_of(patient: Patient) -> HealthFacts:
    return HealthFacts.objects.filter(patient=patient).first() or HealthFacts(patient=patient)
