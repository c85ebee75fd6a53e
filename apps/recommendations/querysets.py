"""How what was asked is asked for: by whoever asked it, and by nobody else."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Avg, Count, Q

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.recommendations.models import ChatMessage, Recommendation


class RecommendationQuerySet(models.QuerySet["Recommendation"]):
    """What was asked about medicines."""

    def visible_to(self, user: "User") -> "RecommendationQuerySet":
        """Return what this login asked, also about a patient whom it treats no more."""
        return self.filter(requested_by=user)

    def statistics(self, *, since: datetime) -> dict[str, float | None]:
        """Return how much is asked and how fast it is answered: of all, without a word of what was asked."""
        return self.aggregate(
            total=Count("pk"),
            recent=Count("pk", filter=Q(created_at__gte=since)),
            people=Count("requested_by", distinct=True),
            cached=Count("pk", filter=Q(cached=True)),
            critical=Count("pk", filter=Q(is_critical=True)),
            average_response_time_ms=Avg("response_time_ms"),
        )


class ChatMessageQuerySet(models.QuerySet["ChatMessage"]):
    """Questions and their answers."""

    def visible_to(self, user: "User") -> "ChatMessageQuerySet":
        """Return this login's own."""
        return self.filter(user=user)
