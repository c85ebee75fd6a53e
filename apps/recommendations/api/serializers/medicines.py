"""What the doors of medicine safety answer."""

from typing import Any

from rest_framework import serializers

from apps.recommendations.doors import GapOutput, WarningOutput
from apps.recommendations.medicines import knowledge
from apps.recommendations.models import Recommendation
from apps.recommendations.services.asking import DISCLAIMER


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
        names = ("id", "knowledge_version", "response_time_ms", "cached", "created_at")
        columns = {name: getattr(instance, name) for name in names}
        columns |= {"patient": instance.patient_id, "disclaimer": str(DISCLAIMER)}
        return super().to_representation({**columns, **instance.content})


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


def version() -> str:
    """Return the version of the knowledge base that every answer carries."""
    return knowledge().version
