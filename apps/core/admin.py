"""The base of every admin page, and the plumbing's own pages: looked at, never edited."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from apps.core.confidential import confidential_columns, reaches_confidential
from apps.core.errors import DomainError
from apps.core.models import AuditEvent, OutboxEvent


class HouseAdmin(ModelAdmin):  # type: ignore[misc]
    """Changes go through services: what a page lets a person edit is only what no rule speaks of."""

    list_per_page = 50
    show_full_result_count = False  # A COUNT over millions of rows helps nobody.
    list_filter_submit = True

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave out what is confidential, whatever else a page leaves out."""
        return (*(super().get_exclude(request, obj) or ()), *sorted(confidential_columns(self.model)))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Refuse to filter by what is confidential: it could be guessed letter by letter."""
        return not reaches_confidential(self.model, lookup) and super().lookup_allowed(lookup, value, request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: nothing is physically deleted here."""
        return False


class ServiceAdmin(HouseAdmin):
    """A page whose rows are written by services (`save_model` calls one): what a rule refuses is a message."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do as Django does; say why a rule of the house refused, and how many rows stand in the way."""
        try:
            return cast(HttpResponse, super().changeform_view(request, *args, **kwargs))
        except DomainError as refusal:
            count = refusal.extensions.get("affected_count")
            self.message_user(request, f"{refusal.detail} ({count})" if count else str(refusal.detail), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnlyAdmin(HouseAdmin):
    """A page to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: services make these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: services change these rows."""
        return False


def act_on_each(page: HouseAdmin, request: HttpRequest, rows: QuerySet[Any], act: Any, *, done: str) -> None:
    """Call a service for each chosen row, and tell which of them a rule refused and why."""
    count = 0
    for row in rows:
        try:
            act(row)
            count += 1
        except DomainError as refusal:
            page.message_user(request, f"{_name(row)}: {refusal.detail}", messages.WARNING)
    if count:
        page.message_user(request, f"{done}: {count}", messages.SUCCESS)


def _name(row: Model) -> str:
    return str(row)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what."""

    list_display = ("at", "action", "actor_id", "subject_type", "subject_id", "concerns_id", "address")
    search_fields = ("action__exact", "actor_id__exact", "subject_id__exact", "concerns_id__exact")
    search_help_text = _("An action, or the id of an actor, a subject or a patient, written out")


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    """What is on its way up."""

    list_display = ("created_at", "topic", "relayed_at", "attempts", "last_failure")
    list_filter = ("topic",)
