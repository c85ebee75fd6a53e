"""The permission table, cell by cell."""

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from apps.appointments.selectors import doctor_free_slots
from apps.appointments.services.feeds import make_feed
from apps.core.http.routing import api_routes
from apps.core.testing.permissions import KINDS, Row, run_cell
from tests.permission_table import FURTHER, TABLE
from tests.world import ABSENT, World, make_doctor


def test_every_route_has_a_row_and_every_row_a_route():
    routes = {(route.method, re.sub(r"\{\w+\}", "{}", route.path)) for route in api_routes()}
    rows = [row.key for row in TABLE]
    assert routes - {("GET", "/api/v1/schema/")} == set(rows)
    assert len(rows) == len(set(rows))


@pytest.fixture
def fill(world):
    """Fill `{name}` with the id of the row of that name in a circle; absent rows have an id nobody has."""
    fresh = make_doctor("fresh_doctor", world.circles["own"].hospital)
    slot = doctor_free_slots(fresh, first=world.now.date(), last=world.now.date(), now=world.now) or doctor_free_slots(
        fresh, first=world.now.date(), last=world.now.date().replace(day=28), now=world.now
    )
    constants = {
        "fresh_doctor": str(fresh.pk),
        "free_slot": slot[-1].starts_at.isoformat(),
        "feed_token": make_feed(actor=world.people["patient"]),
        "far_day": (world.now + timedelta(days=60)).date().isoformat(),
    }
    return lambda kind, name: constants.get(name) or _later_slot(world, kind, name) or str(_id_of(world, kind, name))


def _later_slot(world: World, kind: str, name: str) -> str | None:
    """Return a free slot of the circle's doctor, some days after the circle's appointment."""
    if name != "later_slot":
        return None
    circle = world.circles.get(kind, world.circles["own"])
    day = circle.appointment.local_date + timedelta(days=9)
    return doctor_free_slots(circle.doctor, first=day, last=day, now=world.now)[0].starts_at.isoformat()


def _id_of(world: World, kind: str, name: str) -> UUID:
    if kind == "absent":
        return ABSENT
    return getattr(world.circles[kind], name).pk


# Of a circle everybody sees these; everything else of it is hidden from the people of another circle.
SEEN_BY_ALL = {"doctor", "hospital", "department", "rating", "article", "comment", "user"}
STRANGERS = {
    **dict.fromkeys(("patient", "doctor", "hospital"), "foreign"),
    **dict.fromkeys(("foreign_doctor", "foreign_hospital"), "own"),
}


@pytest.fixture
def hidden(world) -> dict[str, frozenset[str]]:
    """The ids that must stand in no answer to a person: those of a circle to which that person is a stranger."""
    ids = {
        kind: frozenset(str(row.pk) for name, row in vars(circle).items() if name not in SEEN_BY_ALL)
        for kind, circle in world.circles.items()
    }
    return {person: ids[kind] for person, kind in STRANGERS.items()}


@pytest.mark.parametrize("area", sorted({row.area for row in TABLE}))
def test_rows_of(area: str, world, sign_in, fill, hidden):
    """One world for a whole area: building it costs more than a row, and every cell is undone."""
    clients = functools.cache(sign_in)
    wrong = [fault for row in [*TABLE, *FURTHER] if row.area == area for fault in faults(row, clients, fill, hidden)]
    assert not wrong, "\n".join(wrong)


def faults(
    row: Row,
    sign_in: Callable[[str], APIClient],
    fill: Callable[[str, str], str],
    hidden: Mapping[str, frozenset[str]],
) -> Iterator[str]:
    """Yield what is wrong with the cells of a row."""
    for person, statuses in _by_person(row).items():
        client = sign_in(person)
        outcomes = {kind: run_cell(row, client, lambda name, kind=kind: fill(kind, name)) for kind in statuses}
        for kind, expected in statuses.items():
            outcome, where = outcomes[kind], f"{row.method} {row.path}: {person} on {kind}"
            if outcome.status != expected:
                yield f"{where}: {outcome.status} instead of {expected}: {outcome.body}"
            if outcome.status >= 400 and (outcome.written or outcome.mails):
                yield f"{where}: refused, yet wrote {outcome.written} and sent {outcome.mails}"
            if outcome.status == 404 and "absent" in outcomes and outcome.body != outcomes["absent"].body:
                yield f"{where}: a hidden row does not look like an absent one"
            asked_for = {fill(kind, row.parameter)} if row.parameter else set()
            if outcome.status < 300 and (ids_in(outcome.body) - asked_for) & hidden.get(person, frozenset()):
                yield f"{where}: shows rows of a stranger"


def ids_in(body: object) -> set[str]:
    """Return whatever in an answer looks like an id."""
    return set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", json.dumps(body)))


def _by_person(row: Row) -> dict[str, dict[str, int]]:
    cells: dict[str, dict[str, int]] = {}
    for person, kind, status in row.policy.cells(has_row=row.parameter is not None):
        cells.setdefault(person, {})[kind] = status
    return cells


def test_the_table_has_all_kinds_of_rows():
    assert {kind for row in TABLE for _, kind, _ in row.policy.cells(has_row=row.parameter is not None)} >= set(KINDS)
