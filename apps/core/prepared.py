"""Questions that are composed once and asked with other values each time.

For what every request asks, composing the SQL costs several times what PostgreSQL needs to answer it, and so does
planning it: the statement is kept by Django's words here, and by its plan at the server.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.utils import CursorDebugWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.utils import timezone
from psycopg.sql import Literal

Row = TypeVar("Row", bound=Model)
_NOBODY: Mapping[UUID, str] = MappingProxyType({})


class NotKeepable(Exception):
    """The statement holds an id or a moment of which nobody knows whether it is meant for every asking."""


class Given(Expression):
    """A value that is given only when the question is asked."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override] # itself
        """Return a placeholder with its type; its argument is this very object, to be replaced."""
        return f"%s::{self.output_field.db_type(connection)}", [self]


class Statement(NamedTuple):
    """SQL with PostgreSQL's own placeholders, and the names of what is given in their places."""

    sql: str
    names: tuple[str, ...]


class PreparedQuestion:
    """A `values_list()` queryset, composed when it is first asked.

    Given are its `Given` values. What scoping takes from a row or from the clock cannot be one: there an id of
    `stand_ins` stands for the value of that name, and each moment that was read while composing for `now`, or, as a
    date, for `today`. Any other id or moment would be kept for whoever asks next: it raises NotKeepable.
    """

    def __init__(self, compose: Callable[[], QuerySet[Any, Any]], *, stand_ins: Mapping[UUID, str] = _NOBODY) -> None:
        self._compose = compose
        self._stand_ins = stand_ins

    def first(self, **given: Any) -> tuple[Any, ...] | None:
        """Return the first row for these values, as the driver reads it."""
        return next(iter(self.all(**given)), None)

    def all(self, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows for these values, as the driver reads them."""
        kept = self.statement
        arguments = [given[name] for name in kept.names]
        # Django's own cursors put values into the text, which can be prepared at no server.
        with connection.cursor() as checked, psycopg.RawCursor(checked.connection) as cursor:
            connection.validate_no_broken_transaction()
            with _noted(checked, kept.sql), connection.wrap_database_errors:
                return cursor.execute(kept.sql, arguments, prepare=True).fetchall()

    @cached_property
    def statement(self) -> Statement:
        """Return what is asked; raises NotKeepable."""
        began = timezone.now()
        sql, arguments = self._compose().query.sql_with_params()
        called = [self._called(argument, began) for argument in arguments]
        names = tuple(dict.fromkeys(filter(None, called)))
        return Statement(_numbered(sql, zip(arguments, called, strict=True), names), names)

    def _called(self, argument: Any, began: datetime) -> str | None:
        """Return the name of what is given in the place of this argument; None for what never changes."""
        name = None
        if isinstance(argument, Given):
            name = argument.name
        elif isinstance(argument, UUID):
            name = self._stand_ins.get(argument)
        elif isinstance(argument, datetime):
            name = "now" if began <= argument <= timezone.now() else None
        elif isinstance(argument, date):
            name = "today" if began.date() <= argument <= timezone.now().date() else None
        if name is None and isinstance(argument, UUID | date):
            raise NotKeepable(argument)
        return name


def columns_of(model: type[Model]) -> list[str]:
    """Return what a question asks whose rows are to be read by `row_of`."""
    return [field.attname for field in model._meta.concrete_fields]


def row_of(model: type[Row], values: Sequence[Any]) -> Row:
    """Return the row of a model whose columns, as `columns_of` names them, the driver read."""
    read = [
        field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
        for field, value in zip(model._meta.concrete_fields, values, strict=True)
    ]
    return model.from_db(DEFAULT_DB_ALIAS, columns_of(model), read)


def _numbered(sql: str, arguments: Iterable[tuple[Any, str | None]], names: Sequence[str]) -> str:
    """Return the SQL with PostgreSQL's placeholders for what is given, and with the rest written out.

    Written out, because a plan for all values uses a partial index only where its condition stands in the text.
    """
    rest = iter(arguments)

    def place(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value, name = next(rest)
        return Literal(value).as_string() if name is None else f"${names.index(name) + 1}"

    return re.sub(r"%[s%]", place, sql)


def _noted(cursor: Any, sql: str) -> AbstractContextManager[None]:
    """Note the statement where Django notes its own: the queries of a test are counted there."""
    return cursor.debug_sql(sql) if isinstance(cursor, CursorDebugWrapper) else nullcontext()
