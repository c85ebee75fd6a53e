"""The watcher over answers catches what it is there for."""

import copy

import pytest
from rest_framework.test import APIClient

from apps.core.testing.contract import BrokenContract, Contract, readable

ROUTE = "api/v1/health/live/"
THING = {
    "type": "object",
    "required": ["id", "at", "on"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "at": {"type": "string", "format": "date-time"},
        "on": {"type": ["string", "null"], "format": "date"},
    },
}
JSON = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
DOCUMENT = {
    "paths": {
        "/api/v1/things/{id}/": {
            "get": {"responses": {"200": {"content": JSON}, "404": {"$ref": "#/components/responses/Absent"}}},
            "delete": {"responses": {"204": {"description": "Gone."}}},
        }
    },
    "components": {
        "schemas": {"Thing": THING, "Problem": {"type": "object", "properties": {"code": {"type": "string"}}}},
        "responses": {
            "Absent": {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        },
    },
}
GOOD = b'{"id": "019a9f3c-0000-7000-8000-000000000701", "at": "2026-11-20T09:00:00Z", "on": null}'


@pytest.fixture
def things() -> Contract:
    made = Contract(copy.deepcopy(DOCUMENT))
    made.close()
    return made


def check(things, body=GOOD, *, method="GET", status=200, media_type="application/json"):
    things.check(method, "api/v1/things/<uuid:pk>/", status, media_type, body)


def test_what_is_promised_passes(things):
    check(things)
    check(things, b'{"code": "not_found", "more": 1}', status=404, media_type="application/problem+json")
    check(things, b"", method="DELETE", status=204)
    assert things.answers == 3


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"body": GOOD.replace(b"null", b"5")}, "/on"),
        ({"body": GOOD.replace(b"null", b'"yesterday"')}, "/on"),
        ({"body": GOOD.replace(b"00Z", b"00")}, "/at"),
        ({"body": GOOD.replace(b"019a9f3c", b"019a9f3")}, "/id"),
        ({"body": b"{}"}, "required"),
        ({"body": GOOD.replace(b"}", b', "secret": 1}')}, "secret"),
        ({"status": 409}, "this status is not in openapi.yaml"),
        ({"media_type": "text/html"}, "text/html"),
        ({"method": "DELETE", "status": 204}, "a body where"),
        ({"status": 404, "media_type": "application/problem+json", "body": b'{"code": 5}'}, "/code"),
    ],
)
def test_what_is_not_promised_is_told(things, changed, complaint):
    with pytest.raises(BrokenContract) as told:
        check(things, **changed)
    assert complaint in str(told.value)


def test_routes_of_which_the_schema_knows_nothing_are_left_alone(things):
    things.check("GET", "api/v1/others/", 200, "application/json", b"[]")
    assert things.answers == 0


def test_a_route_is_read_as_the_schema_writes_it():
    assert readable("api/v1/a/<uuid:pk>/b/<uuid:rating>/") == "/api/v1/a/{id}/b/{rating}/"


def test_every_answer_in_this_run_is_watched(contract, db):
    before = contract.answers
    APIClient().get("/api/v1/health/live/")
    assert contract.answers == before + 1


def test_a_door_that_breaks_its_promise_fails_whoever_knocks(contract, db, monkeypatch):
    monkeypatch.delitem(contract.document["paths"]["/api/v1/health/live/"]["get"]["responses"], "200")
    with pytest.raises(BrokenContract):
        APIClient().get("/api/v1/health/live/")
