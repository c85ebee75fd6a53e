"""What every server here can do, and one server started and stopped by hand; `make run` has a supervisor for that."""

import contextlib
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from apps.core.launcher.errors import LauncherError
from apps.core.launcher.processes import Program, kill_group, spawn, stop
from apps.core.launcher.site import shelter_of

STARTING = 60.0  # Seconds; crash recovery after a hard kill on a slow disk is the longest start.


class Server(Protocol):
    """A server in a folder of its own: prepared, then started from its program, then ready."""

    folder: Path

    @property
    def url(self) -> str:
        """Return the address, with its password, for DATABASE_URL or REDIS_URL."""

    def prepare(self) -> None:
        """Make the folder fit to start: new data on the first call, no left-over process and no stale pid file."""

    def program(self) -> Program:
        """Return how to start it. Call `prepare` first."""

    def is_ready(self) -> bool:
        """Tell whether it answers."""


class RunningServer:
    """A server that is up inside a `with` block, and that a test may stop, kill and start again meanwhile.

    The port, and so the URL, stay the same. Start it from a thread that lives as long as the server should.
    """

    def __init__(self, server: Server) -> None:
        """Wrap a server that is not running yet."""
        self.server = server
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address, with its password."""
        return self.server.url

    @property
    def pid(self) -> int:
        """Return the pid of the server's first process. Raises LauncherError when it is not running."""
        if self._process is None:
            raise LauncherError("This server is not running.")
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers. Raises LauncherError, with the end of the log, when it does not."""
        self.server.prepare()
        self._process = spawn(self.server.program())
        deadline = time.monotonic() + STARTING
        while not self.server.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise LauncherError(start_failure(self.server.program()))
            time.sleep(0.03)

    def stop(self) -> None:
        """Stop in good order; stopping twice is fine."""
        if self._process is not None:
            stop(self._process, self.server.program().gentle)
            self._process = None

    def kill(self) -> None:
        """Kill it the way a power cut would: no goodbye, no last write."""
        if self._process is not None:
            self._process.kill()
            kill_group(self._process.pid)
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        """Start; whatever a failed start left running is stopped."""
        with contextlib.ExitStack() as stack:
            stack.callback(self.stop)
            self.start()
            stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


def start_failure(program: Program) -> str:
    """Return the message for a server that did not start, with the end of its log."""
    text = program.log.read_text(errors="replace") if program.log and program.log.exists() else ""
    return f"{program.name} did not start. Its log {program.log} ends with:\n" + "\n".join(text.splitlines()[-12:])


def remove(folder: Path) -> None:
    """Remove a server's folder, and the shelter its data may have been given outside of it."""
    if shelter := shelter_of(folder):
        shutil.rmtree(shelter, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
