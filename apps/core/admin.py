"""The base of every admin page, and the plumbing's own pages: looked at, never edited."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from apps.core import audit
from apps.core.confidential import confidential_columns, reaches_confidential
from apps.core.errors import DomainError
from apps.core.models import AuditEvent, OutboxEvent
from apps.core.spreadsheets import csv_lines

MOST_EXPORTED = 10_000  # Rows.


class HouseAdmin(ModelAdmin):  # type: ignore[misc]
    """Changes go through services: what a page lets a person edit is only what no rule speaks of."""

    list_per_page = 50
    show_full_result_count = False  # A COUNT over millions of rows helps nobody.
    list_filter_submit = True
    exports: tuple[str, ...] = ()  # What a file of chosen rows holds; without any there is no such file.

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the actions of the page, and the export where the page has one."""
        actions = cast(dict[str, Any], super().get_actions(request))
        if self.exports:
            actions["export"] = (export, "export", _("Export as a spreadsheet (CSV)"))
        return actions

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


class LookedAtInline(TabularInline):  # type: ignore[misc]
    """Rows of a parent, to look at and to go on from; a page at a time."""

    extra = 0
    per_page = 20
    show_change_link = True
    can_delete = False
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: services make these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: services change these rows."""
        return False


def in_words(name: str) -> str:
    """Return the name of an action or a topic as people read it."""
    return name.replace("_", " ").capitalize()


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


def export(page: HouseAdmin, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
    """Hand out the chosen rows as CSV; the look is in the audit log. More rows than a person reads are refused."""
    chosen = list(rows[: MOST_EXPORTED + 1])
    if len(chosen) > MOST_EXPORTED:
        page.message_user(request, _("Choose at most %d rows.") % MOST_EXPORTED, messages.ERROR)
        return None
    details = {"page": page.model._meta.label_lower, "rows": len(chosen)}
    audit.record("list_exported", actor_id=cast(UUID, request.user.pk), details=details)
    lines = csv_lines([page.exports, *([_cell(row, name) for name in page.exports] for row in chosen)])
    name = f"{page.model._meta.model_name}.csv"
    return HttpResponse(
        "".join(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


def _cell(row: Model, name: str) -> object:
    value = getattr(row, name)
    return value.isoformat() if isinstance(value, datetime) else value


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what; the ids, by which to search, stand on the page of each event."""

    list_display = ("at", "actor", "what", "subject", "subject_id", "address")
    search_fields = ("action__exact", "actor_id__exact", "subject_id__exact", "concerns_id__exact")
    search_help_text = _("An action, or the id of an actor, a subject or a patient, written out")
    exports = ("at", "action", "actor_id", "subject_type", "subject_id", "concerns_id", "address", "trace_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Bring along what the actors are called: an event keeps their id alone."""
        logins = get_user_model()._default_manager.filter(pk=OuterRef("actor_id"))
        rows: QuerySet[AuditEvent] = super().get_queryset(request)
        return rows.annotate(actor_name=Subquery(logins.values("username")[:1]))

    @display(description=_("Who"))  # type: ignore[untyped-decorator]
    def actor(self, event: Any) -> str:
        """Return what the login is called that acted; nobody where the house acted by itself."""
        return event.actor_name or ""

    @display(description=_("Did what"), ordering="action")  # type: ignore[untyped-decorator]
    def what(self, event: AuditEvent) -> str:
        """Return the action."""
        return in_words(event.action)

    @display(description=_("To what"), ordering="subject_type")  # type: ignore[untyped-decorator]
    def subject(self, event: AuditEvent) -> str:
        """Return what kind of thing it was done to."""
        try:
            return str(apps.get_model(event.subject_type)._meta.verbose_name)
        except (LookupError, ValueError):
            return event.subject_type


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    """What is on its way up."""

    list_display = ("created_at", "topic", "relayed_at", "attempts", "last_failure")
    list_filter = ("topic",)
