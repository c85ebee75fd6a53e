"""Prescriptions."""

from typing import Any

from rest_framework import serializers

from apps.core.http.fields import FilesField
from apps.core.http.synonyms import SynonymSerializer
from apps.recommendations.doors import SafetyOutput
from apps.records.api.serializers.authored import AuthoredOutput
from apps.records.api.serializers.health import FileOutput

PATIENT = "019a9f3c-0000-7000-8000-000000000301"
MEDICINE: dict[str, Any] = {
    "name": "Ferrous sulfate 200 mg",
    "dosage": "1 tablet",
    "frequency": "twice daily",
    "duration": "for 90 days",
    "instructions": "With orange juice",
}


class MedicineInput(serializers.Serializer[Any]):
    """One medicine, in the doctor's own words."""

    example = MEDICINE

    name = serializers.CharField(max_length=200)
    dosage = serializers.CharField(max_length=300)
    frequency = serializers.CharField(max_length=300, required=False, allow_blank=True)
    duration = serializers.CharField(max_length=200, required=False, allow_blank=True)
    instructions = serializers.CharField(max_length=500, required=False, allow_blank=True)


class RevisePrescriptionInput(SynonymSerializer):
    """What is to be different in the next version."""

    example: dict[str, Any] = {"medicines": [MEDICINE], "advice": "Come again when the stool is black and soft."}
    synonyms = {"referral_notes": "referral", "treatment_plan": "advice"}

    diagnosis = serializers.CharField(max_length=10_000)
    chief_complaint = serializers.CharField(max_length=500, required=False, allow_blank=True)
    investigations = serializers.CharField(
        max_length=10_000, required=False, allow_blank=True, help_text="Tests advised."
    )
    referral = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    advice = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    follow_up_date = serializers.DateField(required=False, allow_null=True)
    medicines = MedicineInput(many=True, allow_empty=False, max_length=50)  # type: ignore[call-arg]
    override_reason = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="Why, all the same; kept with the findings."
    )


class IssuePrescriptionInput(RevisePrescriptionInput):
    """A prescription for a patient whom the caller treats."""

    example = {"patient": PATIENT, "diagnosis": "Iron deficiency anaemia", "medicines": [MEDICINE]}

    patient = serializers.UUIDField(source="patient_id")
    appointment = serializers.UUIDField(required=False, source="appointment_id", help_text="Completed by this.")


class LineOutput(MedicineInput):
    """One medicine: verbatim, and what of it could be read."""

    structured = serializers.DictField(help_text="As `action-plans/parse-dosage/` answers; `schedule` null: not read.")


class AttachInput(serializers.Serializer[Any]):
    """Files of a prescription, such as its scan."""

    example = {"files": ["(binary)"], "description": "The signed paper"}

    files = FilesField(required=False)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)


class AttachmentOutput(FileOutput):
    """A file of a prescription: `prescriptions/attachments/{id}/download/` has its bytes."""

    example = {**FileOutput.example, "name": "paper.pdf", "description": "The signed paper"}

    description = serializers.CharField()


class PrescriptionOutput(AuthoredOutput):
    """One issued version."""

    example: dict[str, Any] = {
        "id": "019a9f3c-0000-7000-8000-000000000761",
        "patient": PATIENT,
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "doctor_name": "Lena Vogel",
        "hospital": None,
        "appointment": None,
        "version": 1,
        "previous": None,
        "is_current": True,
        "verification_code": "MFRGGZDFMZTWQ2LKNNWG23TPOA",
        "diagnosis": "Iron deficiency anaemia",
        "chief_complaint": "",
        "investigations": "",
        "referral": "",
        "advice": "",
        "follow_up_date": None,
        "medicines": [{**MEDICINE, "structured": {"schedule": None}}],
        "safety_check": {
            "knowledge_version": "none",
            "findings": [],
            "not_checked": [{"kind": "medicine", "subject": MEDICINE["name"], "reason": "there is no knowledge base"}],
            "is_critical": False,
            "override_reason": "",
        },
        "attachments": [AttachmentOutput.example],
        "created_at": "2026-11-20T09:45:00Z",
    }

    version = serializers.IntegerField()
    previous = serializers.UUIDField(source="previous_id", allow_null=True)
    is_current = serializers.SerializerMethodField(help_text="Whether no newer version follows.")
    verification_code = serializers.CharField(help_text="For `prescriptions/verify/{code}/`.")
    diagnosis = serializers.CharField()
    chief_complaint = serializers.CharField()
    investigations = serializers.CharField()
    referral = serializers.CharField()
    advice = serializers.CharField()
    follow_up_date = serializers.DateField(allow_null=True)
    medicines = LineOutput(many=True, source="lines.all")
    safety_check = SafetyOutput()
    attachments = AttachmentOutput(many=True, source="present_attachments")
    created_at = serializers.DateTimeField()

    def get_is_current(self, prescription: Any) -> bool:
        """Return whether no newer version follows."""
        return getattr(prescription, "successor", None) is None


class VerificationOutput(serializers.Serializer[Any]):
    """Whether a code is of a prescription issued here, and no word of what it says."""

    example = {"is_genuine": True, "is_current": True}

    is_genuine = serializers.BooleanField()
    is_current = serializers.BooleanField(help_text="False when a newer version was issued.")
