"""The records app: the clinical record."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Records are written by treating doctors and read by whom the policy names."""

    name = "apps.records"
    verbose_name = "Clinical records"

    def ready(self) -> None:
        """Register what records tell people, and what they listen to."""
        from apps.records import listeners, messages

        messages.register()
        listeners.register()
