"""The core app: what every floor stands on, explained without naming a patient."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registers the house's own system checks and the health probes of the bare service."""

    name = "apps.core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Import the modules that register themselves."""
        from apps.core import checks, probes
        from apps.core.http import schema

        assert checks and probes and schema  # noqa: S101 - imported for their registrations
