"""Listing 50 appointments of one's hospital, filtered by status and date: the API against the floor."""

import contextlib
import pickle
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from itertools import count
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import orjson
import psycopg
from django.conf import settings
from django.db import connection
from django.test import Client

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.core.crypto import read_key_ring
from benchmarks.cpu import cpu_ms
from benchmarks.filling import days, fill_appointments, fill_people, staff_user
from benchmarks.floor.recipes import COLUMNS, Cookbook, Recipe
from benchmarks.load import drive, fetch, request_bytes
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage, Web

PAGE = 50
WARM_UP = 200  # Requests: connections, prepared statements, caches, and Python's own specialising.
LONGEST_ROUND = 20.0  # Seconds.
FEWEST, MOST = 20, 3_000  # Requests a round.
TRIED = 15  # Times, to see which way of planning is cheaper.
TABLE = '"appointments_appointment"'
COST_GOAL, GROWTH_GOAL = 2.0, 1.2


class NotTheSame(Exception):
    """The floor answers other bytes than the API: nothing can be compared."""


class Cost(NamedTuple):
    """CPU milliseconds of one request."""

    web: float
    database: float

    @property
    def whole(self) -> float:
        """Return both together."""
        return self.web + self.database


@dataclass(frozen=True, slots=True)
class Side:
    """One address at one server."""

    web: Web
    database_pid: int
    request: bytes

    def cost(self, requests: int) -> Cost:
        """Return what one of that many requests costs."""
        web, database = cpu_ms(self.web.pid), cpu_ms(self.database_pid)
        answered = drive(self.web.port, self.request, requests=requests, seconds=LONGEST_ROUND)
        return Cost((cpu_ms(self.web.pid) - web) / answered, (cpu_ms(self.database_pid) - database) / answered)


Costs = Mapping[tuple[str, str], Sequence[Cost]]  # By who answers (API or floor) and what is asked for.


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure the list, with few appointments first where that is asked for."""
    fill_people(size)
    few: Costs = {}
    if size.few_appointments:
        fill_appointments(size, size.few_appointments)
        few = _measured(stage, size, ("page 1",))
        yield _ratio(few, "page 1", f"{size.few_appointments:,} rows")
    fill_appointments(size, size.appointments)
    deep = f"page {_deep_page(size):,}"
    many = _measured(stage, size, ("page 1", deep, "an early week"))
    for what in ("page 1", deep, "an early week"):
        yield _ratio(many, what, f"{size.appointments:,} rows")
    yield _growth(f"{deep} against page 1", _api(many, deep), _api(many, "page 1"))
    yield _growth("an early week against page 1", _api(many, "an early week"), _api(many, "page 1"))
    if few:
        rows = f"{size.appointments:,} rows against {size.few_appointments:,}"
        yield _growth(rows, _api(many, "page 1"), _api(few, "page 1"))


def _measured(stage: Stage, size: Size, wanted: Sequence[str]) -> Costs:
    """Measure API and floor in turns, each address at both."""
    token = tokens.issue_pair(open_session(user=staff_user(), now=datetime.now(tz=UTC)))["access"]
    with stage.web("api", "--interface", "wsgi", "--blocking-threads", "1", "config.wsgi:application") as api:
        targets = _targets(api, token, size, wanted)
        bodies = {target: fetch(api.port, request_bytes(target, token)) for target in targets.values()}
        with _floor(stage, token, bodies) as floor:
            _compare(floor, token, bodies)
            sides = {
                (who, what): Side(web, stage.database_pid, request_bytes(targets[what], token))
                for what in wanted
                for who, web in (("API", api), ("floor", floor))
            }
            return _rounds(sides, size)


def _rounds(sides: Mapping[tuple[str, str], Side], size: Size) -> Costs:
    """Warm everything up, then let the sides take turns; each turn is long enough for the kernel's 10 ms steps."""
    requests = {}
    for key, side in sides.items():
        side.cost(min(WARM_UP, int(size.work_ms)))
        requests[key] = int(min(max(size.work_ms / max(side.cost(FEWEST * 2).whole, 0.1), FEWEST), MOST))
    costs: dict[tuple[str, str], list[Cost]] = {key: [] for key in sides}
    for number in range(size.rounds):
        for key in sorted(sides, reverse=bool(number % 2)):
            costs[key].append(sides[key].cost(requests[key]))
    return costs


# --- What is asked for ----------------------------------------------------------------------------------


def _targets(api: Web, token: str, size: Size, wanted: Sequence[str]) -> dict[str, str]:
    """Return the address of each page; the deep one is reached as a client reaches it, by following `next`."""
    first = _address(*days(-7, 358))
    found = {"page 1": first, "an early week": _address(*days(0, 6))}
    for what in wanted:
        if what not in found:
            found[what] = _walk(api, token, first, int(what.removeprefix("page ").replace(",", "")))
    return {what: found[what] for what in wanted}


def _address(start: str, end: str) -> str:
    return f"/api/v1/appointments/?status={Status.CONFIRMED}&from={start}&to={end}&page_size={PAGE}"


def _deep_page(size: Size) -> int:
    listed = Appointment.objects.filter(hospital=staff_user().staff_member.hospital, status=Status.CONFIRMED).count()
    return min(size.deep_page, listed // PAGE)


def _walk(api: Web, token: str, first: str, page: int) -> str:
    target = first
    for _ in range(page - 1):
        link = urlsplit(orjson.loads(fetch(api.port, request_bytes(target, token)))["next"])
        target = f"{link.path}?{link.query}"
    return target


# --- The floor ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _floor(stage: Stage, token: str, bodies: Mapping[str, bytes]) -> Iterator[Web]:
    """Run the bare program that answers what the API answered, with the API's own statements."""
    cookbook = Cookbook(
        dsn=stage.database_url,
        key=next(iter(read_key_ring(settings.SIGNING_KEYS).values())),
        audience=str(settings.SIMPLE_JWT["AUDIENCE"]),
        issuer=str(settings.SIMPLE_JWT["ISSUER"]),
        recipes={target: _recipe(stage, target, token, body) for target, body in bodies.items()},
    )
    written = stage.folder / "cookbook"
    written.write_bytes(pickle.dumps(cookbook))
    with stage.web(
        "floor", "--interface", "rsgi", "benchmarks.floor.listing:app", FLOOR_COOKBOOK=str(written)
    ) as floor:
        yield floor


def _compare(floor: Web, token: str, bodies: Mapping[str, bytes]) -> None:
    for target, body in bodies.items():
        if (other := fetch(floor.port, request_bytes(target, token))) != body:
            place = next((i for i, pair in enumerate(zip(body, other, strict=False)) if pair[0] != pair[1]), 0)
            pieces = (body[max(place - 60, 0) : place + 60], other[max(place - 60, 0) : place + 60])
            raise NotTheSame(f"{target}: the API writes {pieces[0]!r} where the floor writes {pieces[1]!r}")


def _recipe(stage: Stage, target: str, token: str, body: bytes) -> Recipe:
    statement, given = _captured(target, token)
    arguments = tuple(_plain(argument) for argument in given)
    page = orjson.loads(body)
    return Recipe(
        statement=_numbered(statement),
        arguments=arguments,
        plan_cache_mode=_cheapest_mode(stage, statement, arguments),
        positions=_positions(statement),
        rows=int(parse_qs(urlsplit(target).query)["page_size"][0]),
        next=page["next"],
        previous=page["previous"],
    )


def _captured(target: str, token: str) -> tuple[str, Sequence[Any]]:
    """Return the one statement about appointments that the API runs for this address, with its arguments."""
    seen: list[tuple[str, Sequence[Any]]] = []

    def note(execute: Any, statement: str, arguments: Any, many: Any, context: Any) -> Any:
        seen.append((statement, arguments or ()))
        return execute(statement, arguments, many, context)

    with connection.execute_wrapper(note):
        answer = Client(headers={"authorization": f"Bearer {token}", "host": "localhost"}).get(target)
    found = [entry for entry in seen if f"FROM {TABLE}" in entry[0]]
    if answer.status_code != 200 or len(found) != 1:
        raise LookupError(f"{target}: status {answer.status_code}, {len(found)} statements about appointments.")
    return found[0]


def _cheapest_mode(stage: Stage, statement: str, arguments: Sequence[Any]) -> str:
    """Return how PostgreSQL should plan the prepared statement: anew each time, or once for all values.

    Left to itself it may choose a plan for all values that is a hundred times dearer: that would be no floor.
    """
    costs = {}
    for mode in ("force_custom_plan", "force_generic_plan"):
        with psycopg.connect(stage.database_url, autocommit=True, options=f"-c plan_cache_mode={mode}") as one:
            times = [_seconds(one, statement, arguments) for _ in range(TRIED)]
        costs[mode] = median(times)
    return min(costs, key=lambda mode: costs[mode])


def _seconds(bare: psycopg.Connection, statement: str, arguments: Sequence[Any]) -> float:
    started = time.perf_counter()
    bare.execute(statement, arguments, prepare=True).fetchall()
    return time.perf_counter() - started


def _numbered(statement: str) -> str:
    """Return the statement with PostgreSQL's own placeholders."""
    numbers = count(1)
    return re.sub(r"%([s%])", lambda match: f"${next(numbers)}" if match[1] == "s" else "%", statement)


def _plain(value: Any) -> Any:
    """Return an argument without the wrapping of Django or psycopg, which asyncpg does not know."""
    if isinstance(value, Enum):
        value = value.value
    for plain in (bool, int, str):
        if isinstance(value, plain):
            return plain(value)
    return value


def _positions(statement: str) -> tuple[int, ...]:
    """Return where each of COLUMNS stands in the statement's select list. Raises LookupError for one that does not."""
    columns = list(_select_list(statement))
    if missing := [name for name in COLUMNS if name not in columns]:
        raise LookupError(f"The list's statement no longer selects {missing}: teach benchmarks/floor what replaced it.")
    return tuple(columns.index(name) for name in COLUMNS)


def _select_list(statement: str) -> Iterator[str]:
    """Yield what is selected, plain columns as `table.column`; commas inside parentheses separate nothing."""
    joined = re.findall(r'JOIN "(\w+)" (\w+) ON', statement)
    tables = {alias: table for table, alias in joined}  # Django gives a table that it meets twice a name such as T4.
    selected = statement.partition("SELECT ")[2].partition(f" FROM {TABLE}")[0]
    for item in re.split(r", (?![^(]*\))", selected):
        plain = re.fullmatch(r'"?(\w+)"?\."(\w+)"(?: AS "\w+")?', item)
        yield f"{tables.get(plain[1], plain[1])}.{plain[2]}" if plain else item


# --- The figures ----------------------------------------------------------------------------------------


def _api(costs: Costs, what: str) -> Sequence[Cost]:
    return costs["API", what]


def _ratio(costs: Costs, what: str, rows: str) -> Figure:
    api, floor = costs["API", what], costs["floor", what]
    remark = f"API {_described(api)}; floor {_described(floor)}"
    return Figure(f"list, {what}, {rows}: API / floor", _whole(api) / _whole(floor), "x", COST_GOAL, remark=remark)


def _growth(what: str, one: Sequence[Cost], other: Sequence[Cost]) -> Figure:
    ratio = _whole(one) / _whole(other)
    return Figure(f"list, {what}: API / API", max(ratio, 1 / ratio), "x", GROWTH_GOAL, remark=f"{ratio:.2f}")


def _whole(costs: Sequence[Cost]) -> float:
    return median(cost.whole for cost in costs)


def _described(costs: Sequence[Cost]) -> str:
    web, database = median(cost.web for cost in costs), median(cost.database for cost in costs)
    return f"{spread([cost.whole for cost in costs])} ms = web {web:.2f} + PostgreSQL {database:.2f}"
