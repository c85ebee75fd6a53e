"""Schedules and absences, for administrators: pages that write through the services, as every door does."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.models import Absence, ScheduleRule
from apps.appointments.services.absences import add_absence, change_absence, remove_absence
from apps.appointments.services.schedules import WRITABLE, add_rule, change_rule, remove_rule
from apps.core.admin import LookedAtInline, ServiceAdmin, act_on_each
from apps.hospitals.admin.doctors import DOCTOR_SEARCH_HELP, show_on_doctor_page
from apps.hospitals.choices import Affected
from apps.hospitals.models import Doctor


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg] # of either model
    """A row of a calendar, and what becomes of appointments that the change would break."""

    affected = forms.ChoiceField(
        label=_("Appointments that no longer fit"), choices=Affected.choices, initial=Affected.REFUSE
    )


class ScheduleInline(LookedAtInline):
    """The week of a doctor, on the doctor's page."""

    model = ScheduleRule
    fields = ("weekday", "from_time", "to_time", "kind", "slot_minutes", "capacity", "is_active")
    verbose_name_plural = _("Weekly schedule")


show_on_doctor_page(ScheduleInline)


class CalendarAdmin(ServiceAdmin):
    """What the pages of rules and absences share: a doctor's, found by the doctor; the doctor of a row stays."""

    form = CalendarForm
    list_select_related = ("doctor__user", "doctor__hospital")
    search_fields = ("doctor__license_number",)  # What is typed goes to the indexed search: get_search_results.
    search_help_text = DOCTOR_SEARCH_HELP
    autocomplete_fields = ("doctor",)
    actions = ("remove",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the doctor of a row that is there."""
        return ("doctor",) if obj else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the calendars of the doctors that the words mean."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(doctor__in=Doctor.objects.search(search_term).values("pk")), False


@admin.register(ScheduleRule)
class ScheduleRuleAdmin(CalendarAdmin):
    """Weekly schedules."""

    list_display = ("doctor", "weekday", "from_time", "to_time", "kind", "slot_minutes", "capacity", "is_active")
    list_filter = ("weekday", "kind", "is_active")

    def save_model(self, request: HttpRequest, obj: ScheduleRule, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Add or change the rule through its service."""
        given = form.cleaned_data
        facts = {name: given[name] for name in WRITABLE if name in given}
        shared: dict[str, Any] = {
            "actor": cast(User, request.user),
            "affected": given["affected"],
            "now": timezone.now(),
        }
        if change:
            change_rule(rule_id=obj.pk, changes=facts, **shared)
        else:
            obj.pk = add_rule(doctor_id=given["doctor"].pk, rule=facts, **shared).pk

    @admin.action(description=_("Remove, unless appointments stand there"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Remove the chosen rules."""
        actor = cast(User, request.user)
        act_on_each(
            self,
            request,
            queryset,
            lambda rule: remove_rule(actor=actor, rule_id=rule.pk, affected=Affected.REFUSE, now=timezone.now()),
            done=str(_("Removed")),
        )


@admin.register(Absence)
class AbsenceAdmin(CalendarAdmin):
    """Times in which doctors are away."""

    list_display = ("doctor", "starts_at", "ends_at", "reason")
    date_hierarchy = "starts_at"

    def save_model(self, request: HttpRequest, obj: Absence, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Add or change the absence through its service."""
        given = form.cleaned_data
        shared: dict[str, Any] = {
            "actor": cast(User, request.user),
            "starts": given["starts_at"],
            "ends": given["ends_at"],
            "reason": given["reason"],
            "affected": given["affected"],
            "now": timezone.now(),
        }
        if change:
            change_absence(absence_id=obj.pk, **shared)
        else:
            obj.pk = add_absence(doctor_id=given["doctor"].pk, **shared).pk

    @admin.action(description=_("Take back"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Take the chosen absences back."""
        actor = cast(User, request.user)
        act_on_each(
            self,
            request,
            queryset,
            lambda absence: remove_absence(actor=actor, absence_id=absence.pk, now=timezone.now()),
            done=str(_("Removed")),
        )
