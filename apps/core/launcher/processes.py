"""Processes: start one that cannot outlive us, recognise one again, stop one with everything it started."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from apps.core.launcher.private import open_private

PATIENCE = 10.0  # Seconds between the polite request and SIGKILL.
_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
# Loaded now: between fork and exec nothing may be imported or allocated by name.
_LIBC = ctypes.CDLL(None) if _LINUX else None


@dataclass(frozen=True)
class Account:
    """A system user that a program runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Program:
    """All that is needed to start a process, and to start it again after it died."""

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] | None = None  # None: that of the caller.
    account: Account | None = None  # None: the caller's.
    log: Path | None = None  # Written at its end, so that a restart keeps it. None: a pipe to the caller.
    gentle: signal.Signals = signal.SIGTERM  # What makes it stop in good order.


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """Start a program as the leader of its own group, and on Linux ask the kernel to stop it when we die.

    The kernel's promise hangs on the calling THREAD: start programs from one that lives as long as they should.
    Raises OSError when the program cannot be started.
    """
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(open_private(program.log)) if program.log else subprocess.PIPE
        account = program.account
        return subprocess.Popen(  # noqa: S603 - every command is built by this package and its callers
            program.command,
            cwd=program.folder,
            env=program.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_ends_with_us(program.gentle),  # noqa: PLW1509 - one system call, nothing that could lock
        )


def identity(pid: int) -> str | None:
    """Return what tells this process from any other that had or will have its pid; None when it does not live.

    A zombie does not live: where PID 1 does not reap, it would stay "running" for ever.
    """
    return _identity_from_proc(pid) if _LINUX else _identity_from_ps(pid)


def working_in(folder: Path) -> list[int]:
    """Return the living processes that work in this folder; each server here does so in the folder of its data."""
    return _working_in_from_proc(folder) if _LINUX else _working_in_from_ps(folder)


def carrying(variable: str, value: str) -> list[int]:
    """Return the living processes that were started with this in their environment; none where there is no /proc."""
    wanted, found = f"{variable}={value}".encode(), []
    for pid in _all_pids():
        with contextlib.suppress(OSError):  # Gone, or another user's.
            if wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(pid)
    return found


def stop(
    process: subprocess.Popen[bytes], gentle: signal.Signals = signal.SIGTERM, *, patience: float = PATIENCE
) -> None:
    """Stop our own child: ask it, give it `patience` seconds, then kill what is left of its group."""
    process.send_signal(gentle)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    kill_group(process.pid)
    process.wait()


def kill_group(leader: int) -> None:
    """Kill every process in the group of this leader, the leader included if it still lives."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies.
        os.killpg(leader, signal.SIGKILL)


def stop_left_over(pids: Collection[int], *, ask: Mapping[int, signal.Signals], patience: float = PATIENCE) -> None:
    """Stop processes that an earlier launcher left behind: send some of them a signal, then kill all that still live.

    The caller has verified that the pids are ours; from here on their identity is watched, never the bare pid.
    """
    known = {pid: found for pid in pids if (found := identity(pid))}
    for pid in known.keys() & ask.keys():
        _send(pid, ask[pid])
    if not _wait_until(lambda: not _living(known), patience):
        for pid in _living(known):
            kill_group(pid)
            _send(pid, signal.SIGKILL)
        _wait_until(lambda: not _living(known), patience)


def _ends_with_us(gentle: signal.Signals) -> Callable[[], None] | None:
    libc = _LIBC
    if libc is None:
        return None
    parent = os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(gentle), 0, 0, 0)
        if os.getppid() != parent:  # We died between fork and prctl; nobody would tell the child.
            os._exit(1)

    return ask_the_kernel


def _identity_from_proc(pid: int) -> str | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    state, started = fields[0], fields[19]
    if state in "ZX":
        return None
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{started}"


def _identity_from_ps(pid: int) -> str | None:
    state, _, started = _ps("-o", "stat=,lstart=", "-p", str(pid)).strip().partition(" ")
    return started.strip() if started and not state.startswith("Z") else None


def _working_in_from_proc(folder: Path) -> list[int]:
    wanted, found = str(folder.resolve()), []
    for pid in _all_pids():
        with contextlib.suppress(OSError):  # Gone, a zombie, or another user's.
            if str(Path(f"/proc/{pid}/cwd").readlink()) == wanted:
                found.append(pid)
    return found


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()] if _LINUX else []


def _working_in_from_ps(folder: Path) -> list[int]:
    """Without /proc the folder is looked for in the command line, where both servers carry it."""
    lines = (line.strip().partition(" ") for line in _ps("-axww", "-o", "pid=,command=").splitlines())
    return [int(pid) for pid, _, command in lines if str(folder.resolve()) in command and identity(int(pid))]


def _ps(*arguments: str) -> str:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout  # noqa: S603, S607


def _living(known: Mapping[int, str]) -> list[int]:
    return [pid for pid, was in known.items() if identity(pid) == was]


def _send(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, what)


def _wait_until(condition: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
