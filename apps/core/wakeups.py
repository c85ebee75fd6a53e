"""Asking a background job to run now instead of at its next beat: a courtesy that never blocks or fails a request."""

import logging
from collections.abc import Callable

from django.db import transaction
from prometheus_client import Counter

logger = logging.getLogger(__name__)

missed_wakeups = Counter("careloop_missed_wakeups", "Wake-ups that the broker did not take", ["job"])

_senders: list[Callable[[str], None]] = []


def register_sender(send: Callable[[str], None]) -> None:
    """Register how a job is woken; `config` does this, so that no service imports a task."""
    _senders.append(send)


def wake_after_commit(job: str) -> None:
    """Wake `job` once the present transaction has committed; its periodic run catches up when this fails."""
    registered = transaction.get_connection().run_on_commit
    wake = next((function for _, function, *_ in registered if isinstance(function, _Wake)), None)
    if wake is None:
        transaction.on_commit(_Wake(job))
    elif job not in wake.jobs:  # One wake-up a job and transaction is enough, however many rows were written.
        wake.jobs.append(job)


class _Wake:
    """The wake-ups that one transaction asked for; a class, so that a later request can recognise and join them."""

    def __init__(self, job: str) -> None:
        self.jobs = [job]

    def __call__(self) -> None:
        waiting = list(self.jobs)
        try:
            while waiting:
                for send in _senders:
                    send(waiting[0])
                waiting.pop(0)
        except Exception as failure:
            # The rest is not tried: the broker is away, and each try may take its whole time-out.
            for job in waiting:
                missed_wakeups.labels(job=job).inc()
            logger.warning("wake-up not sent", extra={"jobs": waiting, "failure": type(failure).__name__})
