"""Query parameters, validated: a bad value or an unknown name is 400, never silently ignored.

A filter set may name `synonyms`: what a parameter was called in the systems that CareLoop replaces.
"""

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError as Unusable
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from apps.core.http.pagination import PARAMETERS
from apps.core.http.problems import BadParameter

if TYPE_CHECKING:
    from rest_framework.views import APIView


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter's backend, which also refuses parameters that nothing would read."""

    def filter_queryset(  # type: ignore[override] # DRF hands over its own request
        self, request: Request, queryset: QuerySet[Any], view: "APIView"
    ) -> QuerySet[Any]:
        """Return the filtered rows; raises BadParameter naming each parameter that cannot be used."""
        self._refuse_unknown(request, view)
        try:
            filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        except ValidationError as failure:
            raise BadParameter(failure.detail) from failure
        return filtered

    def get_filterset_kwargs(  # type: ignore[override] # DRF hands over its own request
        self, request: Request, queryset: QuerySet[Any], view: "APIView"
    ) -> Any:
        """Return what the filter set is made from, parameters under our names."""
        kwargs = super().get_filterset_kwargs(request, queryset, view)
        synonyms = _synonyms(self.get_filterset_class(view, None))
        renamed = {theirs: ours for theirs, ours in synonyms.items() if theirs in request.query_params}
        if renamed:
            kwargs["data"] = request.query_params.copy()
            for theirs, ours in renamed.items():
                kwargs["data"].setlistdefault(ours, request.query_params.getlist(theirs))
        return kwargs

    def get_filterset(  # type: ignore[override] # DRF hands over its own request
        self, request: Request, queryset: QuerySet[Any], view: "APIView"
    ) -> Any:
        """Return the view's filters, as far as they are asked for."""
        whole = self.get_filterset_class(view, queryset)
        if whole is None:
            return None
        given = self.get_filterset_kwargs(request, queryset, view)
        return _asked(whole, frozenset(given["data"]).intersection(whole.base_filters))(**given)

    def _refuse_unknown(self, request: Request, view: "APIView") -> None:
        filterset = self.get_filterset_class(view, None)
        known = {*PARAMETERS, *(filterset.base_filters if filterset else ()), *_synonyms(filterset)}
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            raise BadParameter({name: _("There is no such parameter here.") for name in unknown})


@lru_cache(maxsize=1_000)
def _asked(whole: Any, names: frozenset[str]) -> Any:
    """Return the filter set with these filters, and those that must be given: each is copied for every request."""
    asked: Any = type(whole.__name__, (whole,), {})
    asked.base_filters = {n: each for n, each in whole.base_filters.items() if n in names or each.extra["required"]}
    return asked


def _synonyms(filterset: Any) -> dict[str, str]:
    return dict(getattr(filterset, "synonyms", {}))


class MomentField(IsoDateTimeField):
    """A moment with its offset."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment, None when nothing was asked; refuses a wall-clock time without a zone."""
        moment: datetime | None = super().to_python(value)
        given = parse_datetime(str(value).strip()) if moment else None
        if moment and (given is None or given.tzinfo is None):
            raise Unusable(_("Give the offset too, such as 2026-11-23T09:00:00-05:00."), code="no_offset")
        return moment


class MomentFilter(django_filters.IsoDateTimeFilter):
    """A moment: RFC 3339 with an offset."""

    field_class = MomentField


class TrueOrFalseField(forms.NullBooleanField):
    """`true` or `false`. Django's own field takes everything else for "not asked", in silence."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        """Return the answer, None when nothing was asked; refuses the rest."""
        if value in self.empty_values:
            return None
        known = {"true": True, "false": False}
        if str(value).lower() not in known:
            raise Unusable(_("Say true or false."), code="invalid")
        return known[str(value).lower()]


class TrueOrFalseFilter(django_filters.BooleanFilter):
    """A yes-or-no question."""

    field_class = TrueOrFalseField


class UpperChoiceFilter(django_filters.ChoiceFilter):
    """A choice given in any case: values are UPPER_CASE, callers are not held to it."""

    def __init__(self, *, choices: Any, **kwargs: Any) -> None:
        known = {value.lower(): value for value, _label in choices}
        super().__init__(choices=choices, **kwargs)
        self.field_class = type("UpperChoiceField", (self.field_class,), {"known": known, "to_python": _to_upper})


def _to_upper(field: Any, value: Any) -> Any:
    return field.known.get(str(value).lower(), value) if value else value
