"""Every address and method that the five older systems document is answered here, with and without its final slash."""

import json
import re

import pytest
from rest_framework.test import APIClient

from apps.core.http.routing import api_routes
from apps.core.testing.permissions import undone
from config.compat import ALIASES
from tests.older_systems import DOCUMENTED, Documented
from tests.permission_table import TABLE


def shape(path: str) -> str:
    """Return a path with anonymous parameters, however they are written."""
    return re.sub(r"\{\w+\}|<(?:\w+:)?\w+>", "{}", path)


def addresses() -> dict[str, list[Documented]]:
    """Return what is documented of each person, so that one sign-in serves many requests."""
    people: dict[str, list[Documented]] = {}
    for one in DOCUMENTED:
        people.setdefault(one.person, []).append(one)
    return people


def filled(world, path: str) -> str:
    return "/api/v1/" + re.sub(r"\{(\w+)\}", lambda name: str(getattr(world.circles["own"], name[1]).pk), path)


def send(client: APIClient, method: str, path: str, body: object = None):
    """Send a request and take back what it did."""
    with undone():
        return client.generic(method, path, json.dumps(body or {}), content_type="application/json")


@pytest.mark.parametrize("person", sorted(addresses()))
def test_every_documented_address_is_answered_with_and_without_its_slash(person, world, sign_in):
    client, lost = sign_in(person), []
    for one in addresses()[person]:
        path = filled(world, one.path)
        for form in (path, path.replace("/?", "?") if "?" in path else path.removesuffix("/")):
            status = send(client, one.method, form).status_code
            if status in {401, 403, 404, 405, 410} or status >= 500:
                lost.append(f"{one}: {status} for {form}")
    assert lost == []


# --- An alias is its target -------------------------------------------------------------------------------


OURS = {row.key[1].removeprefix("/api/v1/") for row in TABLE}


def aliased_rows():
    """Yield each alias with the permission rows of its target: who may do what is said once."""
    for alias in ALIASES:
        for row in TABLE:
            if row.key[1] == "/api/v1/" + shape(alias.target):
                theirs = [name for name, ours in alias.methods.items() if ours == row.method]
                same = [] if shape(alias.path) in OURS else [row.method]  # There it answers as itself.
                if theirs or same:
                    yield alias, row, theirs or same


PAIRS = list(aliased_rows())
PEOPLE = ("anonymous", "patient", "doctor", "foreign_doctor", "admin")


@pytest.mark.parametrize("area", sorted({alias.target.split("/")[0] for alias, _, _ in PAIRS}))
def test_aliases_answer_as_their_targets_whoever_asks(area, world, sign_in):
    """One world for a whole area, as in the permission table."""
    clients, wrong = {person: sign_in(person) for person in PEOPLE}, []
    for alias, row, methods in PAIRS:
        if alias.target.split("/")[0] != area:
            continue
        target, other, body = addresses_of(alias, row, world.circles["own"])
        for person, client in clients.items():
            expected = send(client, row.method, target, body).status_code
            for method in methods:
                status = send(client, method, other, body).status_code
                if status != expected:
                    wrong.append(f"{person} {method} {other}: {status}, but {expected} at {target}")
    assert wrong == []


def addresses_of(alias, row, circle) -> tuple[str, str, dict]:
    """Return the target's address, the alias's, and a body, all about the rows of one circle."""

    def fill(name: str) -> str:
        return str(getattr(circle, name, circle.doctor).pk)

    target = "/api/v1/" + re.sub(r"\{(\w+)\}", lambda name: fill(name[1]), row.path)
    named = re.search(r"\{(\w+)\}", row.path)
    other = "/api/v1/" + re.sub(r"<[^>]+>", fill(named[1]) if named else "", alias.path)
    query = target.partition("?")[2]
    body = {name: fill(value[1:-1]) if str(value).startswith("{") else value for name, value in row.body.items()}
    return target, f"{other}?{query}" if query else other, body


def test_every_alias_has_a_door():
    known = {shape(route.path) for route in api_routes()}
    assert [alias.path for alias in ALIASES if "/api/v1/" + shape(alias.target) not in known] == []


def test_the_older_addresses_stay_out_of_the_schema_and_the_table(world):
    shown = {route.path for route in api_routes()}
    assert "/api/v1/token/" not in shown
    assert "/api/v1/blog/posts/" not in shown
    assert send(APIClient(), "POST", "/api/v1/token/", {"username": "patient", "password": "x"}).status_code == 401
