"""What the API asks PostgreSQL: caught at the driver, and made fit for another one."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from statistics import median
from typing import Any
from unittest import mock

import psycopg
from django.test import Client

TRIED = 15  # Times, to see which way of planning is cheaper.


Asked = tuple[str, tuple[Any, ...]]  # A statement and its arguments.


def captured(target: str, token: str, table: str) -> Asked:
    """Return the first statement on `table` that the API runs for this address."""
    return all_captured(target, token, table)[0]


def all_captured(target: str, token: str, table: str) -> list[Asked]:
    """Return the statements on `table` that the API runs for this address.

    They are caught at the driver, because not every statement needs to go through Django's cursors.
    """
    seen: list[tuple[str, Any]] = []
    execute = psycopg.Cursor.execute

    def note(cursor: Any, statement: Any, arguments: Any = None, **options: Any) -> Any:
        seen.append((str(statement), arguments))
        return execute(cursor, statement, arguments, **options)

    with mock.patch.object(psycopg.Cursor, "execute", note):
        answer = Client(headers={"authorization": f"Bearer {token}", "host": "localhost"}).get(target)
    found = [entry for entry in seen if re.search(rf'\sFROM "?{table}"?', entry[0])]
    if answer.status_code != 200 or not found:
        raise LookupError(f"{target}: status {answer.status_code}, {len(found)} statements on {table}.")
    placed = (entry if "$1" in entry[0] else numbered(*entry) for entry in found)
    return [(statement, tuple(_plain(argument) for argument in arguments)) for statement, arguments in placed]


def numbered(statement: str, arguments: Mapping[str, Any] | Sequence[Any] | None) -> tuple[str, tuple[Any, ...]]:
    """Return a statement with PostgreSQL's own placeholders, and the arguments in their order."""
    given = arguments if isinstance(arguments, Mapping) else {str(i): value for i, value in enumerate(arguments or ())}
    places: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        name = match[1] or str(len(places))
        # "A time minus something": PostgreSQL cannot tell what, where the driver writes no value in.
        kind = "::interval" if isinstance(given[name], timedelta) else ""
        return f"${places.setdefault(name, len(places) + 1)}{kind}"

    return re.sub(r"%(?:\((\w+)\))?[s%]", number, statement), tuple(given[name] for name in places)


def cheapest_mode(url: str, statement: str, arguments: Sequence[Any]) -> str:
    """Return how PostgreSQL should plan the prepared statement: anew each time, or once for all values.

    Left to itself it may choose a plan for all values that is a hundred times dearer: that would be no floor.
    """
    costs = {}
    for mode in ("force_custom_plan", "force_generic_plan"):
        with psycopg.connect(url, autocommit=True, options=f"-c plan_cache_mode={mode}") as one:
            times = [_seconds(one, statement, arguments) for _ in range(TRIED)]
        costs[mode] = median(times)
    return min(costs, key=lambda mode: costs[mode])


def _seconds(bare: psycopg.Connection, statement: str, arguments: Sequence[Any]) -> float:
    started = time.perf_counter()
    psycopg.RawCursor(bare).execute(statement, arguments, prepare=True).fetchall()
    return time.perf_counter() - started


def _plain(value: Any) -> Any:
    """Return an argument without the wrapping of Django or psycopg, which asyncpg does not know."""
    if isinstance(value, Enum):
        value = value.value
    for plain in (bool, int, str):
        if isinstance(value, plain):
            return plain(value)
    return value


def positions(statement: str, columns: Sequence[str]) -> tuple[int, ...]:
    """Return where each `table.column` stands in the select list. Raises LookupError for one that does not."""
    selected = list(_select_list(statement))
    if missing := [name for name in columns if name not in selected]:
        raise LookupError(f"The API's statement no longer selects {missing}: teach benchmarks/floor what replaced it.")
    return tuple(selected.index(name) for name in columns)


def _select_list(statement: str) -> Iterator[str]:
    """Yield what is selected, plain columns as `table.column`; commas inside parentheses separate nothing."""
    joined = re.findall(r'(?:FROM|JOIN) "?(\w+)"? (?:AS )?"?(\w+)"?', statement)
    tables = {alias: table for table, alias in joined}  # Also by names that the statement gives them, such as T4.
    for item in re.split(r", ?(?![^(]*\))", statement.partition(" FROM ")[0].removeprefix("SELECT ")):
        plain = re.fullmatch(r'"?(\w+)"?\."?(\w+)"?(?: AS "?\w+"?)?', item)
        yield f"{tables.get(plain[1], plain[1])}.{plain[2]}" if plain else item
