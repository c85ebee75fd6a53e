"""Where a measurement plays: servers of its own, Django on top of them, and a folder; all of it gone afterwards."""

import contextlib
import logging
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import django
from django.core.management import call_command

from apps.core.launcher.ports import HOST, claim
from apps.core.launcher.processes import Program, spawn, stop
from apps.core.launcher.servers import start_failure
from apps.core.testing.services import throwaway_postgres, throwaway_valkey

ROOT = Path(__file__).resolve().parent.parent
_STARTING = 60.0  # Seconds until a web server that does not listen is given up.


class DidNotStart(Exception):
    """A web server ended or never listened; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Web:
    """A web server that is up."""

    pid: int
    port: int


@dataclass(frozen=True, slots=True)
class Stage:
    """The servers of this run."""

    folder: Path
    database_url: str
    database_pid: int

    @contextlib.contextmanager
    def web(self, name: str, *options: str, **environment: str) -> Iterator[Web]:
        """Run granian with one worker. Raises DidNotStart."""
        port = claim()
        address = ("--host", HOST, "--port", str(port.port))
        command = ("-m", "granian", "--workers", "1", "--no-ws", *address, *options)
        try:
            with self._running(name, command, environment) as (process, program):
                deadline = time.monotonic() + _STARTING
                while not _listens(port.port):
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise DidNotStart(start_failure(program))
                    time.sleep(0.05)
                yield Web(process.pid, port.port)
        finally:
            port.release()

    @contextlib.contextmanager
    def worker(self) -> Iterator[int]:
        """Run a Celery worker with one process for tasks, and yield its pid."""
        command = ("-m", "celery", "-A", "config", "--quiet", "worker", "--concurrency", "1")
        with self._running("worker", command, {}) as (process, _program):
            yield process.pid

    @contextlib.contextmanager
    def _running(
        self, name: str, command: Sequence[str], environment: Mapping[str, str]
    ) -> Iterator[tuple[subprocess.Popen[bytes], Program]]:
        program = Program(
            name=name,
            command=(sys.executable, *command),
            folder=ROOT,
            environment={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
            log=self.folder / f"{name}.log",  # As in production, a line for each request is written somewhere.
        )
        process = spawn(program)
        try:
            yield process, program
        finally:
            stop(process)


@contextlib.contextmanager
def staged() -> Iterator[Stage]:
    """Start PostgreSQL (durable: each commit reaches the disk) and Valkey, set Django up on them and migrate.

    Models can be imported from then on. What the environment says about servers does not count.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmarks-")))
        postgres = stack.enter_context(throwaway_postgres(durable=True))
        valkey = stack.enter_context(throwaway_valkey(durable=True))
        print("servers are up", file=sys.stderr, flush=True)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="benchmarks.settings",
            DATABASE_URL=postgres.url,
            REDIS_URL=valkey.url,
            ACCESS_TOKEN_MINUTES="600",  # One token for the whole run.
        )
        django.setup()
        logging.disable(logging.WARNING)  # Of this process; the web servers log as ever.
        from django.db import connection  # Only now are its settings known.

        stack.callback(connection.close)
        call_command("migrate", verbosity=0)
        _keep_calm()
        yield Stage(folder, postgres.url, postgres.pid)


def _keep_calm() -> None:
    """Switch autovacuum off: its CPU time would count for whoever is being measured. Tables are vacuumed by hand."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET autovacuum = off")
        cursor.execute("SELECT pg_reload_conf()")


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
