"""The appointments app: schedules, free slots, booking."""

from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    """Booking gives the right to treat, so appointments stand above patients."""

    name = "apps.appointments"
    verbose_name = "Appointments"

    def ready(self) -> None:
        """Register what appointments tell people, and let no change of zone orphan one."""
        from apps.appointments import messages
        from apps.appointments.services.calendars import changing_calendars
        from apps.hospitals.services.zones import settle_zones_with

        messages.register()
        settle_zones_with(changing_calendars)
