"""A patient's summary without a framework: the text that PostgreSQL writes is the answer."""

import os
import pickle
from pathlib import Path

import asyncpg

from benchmarks.floor.listing import OK, UNAUTHORISED, Floor, is_signed
from benchmarks.floor.recipes import Recipe

_HEADERS = [("content-type", "application/json")]


class SummaryFloor(Floor):
    """A web program that knows one patient by heart."""

    async def __rsgi__(self, scope, protocol) -> None:
        """Check the token, ask the database, pass its answer on."""
        if not is_signed(scope.headers.get("authorization", ""), self._cookbook):
            protocol.response_empty(UNAUTHORISED, [])
            return
        recipe = self._cookbook.recipes[scope.path]
        async with self._pools[recipe.plan_cache_mode].acquire() as connection:
            text = await connection.fetchval(recipe.statement, *await _typed(connection, recipe))
        protocol.response_bytes(OK, _HEADERS, text.encode())


_TYPED: dict[str, list[object]] = {}


async def _typed(connection: asyncpg.Connection, recipe: Recipe) -> list[object]:
    """Return the arguments as PostgreSQL types them: a bare `SELECT $1` of Django's EXISTS is a text to it."""
    if recipe.statement not in _TYPED:
        wanted = (await connection.prepare(recipe.statement)).get_parameters()
        _TYPED[recipe.statement] = [
            str(value) if kind.name == "text" else value for kind, value in zip(wanted, recipe.arguments, strict=True)
        ]
    return _TYPED[recipe.statement]


app = SummaryFloor(pickle.loads(Path(os.environ["FLOOR_COOKBOOK"]).read_bytes()))
