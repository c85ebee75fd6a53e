"""What the doors of disease prediction take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.hospitals.doors import DoctorOutput
from apps.recommendations.api.serializers.persons import SexField
from apps.recommendations.api.serializers.strict import NumberField
from apps.recommendations.prediction import MAX_ITEMS, MAX_LENGTH, Triage
from apps.recommendations.prediction import Sex as PredictedSex
from apps.recommendations.services.asking import DISCLAIMER
from apps.recommendations.services.predicting import Advised

TRIAGES = [each.value for each in Triage]


class PredictInput(serializers.Serializer[Any]):
    """Complaints as a list of symptoms, in one's own words, or both."""

    example = {"symptoms": ["runny_nose", "sneezing", "sore throat"], "age": 30, "sex": "FEMALE"}

    symptoms = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, default=list, max_length=MAX_ITEMS
    )
    text = serializers.CharField(max_length=MAX_LENGTH, required=False, default="", allow_blank=True)
    age = NumberField(min_value=0, max_value=150, required=False, allow_null=True, default=None)
    sex = SexField()
    gender = SexField(help_text="The same as `sex`.")

    def validate(self, attrs: Any) -> Any:
        """Return what is asked; refuses a question without words."""
        sex = attrs.pop("gender", None)
        sex = attrs.pop("sex", None) or sex
        if not attrs["symptoms"] and not attrs["text"].strip():
            raise serializers.ValidationError({"symptoms": _("Give symptoms, or a text.")}, code="required")
        return {**attrs, "sex": PredictedSex(sex.value) if sex else None}


class LikelyOutput(serializers.Serializer[Any]):
    """A disease, and how likely it is."""

    disease = serializers.CharField()
    confidence = serializers.FloatField(help_text="Between 0 and 1")


class WhyOutput(serializers.Serializer[Any]):
    """How far a symptom speaks for the disease (above 0) or against it."""

    symptom = serializers.CharField()
    is_present = serializers.BooleanField()
    weight = serializers.FloatField()


class PredictionOutput(LikelyOutput):
    """The likeliest disease."""

    alternative_diseases = LikelyOutput(many=True)
    matched_symptoms = serializers.ListField(child=serializers.CharField())
    unmatched_symptoms = serializers.ListField(child=serializers.CharField())
    total_symptoms = serializers.IntegerField()
    specialization = serializers.CharField()
    also_called = serializers.ListField(child=serializers.CharField())
    self_care = serializers.CharField()
    why = WhyOutput(many=True)
    source = serializers.CharField()  # type: ignore[assignment] # DRF's own `source`


class RedFlagOutput(serializers.Serializer[Any]):
    """A danger sign."""

    id = serializers.CharField()
    message = serializers.CharField()
    triage = serializers.ChoiceField(choices=TRIAGES)
    source = serializers.CharField()  # type: ignore[assignment] # DRF's own `source`


class AdviceOutput(serializers.Serializer[Any]):
    """Danger signs first, how soon somebody should look, and what would explain the complaints."""

    example: dict[str, Any] = {
        "prediction": {
            "disease": "Common cold",
            "confidence": 0.62,
            "alternative_diseases": [{"disease": "Influenza", "confidence": 0.1}],
            "matched_symptoms": ["runny_nose", "sneezing", "sore throat"],
            "unmatched_symptoms": [],
            "total_symptoms": 3,
            "specialization": "General Practice",
            "also_called": [],
            "self_care": "Rest and drink.",
            "why": [{"symptom": "sneezing", "is_present": True, "weight": 2.1}],
            "source": "NHS",
        },
        "reason": None,
        "red_flags": [],
        "triage": "SELF_CARE",
        "recommended_doctors": [],
        "unmatched_symptoms": [],
        "something_else": 0.1,
        "model": "built-in",
        "not_checked": [],
        "knowledge_version": "2026.11.1",
        "disclaimer": str(DISCLAIMER),
    }

    prediction = PredictionOutput(source="advice.prediction", allow_null=True)
    reason = serializers.CharField(source="advice.reason", allow_null=True, help_text="Why no disease is named.")
    red_flags = RedFlagOutput(source="advice.red_flags", many=True)
    triage = serializers.ChoiceField(source="advice.triage", choices=TRIAGES)
    recommended_doctors = DoctorOutput(source="doctors", many=True)
    unmatched_symptoms = serializers.ListField(source="advice.unmatched_symptoms", child=serializers.CharField())
    something_else = serializers.FloatField(
        source="advice.something_else", help_text="The share that no disease of the knowledge base explains."
    )
    model = serializers.ChoiceField(choices=["built-in", "external"])
    not_checked = serializers.ListField(
        child=serializers.CharField(),
        help_text="Diseases that the external model named and the knowledge base does not know.",
    )
    knowledge_version = serializers.CharField()
    disclaimer = serializers.CharField()

    def to_representation(self, instance: tuple[Advised, str]) -> Any:
        """Return the advice with what every answer carries."""
        advised, version = instance
        return super().to_representation(
            {
                "advice": advised.advice,
                "doctors": advised.doctors,
                "model": advised.model,
                "not_checked": advised.not_checked,
                "knowledge_version": version,
                "disclaimer": str(DISCLAIMER),
            }
        )


class SymptomsOutput(serializers.Serializer[Any]):
    """Every symptom by its name."""

    example = {"symptoms": ["fever"], "total": 1, "knowledge_version": "2026.11.1"}

    symptoms = serializers.ListField(child=serializers.CharField())
    total = serializers.IntegerField()
    knowledge_version = serializers.CharField()


class DiseaseRow(serializers.Serializer[Any]):
    """A disease that may be named."""

    disease = serializers.CharField(source="name")
    also_called = serializers.ListField(source="also", child=serializers.CharField())
    triage = serializers.ChoiceField(choices=TRIAGES)
    specialization = serializers.CharField()


class DiseasesOutput(serializers.Serializer[Any]):
    """Every disease."""

    example = {
        "diseases": [{"disease": "Asthma", "also_called": [], "triage": "URGENT", "specialization": "Pulmonology"}],
        "total": 1,
        "knowledge_version": "2026.11.1",
    }

    diseases = DiseaseRow(many=True)
    total = serializers.IntegerField()
    knowledge_version = serializers.CharField()


class ModelOutput(serializers.Serializer[Any]):
    """What predicts."""

    example = {
        "model": "naive Bayes over a knowledge base",
        "diseases": 100,
        "symptoms": 400,
        "red_flags": 150,
        "is_external_configured": False,
        "knowledge_version": "2026.11.1",
        "disclaimer": str(DISCLAIMER),
    }

    model = serializers.CharField()
    diseases = serializers.IntegerField()
    symptoms = serializers.IntegerField()
    red_flags = serializers.IntegerField()
    is_external_configured = serializers.BooleanField()
    knowledge_version = serializers.CharField()
    disclaimer = serializers.CharField()
