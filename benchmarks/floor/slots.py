"""Free slots without a framework: the API's own statements, arithmetic in one loop, orjson; the same bytes."""

import os
import pickle
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from benchmarks.floor.recipes import SlotsCookbook
from benchmarks.floor.signatures import is_signed

CONNECTIONS = 8  # As many as there are clients.
OK, UNAUTHORISED = 200, 401
_HEADERS = [("content-type", "application/json")]
DAY = timedelta(days=1)


class Floor:
    """A web program that knows one doctor and one month by heart."""

    def __init__(self, cookbook: SlotsCookbook) -> None:
        """Take what to ask and for which days."""
        self._cookbook = cookbook
        self._pool: asyncpg.Pool

    def __rsgi_init__(self, loop) -> None:
        """Connect."""
        loop.run_until_complete(self._connect())

    async def _connect(self) -> None:
        self._pool = await asyncpg.create_pool(self._cookbook.dsn, min_size=CONNECTIONS, max_size=CONNECTIONS)

    async def __rsgi__(self, scope, protocol) -> None:
        """Check the token, read doctor, rules and what is taken, answer."""
        if not is_signed(scope.headers.get("authorization", ""), self._cookbook):
            protocol.response_empty(UNAUTHORISED, [])
            return
        async with self._pool.acquire() as connection:
            doctor, rules, taken = [await connection.fetch(sql, *values) for sql, values in self._cookbook.statements]
        name = doctor[0][self._cookbook.zone_position]
        slots = list(_free(self._cookbook, ZoneInfo(name), rules, taken, datetime.now(tz=UTC)))
        protocol.response_bytes(OK, _HEADERS, orjson.dumps({"zone": name, "slots": slots}))


def _free(
    cookbook: SlotsCookbook,
    zone: ZoneInfo,
    rules: Sequence[asyncpg.Record],
    taken: Sequence[asyncpg.Record],
    now: datetime,
) -> Iterator[dict[str, object]]:
    """Yield what is free, day by day; no rule here lies where clocks change."""
    for number in range((cookbook.last - cookbook.first).days + 1):
        day = cookbook.first + number * DAY
        for rule in sorted(rules, key=lambda rule: rule["from_time"]):
            if rule["weekday"] != day.weekday():
                continue
            begins, ends = (_moment(day, rule[name], zone) for name in ("from_time", "to_time"))
            length = timedelta(minutes=rule["slot_minutes"])
            while begins + length <= ends:
                over = begins + length
                if begins >= now:
                    used = sum(row["starts_at"] < over and row["ends_at"] > begins for row in taken)
                    if used < rule["capacity"]:
                        shown = {"starts_at": begins.astimezone(zone), "ends_at": over.astimezone(zone)}
                        yield {**shown, "free": rule["capacity"] - used}
                begins = over


def _moment(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


app = Floor(pickle.loads(Path(os.environ["FLOOR_COOKBOOK"]).read_bytes()))
