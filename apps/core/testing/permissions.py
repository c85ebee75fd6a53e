"""The permission table's runner: every cell is a real request, and a refusal leaves no trace."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core import mail
from django.db import connection, transaction
from rest_framework.test import APIClient

KINDS = ("own", "tenant", "foreign", "absent")
WRITES = re.compile(r"^\s*(?:WITH\b.*\b)?(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE | re.DOTALL)
# What a refusal may leave behind: the trace of the attempt itself.
TRACES = frozenset({"core_auditevent", "core_audit_unsealed", "core_budget"})


@dataclass(frozen=True)
class Policy:
    """What each person of the cast gets: one status, or one for each kind of row (own, tenant, foreign, absent)."""

    statuses: Mapping[str, str]

    def but(self, **changes: str) -> "Policy":
        """Return this policy with some people's statuses changed."""
        return Policy({**self.statuses, **changes})

    def cells(self, *, has_row: bool) -> Iterator[tuple[str, str, int]]:
        """Yield (person, kind of row, status)."""
        for person, text in self.statuses.items():
            given = [int(status) for status in text.split()]
            if not has_row:
                yield person, "none", given[0]
                continue
            yield from zip([person] * 4, KINDS, given if len(given) == 4 else given * 4, strict=True)


@dataclass(frozen=True)
class Row:
    """One method of one route: whose rows its `{name}` speaks of, and what a good request carries."""

    method: str
    path: str
    policy: Policy
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Return method and path with anonymous parameters, as the URL map has them."""
        return self.method, "/api/v1/" + re.sub(r"\{\w+\}", "{}", self.path.partition("?")[0])

    @property
    def area(self) -> str:
        """Return the first word of the path, which its routes have in common."""
        return self.path.partition("/")[0]

    @property
    def parameter(self) -> str | None:
        """Return the kind of row that stands in the path, or else in the body."""
        found = re.search(r"\{(\w+)\}", self.path + json.dumps(dict(self.body)).replace('"{', "{"))
        return found.group(1) if found else None


@dataclass(frozen=True)
class Outcome:
    """What one cell answered and wrote."""

    status: int
    body: dict[str, Any]
    written: list[str]
    mails: int


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever is written inside, as the test's own transaction does: durable blocks may run in it."""
    block = transaction.atomic()
    block._from_testcase = True  # Django's own way of telling a test's transaction.
    with block:
        yield
        transaction.set_rollback(True)


def run_cell(row: Row, client: APIClient, fill: Callable[[str], str]) -> Outcome:
    """Send one request, note what it wrote, and roll everything back."""
    mails = len(mail.outbox)
    path = "/api/v1/" + re.sub(r"\{(\w+)\}", lambda match: fill(match.group(1)), row.path)
    body = {name: _filled(value, fill) for name, value in row.body.items()}
    written: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Note what is written to. Django's own capture also writes each value into its statement: twice the time."""
        match = WRITES.match(str(sql))
        if match and match.group(2) not in TRACES:
            written.append(match.group(2))
        return execute(sql, *rest)

    with undone(), connection.execute_wrapper(note):
        response = client.generic(row.method, path, json.dumps(body), content_type="application/json")
    return Outcome(response.status_code, _parsed(response), written, len(mail.outbox) - mails)


def _filled(value: Any, fill: Callable[[str], str]) -> Any:
    if isinstance(value, str) and (match := re.fullmatch(r"\{(\w+)\}", value)):
        return fill(match.group(1))
    return value


def _parsed(response: Any) -> dict[str, Any]:
    if response.streaming:
        b"".join(response.streaming_content)  # Reading to the end closes the file, and not the test's connection.
        return {}
    is_json = "json" in response.get("Content-Type", "")  # A calendar is not.
    body = json.loads(response.content) if response.content and is_json else {}
    if isinstance(body, dict):
        body.pop("trace_id", None)
    return body if isinstance(body, dict) else {"results": body}
