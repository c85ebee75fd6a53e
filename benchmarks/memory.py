"""What workers hold after a long day: a web worker after many requests, a Celery worker after many doses."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import repeat

from django.db.models.functions import Now

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.notifications.models import Delivery
from apps.reminders.models import Dose
from apps.reminders.tasks import dispatch_due_doses
from benchmarks.cpu import largest_rss_mb
from benchmarks.filling import fill_appointments, fill_people, lay_doses, staff_user, take_doses_away
from benchmarks.listing import YEAR, address
from benchmarks.load import drive, request_bytes
from benchmarks.report import Figure
from benchmarks.sizes import Size
from benchmarks.stage import Stage

WEB_GOAL, WORKER_GOAL, GROWTH_GOAL = 200.0, 250.0, 1.05
PARTS = 10  # The growth is that after the first of them.
PATIENCE = 3_600.0


class TookTooLong(Exception):
    """The worker did not do it in an hour."""


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure both, after a tenth of the work and after all of it."""
    fill_people(size)
    yield from _figures("web worker", f"{size.lasting:,} requests", WEB_GOAL, list(_after_requests(stage, size)))
    yield from _figures("Celery worker", f"{size.lasting:,} doses", WORKER_GOAL, list(_after_doses(stage, size)))
    take_doses_away()


def _after_requests(stage: Stage, size: Size) -> Iterator[float]:
    fill_appointments(size, size.few_appointments or size.appointments)
    token = tokens.issue_pair(open_session(user=staff_user(), now=datetime.now(tz=UTC)))["access"]
    request = request_bytes(address(*YEAR), token)
    with stage.web("api", "--interface", "wsgi", "--blocking-threads", "1", "config.wsgi:application") as api:
        for _ in range(PARTS):
            drive(api.port, repeat(request, size.lasting // PARTS), seconds=PATIENCE)
            yield largest_rss_mb(api.pid)


def _after_doses(stage: Stage, size: Size) -> Iterator[float]:
    with stage.worker() as pid:
        for _ in range(PARTS):
            lay_doses(size, size.lasting // PARTS)
            Dose.objects.update(misses_at=Now() + timedelta(hours=12))  # The worker's clock is the real one.
            dispatch_due_doses.delay()
            _wait_for(size.lasting // PARTS)
            yield largest_rss_mb(pid)


def _wait_for(doses: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while Delivery.objects.filter(topic="dose_due").count() < doses:
        if time.monotonic() > deadline:
            raise TookTooLong
        time.sleep(0.1)


def _figures(who: str, work: str, goal: float, held: list[float]) -> Iterator[Figure]:
    remark = " ".join(f"{each:.0f}" for each in held) + " MB, after each tenth"
    yield Figure(f"memory of a {who} after {work}", held[-1], "MB", goal, remark=remark)
    yield Figure(f"memory of a {who}, the last tenth against the first", held[-1] / held[0], "x", GROWTH_GOAL)
