"""What the doors of applications take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField, MomentField
from apps.hospitals.api.serializers.doctors import OwnDoctorOutput
from apps.hospitals.api.serializers.papers import PaperOutput
from apps.hospitals.choices import DoctorStatus


class ApplicationOutput(serializers.Serializer[Any]):
    """An application, what was decided, and the doctor's row as it is now."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000251",
        "status": "PENDING",
        "submitted_at": "2026-11-20T09:00:00Z",
        "decided_at": None,
        "reason": "",
        "doctor": {**OwnDoctorOutput.example, "status": "PENDING", "hospital": None, "hospital_name": None},
        "papers": [PaperOutput.example],
    }

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=DoctorStatus.choices)
    submitted_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    doctor = OwnDoctorOutput()
    papers = PaperOutput(many=True, source="present_papers")


class ApproveInput(serializers.Serializer[Any]):
    """A word with the approval, if any."""

    example: dict[str, Any] = {"submitted_at": "2026-11-20T09:00:00Z", "reason": ""}

    submitted_at = MomentField(
        source="seen_at",
        required=False,
        default=None,
        allow_null=True,
        help_text="Of the application as you read it: a later one is 409 `changed_meanwhile`.",
    )
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class RejectApplicationInput(ApproveInput):
    """Why: the applicant is told."""

    example = {"submitted_at": "2026-11-20T09:00:00Z", "reason": "We could not find this licence number."}

    reason = serializers.CharField(max_length=500)


class VerifyInput(ApproveInput):
    """A decision by `is_approved`, or by the status wanted; a rejection needs a reason."""

    example: dict[str, Any] = {"is_approved": True}

    is_approved = serializers.BooleanField(required=False, allow_null=True, default=None)
    status = AnyCaseChoiceField(choices=DoctorStatus.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the decision and its reason."""
        wanted = attrs.get("status")
        if attrs["is_approved"] is None and wanted in {None, DoctorStatus.PENDING}:
            raise serializers.ValidationError({"is_approved": _("Say what you decide.")}, code="required")
        is_approved = attrs["is_approved"] if attrs["is_approved"] is not None else wanted == DoctorStatus.APPROVED
        return {"is_approved": is_approved, "reason": attrs["reason"], "seen_at": attrs["seen_at"]}
