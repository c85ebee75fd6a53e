"""Keyset pages: opaque signed cursors, stable order, no OFFSET, and no COUNT unless asked for."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.http.problems import BadParameter

if TYPE_CHECKING:
    from rest_framework.views import APIView

SMALLEST, LARGEST = 1, 100
SALT = "careloop.cursor"
EXAMPLE_LINK = "https://careloop.example/api/v1/appointments/?cursor=WyItc3RhcnRzX2F0Il0"
PARAMETERS = ("cursor", "page_size", "with_count")


class KeysetPagination(BasePagination):
    """Pages by the values of the last row seen: page 2,000 costs what page 1 costs.

    The order is the queryset's own, made total by the primary key. `next` and `previous` are addresses.
    """

    page_size = 20

    def paginate_queryset(  # type: ignore[override] # keyset pages are of querysets only
        self, queryset: QuerySet[Any], request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        """Return one page; raises BadParameter for a bad cursor, size or flag."""
        self.request = request
        size = _page_size(request, view)
        self.count = queryset.count() if _flag(request, "with_count") else None
        order = order_of(queryset)
        position, backwards = self._position(request, order)
        rows = _rows(queryset, order, position, backwards=backwards, limit=size + 1)
        page, has_more = rows[:size], len(rows) > size
        if backwards:
            page.reverse()
        self.next_cursor = self._cursor(page[-1], order, backwards=False) if page and (backwards or has_more) else None
        came_from_somewhere = has_more if backwards else position is not None
        self.previous_cursor = self._cursor(page[0], order, backwards=True) if page and came_from_somewhere else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """Return the envelope of every list."""
        body = {"next": self._link(self.next_cursor), "previous": self._link(self.previous_cursor), "results": data}
        return Response(body if self.count is None else {**body, "count": self.count})

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the OpenAPI schema of the envelope."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": "Address of the next page.", "example": EXAMPLE_LINK},
                "previous": {**link, "description": "Address of the previous page.", "example": None},
                "results": schema,
                "count": {"type": "integer", "description": "Only with `with_count=true`.", "example": 57},
            },
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        """Return the query parameters every list takes."""
        return [
            _parameter("cursor", {"type": "string"}, "Opaque place in the list, from `next` or `previous`."),
            _parameter(
                "page_size",
                {"type": "integer", "minimum": SMALLEST, "maximum": LARGEST, "default": self.page_size},
                "Rows a page.",
            ),
            _parameter("with_count", {"type": "boolean", "default": False}, "Count all rows too (costs a scan)."),
        ]

    def _position(self, request: Request, order: Sequence[str]) -> tuple[list[Any] | None, bool]:
        raw = request.query_params.get("cursor")
        if raw is None:
            return None, False
        try:
            names, values, backwards = signing.loads(raw, salt=f"{SALT}:{request.path}")
        except (signing.BadSignature, ValueError, TypeError) as failure:
            raise BadParameter({"cursor": _("This cursor was not made for this list.")}) from failure
        if names != list(order):
            raise BadParameter({"cursor": _("This cursor belongs to another order of the list.")})
        return values, backwards

    def _cursor(self, row: Any, order: Sequence[str], *, backwards: bool) -> str:
        """Return the place of a row, signed for this list: another one of the same order refuses it."""
        values = [_plain(_value(row, name.lstrip("-"))) for name in order]
        return signing.dumps([list(order), values, backwards], salt=f"{SALT}:{self.request.path}", compress=True)

    def _link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        parameters = {**self.request.query_params.dict(), "cursor": cursor}
        return self.request.build_absolute_uri(self.request.path) + "?" + urlencode(parameters)


def _parameter(name: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _page_size(request: Request, view: "APIView | None") -> int:
    synonyms = getattr(getattr(view, "filterset_class", None), "synonyms", {})  # See core.http.filters.
    theirs = (name for name, ours in synonyms.items() if ours == "page_size" and name in request.query_params)
    name = next(theirs, "page_size")
    raw = request.query_params.get(name, str(KeysetPagination.page_size))
    if not (raw.isascii() and raw.isdigit() and len(raw) < 4 and SMALLEST <= int(raw) <= LARGEST):
        raise BadParameter({name: _("Give a whole number from 1 to 100.")})
    return int(raw)


def _flag(request: Request, name: str) -> bool:
    raw = request.query_params.get(name, "false").lower()
    if raw not in {"true", "false"}:
        raise BadParameter({name: _("Give true or false.")})
    return raw == "true"


def order_of(queryset: QuerySet[Any]) -> list[str]:
    """Return the order that a list is paged in: the queryset's own, made total by the primary key."""
    names = [str(name) for name in queryset.query.order_by or queryset.model._meta.ordering or ()]
    if not any(name.lstrip("-") in {"pk", "id"} for name in names):
        names.append("-id" if names and names[-1].startswith("-") else "id")
    return names


def _rows(
    queryset: QuerySet[Any], order: Sequence[str], position: list[Any] | None, *, backwards: bool, limit: int
) -> list[Any]:
    if backwards:
        order = [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in order]
    if position is not None:
        queryset = queryset.filter(_beyond(order, position))
    return list(queryset.order_by(*order)[:limit])


def _beyond(order: Sequence[str], position: Sequence[Any]) -> Q:
    """Return "after this position": the first column bounds the index scan, the rest breaks ties."""
    (name, *rest), (value, *others) = order, position
    field, comparison = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
    further = Q(**{f"{field}__{comparison}": value})
    if not rest:
        return further
    return Q(**{f"{field}__{comparison}e": value}) & (further | _beyond(rest, others))


def _value(row: Model | Mapping[str, Any], name: str) -> Any:
    if isinstance(row, Mapping):
        return row[name]
    for step in name.split("__"):
        row = getattr(row, step)
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value
