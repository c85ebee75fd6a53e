"""The patients app: the people cared for, who manages them, who treats them, and what is known of them."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Patients belong to no hospital."""

    name = "apps.patients"
    verbose_name = "Patients"

    def ready(self) -> None:
        """Register the topics and listen to accounts."""
        from apps.patients import listeners, messages

        messages.register()
        listeners.register()
