"""Questions that are composed once and asked with other values each time.

For what every request asks, composing the SQL costs several times what PostgreSQL needs to answer it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Expression, Field, QuerySet


class Given(Expression):
    """A value that is given only when the question is asked."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override] # itself
        """Return a placeholder with its type; its argument is this very object, to be replaced."""
        return f"%s::{self.output_field.db_type(connection)}", [self]


class PreparedQuestion:
    """A `values_list()` queryset with `Given` values, composed when it is first asked."""

    def __init__(self, compose: Callable[[], QuerySet[Any, Any]]) -> None:
        self._compose = compose

    @cached_property
    def _statement(self) -> tuple[str, tuple[Any, ...]]:
        return self._compose().query.sql_with_params()

    def first(self, **given: Any) -> tuple[Any, ...] | None:
        """Return the first row for these values, as the driver reads it."""
        return next(iter(self.all(**given)), None)

    def all(self, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows for these values, as the driver reads them."""
        sql, arguments = self._statement
        filled = [given[each.name] if isinstance(each, Given) else each for each in arguments]
        with connection.cursor() as cursor:
            cursor.execute(sql, filled)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
