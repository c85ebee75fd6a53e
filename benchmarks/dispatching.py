"""Reminding of due doses: the service against the plain crash-safe claim, a mere read, and a sweep with nothing due."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from statistics import median
from typing import NamedTuple

import psycopg

from apps.notifications.models import Delivery, Notification
from apps.reminders.services.dispatching import BATCH, dispatch_due_doses
from benchmarks.filling import DUE, fill_people, lay_doses, take_doses_away
from benchmarks.floor.claiming import claim_all
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage

SWEEPS = 50
LONG_BEFORE = DUE - timedelta(days=7)
RATE_GOAL, READ_GOAL, IDLE_GOAL, LINEAR_GOAL = 1 / 3, 10.0, 5.0, 1.2
READ = """
SELECT id, plan_id, number, state, due_at, misses_at, next_reminder_at, reminders_sent FROM reminders_dose
WHERE state IN ('SCHEDULED', 'DUE') AND next_reminder_at <= %s
"""


class WrongCount(Exception):
    """Not every due dose was handled exactly once: the speed of that means nothing."""


class Round(NamedTuple):
    """Seconds for the same doses, and the milliseconds of sweeps before any of them was due."""

    service: float
    floor: float
    read: float
    sweeps: list[float]


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure dispatching in rounds, and once with many doses where that is asked for."""
    fill_people(size)
    rounds = [_round(stage, size, size.doses, floor_first=bool(number % 2)) for number in range(size.rounds)]
    yield from _figures(size.doses, rounds)
    if size.many_doses:
        once = _round(stage, size, size.many_doses, floor_first=False)
        yield from _figures(size.many_doses, [once])
        growth = (once.service / size.many_doses) / (median(one.service for one in rounds) / size.doses)
        yield Figure(f"dispatch, a dose of {size.many_doses:,} against one of {size.doses:,}", growth, "x", LINEAR_GOAL)
    take_doses_away()


def _round(stage: Stage, size: Size, doses: int, *, floor_first: bool) -> Round:
    """Let the service and the floor handle the same doses, one after the other."""
    with psycopg.connect(stage.database_url, autocommit=True) as bare:
        floor = _floor(bare, size, doses) if floor_first else None
        lay_doses(size, doses)
        sweeps = [1_000 * _timed(lambda: dispatch_due_doses(now=LONG_BEFORE), 0) for _ in range(SWEEPS)]
        read = _timed(lambda: len(bare.execute(READ, [DUE]).fetchall()), doses)
        service = _service(doses)
        return Round(service, floor or _floor(bare, size, doses), read, sweeps)


def _service(doses: int) -> float:
    seconds = _timed(lambda: dispatch_due_doses(now=DUE), doses)
    written = (Notification.objects.count(), Delivery.objects.count())
    if written != (doses, doses):
        raise WrongCount(f"{doses} doses, but (notifications, deliveries) are {written}.")
    return seconds


def _floor(bare: psycopg.Connection, size: Size, doses: int) -> float:
    lay_doses(size, doses)
    return _timed(lambda: claim_all(bare, now=DUE, batch=BATCH), doses)


def _timed(act: Callable[[], int], expected: int) -> float:
    """Return the seconds `act` takes. Raises WrongCount unless it handles what is expected."""
    started = time.perf_counter()
    handled = act()
    seconds = time.perf_counter() - started
    if handled != expected:
        raise WrongCount(f"{handled} of {expected} doses were handled.")
    return seconds


def _figures(doses: int, rounds: Sequence[Round]) -> Iterator[Figure]:
    service, floor, read, sweeps = ([getattr(one, name) for one in rounds] for name in Round._fields)
    rates = [doses / median(seconds) for seconds in (service, floor, read)]
    remark = f"service {rates[0]:,.0f} doses/s in {spread(service)} s; floor {rates[1]:,.0f}/s in {spread(floor)} s"
    yield Figure(f"dispatch {doses:,} doses: rate / floor", rates[0] / rates[1], "x", at_least=RATE_GOAL, remark=remark)
    slower = rates[2] / rates[0]
    yield Figure(
        f"dispatch {doses:,} doses: time / mere read", slower, "x", READ_GOAL, remark=f"{rates[2]:,.0f} read/s"
    )
    swept = [milliseconds for one in sweeps for milliseconds in one]
    yield Figure(f"idle sweep, {doses:,} doses in future", median(swept), "ms", IDLE_GOAL, remark=f"{spread(swept)} ms")
