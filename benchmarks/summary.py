"""A patient's summary: the API against a bare program that asks the same statement and passes the text on."""

import pickle
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from django.conf import settings

from apps.accounts import tokens
from apps.accounts.models import User
from apps.accounts.services.sessions import open_session
from apps.core.crypto import read_key_ring
from apps.patients.models import Patient
from benchmarks.capturing import captured, cheapest_mode
from benchmarks.charts import fill_charts
from benchmarks.filling import fill_people
from benchmarks.floor.recipes import Cookbook, Recipe
from benchmarks.listing import Cost, Side
from benchmarks.load import request_bytes
from benchmarks.report import Figure
from benchmarks.sizes import Size
from benchmarks.stage import Stage, Web
from benchmarks.statements import ratio

COST_GOAL = 1.3


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure the look of a manager, and that of a treating doctor, which is written into the access log."""
    fill_people(size)
    manager, doctor, patient = fill_charts(size)
    for who, reader in (("its manager", manager), ("its doctor, audited", doctor)):
        costs, floors = _measured(stage, size, reader, patient)
        yield ratio(f"summary, {who}, {size.patients:,} charts: API / floor", costs, floors, COST_GOAL)


def _measured(stage: Stage, size: Size, reader: User, patient: Patient) -> tuple[list[Cost], list[Cost]]:
    token = tokens.issue_pair(open_session(user=reader, now=datetime.now(tz=UTC)))["access"]
    target = f"/api/v1/patients/{patient.pk}/summary/"
    request = request_bytes(target, token)
    book = stage.folder / "cookbook"
    book.write_bytes(pickle.dumps(_cookbook(stage, target, token)))
    with (
        stage.web("api", "--interface", "wsgi", "--blocking-threads", "1", "config.wsgi:application") as api,
        stage.web("floor", "--interface", "rsgi", "benchmarks.floor.summary:app", FLOOR_COOKBOOK=str(book)) as floor,
    ):
        return _rounds(stage, size, {"API": api, "floor": floor}, request)


def _rounds(stage: Stage, size: Size, webs: Mapping[str, Web], request: bytes) -> tuple[list[Cost], list[Cost]]:
    sides = {who: Side(web, stage.database_pid, request) for who, web in webs.items()}
    costs: dict[str, list[Cost]] = {who: [] for who in sides}
    for side in sides.values():
        side.cost(size.warm_up)
    for number in range(size.rounds):
        for who in sorted(sides, reverse=bool(number % 2)):
            costs[who].append(sides[who].cost(size.fewest_requests * 5))
    return costs["API"], costs["floor"]


def _cookbook(stage: Stage, target: str, token: str) -> Cookbook:
    statement, arguments = captured(target, token, Patient._meta.db_table)
    mode = cheapest_mode(stage.database_url, statement, arguments)
    return Cookbook(
        dsn=stage.database_url,
        key=next(iter(read_key_ring(settings.SIGNING_KEYS).values())),
        audience=str(settings.SIMPLE_JWT["AUDIENCE"]),
        issuer=str(settings.SIMPLE_JWT["ISSUER"]),
        recipes={target: Recipe(statement, arguments, mode)},
    )
