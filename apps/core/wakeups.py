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
    connection = transaction.get_connection()
    pending = [function for _, function, *_ in connection.run_on_commit if isinstance(function, _Wake)]
    if any(wake.job == job for wake in pending):
        return  # One wake-up per job and transaction is enough, however many rows were written.
    transaction.on_commit(_Wake(job))


class _Wake:
    """One pending wake-up; a class, so that a second request for the same job can recognise it."""

    def __init__(self, job: str) -> None:
        self.job = job

    def __call__(self) -> None:
        for send in _senders:
            try:
                send(self.job)
            except Exception as failure:
                missed_wakeups.labels(job=self.job).inc()
                logger.warning("wake-up not sent", extra={"job": self.job, "failure": type(failure).__name__})
