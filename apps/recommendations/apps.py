"""The recommendations app: facts in, advice out."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """Advice reads what is known and writes nothing clinical."""

    name = "apps.recommendations"
    verbose_name = "Advice"
