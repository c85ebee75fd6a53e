"""The benchmarks' harness works end to end; what it measures is nobody's promise here."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.core.launcher.processes import kill_group
from apps.core.launcher.servers import remove
from benchmarks.capturing import numbered, positions
from benchmarks.cpu import cpu_ms
from benchmarks.report import Figure, table
from benchmarks.stage import ROOT

PATIENCE = 180  # Seconds until a run that hangs is killed.
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="CPU time is read from /proc")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder for temporary files that every user may pass, because as root PostgreSQL is another one."""
    made = Path(tempfile.mkdtemp(prefix="benchmarked-"))
    made.chmod(0o711)
    yield made
    for left in made.iterdir():
        remove(left)
    shutil.rmtree(made)


@contextlib.contextmanager
def tiny_run(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a run that keeps everything of its own in `folder`; the servers of the tests are in its environment too."""
    command = [sys.executable, "-m", "benchmarks", "--tiny", *arguments]
    environment = {**os.environ, "TMPDIR": str(folder)}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                kill_group(process.pid)


TOLD = {
    "list": ("list, page 1,", "list, page 2,", "list, an early week"),
    "summary": ("summary, its manager", "summary, its doctor, audited"),
    "dispatch": ("dispatch 200 doses", "idle sweep"),
    "check-in": ("check-in, a dose in time",),
    "memory": ("memory of a web worker", "memory of a Celery worker"),
    "login": ("sign-in",),
    "slots": ("free slots, 30 days",),
    "notes": ("notes, opening a page of 50", "notes, private keys loaded"),
    "safety": ("safety, one medicine against 20",),
    "directory": ("directory, a misspelt name", "directory, recall@10"),
    "nearby": ("nearby, 10 km at the date line",),
    "book": ("booking, races that did not end with 8 booked", "booking, a race"),
}
SAMPLE = ("list", "dispatch")


@pytest.mark.proof
@on_linux
def test_what_is_asked_is_measured_and_nothing_is_left_behind(folder):
    is_full = os.environ.get("PROOF") == "full"
    asked = [] if is_full else [word for name in SAMPLE for word in ("--only", name)]
    with tiny_run(folder, *asked) as process:
        printed, said = process.communicate(timeout=PATIENCE)
    # Bytes of the floor that differ from the API's, an answer that is not 200 and a dose told of twice all end the run.
    assert process.returncode == 0, said
    for operation in (each for name in (TOLD if is_full else SAMPLE) for each in TOLD[name]):
        assert operation in printed
    assert list(folder.iterdir()) == []


@on_linux
def test_an_interrupted_run_leaves_nothing_behind(folder):
    with tiny_run(folder) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "servers are up\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, said
    assert list(folder.iterdir()) == []


@on_linux
def test_the_cpu_time_of_ended_children_counts():
    before = cpu_ms(os.getpid())
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
    assert cpu_ms(os.getpid()) - before >= 250


@pytest.mark.parametrize(
    ("figure", "goal", "reached"),
    [
        (Figure("list", 1.5, "x", at_most=2.0), "<= 2.00x", "yes"),
        (Figure("list", 2.5, "x", at_most=2.0), "<= 2.00x", "NO"),
        (Figure("dispatch", 0.5, "x", at_least=0.4), ">= 0.40x", "yes"),
        (Figure("dispatch", 0.3, "x", at_least=0.4), ">= 0.40x", "NO"),
        (Figure("read", 1_234_567, "rows/s"), "", ""),
    ],
)
def test_a_figure_stands_beside_its_goal(figure, goal, reached):
    assert (figure.goal, figure.reached) == (goal, reached)


def test_the_table_has_a_line_for_each_figure_and_remark():
    lines = table([Figure("list", 1.5, "x", at_most=2.0, remark="API 3 ms"), Figure("read", 1_234_567, "rows/s")])
    assert lines.splitlines() == [
        "operation            figure  goal      reached",
        "---------  ----------------  --------  -------",
        "list                  1.50x  <= 2.00x  yes",
        "    API 3 ms",
        "read       1,234,567 rows/s",
    ]


@pytest.mark.parametrize(
    ("statement", "arguments", "expected"),
    [
        ("a = %s AND b LIKE '%%x' AND c = %s", (1, 2), ("a = $1 AND b LIKE '%x' AND c = $2", (1, 2))),
        ("a = %(one)s OR b = %(two)s OR c = %(one)s", {"two": 2, "one": 1}, ("a = $1 OR b = $2 OR c = $1", (1, 2))),
        ("true", None, ("true", ())),
    ],
)
def test_placeholders_become_those_of_postgresql(statement, arguments, expected):
    assert numbered(statement, arguments) == expected


def test_columns_are_found_under_any_alias():
    statement = (
        'SELECT "a"."id" AS "id", COALESCE("b"."x", T4."y") AS "z", T4."id", d.name FROM "a" '
        'LEFT OUTER JOIN "b" T4 ON ("a"."b_id" = T4."id") JOIN doctor d ON d.id = "a"."d_id"'
    )
    assert positions(statement, ("doctor.name", "a.id", "b.id")) == (3, 0, 2)
    with pytest.raises(LookupError, match="no longer selects"):
        positions(statement, ("a.name",))
