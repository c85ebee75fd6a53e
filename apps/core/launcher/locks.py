"""Locks between processes, given back by the kernel with the process that holds them, however it dies."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


class Locked(Exception):
    """Another process holds the lock."""


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that this file stands for. Raises Locked at once when another process does."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Locked(path) from error
        yield
