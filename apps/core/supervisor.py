"""The supervisor: keeps programs running, shows their output line by line, and takes all of them down with it."""

import contextlib
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from subprocess import Popen
from types import FrameType, TracebackType
from typing import IO, Any, Self, TextIO

from apps.core.launcher.processes import PATIENCE, Program, kill_group, spawn

LONGEST_PAUSE = 30.0  # Seconds between two attempts to start what keeps dying.
SETTLED = 60.0  # Seconds after which an earlier death no longer counts.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TURN = 0.1  # Seconds; how late a signal or a death may be noticed.
_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


class ChildFailed(Exception):
    """A program ended while everything was still starting; nothing is restarted then."""

    def __init__(self, program: Program, code: int) -> None:
        """Say which program, and how it ended."""
        super().__init__(f"{program.name} ended with {ending(code)}.")
        self.program = program


class NotReadyInTime(Exception):
    """What was waited for did not come."""


def pause_before_restart(deaths: int) -> float:
    """Return the seconds to wait after the nth death in a row: 1, 2, 4 and so on up to LONGEST_PAUSE."""
    return min(2.0 ** (deaths - 1), LONGEST_PAUSE)


def ending(code: int) -> str:
    """Return how a process ended in words: a negative code is the signal that killed it."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class Console:
    """Lines with the name of their program in front, coloured on a terminal; a closed terminal is no reason to fail."""

    def __init__(self, out: TextIO, names: Iterable[str] = ()) -> None:
        """Write to `out`; `names` that are known already make the column wide enough from the first line."""
        self._out = out
        self._colours: dict[str, int] = {}
        self._was_tty = out.isatty()
        self._is_coloured = self._was_tty and "NO_COLOR" not in os.environ
        self._width = max(map(len, names), default=0)

    @property
    def is_gone(self) -> bool:
        """Tell whether the terminal was closed; its SIGHUP goes to the leader of the session, maybe to make alone."""
        return self._was_tty and not self._out.isatty()

    def line(self, name: str, text: str) -> None:
        """Print one line of one program."""
        colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
        self._width = max(self._width, len(name))
        prefix = f"{name:<{self._width}} |"
        self.print(f"\033[{colour}m{prefix}\033[0m {text}" if self._is_coloured else f"{prefix} {text}")

    def print(self, text: str) -> None:
        """Print a line as it is; a character that the terminal lacks is written as its escape."""
        encoding = self._out.encoding or "utf-8"
        with contextlib.suppress(OSError, ValueError):
            self._out.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            self._out.flush()


@dataclass(eq=False)
class _Child:
    program: Program
    is_to_end: bool = False
    process: Popen[bytes] | None = None
    code: int | None = None
    started: float = 0.0
    deaths: int = 0
    restart_at: float = 0.0
    unfinished_line: bytes = field(default=b"", repr=False)


class Supervisor:
    """Runs programs inside a `with` block; leaving it stops all of them, last started first.

    Until `watch`, the death of a program is a failure. From then on it is repaired. One thread does it all, and
    it is the main thread: signals arrive there, and the kernel ties each child's life to it.
    """

    def __init__(
        self, console: Console | None = None, on_change: Callable[[list[tuple[Program, int]]], None] | None = None
    ) -> None:
        """Report through `console`, and tell `on_change` what runs whenever that changes."""
        self.console = console or Console(sys.stdout)
        self._on_change = on_change or (lambda running: None)
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()
        self._requests = 0
        self._restore: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        """Take over the stop signals; they are noted, and acted upon between two steps."""
        self._restore = {each: signal.signal(each, self._note) for each in STOP_SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything, then give the signals back."""
        self.stop()
        for each, handler in self._restore.items():
            signal.signal(each, handler)
        self._selector.close()

    def start(self, program: Program) -> None:
        """Start a program and keep an eye on it from now on. Raises OSError when it cannot be started."""
        self._add(_Child(program))

    def run_once(self, program: Program) -> None:
        """Run a program to its end while the others go on.

        Raises ChildFailed when this or another one fails, StopRequested on a stop signal.
        """
        child = _Child(program, is_to_end=True)
        self._add(child)
        self.wait_until(lambda: child.code == 0)
        self._children.remove(child)
        self._announce()

    def wait_until(self, ready: Callable[[], bool], *, patience: float = float("inf")) -> None:
        """Go on until `ready()` is true, `patience` seconds at most.

        Raises ChildFailed, StopRequested or NotReadyInTime.
        """
        deadline = time.monotonic() + patience
        while not ready():
            if time.monotonic() > deadline:
                raise NotReadyInTime
            self._turn()
            for child in self._children:
                if child.code or (child.code == 0 and not child.is_to_end):
                    raise ChildFailed(child.program, child.code)

    def watch(self) -> None:
        """Keep everything running, restarting what dies, until a stop signal comes. Raises StopRequested then."""
        while True:
            self._turn()
            for child in self._children:
                self._repair(child)

    def stop(self) -> None:
        """Stop the programs one after the other, last started first; a second stop signal means kill at once."""
        requests = self._requests
        for child in reversed(self._children):
            self._end(child, requests)
        self._children.clear()

    def _add(self, child: _Child) -> None:
        self._spawn(child)
        self._children.append(child)
        self._announce()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._requests += 1

    def _turn(self) -> None:
        self._pump(_TURN)
        if self._requests or self.console.is_gone:
            raise StopRequested

    def _pump(self, seconds: float) -> None:
        """Wait for output at most so long, print what came, and note who died."""
        for key, _ in self._selector.select(seconds):
            self._read(key.data)
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child)

    def _spawn(self, child: _Child) -> None:
        child.process = spawn(child.program)
        child.code, child.started = None, time.monotonic()
        if (output := child.process.stdout) is not None:
            os.set_blocking(output.fileno(), False)
            self._selector.register(output, selectors.EVENT_READ, child)

    def _read(self, child: _Child) -> bool:
        """Print the whole lines that arrived; return False when there was nothing to read."""
        output = child.process.stdout if child.process else None
        try:
            block = os.read(output.fileno(), 65_536) if output else b""
        except BlockingIOError:
            return False
        if not block:
            self._close(output)
            return False
        *lines, child.unfinished_line = (child.unfinished_line + block).split(b"\n")
        for line in lines:
            self.console.line(child.program.name, line.decode(errors="replace").rstrip("\r"))
        return True

    def _close(self, output: IO[bytes] | None) -> None:
        if output is not None and not output.closed:
            self._selector.unregister(output)
            output.close()

    def _bury(self, child: _Child) -> None:
        """Take note of a death: what is left of its group is killed, and its last words are printed."""
        process = child.process
        if process is None:
            return
        kill_group(process.pid)
        child.code = process.wait()
        if process.stdout is not None and not process.stdout.closed:
            while self._read(child):
                pass
            self._close(process.stdout)
        if child.unfinished_line:
            self.console.line(child.program.name, child.unfinished_line.decode(errors="replace"))
            child.unfinished_line = b""
        child.process = None

    def _repair(self, child: _Child) -> None:
        if child.process is not None:
            return
        now = time.monotonic()
        if not child.restart_at:
            child.deaths = 1 if now - child.started > SETTLED else child.deaths + 1
            pause = pause_before_restart(child.deaths)
            child.restart_at = now + pause
            self.console.line(
                child.program.name, f"ended with {ending(child.code or 0)}; starting it again in {pause:.0f} s"
            )
            self._announce()
        elif now >= child.restart_at:
            child.restart_at = 0.0
            try:
                self._spawn(child)
            except OSError as error:
                self.console.line(child.program.name, f"cannot be started: {error}")
            self._announce()

    def _end(self, child: _Child, requests: int) -> None:
        if child.process is None:
            return
        child.process.send_signal(child.program.gentle)
        deadline = time.monotonic() + PATIENCE
        while child.process is not None:
            if time.monotonic() > deadline or self._requests > requests:
                kill_group(child.process.pid)
            self._pump(_TURN / 2)

    def _announce(self) -> None:
        with contextlib.suppress(OSError):  # A full disk is no reason to stop what runs.
            self._on_change([(child.program, child.process.pid) for child in self._children if child.process])
