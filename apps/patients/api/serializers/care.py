"""Care relationships."""

from typing import Any

from rest_framework import serializers

from apps.core.http.synonyms import SynonymSerializer
from apps.patients.choices import CareSource


class ChooseDoctorInput(SynonymSerializer):
    """Which doctor shall treat which patient."""

    example: dict[str, Any] = {
        "patient": "019a9f3c-0000-7000-8000-000000000301",
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "notes": "Follow-up after surgery",
    }
    synonyms = {"patient_id": "patient", "doctor_id": "doctor"}

    patient = serializers.UUIDField()
    doctor = serializers.UUIDField()
    notes = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    replaces = serializers.UUIDField(
        required=False, default=None, allow_null=True, help_text="The care relationship that ends with this choice."
    )


class AssignTreatingDoctorInput(SynonymSerializer):
    """Which doctor shall treat; whom, unless oneself. `doctor_id` and `patient_id` are understood too."""

    example: dict[str, Any] = {
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "patient": "019a9f3c-0000-7000-8000-000000000301",
    }
    synonyms = {"patient_id": "patient", "doctor_id": "doctor"}

    doctor = serializers.UUIDField()
    patient = serializers.UUIDField(required=False, default=None, allow_null=True, help_text="Your own record if none.")
    notes = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    replaces = serializers.UUIDField(required=False, default=None, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        """Take the older names of the two ids as well."""
        if isinstance(data, dict):
            older = {name: data[f"{name}_id"] for name in ("doctor", "patient") if f"{name}_id" in data}
            data = {**older, **data}
        return super().to_internal_value(data)


class CareRelationshipOutput(serializers.Serializer[Any]):
    """That a doctor treats a patient."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000401",
        "patient": "019a9f3c-0000-7000-8000-000000000301",
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "doctor_name": "Lena Okafor",
        "source": "CHOICE",
        "hospital": None,
        "started_at": "2026-11-20T09:00:00Z",
        "ends_at": None,
        "ended_at": None,
        "notes": "Follow-up after surgery",
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    doctor = serializers.UUIDField(source="doctor_id")
    doctor_name = serializers.CharField(source="doctor.user.name")
    source = serializers.ChoiceField(choices=CareSource.choices)  # type: ignore[assignment] # DRF's own `source`
    hospital = serializers.UUIDField(source="hospital_id", allow_null=True, help_text="That assigned the doctor.")
    started_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True, help_text="When the right to treat runs out by itself.")
    ended_at = serializers.DateTimeField(allow_null=True)
    notes = serializers.CharField()


class CareRelationshipPageOutput(serializers.Serializer[Any]):
    """A page of care relationships."""

    example = {"next": None, "previous": None, "results": [CareRelationshipOutput.example]}

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = CareRelationshipOutput(many=True)
