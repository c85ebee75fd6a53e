"""Requests made up from the schema, thousands of them: nothing breaks, and no answer is one the schema does not name.

Whether status and body are as promised, apps/core/testing/contract.py says of every answer in a test run. What is left
to show here is that the requests mean something: ids are those of the cast, the caller is somebody who may, and the
share of successes is counted.
"""

import json
import os
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from apps.core.testing.permissions import Row, undone
from apps.core.testing.proofs import SEED, dice, rounds
from tests.conftest import MADE_UP
from tests.permission_table import TABLE
from tests.test_permissions import fill

__all__ = ["fill"]

pytestmark = pytest.mark.proof

ROOT = Path(__file__).resolve().parent.parent
FULL = os.environ.get("PROOF") == "full"
SCHEMA = schemathesis.openapi.from_path(str(ROOT / "openapi.yaml"))
LEAST_SHARE = 0.3
LEAST_REQUESTS = 20_000  # In full, over all operations.
# What a made-up value can only spoil: a signature of ours.
NOT_MADE_UP = {"cursor", "Authorization", "If-Match", "If-None-Match"}
NOT_LET_IN = {401, 403, 404}  # Whoever is told what is wrong with the request itself gets further.
ROWS = {row.key: row for row in TABLE}


def operations() -> dict[str, list[Any]]:
    """Return the operations of the schema by their first word: each word has a world of its own."""
    areas: dict[str, list[Any]] = {}
    for result in SCHEMA.get_all_operations():
        operation = result.ok()
        if operation.path != "/api/v1/schema/":
            areas.setdefault(operation.path.split("/")[3], []).append(operation)
    return areas


AREAS = operations()


class Caller:
    """Somebody who may do it, with a good request to start from: a row of the permission table."""

    def __init__(self, row: Row, sign_in: Any, fill: Any) -> None:
        self.row, self.fill = row, fill
        own = {
            who: status
            for who, kind, status in row.policy.cells(has_row=bool(row.parameter))
            if kind in {"own", "none"}
        }
        self.person = min(own, key=lambda who: (own[who] >= 300, own[who] in NOT_LET_IN, who == "admin", who))
        self.succeeds = own[self.person] < 300
        self.client = sign_in(self.person)
        self.path, _, self.query = ("/api/v1/" + self._filled(row.path)).partition("?")
        self.body = {name: self._filled(value) for name, value in row.body.items()}

    def _filled(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return re.sub(r"\{(\w+)\}", lambda name: self.fill("own", name[1]), value)

    def send(self, case: Any, luck: Random) -> int:
        """Send a made-up request, some of it replaced by what is known to be good, and undo what it did."""
        address = self.path if luck.random() < 0.9 else case.formatted_path
        made_up = {} if luck.random() < 0.5 else {k: v for k, v in (case.query or {}).items() if k not in NOT_MADE_UP}
        query = "&".join(filter(None, [self.query, urlencode(made_up, doseq=True, errors="replace")]))
        headers = {k: v for k, v in (case.headers or {}).items() if k not in NOT_MADE_UP and v.isascii()}
        with undone():
            answer = self.client.generic(
                case.method,
                f"{address}?{query}" if query else address,
                self._content(case, luck),
                content_type="application/json",
                headers=headers if luck.random() < 0.5 else {},
            )
            if answer.streaming:
                b"".join(answer.streaming_content)
        return int(answer.status_code)

    def _content(self, case: Any, luck: Random) -> str:
        if isinstance(case.body, NotSet):
            return json.dumps(self.body) if self.body else ""
        body = case.body
        if isinstance(body, dict) and luck.random() < 0.7:
            kept = {name: value for name, value in body.items() if luck.random() < 0.5}
            body = {**kept, **self.body}
        try:
            return json.dumps(body)
        except (TypeError, UnicodeError):  # A file, or half a character.
            return json.dumps(self.body)


def answers_to(operation: Any, mode: GenerationMode, caller: Caller, number: int) -> Counter[int]:
    """Return how often which status answered the made-up requests of an operation."""
    seen: Counter[int] = Counter()
    luck = dice(operation.label)

    @seed(SEED)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        seen[caller.send(case, luck)] += 1

    with suppress(Unsatisfiable):  # Of an operation that takes nothing, nothing bad can be made up.
        send()
    return seen


@dataclass
class Outcome:
    """What an operation answered to good and to bad requests, by status."""

    operation: Any
    has_to_succeed: bool
    good: Counter[int] = field(default_factory=Counter)
    bad: Counter[int] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Return how many of the good requests succeeded."""
        return sum(count for status, count in self.good.items() if status < 300) / max(1, self.good.total())

    @property
    def requests(self) -> int:
        """Return how many requests were made."""
        return self.good.total() + self.bad.total()

    @property
    def is_broken(self) -> bool:
        """Return whether anything answered 5xx."""
        return any(status >= 500 for status in {*self.good, *self.bad})

    @property
    def is_poor(self) -> bool:
        """Return whether too few good requests succeeded to say that the operation was tried."""
        return self.has_to_succeed and self.share < LEAST_SHARE

    def __str__(self) -> str:
        return f"{self.share:4.0%} {self.operation.label} {dict(self.good)} {dict(self.bad)}"


def is_counted(operation: Any) -> bool:
    """Return whether it reads, creates or updates; actions succeed once and are shown by the permission table."""
    return operation.method.upper() in {"GET", "PUT", "PATCH"} or not operation.path.rstrip("/").endswith("}")


def tried(operation: Any, sign_in: Any, fill: Any) -> Outcome:
    """Return what became of the made-up requests of an operation."""
    row = ROWS[operation.method.upper(), re.sub(r"\{\w+\}", "{}", operation.path)]
    caller = Caller(row, sign_in, fill)
    return Outcome(
        operation,
        caller.succeeds and is_counted(operation),
        answers_to(operation, GenerationMode.POSITIVE, caller, rounds(3, 65)),
        answers_to(operation, GenerationMode.NEGATIVE, caller, rounds(1, 20)),
    )


@pytest.mark.parametrize("area", sorted(AREAS))
def test_made_up_requests_of(area, world, sign_in, fill, record_property):
    """What each operation answered is printed at the end of a run in full: tests/conftest.py."""
    outcomes = [tried(operation, sign_in, fill) for operation in AREAS[area]]
    for outcome in outcomes:
        record_property(MADE_UP, [outcome.requests, str(outcome)])
    assert [str(outcome) for outcome in outcomes if outcome.is_broken] == []
    if FULL:
        assert [str(outcome) for outcome in outcomes if outcome.is_poor] == []
        asked = [outcome for outcome in outcomes if outcome.bad]  # Of one that takes nothing there is one request.
        assert sum(outcome.requests for outcome in asked) >= LEAST_REQUESTS * len(asked) / len(TABLE)


def test_every_operation_is_fuzzed():
    assert sum(map(len, AREAS.values())) == len(TABLE)
