"""A pytest plugin: every answer of the API in the whole test run is what `openapi.yaml` promises, or its test fails.

Checked are the status, the media type and the body. Objects may hold nothing that the schema does not name: a field
that only the code knows is a field that no client can use, or one that should never have left.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
import yaml
from django.test.client import Client
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).resolve().parents[3]
HERE = "urn:openapi"
# What any operation may answer, explained once in docs/api.md: a method that is not there, a media type that is not
# spoken, a failure of ours, a service of ours that is away.
ANYWHERE = frozenset({405, 406, 500, 503})
OPEN = frozenset({"Problem"})  # RFC 9457 lets a problem carry further members.

Operation = dict[str, Any]


class BrokenContract(AssertionError):
    """An answer that the schema does not promise."""


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, read in (("uuid", UUID), ("date", date.fromisoformat), ("date-time", _moment)):
        checker.checks(name, raises=(ValueError, TypeError))(lambda value, read=read: _is_read(read, value))
    return checker


def _moment(value: str) -> None:
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(value)


def _is_read(read: Any, value: Any) -> bool:
    if isinstance(value, str):
        read(value)
    return True


@dataclass
class Contract:
    """The schema, ready to be asked; a validator is made when its answer is first seen."""

    document: dict[str, Any]
    answers: int = 0
    _validators: dict[tuple[str, str], Any] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> "Contract":
        """Return the contract that a file states."""
        # The loader in C where there is one: the other takes seconds.
        contract = cls(yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506
        contract.close()
        return contract

    def close(self) -> None:
        """Let no object hold what is not named; and make the document what references are looked up in."""
        for name, schema in self.document["components"]["schemas"].items():
            if "properties" in schema and name not in OPEN:
                schema.setdefault("additionalProperties", False)
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self.registry: Any = Registry().with_resource(HERE, resource)

    def operation(self, method: str, route: str) -> Operation | None:
        """Return what is promised of a method of a route, None where the schema knows neither."""
        found = self.document["paths"].get(readable(route), {}).get(method.lower())
        return found if isinstance(found, dict) else None

    def check(self, method: str, route: str, status: int, media_type: str, body: bytes | None) -> None:
        """Compare an answer with what is promised; raises BrokenContract."""
        operation = self.operation(method, route)
        if operation is None or status in ANYWHERE or status == 304:
            return
        place = f"{method} {readable(route)} -> {status}"
        promised = self._resolved(operation["responses"].get(str(status)))
        if promised is None:
            raise BrokenContract(
                f"{place}: this status is not in openapi.yaml (make schema?): {sorted(operation['responses'])}"
            )
        self._check_body(place, promised, media_type, body)
        self.answers += 1

    def _check_body(self, place: str, promised: Operation, media_type: str, body: bytes | None) -> None:
        content = promised.get("content", {})
        if not content:
            if body:
                raise BrokenContract(f"{place}: a body where openapi.yaml promises none: {body[:200]!r}")
            return
        if media_type not in content and not _is_file(content):
            raise BrokenContract(f"{place}: {media_type} where openapi.yaml promises {set(content)}")
        if body is None or "json" not in media_type:
            return
        validator = self._validator(place, media_type, content[media_type]["schema"])
        error = next(validator.iter_errors(json.loads(body)), None)
        if error is not None:
            at = "/".join(map(str, error.absolute_path))
            raise BrokenContract(f"{place}: /{at}: {error.message[:300]}")

    def _validator(self, place: str, media_type: str, schema: Any) -> Any:
        key = (place, media_type)
        if key not in self._validators:
            absolute = json.loads(json.dumps(schema).replace('"$ref": "#/', f'"$ref": "{HERE}#/'))
            made = Draft202012Validator(absolute, registry=self.registry, format_checker=FORMATS)
            self._validators[key] = made
        return self._validators[key]

    def _resolved(self, response: Operation | None) -> Operation | None:
        if response and "$ref" in response:
            name = response["$ref"].rpartition("/")[2]
            return dict(self.document["components"]["responses"][name])
        return response


FORMATS = _formats()


def readable(route: str) -> str:
    """Return a route of the URL map as the schema writes it."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda name: "{" + ("id" if name[1] == "pk" else name[1]) + "}", route)


def _is_file(content: dict[str, Any]) -> bool:
    """Return whether the bytes of a file are promised, which say themselves what they are."""
    return any(media["schema"].get("format") == "binary" for media in content.values())


@contextmanager
def watched(contract: Contract) -> Iterator[Contract]:
    """Compare every answer that a test client gets."""
    original = Client.request

    def request(self: Client, **environ: Any) -> Any:
        response = original(self, **environ)
        match = getattr(response.wsgi_request, "resolver_match", None)
        if match is not None and response.wsgi_request.path.startswith("/api/"):
            body = None if response.streaming else response.content
            media_type = response.get("Content-Type", "").partition(";")[0]
            contract.check(environ["REQUEST_METHOD"], match.route, response.status_code, media_type, body)
        return response

    with mock.patch.object(Client, "request", request):
        yield contract


@pytest.fixture(scope="session", autouse=True)
def contract() -> Iterator[Contract]:
    """Watch over the whole run."""
    with watched(Contract.read(ROOT / "openapi.yaml")) as kept:
        yield kept
