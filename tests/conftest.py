"""The cast, as fixtures: people have roles, never numbers."""

import copy
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.core.files.storage import storages
from rest_framework.test import APIClient

from apps.core.testing.permissions import undone
from tests.world import World, make_world

MADE_UP = "made-up requests"  # The name under which tests/test_fuzzing.py leaves what each operation answered.


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the share of successes of each operation that was fuzzed in full."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    called = [report for report in reports if getattr(report, "when", None) == "call"]
    kept = [value for each in called for name, value in each.user_properties if name == MADE_UP]
    if kept and os.environ.get("PROOF") == "full":
        terminalreporter.section("share of 2xx, operation, answers to good and to bad requests")
        for _, line in sorted(kept, key=lambda each: each[1].split()[2]):
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"{sum(count for count, _ in kept)} requests to {len(kept)} operations")


@pytest.fixture(autouse=True)
def _empty_cache():
    """No test inherits another's throttle counters."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _own_store(request):
    """Give each test a store of its own: the one in memory is made anew when it is asked for.

    But for tests that share a world: its files lie in the store that was there when it was made.
    """
    if "module_world" not in request.fixturenames:
        storages._storages.pop("private", None)


@pytest.fixture
def store_keys() -> Callable[[], set[str]]:
    """The keys of all bytes in the private store."""

    def keys() -> set[str]:
        private = storages["private"]
        return {f"{folder}/{name}" for folder in private.listdir("")[0] for name in private.listdir(folder)[1]}

    return keys


@pytest.fixture
def now() -> datetime:
    """The real present, to the microsecond: rows are made around it."""
    return datetime.now(tz=UTC)


@pytest.fixture
def world(module_world, db) -> World:
    """The cast, as rows that a test may change, in memory too."""
    return copy.deepcopy(module_world)


@pytest.fixture(scope="module")
def module_world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """The cast, made once for a module: a transaction around its tests, each of which takes back what it did.

    Making it costs more than most tests do. A module with tests that commit has a fixture `world` of its own:
    `make_world(now)`, in a transactional database.
    """
    with django_db_blocker.unblock(), undone():
        yield make_world(datetime.now(tz=UTC))


@pytest.fixture
def sign_in(world) -> Callable[[str], APIClient]:
    """A client that carries a real access token of a person of the cast; `anonymous` carries none."""

    def client_of(person: str) -> APIClient:
        client = APIClient()
        if person != "anonymous":
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {world.token(person)}")
        return client

    return client_of
