"""An address of the API against its own bare statement: what Django, DRF and HTTP add to what PostgreSQL does."""

import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import orjson
import psycopg

from benchmarks.capturing import captured
from benchmarks.cpu import cpu_ms
from benchmarks.listing import Cost, Side
from benchmarks.load import request_bytes
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage

SMALLEST_COST = 0.001  # Milliseconds: a run that the kernel's clock did not see.
Costs = Mapping[str, Sequence[Cost]]


def take_turns(
    stage: Stage, size: Size, targets: Mapping[str, str], token: str, table: str
) -> tuple[dict[str, list[Cost]], dict[str, list[Cost]]]:
    """Measure each address at the API, and its bare statement, prepared, with the rows written as JSON, in turns."""
    costs: dict[str, list[Cost]] = {asked: [] for asked in targets}
    floors: dict[str, list[Cost]] = {asked: [] for asked in targets}
    with stage.web("api", "--interface", "wsgi", "--blocking-threads", "1", "config.wsgi:application") as api:
        for asked, target in targets.items():
            side = Side(api, stage.database_pid, request_bytes(target, token))
            statement, arguments = captured(target, token, table)
            with psycopg.connect(stage.database_url, autocommit=True) as bare:
                side.cost(size.warm_up // 4 + 1)
                _bare_cost(stage, bare, statement, arguments, size.fewest_requests)
                for _ in range(size.rounds):
                    costs[asked].append(side.cost(size.fewest_requests * 5))
                    floors[asked].append(_bare_cost(stage, bare, statement, arguments, size.fewest_requests * 5))
    return costs, floors


def _bare_cost(
    stage: Stage, bare: "psycopg.Connection[Any]", statement: str, arguments: Sequence[Any], times: int
) -> Cost:
    cursor = psycopg.RawCursor(bare)
    own, database = time.process_time(), cpu_ms(stage.database_pid)
    for _ in range(times):
        orjson.dumps(cursor.execute(statement, arguments, prepare=True).fetchall(), default=str)
    return Cost(1_000 * (time.process_time() - own) / times, (cpu_ms(stage.database_pid) - database) / times)


def ratio(operation: str, above: Sequence[Cost], below: Sequence[Cost], goal: float) -> Figure:
    """Return one cost as a multiple of another, with what both are made of."""
    value = median(cost.whole for cost in above) / max(median(cost.whole for cost in below), SMALLEST_COST)
    parts = [
        f"{spread(cost.whole for cost in side)} ms = web {median(cost.web for cost in side):.2f}"
        f" + PostgreSQL {median(cost.database for cost in side):.2f}"
        for side in (above, below)
    ]
    return Figure(operation, value, "x", at_most=goal, remark="; against ".join(parts))
