"""The least a list of appointments can cost: RSGI, one connection, one prepared statement, the same bytes out."""

import asyncio
import base64
import hmac
import os
import pickle
import time
from operator import itemgetter
from pathlib import Path

import asyncpg
import orjson

from benchmarks.floor.recipes import Cookbook, Recipe

UNAUTHORISED, OK = 401, 200
_HEADERS = [("content-type", "application/json")]


class Floor:
    """A web program that knows a handful of addresses by heart."""

    def __init__(self, cookbook: Cookbook) -> None:
        """Take what to answer."""
        self._cookbook = cookbook
        self._one_at_a_time = asyncio.Lock()  # One connection, as the API has; a lock costs less than a pool.

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Connect, and prepare every statement."""
        loop.run_until_complete(self._prepare())

    async def _prepare(self) -> None:
        connection = await asyncpg.connect(self._cookbook.dsn)
        # Ids go out as text: let PostgreSQL write it.
        await connection.set_type_codec("uuid", encoder=str, decoder=str, schema="pg_catalog", format="text")
        recipes = self._cookbook.recipes
        self._statements = {target: await connection.prepare(each.statement) for target, each in recipes.items()}

    async def __rsgi__(self, scope, protocol) -> None:
        """Check the token's signature, ask the database, answer."""
        if not is_signed(scope.headers.get("authorization", ""), self._cookbook.keys):
            protocol.response_empty(UNAUTHORISED, [])
            return
        target = f"{scope.path}?{scope.query_string}"
        recipe = self._cookbook.recipes[target]
        async with self._one_at_a_time:
            records = await self._statements[target].fetch(*recipe.arguments)
        protocol.response_bytes(OK, _HEADERS, body(recipe, records))


def is_signed(header: str, keys: dict[str, bytes]) -> bool:
    """Tell whether the header carries a token that one of the keys signed (HS256) and that has not expired."""
    signed, _, signature = header.removeprefix("Bearer ").rpartition(".")
    head, _, payload = signed.partition(".")
    if not payload:
        return False
    key = keys[orjson.loads(_decoded(head))["kid"]]
    if not hmac.compare_digest(hmac.digest(key, signed.encode(), "sha256"), _decoded(signature)):
        return False
    return orjson.loads(_decoded(payload))["exp"] > time.time()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def body(recipe: Recipe, records: list[asyncpg.Record]) -> bytes:
    """Return the page as the API writes it."""
    picked = map(itemgetter(*recipe.positions), records[: recipe.rows])
    page = {"next": recipe.next, "previous": recipe.previous, "results": [_shown(*row) for row in picked]}
    return orjson.dumps(page, option=orjson.OPT_UTC_Z)


def _shown(  # noqa: PLR0917 - one argument for each column, in the order of COLUMNS
    id_,
    status,
    starts_at,
    ends_at,
    hospital_zone,
    doctor_zone,
    local_date,
    doctor,
    doctor_first,
    doctor_last,
    doctor_login,
    patient,
    patient_first,
    patient_last,
    hospital,
    department,
    reason,
    cancelled_reason,
    created_at,
) -> dict[str, object]:
    return {
        "id": id_,
        "status": status,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "time_zone": hospital_zone or doctor_zone,
        "local_date": local_date,
        "doctor": doctor,
        "doctor_name": f"{doctor_first} {doctor_last}".strip() or doctor_login,
        "patient": patient,
        "patient_name": f"{patient_first} {patient_last}".strip(),
        "hospital": hospital,
        "department": department,
        "reason": reason,
        "cancelled_reason": cancelled_reason,
        "created_at": created_at,
    }


app = Floor(pickle.loads(Path(os.environ["FLOOR_COOKBOOK"]).read_bytes()))
