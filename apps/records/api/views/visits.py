"""Visits, vitals over time, and tests with their results."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsDoctor, IsSignedIn, caller
from apps.core.http.views import one_or_absent
from apps.patients.doors import ClinicalViewSet
from apps.patients.models import Patient
from apps.records.api.filters import OrderedTestFilter, VisitFilter, VitalsFilter
from apps.records.api.serializers.visits import (
    ChangeVisitInput,
    OrderTestInput,
    ResultInput,
    TestOutput,
    VisitOutput,
    VitalsInput,
    VitalsOutput,
    WriteVisitInput,
)
from apps.records.models import OrderedTest, Visit, Vitals
from apps.records.services import visits


def with_all(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Bring along the doctor's name, what was measured, and the tests."""
    return rows.select_related("doctor__user", "vitals").prefetch_related("tests")


class VisitViewSet(ClinicalViewSet):
    """Visits of patients the caller manages or was granted, and those the caller wrote."""

    permission_classes = [IsSignedIn]
    queryset = Visit.objects.all()
    serializer_class = VisitOutput
    filterset_class = VisitFilter

    def get_permissions(self) -> list[Any]:
        """Only doctors write visits."""
        return [IsDoctor()] if self.action == "create" else list(super().get_permissions())

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along what is shown."""
        return with_all(queryset)

    @extend_schema(request=WriteVisitInput, responses={201: VisitOutput})
    def create(self, request: Request) -> Response:
        """Write a visit of a patient whom you treat, with vitals and tests.

        A follow-up that is needed has a date. 409 `not_treating`, `visit_written`.
        """
        visit = visits.write_visit(actor=caller(request), **self.parse(WriteVisitInput), now=timezone.now())
        return self.answer(one_or_absent(self.get_queryset(), visit.pk), status=201)

    @extend_schema(request=ChangeVisitInput, responses={200: VisitOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what a visit says, as its author who still treats. 409 `not_treating`."""
        changes = self.parse(ChangeVisitInput, partial=True)
        with transaction.atomic():
            visit = visits.change_visit(
                actor=caller(request), visit=self.locked_object(), changes=changes, now=timezone.now()
            )
            return self.answer(one_or_absent(self.get_queryset(), visit.pk))

    @extend_schema(request=OrderTestInput, responses={201: TestOutput})
    def order_test(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Order one more test, as the visit's author who still treats."""
        given = self.parse(OrderTestInput)
        test = visits.order_test(actor=caller(request), visit=self.get_object(), **given, now=timezone.now())
        return self.answer(test, status=201, output=TestOutput)


class TestResultViewSet(ClinicalViewSet):
    """Tests that were ordered, and their results."""

    permission_classes = [IsSignedIn]
    queryset = OrderedTest.objects.all()
    serializer_class = TestOutput

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along the visit's author."""
        return queryset.select_related("visit__doctor")

    @extend_schema(request=ResultInput, responses={200: TestOutput})
    def result(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write a test's result, once; the patient is told. 409 `result_written`, `not_treating`."""
        given = self.parse(ResultInput)
        test = visits.state_result(actor=caller(request), test=self.get_object(), **given, now=timezone.now())
        return self.answer(test)


class OfPatientViewSet(ClinicalViewSet):
    """Rows of one patient."""

    permission_classes = [IsSignedIn]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse everybody to whom this patient is absent."""
        super().initial(request, *args, **kwargs)
        one_or_absent(Patient.objects.once_close_to(caller(request), now=timezone.now()), self.kwargs["pk"])

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the patient."""
        return queryset.filter(patient=self.kwargs["pk"])

    def looked_at(self, rows: list[Any]) -> set[UUID]:
        """Return the patient, also for an empty list: that there is nothing is a finding."""
        return {self.kwargs["pk"]}


class PatientVisitsViewSet(OfPatientViewSet):
    """The visits of one patient that the caller may see."""

    queryset = Visit.objects.all()
    serializer_class = VisitOutput
    filterset_class = VisitFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the patient, with what is shown."""
        return with_all(super().narrow(queryset))


class PatientTestsViewSet(OfPatientViewSet):
    """The tests of one patient that the caller may see, with results."""

    queryset = OrderedTest.objects.all()
    serializer_class = TestOutput
    filterset_class = OrderedTestFilter


class PatientVitalsViewSet(OfPatientViewSet):
    """What was measured over time, newest first: the trend as data, by `from` and `to`."""

    queryset = Vitals.objects.all()
    serializer_class = VitalsOutput
    filterset_class = VitalsFilter

    @extend_schema(request=VitalsInput, responses={201: VitalsOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write what was measured, as a manager of the patient or a doctor who treats. 409 `not_treating`."""
        given = self.parse(VitalsInput)
        measured_at = given.pop("measured_at", None)
        measured = visits.state_vitals(
            actor=caller(request), patient_id=self.kwargs["pk"], measured_at=measured_at, **given, now=timezone.now()
        )
        return self.answer(measured, status=201)
