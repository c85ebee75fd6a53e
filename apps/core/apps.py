"""The core app: what every floor stands on, explained without naming a patient."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registers the house's own system checks and the health probes of the bare service."""

    name = "apps.core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Import the modules that register themselves by being imported."""
        from apps.core import checks, probes  # noqa: F401
        from apps.core.http import schema  # noqa: F401
