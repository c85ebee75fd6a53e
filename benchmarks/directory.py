"""Searching the public directory by misspelt names and by what many share: cost, growth, plans, and who is found."""

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlencode

import orjson
import psycopg

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.core.testing.proofs import dice
from apps.hospitals.models import Doctor
from benchmarks.capturing import captured
from benchmarks.cpu import cpu_ms
from benchmarks.filling import fill_directory, fill_people, staff_user
from benchmarks.listing import Cost, Side
from benchmarks.load import request_bytes
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage

SYLLABLES = (
    "ka",
    "ri",
    "mo",
    "le",
    "na",
    "sha",
    "ben",
    "tor",
    "vi",
    "du",
    "zo",
    "el",
    "ar",
    "in",
    "os",
    "fa",
    "mi",
    "ru",
)
COST_GOAL, GROWTH_GOAL, RECALL_GOAL = 1.6, 1.5, 0.95
SMALLEST_COST = 0.001  # Milliseconds: a run that the kernel's clock did not see.
Costs = Mapping[str, Sequence[Cost]]


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure the directory with few doctors first, where that is asked for, then with many."""
    fill_people(size)
    names = _names(1_500, 2), _names(5_000, 3)
    few: Costs = {}
    if size.few_listed:
        fill_directory(size.few_listed, *names)
        few, _ = _measured(stage, size)
    fill_directory(size.listed, *names)
    many, floor = _measured(stage, size)
    for asked in many:
        yield ratio(f"directory, {asked}, {size.listed:,} doctors: API / floor", many[asked], floor[asked], COST_GOAL)
        if few:
            what = f"directory, {asked}, {size.listed:,} doctors against {size.few_listed:,}: API / API"
            yield ratio(what, many[asked], few[asked], GROWTH_GOAL)
    yield _plans()
    yield from _recall(size)


def _names(count: int, syllables: int) -> list[str]:
    """Return about that many names, the same ones in every run."""
    chance = dice(f"names of doctors {syllables}")
    made = ("".join(chance.choices(SYLLABLES, k=syllables)) for _ in range(4 * count))
    return list(dict.fromkeys(made))[:count]


def _asked() -> dict[str, dict[str, str]]:
    doctor = Doctor.objects.select_related("user").get(license_number="listed 5")
    first, last = doctor.user.first_name, doctor.user.last_name
    return {
        "a misspelt name": {"search": f"{first} {slip(last, dice('asked'))}"},
        "a misspelt name and a specialty": {
            "search": slip(last, dice("asked again")),
            "specialization": doctor.specialization,
        },
        "a word that many share": {"search": "cardiology"},
        "a specialty, best rated": {"specialization": "Cardiology"},
        "a city, cheapest": {"city": "sao paulo", "ordering": "fee"},
    }


def _measured(stage: Stage, size: Size) -> tuple[Costs, Costs]:
    token = tokens.issue_pair(open_session(user=staff_user(), now=datetime.now(tz=UTC)))["access"]
    targets = {asked: "/api/v1/doctors/?" + urlencode(parameters) for asked, parameters in _asked().items()}
    return take_turns(stage, size, targets, token, Doctor._meta.db_table)


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


def _plans() -> Figure:
    """Count the pages that read through the table of doctors: none, when the indexes are used."""
    listed = Doctor.objects.practising().shown()
    best = listed.order_by("-rating_average", "-id")
    pages = (
        listed.search("okafro").best_first("okafro"),
        listed.search("cardiology").best_first("cardiology"),
        best,
        best.specialized_in("Cardiology"),
        best.in_city("Lagos"),
        listed.order_by("-experience_years", "-id"),
        listed.order_by("consultation_fee", "id"),
    )
    read = sum("Seq Scan on hospitals_doctor" in page[:21].explain() for page in pages)
    return Figure(f"directory, pages of {len(pages)} that read all doctors", read, "", at_most=0)


def _recall(size: Size) -> Iterator[Figure]:
    """Misspell names of doctors, and see whether somebody of that name is among the first ten."""
    chance = dice("misspelt doctors")
    people = Doctor.objects.filter(license_number__startswith="listed ").select_related("user").order_by("id")
    some = chance.sample(list(people.values_list("user__first_name", "user__last_name")), k=min(size.listed, 500))
    found, taken = [], []
    for first, last in itertools.islice(itertools.cycle(some), size.slips):
        typed = " ".join((first, slip(last, chance)) if chance.random() < 0.5 else (slip(first, chance), last))
        started = time.perf_counter()
        shown = Doctor.objects.practising().search(typed).best_first(typed)[:10]
        found.append(f"{first} {last}" in {each.user.name for each in shown})
        taken.append(1_000 * (time.perf_counter() - started))
    remark = f"of {len(found):,}: two letters swapped, one missing, added or wrong; {spread(taken)} ms each"
    yield Figure(
        "directory, recall@10 of misspelt names", sum(found) / len(found), "", at_least=RECALL_GOAL, remark=remark
    )


def slip(word: str, chance: Random) -> str:
    """Return the word with one slip of the pen in it, anywhere."""
    while True:
        place = chance.randrange(len(word) - 1)
        head, pair, tail = word[:place], word[place : place + 2], word[place + 2 :]
        letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
        typed = chance.choice(
            (
                f"{head}{pair[::-1]}{tail}",
                f"{head}{pair[1]}{tail}",
                f"{head}{pair[0]}{letter}{pair[1]}{tail}",
                f"{head}{letter}{pair[1]}{tail}",
            )
        )
        if typed != word:
            return typed
