"""Searching the public directory by misspelt names and by what many share: cost, growth, plans, and who is found."""

import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.core.testing.proofs import dice
from apps.hospitals.models import Doctor
from benchmarks.filling import fill_directory, fill_people, staff_user
from benchmarks.names import made_up, slip, slip_in_name
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage
from benchmarks.statements import Costs, ratio, take_turns

COST_GOAL, GROWTH_GOAL, RECALL_GOAL = 1.6, 1.5, 0.95


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure the directory with few doctors first, where that is asked for, then with many."""
    fill_people(size)
    names = made_up(1_500, 2), made_up(5_000, 3)
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
        typed = slip_in_name(first, last, chance)
        started = time.perf_counter()
        shown = Doctor.objects.practising().search(typed).best_first(typed)[:10]
        found.append(f"{first} {last}" in {each.user.name for each in shown})
        taken.append(1_000 * (time.perf_counter() - started))
    remark = f"of {len(found):,}: two letters swapped, one missing, added or wrong; {spread(taken)} ms each"
    yield Figure(
        "directory, recall@10 of misspelt names", sum(found) / len(found), "", at_least=RECALL_GOAL, remark=remark
    )
