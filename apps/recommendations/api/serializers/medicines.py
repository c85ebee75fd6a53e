"""What the doors of medicine safety take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField
from apps.patients.choices import Sex as RecordedSex
from apps.recommendations.medicines import Severity, knowledge
from apps.recommendations.models import Recommendation
from apps.recommendations.safety import Allergy, Dose, Facts, FindingType, Proposal, Sex, Unchecked, proposal_of
from apps.recommendations.services.asking import DISCLAIMER
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


class WarningOutput(serializers.Serializer[Any]):
    """One danger."""

    type = serializers.ChoiceField(choices=[each.value for each in FindingType])
    severity = serializers.ChoiceField(
        choices=[each.value for each in Severity], help_text="CRITICAL: not without a documented reason."
    )
    subject = serializers.CharField(help_text="The ingredient.")
    condition = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment] # DRF's own `source`


WarningOutput._declared_fields["with"] = serializers.CharField(  # a word of Python
    allow_null=True, help_text="The other medicine or the allergy, as the record writes it."
)


class GapOutput(serializers.Serializer[Any]):
    """What could not be checked; never to be read as safe."""

    kind = serializers.ChoiceField(choices=[each.value for each in Unchecked])
    subject = serializers.CharField()
    reason = serializers.CharField()


class VerdictOutput(serializers.Serializer[Any]):
    """What the rules say."""

    example: dict[str, Any] = {
        "medicine": "ibuprofen",
        "warnings": [
            {
                "type": "interaction",
                "severity": "CRITICAL",
                "subject": "ibuprofen",
                "with": "Warfarin 5 mg",
                "condition": None,
                "message": "ibuprofen with Warfarin 5 mg: severe bleeding.",
                "source": "British National Formulary",
            }
        ],
        "not_checked": [{"kind": "fact", "subject": "egfr", "reason": "needed for ibuprofen"}],
        "knowledge_version": "2026.11.1",
        "disclaimer": str(DISCLAIMER),
    }

    medicine = serializers.CharField(allow_null=True, help_text="As recognised; null for an unknown one.")
    warnings = WarningOutput(many=True, help_text="The gravest first.")
    not_checked = GapOutput(many=True)
    knowledge_version = serializers.CharField()
    disclaimer = serializers.CharField()

    def to_representation(self, instance: Any) -> Any:
        """Return the answer with the sentence that every answer carries."""
        return super().to_representation({**instance, "disclaimer": str(DISCLAIMER)})


class AlternativeOutput(serializers.Serializer[Any]):
    """Another medicine for the purpose that passes the same rules for this person."""

    name = serializers.CharField()
    reason = serializers.CharField()
    notes = serializers.CharField(allow_blank=True, help_text="What is to be minded.")
    not_checked = GapOutput(many=True)


class RecommendationOutput(VerdictOutput):
    """A verdict with alternatives."""

    example: dict[str, Any] = {
        "id": "019a9f3c-0000-7000-8000-000000000801",
        "patient": None,
        "medicine_name": "Ibuprofen 400 mg",
        **VerdictOutput.example,
        "alternatives": [
            {
                "name": "Paracetamol",
                "reason": "Also used for pain; passes the same checks.",
                "notes": "",
                "not_checked": [],
            }
        ],
        "suggestion": "ibuprofen should not be given without a documented reason.",
        "response_time_ms": 3.1,
        "cached": False,
        "created_at": "2026-11-20T09:30:00Z",
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(allow_null=True)
    medicine_name = serializers.CharField()
    alternatives = AlternativeOutput(many=True)
    suggestion = serializers.CharField()
    response_time_ms = serializers.FloatField()
    cached = serializers.BooleanField()
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: Recommendation) -> Any:
        """Return the row with its words opened."""
        columns = {name: getattr(instance, name) for name in ("id", "response_time_ms", "cached", "created_at")}
        return super().to_representation({**columns, "patient": instance.patient_id, **instance.content})


class StatisticsOutput(serializers.Serializer[Any]):
    """How much is asked; nothing of what."""

    example = {
        "total": 120,
        "recent": 12,
        "people": 9,
        "cached": 20,
        "critical": 14,
        "average_response_time_ms": 3.4,
        "knowledge_version": "2026.11.1",
    }

    total = serializers.IntegerField()
    recent = serializers.IntegerField(help_text="In the last 30 days.")
    people = serializers.IntegerField()
    cached = serializers.IntegerField()
    critical = serializers.IntegerField()
    average_response_time_ms = serializers.FloatField(allow_null=True)
    knowledge_version = serializers.CharField()


class MedicineRow(serializers.Serializer[Any]):
    """A medicine of the knowledge base."""

    example = {"id": "amoxicillin", "name": "amoxicillin", "group": "Antibacterials", "ingredients": [], "treats": []}

    id = serializers.CharField()
    name = serializers.CharField()
    group = serializers.CharField()
    ingredients = serializers.ListField(child=serializers.CharField(), help_text="Of a combination.")
    treats = serializers.ListField(child=serializers.CharField())


class MedicinesOutput(serializers.Serializer[Any]):
    """The medicines whose names or brands fit, the closest first."""

    example = {"next": None, "previous": None, "results": [MedicineRow.example], "knowledge_version": "2026.11.1"}

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = MedicineRow(many=True)
    knowledge_version = serializers.CharField()


class MedicineSearchInput(serializers.Serializer[Any]):
    """`?search=`: part of a name or a brand, perhaps misspelt."""

    search = serializers.CharField(min_length=2, max_length=100)


def version() -> str:
    """Return the version of the knowledge base that every answer carries."""
    return knowledge().version
