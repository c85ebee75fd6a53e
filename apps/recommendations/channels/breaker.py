"""What keeps a slow or broken program outside from harming the rest: a breaker each, two places on a machine."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import monotonic

from django.conf import settings

FAILURES, REST_SECONDS = 3, 30.0
MOST_PLACES = 2


class Breaker:
    """Lets nobody through for a while after some failures in a row; then one may try."""

    def __init__(self) -> None:
        """Begin closed."""
        self._lock, self._failures, self._rests_until = Lock(), 0, 0.0

    @property
    def is_resting(self) -> bool:
        """Return whether nobody is let through now."""
        return self._failures >= FAILURES and monotonic() < self._rests_until

    def may_try(self) -> bool:
        """Return whether the caller may try; after a rest only the first one may, until it succeeds."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            if monotonic() < self._rests_until:
                return False
            self._rests_until = monotonic() + REST_SECONDS
            return True

    def succeeded(self) -> None:
        """Forget what failed."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """Count one failure."""
        with self._lock:
            self._failures += 1
            self._rests_until = monotonic() + REST_SECONDS


@contextmanager
def place() -> Iterator[bool]:
    """Hold one of the machine's places, and say whether there was one; a process that dies gives its place back.

    There are fewer places than a web process has threads, and all programs outside share them: so each process has a
    thread that waits for nobody. Locked files, because the processes share nothing else that frees itself.
    """
    held = next(filter(None, map(_taken, range(min(MOST_PLACES, settings.WEB_THREADS - 1)))), None)
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)


def _taken(number: int) -> int | None:
    path = Path(tempfile.gettempdir()) / f"careloop-outside-{os.getuid()}-{number}"
    try:
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        return None  # Somebody else put it there: then there is no place, and advice does without.
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file
