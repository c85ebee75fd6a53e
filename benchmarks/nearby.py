"""Hospitals nearby, in a crowded country and in an empty one: cost, growth, and the plan."""

from collections.abc import Iterator
from datetime import UTC, datetime

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.hospitals.models import Hospital
from apps.hospitals.searching import Place
from benchmarks.filling import fill_people, fill_places, staff_user
from benchmarks.report import Figure
from benchmarks.sizes import Size
from benchmarks.stage import Stage
from benchmarks.statements import Costs, ratio, take_turns

COST_GOAL, GROWTH_GOAL = 1.6, 1.5
ASKED = {
    "10 km of a crowded country": "lat=50&lng=10&radius_km=10",
    "100 km of an empty one": "lat=-40&lng=-100&radius_km=100",
    "10 km at the date line": "lat=-17&lng=180&radius_km=10",
}


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure with few hospitals first, where that is asked for, then with many."""
    fill_people(size)
    few: Costs = {}
    if size.few_listed:
        fill_places(size.few_listed)
        few, _ = _measured(stage, size)
    fill_places(size.listed)
    many, floor = _measured(stage, size)
    for asked in ASKED:
        yield ratio(f"nearby, {asked}, {size.listed:,}: API / floor", many[asked], floor[asked], COST_GOAL)
        if few:
            what = f"nearby, {asked}, {size.listed:,} against {size.few_listed:,}: API / API"
            yield ratio(what, many[asked], few[asked], GROWTH_GOAL)
    plan = Hospital.objects.near(Place(50, 10), radius_km=10)[:21].explain()
    yield Figure("nearby, pages that do not use hospital_by_place", float("hospital_by_place" not in plan), "", 0)


def _measured(stage: Stage, size: Size) -> tuple[Costs, Costs]:
    token = tokens.issue_pair(open_session(user=staff_user(), now=datetime.now(tz=UTC)))["access"]
    targets = {asked: f"/api/v1/hospitals/nearby/?{query}" for asked, query in ASKED.items()}
    return take_turns(stage, size, targets, token, Hospital._meta.db_table)
