"""The state file of a clone: what runs, where, and whether it still does; and the lock that one launcher holds."""

import contextlib
import json
import os
import signal
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from apps.core.launcher.errors import LauncherError
from apps.core.launcher.locks import Locked, locked
from apps.core.launcher.private import write_private
from apps.core.launcher.processes import Program, carrying, identity, stop_left_over

MARK = "LAUNCHED_BY"


class AlreadyRunning(LauncherError):
    """Another launcher holds the lock of this clone."""


def local_folder(root: Path) -> Path:
    """Return the folder that holds all a clone writes, made on the first call.

    Others may pass it, not list it: as root the database server is another user. What is secret inside is 0600.
    """
    folder = root / ".local"
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder


@contextlib.contextmanager
def exclusive(root: Path) -> Iterator[None]:
    """Be the one launcher of this clone. Raises AlreadyRunning."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(local_folder(root) / "run.lock"))
        except Locked as error:
            raise AlreadyRunning("Another launcher is at work in this folder.") from error
        yield


def running_urls(root: Path) -> dict[str, str]:
    """Return the URLs of what runs in this clone; nothing when nothing runs, so never the URL of a dead server."""
    state = _read(root)
    urls = state.get("urls")
    if not isinstance(urls, dict) or not _lives(state.get("owner")):
        return {}
    return {str(name): str(url) for name, url in urls.items()}


def mark() -> dict[str, str]:
    """Return what children carry in their environment, so that even their orphans are known to be ours."""
    return {MARK: _name_of(_described(os.getpid()))}


def record(root: Path, urls: Mapping[str, str], running: Iterable[tuple[Program, int]]) -> None:
    """Write down what we run: each program's pid, what identifies it beyond the pid, and the signal that stops it."""
    processes = {program.name: {**_described(pid), "gentle": int(program.gentle)} for program, pid in running}
    state = {"owner": _described(os.getpid()), "urls": dict(urls), "processes": processes}
    write_private(_path(root), json.dumps(state, indent=1))


def forget(root: Path) -> None:
    """Remove the state file: nothing of ours runs any more."""
    _path(root).unlink(missing_ok=True)


def stop_left_overs(root: Path) -> list[str]:
    """Stop what a killed launcher left running, and return the names. Hold the lock.

    A recorded pid counts if its identity is the recorded one; any other process, if it carries that launcher's mark.
    """
    state = _read(root)
    processes = state.get("processes")
    living = {n: p for n, p in processes.items() if _lives(p)} if isinstance(processes, dict) else {}
    orphans = carrying(MARK, _name_of(state["owner"])) if "owner" in state else []
    ask = dict.fromkeys(orphans, signal.SIGTERM)
    ask |= {p["pid"]: signal.Signals(p.get("gentle", signal.SIGTERM)) for p in living.values()}
    stop_left_over(ask.keys(), ask=ask)
    return sorted(living) or ["orphans"] * bool(orphans)


def _path(root: Path) -> Path:
    return root / ".local" / "services.json"


def _read(root: Path) -> dict[str, Any]:
    try:
        state = json.loads(_path(root).read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _described(pid: int) -> dict[str, Any]:
    return {"pid": pid, "identity": identity(pid)}


def _name_of(described: object) -> str:
    return json.dumps(described, sort_keys=True)


def _lives(described: object) -> bool:
    match described:
        case {"pid": int(pid), "identity": str(was)}:
            return identity(pid) == was
    return False
