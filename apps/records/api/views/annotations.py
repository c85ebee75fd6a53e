"""What doctors say about records."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.views import one_or_absent
from apps.patients.doors import ClinicalViewSet
from apps.records.api.serializers.health import AnnotateInput, AnnotationInput, AnnotationOutput
from apps.records.models import Annotation, HealthRecord
from apps.records.services import annotating


class AnnotationViewSet(ClinicalViewSet):
    """Annotations of records that the caller sees; an ex-doctor's own stay readable."""

    permission_classes = [IsSignedIn]
    queryset = Annotation.objects.all()
    serializer_class = AnnotationOutput
    patient_of = "record.patient_id"

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along author and history."""
        return queryset.select_related("author", "record").prefetch_related("versions")

    @extend_schema(request=AnnotationInput, responses={200: AnnotationOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say it differently, as its author who still treats; what it said before stays in `history`."""
        text = self.parse(AnnotationInput)["text"]
        with transaction.atomic():
            changed = annotating.change_annotation(
                actor=caller(request), annotation=self.locked_object(), text=text, now=timezone.now()
            )
            return self.answer(one_or_absent(self.get_queryset(), changed.pk))


class RecordAnnotationsViewSet(ClinicalViewSet):
    """The annotations of one record."""

    permission_classes = [IsSignedIn]
    queryset = Annotation.objects.all()
    serializer_class = AnnotationOutput
    patient_of = "record.patient_id"

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the record, which must be one that the caller sees."""
        record = self._record()
        mine = queryset.filter(record=record)
        return mine.select_related("author", "record").prefetch_related("versions")

    @extend_schema(request=AnnotationInput, responses={201: AnnotationOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say something about a record of a patient whom you treat; the patient is told."""
        text = self.parse(AnnotationInput)["text"]
        made = annotating.annotate(actor=caller(request), record=self._record(), text=text, now=timezone.now())
        return self.answer(made, status=201)

    @extend_schema(operation_id="records_annotate", request=AnnotateInput, responses={201: AnnotationOutput})
    def annotate(self, request: Request) -> Response:
        """Say something about a record that the body names; the patient is told."""
        given = self.parse(AnnotateInput)
        record = one_or_absent(HealthRecord.objects.visible_to(caller(request)), given["record"])
        made = annotating.annotate(actor=caller(request), record=record, text=given["text"], now=timezone.now())
        return self.answer(made, status=201)

    def _record(self) -> HealthRecord:
        return one_or_absent(HealthRecord.objects.visible_to(caller(self.request)), self.kwargs["pk"])
