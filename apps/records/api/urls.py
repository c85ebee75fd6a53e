"""Addresses of the clinical record."""

from typing import Any

from django.urls import path

from apps.records.api.views.annotations import AnnotationViewSet, RecordAnnotationsViewSet
from apps.records.api.views.attachments import AttachmentViewSet, PrescriptionAttachmentsViewSet
from apps.records.api.views.files import FileViewSet
from apps.records.api.views.health import (
    MyReportsViewSet,
    PatientRecordsViewSet,
    RecordViewSet,
    UploadReportViewSet,
)
from apps.records.api.views.notes import NoteReadersViewSet, NoteViewSet, PatientNotesViewSet
from apps.records.api.views.prescriptions import (
    AppointmentPrescriptionsViewSet,
    PatientHistoryViewSet,
    PatientPrescriptionsViewSet,
    PrescriptionViewSet,
    VerifyViewSet,
    VersionsViewSet,
)
from apps.records.api.views.visits import (
    PatientTestsViewSet,
    PatientVisitsViewSet,
    PatientVitalsViewSet,
    TestResultViewSet,
    VisitViewSet,
)

RECORD: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}

urlpatterns = [
    path("notes/", NoteViewSet.as_view({"get": "list", "post": "create"})),
    path("notes/prepare/", NoteViewSet.as_view({"post": "prepare"})),
    path("notes/sealed/", NoteViewSet.as_view({"post": "create_sealed"})),
    path("notes/<uuid:pk>/", NoteViewSet.as_view({"get": "retrieve"})),
    path("notes/<uuid:pk>/readers/", NoteReadersViewSet.as_view({"get": "list", "post": "create"})),
    path("notes/<uuid:pk>/readers/<uuid:doctor>/", NoteReadersViewSet.as_view({"delete": "destroy"})),
    path("notes/patient/<uuid:pk>/", PatientNotesViewSet.as_view({"get": "list"})),
    path("patients/<uuid:pk>/notes/", PatientNotesViewSet.as_view({"get": "list"})),
    path("records/", RecordViewSet.as_view({"get": "list", "post": "create"})),
    path("records/my-reports/", MyReportsViewSet.as_view({"get": "list"})),
    path("records/files/<uuid:pk>/", FileViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("records/annotations/", RecordAnnotationsViewSet.as_view({"post": "annotate"})),
    path("records/annotations/<uuid:pk>/", AnnotationViewSet.as_view(RECORD)),
    path("records/<uuid:pk>/", RecordViewSet.as_view({**RECORD, "delete": "destroy"})),
    path("records/<uuid:pk>/files/", RecordViewSet.as_view({"post": "add_files"})),
    path("records/<uuid:pk>/share/", RecordViewSet.as_view({"post": "share"})),
    path("records/<uuid:pk>/share/<uuid:doctor>/", RecordViewSet.as_view({"delete": "unshare"})),
    path("records/<uuid:pk>/annotations/", RecordAnnotationsViewSet.as_view({"get": "list", "post": "create"})),
    path("files/<uuid:pk>/download/", FileViewSet.as_view({"get": "download"})),
    path("reports/", MyReportsViewSet.as_view({"get": "list"})),
    path("patients/<uuid:pk>/records/", PatientRecordsViewSet.as_view({"get": "list"})),
    path("patients/<uuid:pk>/reports/", PatientRecordsViewSet.as_view({"get": "list"})),
    path("patients/<uuid:pk>/reports/upload/", UploadReportViewSet.as_view({"post": "create"})),
    path("visits/", VisitViewSet.as_view({"get": "list", "post": "create"})),
    path("visits/<uuid:pk>/", VisitViewSet.as_view(RECORD)),
    path("visits/<uuid:pk>/tests/", VisitViewSet.as_view({"post": "order_test"})),
    path("visits/tests/<uuid:pk>/", TestResultViewSet.as_view({"get": "retrieve"})),
    path("visits/tests/<uuid:pk>/result/", TestResultViewSet.as_view({"post": "result"})),
    path("patients/<uuid:pk>/visits/", PatientVisitsViewSet.as_view({"get": "list"})),
    path("patients/<uuid:pk>/tests/", PatientTestsViewSet.as_view({"get": "list"})),
    path("patients/<uuid:pk>/vitals/", PatientVitalsViewSet.as_view({"get": "list", "post": "create"})),
    path("prescriptions/", PrescriptionViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "prescriptions/<uuid:pk>/",
        PrescriptionViewSet.as_view({"get": "retrieve", "put": "revise", "patch": "revise", "delete": "destroy"}),
    ),
    path("prescriptions/<uuid:pk>/revise/", PrescriptionViewSet.as_view({"post": "revise"})),
    path("prescriptions/<uuid:pk>/versions/", VersionsViewSet.as_view({"get": "list"})),
    path("prescriptions/<uuid:pk>/pdf/", PrescriptionViewSet.as_view({"get": "pdf"})),
    path(
        "prescriptions/<uuid:pk>/attachments/",
        PrescriptionAttachmentsViewSet.as_view({"get": "list", "post": "create"}),
    ),
    path("prescriptions/attachments/<uuid:pk>/", AttachmentViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("prescriptions/attachments/<uuid:pk>/download/", AttachmentViewSet.as_view({"get": "download"})),
    path("prescriptions/by-appointment/", AppointmentPrescriptionsViewSet.as_view({"get": "list"})),
    path("prescriptions/patient-history/", PatientHistoryViewSet.as_view({"get": "list"})),
    path("prescriptions/patient/<uuid:pk>/", PatientPrescriptionsViewSet.as_view({"get": "list"})),
    path("prescriptions/verify/<str:code>/", VerifyViewSet.as_view({"get": "retrieve"})),
    path("patients/<uuid:pk>/prescriptions/", PatientPrescriptionsViewSet.as_view({"get": "list"})),
]
