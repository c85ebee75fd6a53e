"""What the doors of medicine safety take: a medicine and its dose, and about whom."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.recommendations.api.serializers.persons import LONGEST_NAME, PatientInfoInput
from apps.recommendations.api.serializers.strict import NumberField, StrictSerializer
from apps.recommendations.safety import Dose, Proposal, proposal_of
from apps.recommendations.services.recommending import Question

DOSE_SCHEMA = {
    "type": "object",
    "required": ["amount", "unit", "times_per_day"],
    "properties": {"amount": {"type": "number"}, "unit": {"type": "string"}, "times_per_day": {"type": "number"}},
}


class DoseInput(StrictSerializer):
    """One dose, and how often a day."""

    amount = NumberField(min_value=0.0001, max_value=1_000_000)
    unit = serializers.CharField(max_length=30)
    times_per_day = NumberField(min_value=0.001, max_value=48)


@extend_schema_field({"oneOf": [{"type": "string"}, DOSE_SCHEMA]})
class DoseField(serializers.Field[Any, Any, Any, Any]):
    """A dose as a person writes it ("1 g four times a day"), or as an object."""

    default_error_messages = {"invalid": _("Give a text, or `amount`, `unit` and `times_per_day`.")}

    def to_internal_value(self, data: Any) -> Dose | str:
        """Return the dose, or the text that states one."""
        if isinstance(data, str) and len(data) <= LONGEST_NAME:
            return data
        given = DoseInput(data=data)
        if not isinstance(data, dict) or not given.is_valid():
            self.fail("invalid")
        return Dose(**given.validated_data)


class QuestionInput(StrictSerializer):
    """A medicine, for a patient of whom you may use the record, or for somebody whom you describe."""

    example: dict[str, Any] = {"medicine_name": "Ibuprofen 400 mg", "patient_info": PatientInfoInput.example}

    medicine_name = serializers.CharField(max_length=LONGEST_NAME)
    dose = DoseField(required=False, allow_null=True, help_text="`1 g four times a day`, or amount, unit and times.")
    patient = serializers.UUIDField(required=False, allow_null=True, help_text="Facts come from this record.")
    patient_info = PatientInfoInput(required=False, allow_null=True)
    indication = serializers.CharField(
        max_length=LONGEST_NAME, required=False, default="", allow_blank=True, help_text="What it is to treat."
    )

    def to_internal_value(self, data: Any) -> Any:
        """Return the question."""
        given = super().to_internal_value(data)
        name, dose = given["medicine_name"], given.get("dose")
        return Question(
            proposal=proposal_of(name, dose) if isinstance(dose, str) else Proposal(name, dose),
            patient_id=given.get("patient"),
            described=given.get("patient_info"),
            indication=given["indication"] or None,
        )


class MedicineSearchInput(serializers.Serializer[Any]):
    """`?search=`: part of a name or a brand, perhaps misspelt."""

    search = serializers.CharField(min_length=2, max_length=100)
