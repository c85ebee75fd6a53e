"""The notifications app: the inbox, the ledger of deliveries, the channels out."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Notifications know logins and addresses; what they speak of is known by the floors above."""

    name = "apps.notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        """Listen to accounts, register what they tell people, and what the people on call are told."""
        from apps.notifications import listeners, messages, probes

        listeners.register()
        messages.register()
        probes.register()
