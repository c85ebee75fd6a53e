"""Plans and doses, for administrators: states and times, never what is taken."""

from django.contrib import admin

from apps.core.admin import ReadOnlyAdmin
from apps.reminders.models import ActionPlan, Dose, PlanDraft


@admin.register(ActionPlan)
class ActionPlanAdmin(ReadOnlyAdmin):
    """Plans, without their text."""

    list_display = ("created_at", "state", "promised_doses", "added_doses", "activated_at", "ended_at")
    list_filter = ("state",)
    fields = ("state", "generation", "promised_doses", "added_doses", "time_zone", "activated_at", "ended_at")


@admin.register(Dose)
class DoseAdmin(ReadOnlyAdmin):
    """Doses, without what they are of."""

    list_display = ("due_at", "state", "number", "reminders_sent", "next_reminder_at", "answered_at")
    list_filter = ("state",)
    fields = ("number", "state", "due_at", "misses_at", "next_reminder_at", "reminders_sent", "answered_at")


@admin.register(PlanDraft)
class PlanDraftAdmin(ReadOnlyAdmin):
    """The work of drafting."""

    list_display = ("created_at", "state", "attempts", "next_attempt_at", "last_failure")
    list_filter = ("state",)
    fields = ("state", "attempts", "next_attempt_at", "last_failure")
