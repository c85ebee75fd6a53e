"""Opening a record for a while: by a code, or in an emergency."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField
from apps.core.http.synonyms import SynonymSerializer
from apps.patients.choices import GrantKind, ReviewOutcome

PATIENT = "019a9f3c-0000-7000-8000-000000000301"


class NamePatientInput(SynonymSerializer):
    """Whose record: by phone and birth date, or by id."""

    example: dict[str, Any] = {"phone": "+1 555 010 0001", "birth_date": "1984-03-02"}
    synonyms = {"patient_phone": "phone", "patient_id": "patient", "date_of_birth": "birth_date", "otp": "otp_code"}

    patient = serializers.UUIDField(required=False, source="patient_id", help_text="For a doctor who treats them.")
    phone = serializers.CharField(max_length=40, required=False)
    birth_date = serializers.DateField(required=False)


class OpenRecordInput(NamePatientInput):
    """The code that the patient was sent and told the doctor."""

    example = {**NamePatientInput.example, "otp_code": "123456"}

    otp_code = serializers.CharField(max_length=12, source="code")


class AccessCodeSentOutput(serializers.Serializer[Any]):
    """The same whether or not there is such a patient."""

    example = {"expires_in_seconds": 600}

    expires_in_seconds = serializers.IntegerField()


class BreakGlassInput(NamePatientInput):
    """An emergency."""

    example = {"patient": PATIENT, "reason": "Unconscious after a fall; allergies unknown."}

    patient = serializers.UUIDField(required=False, source="patient_id")
    reason = serializers.CharField(max_length=500, help_text="At least 10 characters. Patient and hospital read it.")


class ReviewInput(serializers.Serializer[Any]):
    """What a review found."""

    example = {"outcome": "JUSTIFIED", "notes": "As the ambulance's log says."}

    outcome = AnyCaseChoiceField(choices=ReviewOutcome.choices)
    notes = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class GrantOutput(serializers.Serializer[Any]):
    """Leave to read everything about a patient, until it runs out or is revoked. Never to write."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000381",
        "patient": PATIENT,
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "doctor_name": "Lena Vogel",
        "kind": "OTP",
        "reason": "",
        "is_live": True,
        "expires_at": "2026-11-20T10:00:00Z",
        "revoked_at": None,
        "review_outcome": "",
        "review_notes": "",
        "reviewed_at": None,
        "created_at": "2026-11-20T09:30:00Z",
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    doctor = serializers.UUIDField(source="doctor_id")
    doctor_name = serializers.CharField(source="doctor.user.name")
    kind = serializers.ChoiceField(choices=GrantKind.choices)
    reason = serializers.CharField(help_text="Of an emergency.")
    is_live = serializers.SerializerMethodField(help_text="Whether it opens the record now.")
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    review_outcome = serializers.CharField(help_text="JUSTIFIED or NOT_JUSTIFIED; empty before the review.")
    review_notes = serializers.CharField()
    reviewed_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()

    def get_is_live(self, grant: Any) -> bool:
        """Return whether it opens the record now."""
        live: bool = grant.is_live(now=timezone.now())
        return live
