"""The appointments app: schedules, free slots, booking."""

from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    """Booking gives the right to treat, so appointments stand above patients."""

    name = "apps.appointments"
    verbose_name = "Appointments"

    def ready(self) -> None:
        """Register what appointments tell people."""
        from apps.appointments import messages

        messages.register()
