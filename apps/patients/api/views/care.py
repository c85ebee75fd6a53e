"""Care relationships: chosen by patients, assigned by hospitals."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.views import CareLoopViewSet, one_or_absent
from apps.patients.api.filters import CareRelationshipFilter
from apps.patients.api.serializers.care import (
    AssignTreatingDoctorInput,
    CareRelationshipOutput,
    CareRelationshipPageOutput,
    ChooseDoctorInput,
)
from apps.patients.doors import ClinicalViewSet
from apps.patients.models import CareRelationship, Patient
from apps.patients.services import care

ONE_OR_PAGE = OpenApiResponse(
    PolymorphicProxySerializer(
        component_name="CareRelationshipOrPage",
        serializers=[CareRelationshipOutput, CareRelationshipPageOutput],
        resource_type_field_name=None,
    ),
    examples=[OpenApiExample("Example", value=CareRelationshipOutput.example)],
)


class _Relationships(ClinicalViewSet):
    """Care relationships; what is noted on one is clinical text."""

    queryset = CareRelationship.objects.all()
    serializer_class = CareRelationshipOutput
    filterset_class = CareRelationshipFilter

    def looked_at(self, rows: list[Any]) -> set[UUID]:
        """Return the patients of whom something is noted."""
        return {row.patient_id for row in rows if row.notes}


class CareRelationshipViewSet(_Relationships):
    """Care relationships of the caller's patients, of the caller as a doctor, or assigned by the caller's hospital."""

    permission_classes = [IsSignedIn]

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring the doctor's name along."""
        return queryset.select_related("doctor__user")

    @extend_schema(request=ChooseDoctorInput, responses={201: CareRelationshipOutput})
    def create(self, request: Request) -> Response:
        """Choose a doctor for a patient you manage; `replaces` ends another relationship of the patient with it.

        409 `already_treating` when this doctor was chosen before, `own_doctor` when the doctor is the patient.
        """
        given = self.parse(ChooseDoctorInput)
        chosen = care.choose_doctor(
            actor=caller(request),
            patient_id=given["patient"],
            doctor_id=given["doctor"],
            notes=given["notes"],
            replaces=given["replaces"],
            now=timezone.now(),
        )
        return self.answer(chosen, status=201)

    @extend_schema(responses={200: ONE_OR_PAGE})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a care relationship. With a patient's id instead: the page of that patient's doctors, as `mappings/`."""
        if self.get_queryset().filter(pk=self.kwargs["pk"]).exists():
            return super().retrieve(request, *args, **kwargs)
        patient = one_or_absent(Patient.objects.visible_to(caller(request)), self.kwargs["pk"])
        doctors = self.narrow(CareRelationship.objects.visible_to(caller(request)).live(now=timezone.now()))
        page = self.paginate_queryset(doctors.filter(patient=patient)) or []
        return self.get_paginated_response(self.get_serializer_class()(self.looked_over(page), many=True).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """End a care relationship. Nothing is deleted; the plans of that doctor end with it."""
        with transaction.atomic():
            care.end_relationship(actor=caller(request), relationship=self.locked_object(), now=timezone.now())
        return Response(status=204)


class PatientDoctorsViewSet(_Relationships):
    """The doctors of one patient, past ones included, as far as the caller may see."""

    permission_classes = [IsSignedIn]

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the patient, who is absent for whoever may not see them."""
        patient = one_or_absent(Patient.objects.visible_to(caller(self.request)), self.kwargs["pk"])
        return queryset.filter(patient=patient).select_related("doctor__user")


class AssignDoctorViewSet(CareLoopViewSet):
    """A doctor for a patient, by the patient or by the hospital."""

    permission_classes = [IsSignedIn]
    serializer_class = CareRelationshipOutput
    pagination_class = None

    @extend_schema(request=AssignTreatingDoctorInput, responses={201: CareRelationshipOutput})
    def create(self, request: Request) -> Response:
        """Choose a doctor for yourself or a patient you manage; as hospital staff, assign one of your doctors.

        A hospital assigns to patients registered with it. 409 `already_treating`, `own_doctor`.
        """
        given = self.parse(AssignTreatingDoctorInput)
        arranged = care.arrange_care(
            actor=caller(request),
            patient_id=given["patient"],
            doctor_id=given["doctor"],
            notes=given["notes"],
            replaces=given["replaces"],
            now=timezone.now(),
        )
        return self.answer(arranged, status=201)
