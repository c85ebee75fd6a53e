"""The overview app: what looks across the whole house."""

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    """Overview sees every floor and is seen by none."""

    name = "apps.overview"
    verbose_name = "Overview"
