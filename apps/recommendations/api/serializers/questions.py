"""What the doors of medicine safety take: a medicine, and about whom."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField
from apps.patients.choices import Sex as RecordedSex
from apps.recommendations.safety import Allergy, Dose, Facts, Proposal, Sex, proposal_of
from apps.recommendations.services.recommending import Question

DOSE_SCHEMA = {
    "type": "object",
    "required": ["amount", "unit", "times_per_day"],
    "properties": {"amount": {"type": "number"}, "unit": {"type": "string"}, "times_per_day": {"type": "number"}},
}
LONGEST_NAME, LONGEST_LIST = 300, 100
SEX_SYNONYMS = {"F": "FEMALE", "W": "FEMALE", "WOMAN": "FEMALE", "M": "MALE", "MAN": "MALE", "": "UNKNOWN"}


class SexField(AnyCaseChoiceField):
    """Sex, as far as advice asks for it: None for all but two."""

    def __init__(self, **options: Any) -> None:
        """Take the words that people use."""
        super().__init__(RecordedSex.choices, synonyms=SEX_SYNONYMS, required=False, allow_null=True, **options)

    def to_internal_value(self, data: Any) -> Sex | None:  # type: ignore[override]
        """Return the sex that a rule may ask for."""
        return {"FEMALE": Sex.FEMALE, "MALE": Sex.MALE}.get(super().to_internal_value(data))


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": True}]})
class NamedField(serializers.Field[Any, Any, Any, Any]):
    """A name, as a text or as an object that holds it, the way records are answered."""

    def __init__(self, name: str, **options: Any) -> None:
        """Take the member of the object that is the name."""
        self.member, self.name = name, serializers.CharField(max_length=LONGEST_NAME)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        """Return the object with its name; refuses what has none."""
        given = data if isinstance(data, dict) else {self.member: data}
        return {**given, "name": self.name.run_validation(given.get(self.member, ""))}


class AllergyField(NamedField):
    """An allergy, with how severe it was where that is known."""

    def to_internal_value(self, data: Any) -> Allergy:
        """Return the allergy."""
        given = super().to_internal_value(data)
        severity = given.get("severity")
        return Allergy(given["name"], severity if isinstance(severity, str) else None)


class MedicineField(NamedField):
    """A medicine that is taken, with its dosage where that is known."""

    def to_internal_value(self, data: Any) -> Proposal:
        """Return the medicine."""
        given = super().to_internal_value(data)
        dosage = given.get("dosage")
        return proposal_of(given["name"], dosage[:LONGEST_NAME] if isinstance(dosage, str) else "")


def several(child: Any) -> serializers.ListField:
    """Return a list of such values that may be left out."""
    return serializers.ListField(child=child, required=False, default=list, max_length=LONGEST_LIST)


class PatientInfoInput(serializers.Serializer[Any]):
    """Somebody described. What is not given is not known, and is listed where a rule would need it."""

    example = {
        "age": 62,
        "sex": "FEMALE",
        "weight": 71.5,
        "allergies": ["Penicillin"],
        "comorbidities": ["Atrial fibrillation"],
        "current_medications": ["Warfarin 5 mg"],
    }

    age = serializers.FloatField(
        min_value=0, max_value=150, required=False, allow_null=True, help_text="Years; for infants a fraction."
    )
    sex = SexField()
    gender = SexField(help_text="The same as `sex`.")
    weight = serializers.FloatField(
        min_value=0.2, max_value=700, required=False, allow_null=True, help_text="Kilograms"
    )
    allergies = several(AllergyField("substance"))
    comorbidities = several(serializers.CharField(max_length=LONGEST_NAME))
    current_medications = several(MedicineField("name"))
    pregnant = serializers.BooleanField(required=False, allow_null=True, default=None)
    gestation_weeks = serializers.FloatField(min_value=0, max_value=45, required=False, allow_null=True)
    lactating = serializers.BooleanField(required=False, allow_null=True, default=None)
    egfr = serializers.FloatField(
        min_value=0, max_value=250, required=False, allow_null=True, help_text="mL/min/1.73 m²"
    )

    def to_internal_value(self, data: Any) -> Any:
        """Return the facts."""
        given = super().to_internal_value(data)
        weeks = given.get("gestation_weeks")
        return Facts(
            age=given.get("age"),
            sex=given.get("sex") or given.get("gender"),
            weight_kg=given.get("weight"),
            allergies=tuple(given["allergies"]),
            conditions=tuple(given["comorbidities"]),
            current_medicines=tuple(given["current_medications"]),
            pregnant=True if weeks is not None and given["pregnant"] is None else given["pregnant"],
            gestation_weeks=weeks,
            lactating=given["lactating"],
            egfr=given.get("egfr"),
        )


class DoseInput(serializers.Serializer[Any]):
    """One dose, and how often a day."""

    amount = serializers.FloatField(min_value=0.0001, max_value=1_000_000)
    unit = serializers.CharField(max_length=30)
    times_per_day = serializers.FloatField(min_value=0.001, max_value=48)


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


class QuestionInput(serializers.Serializer[Any]):
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
