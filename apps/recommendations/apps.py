"""The recommendations app: facts in, advice out."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """Advice reads what is known and writes nothing clinical: only what was asked, and the answer."""

    name = "apps.recommendations"
    verbose_name = "Advice"

    def ready(self) -> None:
        """Make the sealed columns known to the rotation of keys."""
        from apps.core.sealing import register_sealed_column
        from apps.recommendations.models import ChatMessage, Recommendation

        for model in (Recommendation, ChatMessage):
            register_sealed_column(model, "content_sealed", lambda row: row.place)
