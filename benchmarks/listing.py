"""Listing 50 appointments of one's hospital, by status and date, and reading one: the API against the floor."""

import contextlib
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from statistics import median
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from django.conf import settings
from django.db.models import QuerySet

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.core.crypto import read_key_ring
from benchmarks.capturing import all_captured, cheapest_mode, positions
from benchmarks.cpu import cpu_ms
from benchmarks.filling import days, fill_appointments, fill_people, staff_user
from benchmarks.floor.recipes import COLUMNS, Cookbook, RowsRecipe
from benchmarks.load import drive, fetch, request_bytes
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage, Web

PAGE, LARGEST_PAGE = 50, 100
YEAR = days(-7, 358)  # All there is.
LONGEST_TURN = 10.0  # Seconds.
MOST = 3_000  # Requests of a side in a round.
TABLE = Appointment._meta.db_table
COST_GOAL, ONE_GOAL, GROWTH_GOAL = 2.0, 2.5, 1.2
WEEK, ONE = "an early week", "one appointment"


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
        answered = drive(self.web.port, self.asked(requests), seconds=LONGEST_TURN)
        return Cost((cpu_ms(self.web.pid) - web) / answered, (cpu_ms(self.database_pid) - database) / answered)

    def asked(self, requests: int) -> Iterable[bytes]:
        """Return that many requests."""
        return repeat(self.request, requests)


Costs = Mapping[tuple[str, str], Sequence[Cost]]  # By who answers (API or floor) and what is asked for.


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure the list, with few appointments first where that is asked for."""
    fill_people(size)
    few: Costs = {}
    if size.few_appointments:
        fill_appointments(size, size.few_appointments)
        few = _measured(stage, size, ("page 1", ONE))
        yield _ratio(few, "page 1", f"{size.few_appointments:,} rows")
    fill_appointments(size, size.appointments)
    deep = f"page {_deep_page(size):,}"
    many = _measured(stage, size, ("page 1", deep, WEEK, ONE))
    for what in _asked(many):
        yield _ratio(many, what, f"{size.appointments:,} rows")
    for what in (deep, WEEK):
        yield _growth(f"{what} against page 1", _api(many, what), _api(many, "page 1"))
    for what in _asked(few):
        rows = f"{size.appointments:,} rows against {size.few_appointments:,}"
        yield _growth(f"{what}, {rows}", _api(many, what), _api(few, what))


def _measured(stage: Stage, size: Size, wanted: Sequence[str]) -> Costs:
    """Measure API and floor in turns, each address at both."""
    token = tokens.issue_pair(open_session(user=staff_user(), now=datetime.now(tz=UTC)))["access"]
    with stage.web("api", "--interface", "wsgi", "--blocking-threads", "1", "config.wsgi:application") as api:
        targets = _targets(api, token, wanted)
        bodies = {target: fetch(api.port, request_bytes(target, token)) for target in targets.values()}
        with _floor(stage, token, bodies) as floor:
            refuse_other_bytes(floor, token, bodies)
            sides = {
                (who, what): Side(web, stage.database_pid, request_bytes(targets[what], token))
                for what in wanted
                for who, web in (("API", api), ("floor", floor))
            }
            return in_turns(sides, size)


def in_turns(sides: Mapping[tuple[str, str], Side], size: Size) -> Costs:
    """Warm everything up, then let the sides take turns; each turn is long enough for the kernel's 10 ms steps."""
    requests = {}
    for key, side in sides.items():
        side.cost(size.warm_up)
        one = max(side.cost(size.fewest_requests * 2).whole, 0.1)
        requests[key] = int(min(max(size.work_ms / one, size.fewest_requests), MOST))
    costs: dict[tuple[str, str], list[Cost]] = {key: [] for key in sides}
    for number in range(size.rounds):
        for key in sorted(sides, reverse=bool(number % 2)):
            costs[key].append(sides[key].cost(requests[key]))
    return costs


# --- What is asked for ----------------------------------------------------------------------------------


def _targets(api: Web, token: str, wanted: Sequence[str]) -> dict[str, str]:
    """Return the address of each page: one by its number, or that of a week far from the newest."""
    pages = {what: int(what.removeprefix("page ").replace(",", "")) for what in wanted if what.startswith("page ")}
    others = {WEEK: address(*days(0, 6)), ONE: f"/api/v1/appointments/{_listed().earliest('pk').pk}/"}
    return {what: _beginning_at(api, token, pages[what]) if what in pages else others[what] for what in wanted}


def address(start: str, end: str, page_size: int = PAGE, cursor: str | None = None) -> str:
    """Return where a page of the confirmed appointments from one day to another stands."""
    asked = {"status": Status.CONFIRMED.value, "from": start, "to": end, "page_size": page_size}
    return "/api/v1/appointments/?" + urlencode(asked if cursor is None else {**asked, "cursor": cursor})


def _beginning_at(api: Web, token: str, page: int) -> str:
    """Return the address of a page of the year, reached by following `next`, but only from the day that it lies in."""
    skipped, cursor = (page - 1) * PAGE, None
    if skipped:
        day = _listed().order_by("-starts_at", "-id").values_list("local_date", flat=True)[skipped - 1]
        skipped -= _listed().filter(local_date__gt=day).count()
    while skipped:
        step = min(skipped, LARGEST_PAGE)
        target = address(YEAR[0], day.isoformat(), step, cursor)
        following = orjson.loads(fetch(api.port, request_bytes(target, token)))["next"]
        cursor = parse_qs(urlsplit(following).query)["cursor"][0]
        skipped -= step
    return address(*YEAR, cursor=cursor)


def _deep_page(size: Size) -> int:
    return min(size.deep_page, _listed().count() // PAGE)


def _listed() -> QuerySet[Appointment]:
    return Appointment.objects.filter(hospital__staff__user=staff_user(), status=Status.CONFIRMED)


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


def refuse_other_bytes(floor: Web, token: str, bodies: Mapping[str, bytes]) -> None:
    """Raise NotTheSame unless the floor answers each address with the very bytes of the API."""
    for target, body in bodies.items():
        if (other := fetch(floor.port, request_bytes(target, token))) != body:
            place = next((i for i, pair in enumerate(zip(body, other, strict=False)) if pair[0] != pair[1]), 0)
            pieces = (body[max(place - 60, 0) : place + 60], other[max(place - 60, 0) : place + 60])
            raise NotTheSame(f"{target}: the API writes {pieces[0]!r} where the floor writes {pieces[1]!r}")


def _recipe(stage: Stage, target: str, token: str, body: bytes) -> RowsRecipe:
    (find, arguments), (read, _ids) = all_captured(target, token, TABLE)
    answer = orjson.loads(body)
    return RowsRecipe(
        statement=find,
        arguments=arguments,
        plan_cache_mode=cheapest_mode(stage.database_url, find, arguments),
        read=read,
        positions=positions(read, COLUMNS),
        rows=len(answer.get("results", [answer])),
        links={name: answer[name] for name in ("next", "previous") if name in answer},
    )


SMALLEST_COST = 0.001  # Milliseconds a request.

# --- The figures ----------------------------------------------------------------------------------------


def _asked(costs: Costs) -> list[str]:
    """Return what was asked for, each once, in that order."""
    return list(dict.fromkeys(what for _who, what in costs))


def _api(costs: Costs, what: str) -> Sequence[Cost]:
    return costs["API", what]


def _ratio(costs: Costs, what: str, rows: str) -> Figure:
    api, floor = costs["API", what], costs["floor", what]
    remark = f"API {_described(api)}; floor {_described(floor)}"
    goal = ONE_GOAL if what == ONE else COST_GOAL
    return Figure(f"list, {what}, {rows}: API / floor", _whole(api) / _whole(floor), "x", goal, remark=remark)


def _growth(what: str, one: Sequence[Cost], other: Sequence[Cost]) -> Figure:
    ratio = _whole(one) / _whole(other)
    return Figure(f"list, {what}: API / API", max(ratio, 1 / ratio), "x", GROWTH_GOAL, remark=f"{ratio:.2f}")


def _whole(costs: Sequence[Cost]) -> float:
    """Return the median cost; a run so short that the kernel's clock saw none of it counts as a microsecond."""
    return max(median(cost.whole for cost in costs), SMALLEST_COST)


def _described(costs: Sequence[Cost]) -> str:
    web, database = median(cost.web for cost in costs), median(cost.database for cost in costs)
    return f"{spread([cost.whole for cost in costs])} ms = web {web:.2f} + PostgreSQL {database:.2f}"
