"""Health records: added with their files, assigned, shared, and read by whom the policy names."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.uploads import UploadMixin
from apps.core.http.views import CareLoopViewSet, one_or_absent
from apps.patients.doors import ClinicalViewSet
from apps.patients.models import Patient
from apps.records.api.filters import RecordFilter
from apps.records.api.serializers.health import (
    AddRecordInput,
    ChangeRecordInput,
    FilesInput,
    RecordOutput,
    ReportInput,
    ShareInput,
)
from apps.records.models import HealthRecord, RecordFile, RecordShare
from apps.records.services import files as filing
from apps.records.services import health


def with_what_is_shown(records: QuerySet[HealthRecord]) -> QuerySet[HealthRecord]:
    """Bring along the files that are still there and the doctors with whom it is shared."""
    return records.prefetch_related(
        Prefetch("files", RecordFile.objects.present().select_related("file"), to_attr="present_files"),
        Prefetch("shares", RecordShare.objects.filter(ended_at=None).order_by("id"), to_attr="open_shares"),
    )


class RecordViewSet(UploadMixin, ClinicalViewSet):
    """Records of patients the caller manages, and what was assigned to, shared with or opened to a doctor."""

    permission_classes = [IsSignedIn]
    queryset = HealthRecord.objects.all()
    serializer_class = RecordOutput
    filterset_class = RecordFilter
    throttle_scope = "upload"

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along what is shown."""
        return with_what_is_shown(queryset)

    @extend_schema(request=AddRecordInput, responses={201: RecordOutput})
    def create(self, request: Request) -> Response:
        """Add a record with up to ten files (`files`), as a manager of the patient or a doctor who treats now.

        pdf, jpg, jpeg, png, doc and docx, by content and extension. Pictures are drawn anew without metadata. A file
        that holds scripts, macros or other files is refused. 409 `not_treating`, `quota_used_up`; 503 `scanner_away`.
        """
        given = self.parse(AddRecordInput)
        given.pop("files", None)
        patient_id = given.pop("patient_id", None)
        record = health.add_record(
            actor=caller(request), patient_id=patient_id, files=self.written, **given, now=timezone.now()
        )
        return self.answer(shown(record), status=201)

    @extend_schema(request=ChangeRecordInput, responses={200: RecordOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what a record says of itself, or assign it to a treating doctor, who is told. Managers only."""
        changes = self.parse(ChangeRecordInput, partial=True)
        with transaction.atomic():
            record = health.change_record(
                actor=caller(request), record=self.locked_object(), changes=changes, now=timezone.now()
            )
        return self.answer(shown(record))

    @extend_schema(responses={})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Refuse: what was recorded is kept. 409 `record_kept`; its files can be removed one by one."""
        self.get_object()
        health.delete_record()

    @extend_schema(request=ShareInput, responses={200: RecordOutput})
    def share(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let a doctor who treats the patient see this record; the doctor is told. Managers only."""
        record = self.get_object()
        doctor_id = self.parse(ShareInput)["doctor"]
        health.share_record(actor=caller(request), record=record, doctor_id=doctor_id, now=timezone.now())
        return self.answer(shown(record))

    @extend_schema(responses={204: None})
    def unshare(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """End a share. Managers only."""
        doctor_id: UUID = self.kwargs["doctor"]
        health.unshare_record(actor=caller(request), record=self.get_object(), doctor_id=doctor_id, now=timezone.now())
        return Response(status=204)

    @extend_schema(request=FilesInput, responses={201: RecordOutput})
    def add_files(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add files to a record, as a manager or as the treating doctor who wrote it."""
        record = self.get_object()
        filing.add_files(actor=caller(request), record=record, files=self.written, now=timezone.now())
        return self.answer(shown(record), status=201)


class MyReportsViewSet(ClinicalViewSet):
    """The records of the patients whom the caller manages."""

    permission_classes = [IsSignedIn]
    queryset = HealthRecord.objects.all()
    serializer_class = RecordOutput
    filterset_class = RecordFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave out what the caller sees as a doctor."""
        own: QuerySet[Any] = queryset.of_own_patients(caller(self.request))  # type: ignore[attr-defined]
        return with_what_is_shown(own)


class PatientRecordsViewSet(ClinicalViewSet):
    """The records of one patient that the caller may see."""

    permission_classes = [IsSignedIn]
    queryset = HealthRecord.objects.all()
    serializer_class = RecordOutput
    filterset_class = RecordFilter

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse everybody to whom this patient is absent."""
        super().initial(request, *args, **kwargs)
        one_or_absent(Patient.objects.once_close_to(caller(request), now=timezone.now()), self.kwargs["pk"])

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the patient."""
        return with_what_is_shown(queryset.filter(patient=self.kwargs["pk"]))

    def looked_at(self, rows: list[Any]) -> set[UUID]:
        """Return the patient, also for an empty list: that there is nothing is a finding."""
        return {self.kwargs["pk"]}


class UploadReportViewSet(UploadMixin, CareLoopViewSet):
    """A report for a patient, by the hospital that knows the patient."""

    permission_classes = [IsSignedIn]
    serializer_class = RecordOutput
    throttle_scope = "upload"
    pagination_class = None

    @extend_schema(request=ReportInput, responses={201: RecordOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Upload a report for a patient registered at your hospital: you get back what you sent, and cannot read it.

        Managers and treating doctors may use it too. 409 `quota_used_up`; 503 `scanner_away`.
        """
        given = self.parse(ReportInput)
        given.pop("files", None)
        record = health.upload_report(
            actor=caller(request), patient_id=self.kwargs["pk"], files=self.written, **given, now=timezone.now()
        )
        return self.answer(shown(record), status=201)


def shown(record: HealthRecord) -> HealthRecord:
    """Return a record that was just written, as it is shown to whoever wrote it."""
    return with_what_is_shown(HealthRecord.objects.filter(pk=record.pk)).get()
