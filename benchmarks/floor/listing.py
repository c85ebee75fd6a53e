"""A list of appointments without a framework: RSGI, asyncpg with prepared statements, PyJWT, orjson; the same bytes."""

import asyncio
import os
import pickle
from operator import itemgetter
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson

from benchmarks.floor.recipes import Cookbook, RowsRecipe
from benchmarks.floor.signatures import is_signed

CONNECTIONS = 8  # As many as there are clients.
READING = "auto"  # Rows by their ids have one good plan, which PostgreSQL soon keeps.
OK, UNAUTHORISED = 200, 401
_HEADERS = [("content-type", "application/json")]


class Floor:
    """A web program that knows a handful of addresses by heart."""

    def __init__(self, cookbook: Cookbook) -> None:
        """Take what to answer."""
        self._cookbook = cookbook
        self._pools: dict[str, asyncpg.Pool] = {}

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Connect."""
        loop.run_until_complete(self._connect())

    async def _connect(self) -> None:
        for mode in {READING, *(recipe.plan_cache_mode for recipe in self._cookbook.recipes.values())}:
            self._pools[mode] = await asyncpg.create_pool(
                self._cookbook.dsn,
                min_size=CONNECTIONS,
                max_size=CONNECTIONS,
                max_cacheable_statement_size=0,  # Prepared however long it is.
                server_settings={"plan_cache_mode": mode},
            )

    async def __rsgi__(self, scope, protocol) -> None:
        """Check the token, ask the database, answer."""
        if not is_signed(scope.headers.get("authorization", ""), self._cookbook):
            protocol.response_empty(UNAUTHORISED, [])
            return
        recipe = self._cookbook.recipes[f"{scope.path}?{scope.query_string}".rstrip("?")]
        found = await self._pools[recipe.plan_cache_mode].fetch(recipe.statement, *recipe.arguments)
        ids = [place[0] for place in found[: recipe.rows]]
        records = await self._pools[READING].fetch(recipe.read, ids)
        protocol.response_bytes(OK, _HEADERS, body(recipe, ids, records))


def body(recipe: RowsRecipe, ids: list[UUID], records: list[asyncpg.Record]) -> bytes:
    """Return the page, or the one row that was asked for, as the API writes it."""
    rows = {record[0]: record for record in records}
    shown = [_shown(*row) for row in map(itemgetter(*recipe.positions), map(rows.__getitem__, ids))]
    answer = {**recipe.links, "results": shown} if recipe.links else shown[0]
    return orjson.dumps(answer, default=str, option=orjson.OPT_UTC_Z)  # str: of asyncpg's own kind of UUID.


def _shown(  # noqa: PLR0917 - one argument for each column, in the order of COLUMNS
    id_,
    status,
    starts_at,
    ends_at,
    hospital_zone,
    doctor_zone,
    local_date,
    serial,
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
    notes,
    is_overbooked,
    overbooking_reason,
    created_at,
) -> dict[str, object]:
    return {
        "id": id_,
        "status": status,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "time_zone": hospital_zone or doctor_zone,
        "local_date": local_date,
        "serial": serial,
        "number": f"APT-{local_date:%Y%m%d}-{serial:03}" if serial else None,
        "doctor": doctor,
        "doctor_name": f"{doctor_first} {doctor_last}".strip() or doctor_login,
        "patient": patient,
        "patient_name": f"{patient_first} {patient_last}".strip(),
        "hospital": hospital,
        "department": department,
        "reason": reason,
        "cancelled_reason": cancelled_reason,
        "notes": notes,
        "is_overbooked": is_overbooked,
        "overbooking_reason": overbooking_reason,
        "created_at": created_at,
    }


app = Floor(pickle.loads(Path(os.environ["FLOOR_COOKBOOK"]).read_bytes()))
