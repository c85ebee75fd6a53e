"""Somebody described: what advice about medicines takes of a person who is no patient of the house."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField
from apps.patients.choices import Sex as RecordedSex
from apps.recommendations.api.serializers.strict import NumberField, StrictSerializer, refuse_unknown
from apps.recommendations.medicines import knowledge
from apps.recommendations.safety import Allergy, Facts, Proposal, Sex, proposal_of, stated_allergy

LONGEST_NAME, LONGEST_LIST = 300, 100
SEX_SYNONYMS = {"F": "FEMALE", "W": "FEMALE", "WOMAN": "FEMALE", "M": "MALE", "MAN": "MALE", "": "UNKNOWN"}
# What the record answers beside what is weighed here: an entry may be sent as it was shown.
OF_RECORD = frozenset(
    {"id", "patient", "status", "notes", "source", "started_date", "ended_date", "recorded_by", "created_at"}
)


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

    name = serializers.CharField(max_length=LONGEST_NAME)
    member = "name"
    beside: tuple[str, ...] = ()  # other texts that are weighed

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Return the texts, the empty one where nothing is said; refuses what has no name, or more than is known."""
        given = data if isinstance(data, dict) else {self.member: data}
        refuse_unknown(given, {self.member, *self.beside} | OF_RECORD)
        return {self.member: self.name.run_validation(given.get(self.member, ""))} | {
            name: _text(name, given.get(name) or "") for name in self.beside
        }


def _text(place: str, value: Any) -> str:
    """Return what stands in a place of an object; refuses it under the name of the place."""
    try:
        return str(serializers.CharField(max_length=LONGEST_NAME, allow_blank=True).run_validation(value))
    except serializers.ValidationError as failure:
        raise serializers.ValidationError({place: failure.detail}) from failure


class AllergyField(NamedField):
    """An allergy, with how severe it was and what happened where that is known."""

    member, beside = "substance", ("severity", "reaction")

    def to_internal_value(self, data: Any) -> Allergy:  # type: ignore[override]
        """Return the allergy."""
        given = super().to_internal_value(data)
        return stated_allergy(given["substance"], given["severity"], given["reaction"], knowledge())


class MedicineField(NamedField):
    """A medicine that is taken, with its dosage where that is known."""

    beside = ("dosage",)

    def to_internal_value(self, data: Any) -> Proposal:  # type: ignore[override]
        """Return the medicine."""
        given = super().to_internal_value(data)
        return proposal_of(given["name"], given["dosage"])


def several(child: Any) -> serializers.ListField:
    """Return a list of such values that may be left out."""
    return serializers.ListField(child=child, required=False, default=list, max_length=LONGEST_LIST)


class PatientInfoInput(StrictSerializer):
    """Somebody described. What is not given is not known, and is listed where a rule would need it."""

    example = {
        "age": 62,
        "sex": "FEMALE",
        "weight": 71.5,
        "allergies": ["Penicillin"],
        "comorbidities": ["Atrial fibrillation"],
        "current_medications": ["Warfarin 5 mg"],
    }

    age = NumberField(
        min_value=0, max_value=150, required=False, allow_null=True, help_text="Years; for infants a fraction."
    )
    sex = SexField()
    gender = SexField(help_text="The same as `sex`.")
    weight = NumberField(min_value=0.2, max_value=700, required=False, allow_null=True, help_text="Kilograms")
    allergies = several(AllergyField())
    comorbidities = several(serializers.CharField(max_length=LONGEST_NAME))
    current_medications = several(MedicineField())
    pregnant = serializers.BooleanField(required=False, allow_null=True, default=None)
    gestation_weeks = NumberField(min_value=0, max_value=45, required=False, allow_null=True)
    lactating = serializers.BooleanField(required=False, allow_null=True, default=None)
    egfr = NumberField(min_value=0, max_value=250, required=False, allow_null=True, help_text="mL/min/1.73 m²")

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
