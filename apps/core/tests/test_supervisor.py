"""The supervisor keeps programs running and leaves none behind; real processes, no mocks, no clock."""

import io
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.core import supervisor as module
from apps.core.launcher.processes import Program, working_in
from apps.core.supervisor import (
    LONGEST_PAUSE,
    ChildFailed,
    Console,
    NotReadyInTime,
    StopRequested,
    Supervisor,
    pause_before_restart,
)

ROOT = Path(__file__).resolve().parents[3]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


class Terminal(io.StringIO):
    """A screen to read back, and to switch off."""

    is_on = True

    def isatty(self) -> bool:
        return self.is_on


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(screen: io.StringIO) -> Iterator[Supervisor]:
    with Supervisor(Console(screen)) as running:
        yield running


@pytest.fixture
def python(tmp_path: Path) -> Callable[[str, str], Program]:
    """Return a maker of programs that work in a folder of their own, by which they are found again."""
    return lambda name, code: Program(name=name, command=(sys.executable, "-u", "-c", code), folder=tmp_path)


Python = Callable[[str, str], Program]


class TestOutput:
    def test_every_line_carries_the_name_of_its_program(
        self, supervisor: Supervisor, screen: io.StringIO, python: Python
    ) -> None:
        supervisor.run_once(python("one", "print('first\\nsecond'); print('no end of line', end='')"))
        supervisor.run_once(python("two", "import sys; sys.stdout.buffer.write(b'\\xff\\r\\n')"))
        assert screen.getvalue() == "one | first\none | second\none | no end of line\ntwo | �\n"

    def test_a_terminal_gets_colours_unless_it_asks_not_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("NO_COLOR", raising=False)
        coloured, plain = Terminal(), Terminal()
        Console(coloured).line("one", "text")
        monkeypatch.setenv("NO_COLOR", "1")
        Console(plain).line("one", "text")
        assert "\033[" in coloured.getvalue()
        assert plain.getvalue() == "one | text\n"

    def test_a_poor_or_closed_terminal_stops_nothing(self) -> None:
        raw = io.BytesIO()
        poor = io.TextIOWrapper(raw, encoding="ascii")
        console = Console(poor)
        console.print("é")
        assert raw.getvalue() == b"\\xe9\n"
        poor.close()
        console.print("nobody reads this")


class TestStarting:
    def test_a_failed_step_is_named(self, supervisor: Supervisor, python: Python) -> None:
        with pytest.raises(ChildFailed, match="step ended with exit code 3"):
            supervisor.run_once(python("step", "raise SystemExit(3)"))

    def test_a_program_that_ends_meanwhile_is_a_failure_even_with_success(
        self, supervisor: Supervisor, python: Python
    ) -> None:
        supervisor.start(python("server", "pass"))
        with pytest.raises(ChildFailed, match="server ended with exit code 0"):
            supervisor.wait_until(lambda: False)

    def test_what_never_comes_is_given_up(self, supervisor: Supervisor, python: Python) -> None:
        with pytest.raises(NotReadyInTime):
            supervisor.wait_until(lambda: False, patience=0)

    def test_a_program_that_does_not_exist_is_an_error(self, supervisor: Supervisor, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            supervisor.start(Program(name="missing", command=("/nonexistent",), folder=tmp_path))


class TestWatching:
    def test_the_dead_are_started_again_and_it_is_said(
        self,
        supervisor: Supervisor,
        screen: io.StringIO,
        python: Python,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        monkeypatch.setattr(module, "pause_before_restart", lambda deaths: 0.0)
        code = (
            "import os, pathlib, signal, time\n"
            "lives = pathlib.Path('lives'); lives.write_text(lives.read_text() + 'x' if lives.exists() else 'x')\n"
            "len(lives.read_text()) < 3 and os.kill(os.getpid(), signal.SIGKILL)\n"
            "os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)\n"
        )
        supervisor.start(python("cat", code))
        with pytest.raises(StopRequested):
            supervisor.watch()
        assert (tmp_path / "lives").read_text() == "xxx"
        assert screen.getvalue().count("cat | ended with SIGKILL; starting it again in 0 s") == 2

    def test_it_tells_what_runs_at_every_change(self, python: Python, tmp_path: Path) -> None:
        told: list[list[str]] = []
        with Supervisor(
            Console(io.StringIO()), lambda running: told.append([p.name for p, _ in running])
        ) as supervisor:
            supervisor.start(python("one", "import time; time.sleep(60)"))
            supervisor.run_once(python("two", "pass"))
        assert told == [["one"], ["one", "two"], ["one"]]

    def test_pauses_grow_and_stay_bounded(self) -> None:
        assert [pause_before_restart(deaths) for deaths in (1, 2, 3)] == [1, 2, 4]
        assert pause_before_restart(1000) == LONGEST_PAUSE


class TestStopping:
    def test_the_last_started_goes_first(self, screen: io.StringIO, python: Python) -> None:
        code = (
            "import signal, sys, time\n"
            "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye')))\n"
            "print('here')\n"
            "time.sleep(60)\n"
        )
        with Supervisor(Console(screen)) as supervisor:
            for name in ("one", "two", "six"):
                supervisor.start(python(name, code))
            supervisor.wait_until(lambda: screen.getvalue().count("here") == 3)
        assert screen.getvalue().splitlines()[3:] == ["six | bye", "two | bye", "one | bye"]

    def test_each_program_gets_the_signal_it_understands(self, screen: io.StringIO, tmp_path: Path) -> None:
        code = "import time\ntry: print('here'); time.sleep(60)\nexcept KeyboardInterrupt: print('interrupted')"
        program = Program(name="one", command=(sys.executable, "-u", "-c", code), folder=tmp_path, gentle=signal.SIGINT)
        with Supervisor(Console(screen)) as supervisor:
            supervisor.start(program)
            supervisor.wait_until(lambda: "here" in screen.getvalue())
        assert "interrupted" in screen.getvalue()

    def test_neither_the_deaf_nor_their_children_stay(
        self, screen: io.StringIO, python: Python, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(module, "PATIENCE", 0.1)
        with Supervisor(Console(screen)) as supervisor:
            supervisor.start(
                python("deaf", f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {DEAF!r}]); " + DEAF)
            )
            supervisor.wait_until(lambda: screen.getvalue().count("deaf | deaf") == 2)
            assert len(working_in(tmp_path)) == 2
        assert eventually_nothing_works_in(tmp_path)

    def test_children_of_the_dead_do_not_stay(
        self, supervisor: Supervisor, screen: io.StringIO, python: Python, tmp_path: Path
    ) -> None:
        orphan = "import time; time.sleep(60)"
        supervisor.run_once(
            python("parent", f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {orphan!r}])")
        )
        assert eventually_nothing_works_in(tmp_path)

    def test_a_second_signal_does_not_wait(self, screen: io.StringIO, python: Python) -> None:
        code = (
            "import os, signal, time\n"
            "signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getppid(), signal.SIGINT))\n"
            "print('here'); time.sleep(5); print('outlived it')\n"
        )
        with Supervisor(Console(screen)) as supervisor:
            supervisor.start(python("slow", code))
            supervisor.wait_until(lambda: "here" in screen.getvalue())
        assert "outlived" not in screen.getvalue()

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_stop_signal_ends_all_with_success(self, tmp_path: Path, number: signal.Signals) -> None:
        script = (
            "import sys, pathlib\n"
            "from apps.core.supervisor import *\n"
            f"sleep = Program(name='sleep', command=('sleep', '60'), folder=pathlib.Path({str(tmp_path)!r}))\n"
            "with Supervisor() as supervisor:\n"
            "    supervisor.start(sleep); supervisor.start(sleep); print('up', flush=True)\n"
            "    try: supervisor.watch()\n"
            "    except StopRequested: pass\n"
        )
        process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert len(working_in(tmp_path)) == 2
        process.send_signal(number)
        assert process.wait() == 0
        process.stdout.close()
        assert not working_in(tmp_path)

    def test_a_closed_terminal_is_a_stop_signal(self) -> None:
        terminal = Terminal()
        with Supervisor(Console(terminal)) as supervisor:
            terminal.is_on = False
            with pytest.raises(StopRequested):
                supervisor.watch()

    def test_the_signals_are_given_back(self, python: Python) -> None:
        before = [signal.getsignal(each) for each in module.STOP_SIGNALS]
        with Supervisor(Console(io.StringIO())):
            assert [signal.getsignal(each) for each in module.STOP_SIGNALS] != before
        assert [signal.getsignal(each) for each in module.STOP_SIGNALS] == before


def eventually_nothing_works_in(folder: Path) -> bool:
    """Wait for the kernel to take away the killed, however slow the machine."""
    deadline = time.monotonic() + 30
    while working_in(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not working_in(folder)
