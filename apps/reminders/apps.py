"""The reminders app: action plans, doses, check-ins, adherence."""

from django.apps import AppConfig


class RemindersConfig(AppConfig):
    """Plans are drafted from notes, so reminders stand above records."""

    name = "apps.reminders"
    verbose_name = "Plans and reminders"

    def ready(self) -> None:
        """Listen to the floors below and register topics and probes."""
        from apps.reminders import listeners, messages, probes

        listeners.register()
        messages.register()
        probes.register()
