"""Signing in: refusals that take equally long whatever was wrong, and what a sign-in costs besides the hash."""

import base64
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from itertools import permutations
from statistics import median
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.core.cache import cache

from apps.accounts.models import User
from apps.core.crypto import read_key_ring
from apps.core.launcher.ports import HOST
from apps.core.models import Budget
from benchmarks.listing import Cost, Side
from benchmarks.load import fetch
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage, Web

PATH = "/api/v1/auth/login/"
PASSWORD = "correct horse battery"
WSGI = ("--interface", "wsgi", "--blocking-threads", "1", "config.wsgi:application")
RSGI = ("--interface", "rsgi", "benchmarks.floor.signing_in:app")
CHEAP_HASH = "benchmarks.cheap_hash"  # Settings.
EQUAL_GOAL, COST_GOAL = 1.1, 3.0

# What is refused, and with which code.
REFUSALS = {
    "a wrong password": ("present", "a wrong password", "wrong_credentials"),
    "an unknown name": ("nobody", PASSWORD, "wrong_credentials"),
    "an inactive login, right password": ("inactive", PASSWORD, "login_not_working"),
}


class NotAsExpected(Exception):
    """A sign-in was answered otherwise than it must be: how long that took means nothing."""


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure the time of refusals and the cost of a success."""
    _make_login("present", make_password(PASSWORD))
    _make_login("inactive", make_password(PASSWORD), is_active=False)
    _make_login("cheap", MD5PasswordHasher().encode(PASSWORD, "salt"))
    with stage.web("hashing", *WSGI) as api:
        yield from _refusals(_times(api, size))
    with stage.web("cheap", *WSGI, DJANGO_SETTINGS_MODULE=CHEAP_HASH) as api, _floor(stage) as floor:
        yield _cost(stage, size, api, floor)


def _make_login(username: str, password: str, *, is_active: bool = True) -> None:
    User.objects.create(username=username, email=f"{username}@example.org", password=password, is_active=is_active)


# --- Refusals: by the clock, because that is what a stranger reads ---------------------------------------


def _times(api: Web, size: Size) -> Mapping[str, Sequence[float]]:
    """Return the milliseconds of each refusal, asked for in every order; nobody ever waits for an earlier failure."""
    times: dict[str, list[float]] = {kind: [] for kind in REFUSALS}
    connection = HTTPConnection(HOST, api.port)
    for refusal in REFUSALS.values():  # Warms up: the connections, and the hash that unknown names are compared with.
        _refused(connection, *refusal)
    for order in list(permutations(REFUSALS)) * size.rounds:
        Budget.objects.all().delete()
        for kind in order:
            times[kind].append(_refused(connection, *REFUSALS[kind]))
    connection.close()
    return times


def _refused(connection: HTTPConnection, identifier: str, password: str, code: str) -> float:
    body = json.dumps({"identifier": identifier, "password": password})
    started = time.perf_counter()
    connection.request("POST", PATH, body, {"Content-Type": "application/json", "Host": "localhost"})
    answer = connection.getresponse().read()
    milliseconds = 1_000 * (time.perf_counter() - started)
    if json.loads(answer).get("code") != code:
        raise NotAsExpected(answer.decode())
    return milliseconds


def _refusals(times: Mapping[str, Sequence[float]]) -> Iterator[Figure]:
    first, *others = times
    yield Figure(f"sign-in, {first}", median(times[first]), "ms", remark=f"{spread(times[first])} ms")
    for kind in others:
        ratio = median(times[kind]) / median(times[first])
        remark = f"{spread(times[kind])} ms; {ratio:.3f}"
        yield Figure(f"sign-in, {kind} / {first}", max(ratio, 1 / ratio), "x", EQUAL_GOAL, remark=remark)


# --- A success: by the cost, with a hash that costs nothing ----------------------------------------------


def _floor(stage: Stage):
    key = next(iter(read_key_ring(settings.SIGNING_KEYS).items()))
    told = {"dsn": stage.database_url, "kid": key[0], "key": base64.b64encode(key[1]).decode()}
    return stage.web("floor", *RSGI, FLOOR=urlencode(told))


def _cost(stage: Stage, size: Size, api: Web, floor: Web) -> Figure:
    request = _request("cheap")
    answers = [json.loads(fetch(web.port, request)) for web in (api, floor)]
    if answers[0]["user"] != answers[1]["user"] or answers[0].keys() != answers[1].keys():
        raise NotAsExpected(f"the API answers {answers[0]} where the floor answers {answers[1]}")
    sides = [Side(web, stage.database_pid, request) for web in (api, floor)]
    costs = _rounds(sides, size)
    whole = [max(median(cost.whole for cost in each), 0.001) for each in costs]
    remark = f"API {_described(costs[0])}; floor {_described(costs[1])}"
    return Figure("sign-in without the hash: API / floor", whole[0] / whole[1], "x", COST_GOAL, remark=remark)


def _rounds(sides: Sequence[Side], size: Size) -> list[list[Cost]]:
    """Warm both sides up, then let them take turns, each long enough for the kernel's steps of 10 ms."""
    requests = []
    for side in sides:
        _turn(side, size.warm_up)
        one = max(_turn(side, 2 * size.fewest_requests).whole, 0.1)
        requests.append(int(max(size.work_ms / one, size.fewest_requests)))
    costs: list[list[Cost]] = [[] for _ in sides]
    for number in range(size.rounds):
        for place in sorted(range(len(sides)), reverse=bool(number % 2)):
            costs[place].append(_turn(sides[place], requests[place]))
    return costs


def _turn(side: Side, requests: int) -> Cost:
    """Measure, with the throttle's memory emptied: at its real rate it never holds more than a few calls."""
    cache.clear()
    return side.cost(requests)


def _request(identifier: str) -> bytes:
    body = json.dumps({"identifier": identifier, "password": PASSWORD})
    head = (f"POST {PATH} HTTP/1.1", "Host: localhost", "User-Agent: benchmarks", "Content-Type: application/json")
    return "\r\n".join((*head, f"Content-Length: {len(body)}", "", body)).encode()


def _described(costs: Sequence[Cost]) -> str:
    web, database = median(cost.web for cost in costs), median(cost.database for cost in costs)
    return f"{spread([cost.whole for cost in costs])} ms = web {web:.2f} + PostgreSQL {database:.2f}"
