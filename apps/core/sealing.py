"""Which columns are sealed under the master keys: registered by their apps, opened, re-sealed when a key is rotated."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from apps.core import crypto

logger = logging.getLogger(__name__)

BATCH = 500


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds sealed bytes, and the place that a row's bytes are bound to."""

    model: type[models.Model]
    column: str
    place: Callable[[Any], str]

    @property
    def name(self) -> str:
        """Return the column's name as a person knows it."""
        return _name(self.model, self.column)


def _name(model: type[models.Model] | models.Model, column: str) -> str:
    return f"{model._meta.label_lower}.{column}"


_columns: dict[str, SealedColumn] = {}


def register_sealed_column(model: type[models.Model], column: str, place: Callable[[Any], str]) -> None:
    """Make a sealed column known to the rotation; its app does this in `AppConfig.ready()`."""
    registered = SealedColumn(model, column, place)
    _columns[registered.name] = registered


def opened(row: models.Model, column: str) -> bytes:
    """Return what a registered column of the row holds, in clear; raises CannotOpen."""
    place = _columns[_name(row, column)].place(row)
    return crypto.unseal(getattr(row, column), place=place)


def opened_if_possible(row: models.Model, column: str) -> bytes | None:
    """Return what a registered column of the row holds, None where it does not open; the operator is told."""
    try:
        return opened(row, column)
    except crypto.CannotOpen as failure:
        report_unopened(_name(row, column), str(row.pk), str(failure))
        return None


def readable(row: models.Model, column: str) -> str:
    """Return the text in a registered column of the row, or a fixed sentence where it does not open.

    For people who read: of a key that was lost they learn at that row, and the rest of the page is there. Whoever
    writes on what was there before asks `opened`, so that the sentence is never stored in its place.
    """
    words = opened_if_possible(row, column)
    return unreadable() if words is None else words.decode()


def unreadable() -> str:
    """Return what people read where a text does not open."""
    return _("This text cannot be opened. The people who run this service have been told.")


@lru_cache(maxsize=10_000)
def report_unopened(column: str, row: str, why: str) -> None:
    """Tell the operator of a row that does not open, once in the life of a process: lists are read again and again."""
    logger.error("sealed row does not open", extra={"column": column, "row": row, "why": why})


def sealed_columns() -> list[SealedColumn]:
    """Return every sealed column."""
    return [_columns[name] for name in sorted(_columns)]


def rows_by_key(column: SealedColumn) -> dict[str, int]:
    """Return how many rows of a column are sealed under each key id."""
    table, quoted = connection.ops.quote_name(column.model._meta.db_table), connection.ops.quote_name(column.column)
    # The header is one version byte, one length byte and the key's id (apps.core.crypto).
    statement = f"""
        SELECT substring({quoted} FROM 3 FOR CASE WHEN length({quoted}) > 1 THEN get_byte({quoted}, 1) ELSE 0 END),
               count(*)
        FROM {table} WHERE {quoted} IS NOT NULL GROUP BY 1
    """  # noqa: S608 - both names come from the model
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {bytes(kid).decode(errors="replace"): count for kid, count in cursor.fetchall()}


def reseal(column: SealedColumn, *, batch: int = BATCH) -> Iterator[int]:
    """Seal every row of a column under the first key of the ring, yielding the number of rows after each batch.

    Each batch is a transaction of its own that skips locked rows, so it can run under load and be
    broken off and begun again at any time. A row that does not open stays as it is and is logged: it
    must not keep the others from the new key.
    """
    header = crypto.header_of(next(iter(crypto.read_key_ring(settings.MASTER_KEYS))))
    beginning = models.Func(column.column, 1, len(header), function="substring", output_field=models.BinaryField())
    rows_of = column.model._default_manager
    old = rows_of.exclude(**{column.column: None}).annotate(sealed_header=beginning).exclude(sealed_header=header)
    ahead = old.order_by("pk")
    while True:
        with transaction.atomic():
            rows = list(ahead.select_for_update(skip_locked=True)[:batch])
            opened = [row for row in rows if _seal_anew(column, row)]
            rows_of.bulk_update(opened, [column.column])
        if not rows:
            return
        yield len(opened)
        ahead = ahead.filter(pk__gt=rows[-1].pk)


def _seal_anew(column: SealedColumn, row: models.Model) -> bool:
    """Seal one row's bytes under the first key, unsaved; return whether they opened."""
    place = column.place(row)
    try:
        plaintext = crypto.unseal(getattr(row, column.column), place=place)
    except crypto.CannotOpen as failure:
        report_unopened(column.name, str(row.pk), str(failure))
        return False
    setattr(row, column.column, crypto.seal(plaintext, place=place))
    return True
