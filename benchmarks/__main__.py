"""`python -m benchmarks [--full] [--only NAME]`: measure, and print each figure beside its goal."""

import argparse
import importlib
import os
import platform
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from types import FrameType

from benchmarks.report import Figure, table
from benchmarks.sizes import FULL, SMALL, TINY, Size
from benchmarks.stage import Stage, staged

SUBJECTS = {
    "list": "benchmarks.listing",
    "slots": "benchmarks.slots",
    "dispatch": "benchmarks.dispatching",
    "check-in": "benchmarks.checking_in",
    "memory": "benchmarks.memory",
    "login": "benchmarks.login",
    "notes": "benchmarks.notes",  # Before those that fill the tables with people of their own.
    "directory": "benchmarks.directory",
    "nearby": "benchmarks.nearby",
    "patients": "benchmarks.searching",
    "summary": "benchmarks.summary",
    "predict": "benchmarks.predicting",
    "safety": "benchmarks.safety",
    "book": "benchmarks.booking",  # Last: its bookings are care relationships, which the others lay out themselves.
}
_INTERRUPTED = 130


def main() -> int:
    """Measure what the command line asks for; 0 when everything was measured, whether or not goals are reached."""
    arguments = _arguments()
    if sys.platform != "linux":
        sys.exit("CPU time is read from Linux's /proc: run this on Linux.")
    stopping = Stopping()
    signal.signal(signal.SIGTERM, stopping)
    signal.signal(signal.SIGINT, stopping)
    started = time.monotonic()
    try:
        with staged() as stage:
            figures = list(_measured(stage, arguments.size, arguments.only or list(SUBJECTS), stopping))
    except KeyboardInterrupt:
        print("Stopped; servers and folders are gone.", file=sys.stderr)
        return _INTERRUPTED
    print(f"\n{_circumstances()}\n\n{table(figures)}\n\n{time.monotonic() - started:.0f} seconds.")
    return 0


class Stopping:
    """What a stop signal does: it interrupts, and is not forgotten when Python swallows that inside a destructor."""

    def __init__(self) -> None:
        self.is_wanted = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Interrupt what runs now."""
        self.is_wanted = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Interrupt if that was wanted before."""
        if self.is_wanted:
            raise KeyboardInterrupt


def _measured(stage: Stage, size: Size, names: Sequence[str], stopping: Stopping) -> Iterator[Figure]:
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        # Imported only now: models cannot be, before the database is known.
        for figure in importlib.import_module(SUBJECTS[name]).measure(stage, size):
            stopping.check()
            print(f"  {figure.operation}: {figure.written}", file=sys.stderr, flush=True)
            yield figure


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_const", dest="size", const=FULL, help="a million appointments and doses")
    size.add_argument("--tiny", action="store_const", dest="size", const=TINY, help="only try the harness out")
    parser.add_argument("--only", action="append", choices=SUBJECTS, help="this subject; may be repeated")
    parser.set_defaults(size=SMALL)
    return parser.parse_args()


def _circumstances() -> str:
    cores, busy = len(os.sched_getaffinity(0)), os.getloadavg()[1]
    return (
        f"{cores} cores, load {busy:.1f} in the last five minutes; Python {platform.python_version()}.\n"
        "One web worker; PostgreSQL with fsync and synchronous commits, autovacuum off.\n"
        "Costs are CPU milliseconds of a request, of the web server and PostgreSQL together.\n"
        "Figures are medians, with (least to most)."
    )


if __name__ == "__main__":
    sys.exit(main())
