"""What was asked of advice and answered. The words are sealed under the master keys; the rest says only that it was."""

import json
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from apps.core import crypto, sealing
from apps.core.models import BaseModel
from apps.patients.models import Patient
from apps.recommendations.querysets import ChatMessageQuerySet, RecommendationQuerySet
from apps.recommendations.searching import weighted


class SealedAnswer(BaseModel):
    """A question and its answer as one sealed JSON value."""

    content_sealed = models.BinaryField()

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        """Return what the sealed words are bound to."""
        return f"{self._meta.label_lower}/{self.pk}"

    @property
    def content(self) -> dict[str, Any]:
        """Return the question and its answer; where they do not open, that they do not, in the same shape."""
        words = sealing.opened_if_possible(self, "content_sealed")
        return self.unopened() if words is None else dict(json.loads(words))

    def unopened(self) -> dict[str, Any]:
        """Return what is shown instead of words that do not open."""
        raise NotImplementedError

    def seal_content(self, content: dict[str, Any]) -> None:
        """Set the question and its answer, sealed for this row."""
        self.content_sealed = crypto.seal(json.dumps(content).encode(), place=self.place)


class Recommendation(SealedAnswer):
    """What was found about one medicine for one person, whether a patient here or somebody described."""

    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recommendations", db_index=False
    )
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="+")
    knowledge_version = models.CharField(max_length=40)
    is_critical = models.BooleanField(default=False)
    cached = models.BooleanField(default=False)
    response_time_ms = models.FloatField()

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["requested_by", "-id"], name="recommendations_of_login")]

    def unopened(self) -> dict[str, Any]:
        """Return no finding at all, and the medicine as not checked: what cannot be read is not called safe."""
        said = sealing.unreadable()
        gap = {"kind": "medicine", "subject": said, "reason": said}
        found: dict[str, Any] = {"medicine": None, "warnings": [], "not_checked": [gap], "alternatives": []}
        return {"medicine_name": said, "suggestion": said, **found}

    def __str__(self) -> str:
        return f"Recommendation {self.created_at:%Y-%m-%d %H:%M} UTC"


class ChatMessage(SealedAnswer):
    """One question and its answer. Its owner may delete it: it is a conversation, no part of a clinical record."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="chat_messages", db_index=False
    )
    knowledge_version = models.CharField(max_length=40)
    is_emergency = models.BooleanField(default=False)

    objects = ChatMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "-id"], name="chat_of_login")]

    def unopened(self) -> dict[str, Any]:
        """Return the house's sentence for the question and for its answer."""
        return {"question": sealing.unreadable(), "answer": sealing.unreadable(), "sources": []}

    def __str__(self) -> str:
        return f"Question {self.created_at:%Y-%m-%d %H:%M} UTC"


class KnowledgePassage(models.Model):
    """A text of the knowledge base, kept where the database can search it; written anew for each version."""

    knowledge_version = models.CharField(max_length=40)
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    also = models.TextField(blank=True)
    section = models.CharField(max_length=40)
    text = models.TextField()
    source = models.CharField(max_length=300)
    search = models.GeneratedField(
        expression=weighted("title", "text", "also", "section"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        indexes = [GinIndex(fields=["search"], name="knowledge_passages_by_words")]
        constraints = [
            models.UniqueConstraint(fields=["knowledge_version", "position"], name="one_passage_per_place"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.section}"
