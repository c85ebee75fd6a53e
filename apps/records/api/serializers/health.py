"""Health records, their files, and what is said about them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField, FilesField
from apps.core.http.synonyms import SynonymSerializer
from apps.records.choices import RecordType

IDS = {
    "id": "019a9f3c-0000-7000-8000-000000000701",
    "patient": "019a9f3c-0000-7000-8000-000000000301",
    "uploaded_by": "019a9f3c-0000-7000-8000-000000000001",
}
SYNONYMS = {"LAB": "LAB_RESULT", "LAB_REPORT": "LAB_RESULT", "X-RAY": "XRAY", "X_RAY": "XRAY"}


class RecordInput(SynonymSerializer):
    """What a record says of itself."""

    example: dict[str, Any] = {
        "record_type": "LAB_RESULT",
        "title": "Blood count",
        "description": "Fasting",
        "date": "2026-11-20",
    }
    synonyms = {"file_type": "record_type", "report_date": "date"}

    record_type = AnyCaseChoiceField(choices=RecordType.choices, synonyms=SYNONYMS, required=False)
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    date = serializers.DateField(required=False, allow_null=True, source="record_date")


class NewRecordInput(RecordInput):
    """What a new record says of itself."""

    title = serializers.CharField(
        max_length=200, required=False, help_text="The kind of record when left out; one of the two is needed."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the facts, with a title; refuses a record that says nothing of itself."""
        if not {"title", "record_type"} & set(attrs):
            raise serializers.ValidationError({"title": _("Give a title, or the kind of record.")}, code="required")
        kind = RecordType(attrs.get("record_type", RecordType.GENERAL))
        return {"title": str(kind.label), **attrs}


class AddRecordInput(NewRecordInput):
    """A record with its files."""

    example = {"patient": IDS["patient"], **RecordInput.example}

    patient = serializers.UUIDField(required=False, source="patient_id", help_text="Oneself when left out.")
    doctor = serializers.UUIDField(
        required=False, allow_null=True, source="doctor_id", help_text="Who is to look at it."
    )
    files = FilesField(required=False)


class ReportInput(NewRecordInput):
    """A report as a file."""

    example = RecordInput.example

    files = FilesField(required=False)


class ChangeRecordInput(RecordInput):
    """What is to change."""

    example = {"title": "Blood count, fasting", "doctor": "019a9f3c-0000-7000-8000-000000000201"}

    doctor = serializers.UUIDField(required=False, allow_null=True, source="doctor_id")


class FilesInput(serializers.Serializer[Any]):
    """More files."""

    example: dict[str, Any] = {"files": ["(binary)"]}

    files = FilesField(required=False)


class ShareInput(serializers.Serializer[Any]):
    """With whom."""

    example = {"doctor": "019a9f3c-0000-7000-8000-000000000201"}

    doctor = serializers.UUIDField()


class FileOutput(serializers.Serializer[Any]):
    """A file of a record: `files/{id}/download/` has its bytes."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000711",
        "name": "blood-count.pdf",
        "media_type": "application/pdf",
        "size": 48_210,
        "created_at": "2026-11-20T09:30:00Z",
    }

    id = serializers.UUIDField()
    name = serializers.CharField(source="file.name")
    media_type = serializers.CharField(source="file.media_type")
    size = serializers.IntegerField(source="file.size", help_text="Bytes.")
    created_at = serializers.DateTimeField()


class RecordOutput(serializers.Serializer[Any]):
    """A health record."""

    example: dict[str, Any] = {
        **IDS,
        "record_type": "LAB_RESULT",
        "title": "Blood count",
        "description": "Fasting",
        "date": "2026-11-20",
        "doctor": None,
        "hospital": None,
        "shared_with": [],
        "files": [FileOutput.example],
        "created_at": "2026-11-20T09:30:00Z",
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    record_type = serializers.ChoiceField(choices=RecordType.choices)
    title = serializers.CharField()
    description = serializers.CharField()
    date = serializers.DateField(source="record_date", allow_null=True)
    doctor = serializers.UUIDField(source="doctor_id", allow_null=True, help_text="To whom it is assigned.")
    hospital = serializers.UUIDField(source="hospital_id", allow_null=True, help_text="At which it was made.")
    uploaded_by = serializers.UUIDField(source="uploaded_by_id")
    shared_with = serializers.SerializerMethodField(help_text="Doctors with whom the patient's side shared it.")
    files = FileOutput(many=True, source="present_files")
    created_at = serializers.DateTimeField()

    def get_shared_with(self, record: Any) -> list[str]:
        """Return the ids of the doctors."""
        return [str(share.doctor_id) for share in record.open_shares]


class AnnotationInput(SynonymSerializer):
    """What is to be said."""

    example = {"text": "Haemoglobin is fine. Repeat in three months."}
    synonyms = {"note": "text"}

    text = serializers.CharField(max_length=10_000)


class AnnotateInput(AnnotationInput):
    """What is to be said, and about which record."""

    example = {"record": IDS["id"], **AnnotationInput.example}

    record = serializers.UUIDField()


class AnnotationVersionOutput(serializers.Serializer[Any]):
    """What it said before."""

    text = serializers.CharField()
    replaced_at = serializers.DateTimeField()


class AnnotationOutput(serializers.Serializer[Any]):
    """What a doctor said about a record, and what it said before."""

    example: dict[str, Any] = {
        "id": "019a9f3c-0000-7000-8000-000000000721",
        "record": IDS["id"],
        "author": "019a9f3c-0000-7000-8000-000000000002",
        "author_name": "Lena Vogel",
        "text": "Haemoglobin is fine. Repeat in three months.",
        "edited_at": None,
        "history": [],
        "created_at": "2026-11-20T09:40:00Z",
    }

    id = serializers.UUIDField()
    record = serializers.UUIDField(source="record_id")
    author = serializers.UUIDField(source="author_id")
    author_name = serializers.CharField(source="author.name")
    text = serializers.CharField()
    edited_at = serializers.DateTimeField(allow_null=True)
    history = AnnotationVersionOutput(many=True, source="versions.all")
    created_at = serializers.DateTimeField()
