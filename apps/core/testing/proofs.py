"""Proofs: how often they repeat themselves, their fixed dice, and races on real connections."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import Any

from django.db import connection

SEED = 20_261_120
LONGEST_WAIT = 60  # Seconds: a bound, so that a dead-lock fails a test instead of holding it up.

BLOCKED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'
"""


def rounds(sampled: int, full: int) -> int:
    """Return how often a proof repeats itself: `sampled` times in `make test`, `full` times in `make proof`."""
    return full if os.environ.get("PROOF") == "full" else sampled


def dice(proof: str) -> Random:
    """Return the random numbers of one proof: the same in every run, so that what failed fails again."""
    return Random(f"{SEED} {proof}")  # noqa: S311 - chooses samples, guards nothing


def race(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all acts at the same moment, each in a thread with a database connection of its own.

    Returns, in the order of the acts, what each returned or raised. Only for tests on a transactional
    database: what the test itself has not committed, no other connection sees.
    """
    start = Barrier(len(acts), timeout=LONGEST_WAIT)
    with ThreadPoolExecutor(len(acts)) as threads:
        running = [threads.submit(_run, start, act) for act in acts]
        return [each.result(timeout=2 * LONGEST_WAIT) for each in running]


def _run(start: Barrier, act: Callable[[], Any]) -> Any:
    try:
        with connection.cursor() as cursor:  # Connecting is no part of the race.
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{LONGEST_WAIT}s"])
        start.wait()
        return act()
    except Exception as refusal:  # What a racer meets is its result; the test judges it.
        return refusal
    finally:
        connection.close()  # An open one would keep the test database from being dropped.


def wait_until_blocked(connections: int = 1) -> None:
    """Return once so many other connections wait for a lock; raises TimeoutError when they never do."""
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # In a transaction the view would stand still.
            cursor.execute(BLOCKED)
            if cursor.fetchone()[0] >= connections:
                return
        time.sleep(0.01)
    raise TimeoutError(f"fewer than {connections} connections wait for a lock")
