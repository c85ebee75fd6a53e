"""A pytest plugin: private PostgreSQL and Valkey for one test run, and throw-away ones for a test that hurts them.

Load it with `-p apps.core.testing.services`, so that it is there before pytest-django reads the settings.
"""

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.core.launcher import postgres, valkey
from apps.core.launcher.errors import LauncherError
from apps.core.launcher.locks import Locked, locked
from apps.core.launcher.postgres import Postgres
from apps.core.launcher.servers import RunningServer, remove
from apps.core.launcher.valkey import Valkey

_PREFIX = "throw-away-servers-"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, Any, Any]:
    """Give this run its own servers. A wrapper, because that runs before pytest-django's tryfirst hook.

    The workers of pytest-xdist inherit the environment, find both URLs in it and start nothing. `atexit` rather
    than a hook ends the servers: it also comes after a Ctrl-C and after an error in a conftest. After a kill -9
    the kernel ends them (Linux), and the next run removes their folder.
    """
    try:
        _start_what_is_missing()
    except LauncherError as error:
        raise pytest.UsageError(str(error)) from error
    return (yield)


@contextlib.contextmanager
def throwaway_postgres(folder: Path | None = None, *, durable: bool = False) -> Iterator[RunningServer]:
    """Run a PostgreSQL server that a test may stop, kill, fill or start again.

    In a temporary folder unless one is given. `durable` makes it write as in production, for a test that kills it.
    """
    with _home(folder) as home, contextlib.ExitStack() as stack:
        server = Postgres(folder=home / "postgres", name="test", durable=durable)
        stack.callback(remove, server.folder)
        stack.callback(server.port.release)
        yield stack.enter_context(RunningServer(server))


@contextlib.contextmanager
def throwaway_valkey(folder: Path | None = None, *, durable: bool = False) -> Iterator[RunningServer]:
    """Run a Valkey server that a test may stop, kill, flush or start again; the rest as for PostgreSQL."""
    with _home(folder) as home, contextlib.ExitStack() as stack:
        server = Valkey(folder=home / "valkey", durable=durable)
        stack.callback(remove, server.folder)
        stack.callback(server.port.release)
        yield stack.enter_context(RunningServer(server))


def sweep(parent: Path) -> None:
    """Remove the folders, and stop the servers, of test runs that ended without being able to."""
    for home in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):  # Another run sweeps at the same time.
            if home.stat().st_uid == os.geteuid() and _is_abandoned(home):
                _clear(home)


def _start_what_is_missing() -> None:
    missing = {"DATABASE_URL": throwaway_postgres, "REDIS_URL": throwaway_valkey}
    stack, me = contextlib.ExitStack(), os.getpid()
    atexit.register(lambda: stack.close() if os.getpid() == me else None)  # A forked child must not stop our servers.
    for variable, server in missing.items():
        if not os.environ.get(variable):
            os.environ[variable] = stack.enter_context(server()).url


@contextlib.contextmanager
def _home(given: Path | None) -> Iterator[Path]:
    """Yield the given folder, or a temporary one that says whose it is and is swept when its owner died."""
    if given is not None:
        yield given
        return
    parent = Path(tempfile.gettempdir())
    sweep(parent)
    home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    home.chmod(0o711)  # As root, PostgreSQL is another user.
    try:
        with locked(home / "owner.lock"):
            yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _is_abandoned(home: Path) -> bool:
    """Tell whether nobody holds this folder; one that is only just being made has no server in it yet."""
    if not any(each.is_dir() for each in home.iterdir()):
        return False
    try:
        with locked(home / "owner.lock"):
            return True
    except Locked:
        return False


def _clear(home: Path) -> None:
    postgres.clear_left_overs(home / "postgres")
    valkey.clear_left_overs(home / "valkey")
    remove(home / "postgres")
    shutil.rmtree(home, ignore_errors=True)
