"""Doors that write rows by hand from flat columns: found by an index first, then read by their ids.

Finding is the caller's own question, small enough to be planned anew for its values. Reading is the same question for
everybody, planned once however many tables the columns come from. Both together cost a fraction of models that a
serializer walks through. The Output serializer stays the schema, and a test compares rows with it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, F, Func, Model, QuerySet, UUIDField
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import NotFound
from apps.core.http.pagination import order_of
from apps.core.http.views import ListMixin, RetrieveMixin, ScopedViewSet
from apps.core.prepared import Given, PreparedQuestion


class FlatRows:
    """What flat doors read: `columns`, and `row` to show them."""

    columns: tuple[str, ...]  # As the driver reads them: no field converts them.

    def row(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return one row, read as `columns`, as it is shown."""
        raise NotImplementedError

    def rows(self, ids: Sequence[UUID]) -> list[dict[str, Any]]:
        """Return the rows of these ids in their order, as they are shown; one that is gone by now is left out."""
        if not ids:
            return []
        model: type[Model] = cast(ScopedViewSet, self).queryset.model
        read = {pk: values for pk, *values in _by_ids(model, self.columns).all(ids=list(ids))}
        return [self.row(dict(zip(self.columns, read[pk], strict=True))) for pk in ids if pk in read]


class FlatListMixin(FlatRows, ListMixin):
    """GET on a collection that shows flat rows."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer a page."""
        view = cast(ScopedViewSet, self)
        found = view.filter_queryset(view.get_queryset())
        page = view.paginate_queryset(found.values("pk", *(name.lstrip("-") for name in order_of(found))))
        return view.get_paginated_response(self.rows([place["pk"] for place in page or ()]))


class FlatRetrieveMixin(FlatRows, RetrieveMixin):
    """GET on one resource that is shown as a flat row."""

    def representation(self) -> Any:
        """Return the row that this route names; raises NotFound for one that the caller may not see."""
        view = cast(ScopedViewSet, self)
        found = view.filter_queryset(view.get_queryset()).filter(pk=view.kwargs["pk"]).order_by()
        for row in self.rows([*found.values_list("pk", flat=True)[:1]]):
            return row
        raise NotFound


@cache
def _by_ids(model: type[Model], columns: tuple[str, ...]) -> PreparedQuestion:
    def compose() -> QuerySet[Any, Any]:
        # `= ANY`, not `IN`: one argument however many ids.
        ids = Given("ids", ArrayField(UUIDField()))
        is_among = Func(F("pk"), ids, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField())
        return model._base_manager.filter(is_among).order_by().values_list("pk", *columns)

    return PreparedQuestion(compose)
