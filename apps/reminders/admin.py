"""Plans and doses, for administrators: states and times, never what is taken."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.core.admin import LookedAtInline, ReadOnlyAdmin
from apps.reminders.models import ActionPlan, ChecklistItem, Dose, PlanDraft

BY_ID = _("An id, written out")


class DoseInline(LookedAtInline):
    """The history of a plan, dose by dose, a page at a time."""

    model = Dose
    fields = readonly_fields = (
        *("number", "due_at", "postponed_from", "misses_at", "state", "told_at", "reminders_sent"),
        *("next_reminder_at", "taken_at", "answered_at", "answered_by"),
    )
    ordering = ("number",)


@admin.register(ActionPlan)
class ActionPlanAdmin(ReadOnlyAdmin):
    """Plans, without their text. What became of one, and by whom, stands in the audit log under its id."""

    list_display = ("created_at", "state", "promised_doses", "added_doses", "time_zone", "activated_at", "ended_at")
    list_filter = ("state", "is_time_critical")
    search_fields = ("id__exact", "patient_id__exact")
    search_help_text = BY_ID
    fields = (
        *("id", "state", "generation", "time_zone", "first_day", "duration_days", "total_doses"),
        *("promised_doses", "added_doses", "nag_minutes", "escalate_after", "is_time_critical", "changes"),
        *("created_at", "activated_at", "ends_at", "ended_at"),
    )
    inlines = (DoseInline,)


@admin.register(Dose)
class DoseAdmin(ReadOnlyAdmin):
    """Doses, without what they are of."""

    list_display = ("due_at", "state", "number", "reminders_sent", "told_at", "next_reminder_at", "answered_at")
    list_filter = ("state",)
    search_fields = ("id__exact", "plan_id__exact")
    search_help_text = BY_ID
    fields = (
        *("id", "number", "state", "due_at", "postponed_from", "local_date", "misses_at", "told_at"),
        *("next_reminder_at", "reminders_sent", "makes_up_for", "taken_at", "answered_at", "answered_by"),
    )


@admin.register(ChecklistItem)
class ChecklistItemAdmin(ReadOnlyAdmin):
    """One-time tasks, without their words."""

    list_display = ("created_at", "done_at")
    fields = ("id", "generation", "created_at", "done_at")


@admin.register(PlanDraft)
class PlanDraftAdmin(ReadOnlyAdmin):
    """The work of drafting."""

    list_display = ("created_at", "state", "attempts", "next_attempt_at", "last_failure")
    list_filter = ("state",)
    fields = ("state", "attempts", "next_attempt_at", "last_failure")
