"""Which columns are sealed under the master keys: registered by their apps, re-sealed when a key is rotated."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

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
        return f"{self.model._meta.label_lower}.{self.column}"


_columns: dict[str, SealedColumn] = {}


def register_sealed_column(model: type[models.Model], column: str, place: Callable[[Any], str]) -> None:
    """Make a sealed column known to the rotation; its app does this in `AppConfig.ready()`."""
    registered = SealedColumn(model, column, place)
    _columns[registered.name] = registered


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
        logger.error("sealed row does not open", extra={"column": column.name, "row": str(row.pk), "why": str(failure)})
        return False
    setattr(row, column.column, crypto.seal(plaintext, place=place))
    return True
