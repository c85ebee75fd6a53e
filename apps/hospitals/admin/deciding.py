"""Deciding: on many rows at once with one reason, or on one row on its own page, which sends the same action."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib.admin import helpers
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.forms import ActionForm

from apps.core.admin import HouseAdmin, ReadOnlyAdmin, act_on_each

MOST_SHOWN = 50  # Of the chosen rows, by name; a page of a thousand names tells nobody anything.


class DecisionForm(ActionForm):  # type: ignore[misc]
    """The list of actions, and when the page was made: a decision is about what the administrator saw there."""

    seen_at = forms.CharField(
        label="", required=False, initial=lambda: timezone.now().isoformat(), widget=forms.HiddenInput
    )


def seen_at(request: HttpRequest) -> datetime | None:
    """Return when the page was made from which an action was sent."""
    with suppress(ValueError):
        return parse_datetime(request.POST.get("seen_at", ""))
    return None


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


def with_reason(
    page: HouseAdmin,
    request: HttpRequest,
    rows: QuerySet[Any],
    act: Callable[[Any, str], object],
    *,
    title: str | Promise,
) -> HttpResponse | None:
    """Ask for the reason first; once it is given, act on each chosen row. The people concerned are told it."""
    form = ReasonForm(request.POST if "apply" in request.POST else None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        act_on_each(page, request, rows, lambda row: act(row, reason), done=str(title))
        return None
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "form": form,
        "rows": rows[:MOST_SHOWN],
        "chosen": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "checkbox": helpers.ACTION_CHECKBOX_NAME,
        "action": request.POST["action"],
        "seen_at": request.POST.get("seen_at", ""),
        "opts": page.model._meta,
    }
    return TemplateResponse(request, "hospitals/reason.html", context)


class DecidedOnItsPage(ReadOnlyAdmin):
    """A page of something that waits for a decision: its own actions, as buttons above the row."""

    change_form_outer_before_template = "hospitals/decide.html"

    def decisions(self, row: Any) -> tuple[str, ...]:
        """Return the names of the actions that a row as it stands may be decided by."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the row, and what may be decided about it."""
        row, actions = self.get_object(request, object_id), self.get_actions(request)
        open_ones = [name for name in self.decisions(row) if name in actions] if row else []
        context = {
            "decisions": [(name, actions[name][2]) for name in open_ones],
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
            "seen_at": timezone.now().isoformat(),
        }
        shown = super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        return cast(HttpResponse, shown)
