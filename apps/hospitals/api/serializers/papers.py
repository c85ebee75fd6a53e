"""Documents of applications, and pictures."""

from typing import Any

from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField, FilesField
from apps.hospitals.api.serializers.doctors import ApplyInput
from apps.hospitals.choices import PaperKind

SYNONYMS = {"LICENCE": "LICENSE", "LICENSE_IMAGE": "LICENSE", "CERTIFICATE": "DEGREE", "CNIC": "IDENTITY"}


class ApplyWithPapersInput(ApplyInput):
    """What a doctor applies with, and documents that prove it."""

    files = FilesField(required=False)


class PapersInput(serializers.Serializer[Any]):
    """Documents, and what they prove."""

    example: dict[str, Any] = {"kind": "LICENSE", "files": ["(binary)"]}

    kind = AnyCaseChoiceField(choices=PaperKind.choices, synonyms=SYNONYMS, default=PaperKind.OTHER)
    files = FilesField(required=False)


class PictureInput(serializers.Serializer[Any]):
    """One picture: jpg, jpeg or png."""

    example: dict[str, Any] = {"file": "(binary)"}

    file = serializers.FileField(required=False, allow_empty_file=True)


class PaperOutput(serializers.Serializer[Any]):
    """A document of an application: `doctors/applications/papers/{id}/download/` has its bytes."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000281",
        "kind": "LICENSE",
        "name": "licence.pdf",
        "media_type": "application/pdf",
        "size": 48_210,
        "created_at": "2026-11-20T09:30:00Z",
    }

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=PaperKind.choices)
    name = serializers.CharField(source="file.name")
    media_type = serializers.CharField(source="file.media_type")
    size = serializers.IntegerField(source="file.size", help_text="Bytes.")
    created_at = serializers.DateTimeField()
