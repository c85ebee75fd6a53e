"""Searching the patients of one's hospital by misspelt names: cost, growth, the plan, and how many are found."""

import itertools
import time
from collections.abc import Iterator, Sequence
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
from apps.patients.models import Patient
from benchmarks.capturing import captured
from benchmarks.cpu import cpu_ms
from benchmarks.filling import fill_people, fill_searchable, staff_user
from benchmarks.listing import Cost, Side
from benchmarks.load import request_bytes
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage

KNOWN = 10_000  # Patients whom the hospital knows.
PAGE = 20
SYLLABLES = [
    "ra",
    "ma",
    "na",
    "ka",
    "li",
    "mi",
    "no",
    "ta",
    "sa",
    "be",
    "di",
    "fu",
    "ga",
    "ho",
    "ji",
    "ku",
    "la",
    "me",
    "ni",
    "os",
    "pe",
    "qui",
    "ro",
    "si",
    "tu",
    "va",
    "wen",
    "xi",
    "yo",
    "za",
    "al",
    "ben",
    "cor",
    "dan",
    "el",
    "fer",
    "gon",
    "har",
    "ian",
    "jen",
    "kol",
]
COST_GOAL, GROWTH_GOAL, RECALL_GOAL = 2.0, 2.0, 0.9
AIMS = ("a misspelt name", "a phone number")


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure searching among few people first, where that is asked for, and among many."""
    fill_people(size)
    names = _names()
    few: dict[str, list[Cost]] = {}
    if size.few_people:
        fill_searchable(size.few_people, KNOWN, *names)
        few, _ = _measured(stage, size)
    fill_searchable(size.people, KNOWN, *names)
    many, floor = _measured(stage, size)
    for aim in AIMS:
        yield _ratio(f"search {aim}, {size.people:,} people: API / floor", many[aim], floor[aim], COST_GOAL)
        if few:
            what = f"search {aim}, {size.people:,} people against {size.few_people:,}: API / API"
            yield _ratio(what, many[aim], few[aim], GROWTH_GOAL)
    yield _plan()
    yield from _recall(size)


def _names() -> tuple[list[str], list[str]]:
    """Return 400 first names and 8,000 last names made of syllables, the same in every run."""
    chance = dice("names")
    return tuple(  # type: ignore[return-value] # two of them
        sorted({"".join(chance.choices(SYLLABLES, k=length)).title() for _ in range(count)})
        for length, count in ((2, 400), (3, 8_000))
    )


def _measured(stage: Stage, size: Size) -> tuple[dict[str, list[Cost]], dict[str, list[Cost]]]:
    """Measure the API and the floor in turns: the bare statement, prepared, its rows written as JSON."""
    token = tokens.issue_pair(open_session(user=staff_user(), now=datetime.now(tz=UTC)))["access"]
    person = Patient.objects.filter(phone="+17770000005").get()
    asked = {"a misspelt name": _misspelt(person.name, dice("asked")), "a phone number": "(777) 000-0005"}
    targets = {aim: "/api/v1/patients/?" + urlencode({"search": text}) for aim, text in asked.items()}
    costs: dict[str, list[Cost]] = {aim: [] for aim in AIMS}
    floors: dict[str, list[Cost]] = {aim: [] for aim in AIMS}
    with stage.web("api", "--interface", "wsgi", "--blocking-threads", "1", "config.wsgi:application") as api:
        for aim, target in targets.items():
            side = Side(api, stage.database_pid, request_bytes(target, token))
            statement, arguments = captured(target, token, Patient._meta.db_table)
            with psycopg.connect(stage.database_url, autocommit=True) as bare:
                side.cost(size.warm_up // 4 + 1)
                _floor(stage, bare, statement, arguments, size.fewest_requests)
                for _ in range(size.rounds):
                    costs[aim].append(side.cost(size.fewest_requests * 5))
                    floors[aim].append(_floor(stage, bare, statement, arguments, size.fewest_requests * 5))
    return costs, floors


def _floor(stage: Stage, bare: "psycopg.Connection[Any]", statement: str, arguments: Sequence[Any], times: int) -> Cost:
    cursor = psycopg.RawCursor(bare)
    own, database = time.process_time(), cpu_ms(stage.database_pid)
    for _ in range(times):
        orjson.dumps(cursor.execute(statement, arguments, prepare=True).fetchall(), default=str)
    return Cost(1_000 * (time.process_time() - own) / times, (cpu_ms(stage.database_pid) - database) / times)


def _ratio(operation: str, above: Sequence[Cost], below: Sequence[Cost], goal: float) -> Figure:
    ratio = median(cost.whole for cost in above) / max(median(cost.whole for cost in below), 0.001)
    parts = [
        f"{spread(cost.whole for cost in side)} ms = web {median(cost.web for cost in side):.2f}"
        f" + PostgreSQL {median(cost.database for cost in side):.2f}"
        for side in (above, below)
    ]
    return Figure(operation, ratio, "x", at_most=goal, remark="; against ".join(parts))


def _plan() -> Figure:
    """Count how often a page of each kind reads through the table of patients: never, if its indexes are used."""
    visible = Patient.objects.visible_to(staff_user())
    pages = (visible, visible.matching("amina rahamn"), visible.matching("7770000005"))
    plans = [page[: PAGE + 1].explain() for page in pages]
    return Figure("pages that read all patients", sum("Seq Scan on patients_patient" in plan for plan in plans), "", 0)


def _recall(size: Size) -> Iterator[Figure]:
    """Misspell names of the hospital's patients and see whether somebody of that name is among the first ten."""
    chance = dice("misspellings")
    known = list(Patient.objects.registered_at_hospital_of(staff_user()).order_by("id")[:KNOWN])
    found, taken = [], []
    for person in itertools.islice(iter(lambda: chance.choice(known), None), size.misspellings):
        typed = _misspelt(person.name, chance)
        started = time.perf_counter()
        shown = Patient.objects.visible_to(staff_user()).matching(typed)[:10]
        found.append(person.name in {each.name for each in shown})
        taken.append(1_000 * (time.perf_counter() - started))
    share = sum(found) / len(found)
    remark = f"of {len(found):,}: a swap, a letter missing, added or wrong; {spread(taken)} ms each"
    yield Figure("recall@10 of misspelt names", share, "", at_least=RECALL_GOAL, remark=remark)


def _misspelt(name: str, chance: Random) -> str:
    """Return the name with one mistake in it, not at its very beginning."""
    while True:
        place = chance.randrange(1, len(name) - 1)
        if not name[place : place + 2].isalpha():
            continue
        head, pair, tail = name[:place], name[place : place + 2], name[place + 2 :]
        letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
        typed = chance.choice(
            (
                f"{head}{pair[::-1]}{tail}",
                f"{head}{pair[1]}{tail}",
                f"{head}{pair[0]}{letter}{pair[1]}{tail}",
                f"{head}{letter}{pair[1]}{tail}",
            )
        )
        if typed != name:
            return typed
