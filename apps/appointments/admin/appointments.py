"""Appointments, for administrators."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.appointments.services.lifecycle import cancel_appointment
from apps.core.admin import ReadOnlyAdmin, act_on_each


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    """Appointments; the reason is the patient's and is not shown."""

    list_display = ("starts_at", "patient", "doctor", "hospital", "status_label", "local_date")
    list_filter = ("status", "hospital")
    list_select_related = ("patient", "doctor__user", "hospital")
    search_fields = ("patient__first_name", "patient__last_name", "doctor__user__last_name")
    date_hierarchy = "local_date"
    exclude = ("reason", "cancelled_reason")
    actions = ("cancel",)

    @display(  # type: ignore[untyped-decorator]
        description=_("Status"),
        ordering="status",
        label={"CONFIRMED": "info", "CHECKED_IN": "info", "COMPLETED": "success", "CANCELLED": "warning"},
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
