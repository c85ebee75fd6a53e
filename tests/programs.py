"""Programs of the house that a test starts beside itself, and that end with it; what they say is kept."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from uuid import uuid4

import psycopg
from django.db import connection
from psycopg import sql

from apps.core.launcher.ports import HOST, Claim, claim
from apps.core.launcher.processes import Program, kill_group, spawn, stop

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0  # Seconds; a bound for a crowded machine, not an expectation.


class Programs:
    """Starts programs with one environment, each in a process group of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Keep the logs in `folder`; `environment` comes on top of the present one."""
        self.folder = folder
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        self._numbers = count(1)
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._claims: list[Claim] = []

    def port(self) -> int:
        """Return a port that nobody else gets while the programs run."""
        self._claims.append(claim())
        return self._claims[-1].port

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `python <arguments>`."""
        process = spawn(
            Program(
                name=name,
                command=(sys.executable, *arguments),
                folder=ROOT,
                environment=self.environment,
                log=self.folder / f"{next(self._numbers):03}-{name}.log",
            )
        )
        self._running[process.pid] = process
        return process

    def run(self, name: str, *arguments: str) -> None:
        """Run `python <arguments>` to its end; fail with what it said when it fails."""
        assert self.start(name, *arguments).wait(PATIENCE) == 0, self.said()

    def celery(self, name: str, *options: str, app: str = "config") -> subprocess.Popen[bytes]:
        """Start a Celery worker or beat."""
        no_alarm = ("-W", "ignore::UserWarning:celery.platforms")  # It warns against root.
        return self.start(name, *no_alarm, "-m", "celery", "-A", app, "--quiet", name, *options)

    def hurried_beat(self, number: int = 1) -> subprocess.Popen[bytes]:
        """Start a beat whose minute is a second; another number, another memory of its own."""
        memory = str(self.folder / f"beat-schedule-{number}")
        return self.celery("beat", "--loglevel", "INFO", "-s", memory, app="tests.hurried")

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a Celery worker as `make run` does, with two processes."""
        return self.celery("worker", "--loglevel", "INFO", "--concurrency", "2", "--without-mingle", "--without-gossip")

    def granian(self, interface: str, port: int, *options: str) -> subprocess.Popen[bytes]:
        """Start a web server for `config.<interface>`."""
        address = ("--interface", interface, "--workers", "1", "--no-ws", "--host", HOST, "--port", str(port))
        return self.start(interface, "-m", "granian", *address, *options, f"config.{interface}:application")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill it and all that it started, as a power cut would."""
        kill_group(process.pid)
        process.wait(PATIENCE)
        del self._running[process.pid]

    def stop_all(self) -> None:
        """Stop everything, last started first."""
        while self._running:
            stop(self._running.popitem()[1])
        for each in self._claims:
            each.release()

    def said(self) -> str:
        """Return all that was logged so far."""
        return "\n".join(log.read_text(errors="replace") for log in sorted(self.folder.glob("*.log")))


@contextlib.contextmanager
def programs(folder: Path, environment: Mapping[str, str]) -> Iterator[Programs]:
    """Start programs, and be sure that none is left."""
    started = Programs(folder, environment)
    try:
        yield started
    finally:
        started.stop_all()


def wait_until(is_so: Callable[[], bool], *, why: Callable[[], str], pause: float = 0.1) -> None:
    """Return as soon as it is so; after a long time fail, saying `why`."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, why()
        time.sleep(pause)


def database_url(name: str | None = None) -> str:
    """Return the URL of the present test's database, or of another one on the same server."""
    server = connection.settings_dict
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/".format(**server) + (name or str(server["NAME"]))


@contextlib.contextmanager
def empty_database() -> Iterator[str]:
    """Make a database on the tests' server, and yield its URL."""
    name = f"throw_away_{uuid4().hex}"
    with psycopg.connect(database_url(), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield database_url(name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
