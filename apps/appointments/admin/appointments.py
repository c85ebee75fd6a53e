"""Appointments, for administrators."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from apps.accounts.models import User
from apps.appointments.models import Appointment, Rating
from apps.appointments.services.lifecycle import cancel_appointment
from apps.core.admin import ReadOnlyAdmin, act_on_each
from apps.core.zones import zone


class DayFilter(admin.SimpleListFilter):
    """Yesterday, today, tomorrow, or the week to come, on the doctors' calendars."""

    title = _("day")
    parameter_name = "day"
    DAYS = {"yesterday": (-1, -1), "today": (0, 0), "tomorrow": (1, 1), "week": (0, 6)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [
            ("yesterday", _("Yesterday")),
            ("today", _("Today")),
            ("tomorrow", _("Tomorrow")),
            ("week", _("Today and six days on")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the appointments of the chosen day."""
        chosen = self.DAYS.get(str(self.value()))
        if chosen is None:
            return queryset
        today = timezone.localdate()
        first, last = (today + timedelta(days=days) for days in chosen)
        return queryset.filter(local_date__range=(first, last)).order_by("starts_at", "pk")


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    """Appointments day by day; what was written about them is between patient and hospital, and not shown."""

    list_display = ("begins", "patient", "doctor", "hospital", "status_label", "remark")
    list_filter = (
        DayFilter,
        "status",
        "is_overbooked",
        ("hospital", AutocompleteSelectFilter),
        ("doctor", AutocompleteSelectFilter),
    )
    list_select_related = ("patient", "doctor__user", "doctor__hospital", "hospital")
    search_fields = ("patient__first_name", "patient__last_name", "doctor__user__last_name")
    date_hierarchy = "local_date"
    actions = ("cancel",)
    exports = ("starts_at", "local_date", "status", "doctor", "hospital", "is_overbooked")  # Whose it is stays here.

    @display(description=_("Begins"), ordering="starts_at")  # type: ignore[untyped-decorator]
    def begins(self, appointment: Appointment) -> str:
        """Return when it begins by the clock of the place where it is."""
        return date_format(appointment.starts_at.astimezone(zone(appointment.zone_name)), "DATETIME_FORMAT")

    @display(description=_("Remark"))  # type: ignore[untyped-decorator]
    def remark(self, appointment: Appointment) -> str:
        """Return what is unusual about it."""
        return str(_("Overbooked")) if appointment.is_overbooked else ""

    @display(  # type: ignore[untyped-decorator]
        description=_("Status"),
        ordering="status",
        label={
            "CONFIRMED": "info",
            "CHECKED_IN": "info",
            "COMPLETED": "success",
            "CANCELLED": "warning",
            "NO_SHOW": "danger",
        },
    )
    def status_label(self, appointment: Appointment) -> str:
        """Return the status, coloured."""
        return appointment.status

    @admin.action(description=_("Cancel"))
    def cancel(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Cancel the chosen appointments and tell their patients."""
        actor = cast(User, request.user)
        act_on_each(
            self,
            request,
            queryset,
            lambda row: cancel_appointment(actor=actor, appointment_id=row.pk, reason="", now=timezone.now()),
            done=str(_("Cancelled")),
        )


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    """Ratings of doctors."""

    list_display = ("created_at", "doctor", "stars", "review")
    list_filter = ("stars", ("doctor", AutocompleteSelectFilter))
    list_select_related = ("doctor__user",)
    exclude = ("patient", "author")
