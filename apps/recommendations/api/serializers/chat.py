"""What the doors of chat take and answer."""

from typing import Any

from rest_framework import serializers

from apps.recommendations.models import ChatMessage
from apps.recommendations.services.asking import DISCLAIMER

LONGEST_QUESTION = 1000


class SendMessageInput(serializers.Serializer[Any]):
    """A medical question."""

    example = {"question": "May I take ibuprofen while I am pregnant?"}

    question = serializers.CharField(min_length=1, max_length=LONGEST_QUESTION)


class SourceOutput(serializers.Serializer[Any]):
    """What an answer stands on."""

    source = serializers.CharField()  # type: ignore[assignment] # DRF's own `source`
    section = serializers.CharField()


class ChatMessageOutput(serializers.Serializer[Any]):
    """A question and its answer, with sources; danger first."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000901",
        "question": "May I take ibuprofen while I am pregnant?",
        "answer": "ibuprofen, pregnancy: avoid from week 20 on.",
        "sources": [{"source": "British National Formulary", "section": "ibuprofen, pregnancy"}],
        "emergency": False,
        "knowledge_version": "2026.11.1",
        "disclaimer": str(DISCLAIMER),
        "created_at": "2026-11-20T09:30:00Z",
    }

    id = serializers.UUIDField()
    question = serializers.CharField()
    answer = serializers.CharField()
    sources = SourceOutput(many=True)
    emergency = serializers.BooleanField(help_text="The question tells of danger: the answer begins with what to do.")
    knowledge_version = serializers.CharField()
    disclaimer = serializers.CharField()
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: ChatMessage) -> Any:
        """Return the row with its words opened."""
        columns = {name: getattr(instance, name) for name in ("id", "knowledge_version", "created_at")}
        said = {**columns, **instance.content, "emergency": instance.is_emergency, "disclaimer": str(DISCLAIMER)}
        return super().to_representation(said)


class ChatHealthOutput(serializers.Serializer[Any]):
    """Whether chat answers, and with what."""

    example = {"status": "ok", "language_model": "NONE", "knowledge_version": "2026.11.1"}

    status = serializers.CharField()
    language_model = serializers.ChoiceField(
        choices=["NONE", "READY", "RESTING"], help_text="RESTING: it failed lately; answers are extracts meanwhile."
    )
    knowledge_version = serializers.CharField()
