"""CPU time and memory of whole process trees, as Linux counts them."""

import os
from collections import defaultdict
from pathlib import Path

_MS_PER_TICK = 1000 / os.sysconf("SC_CLK_TCK")
# Counted from the state, the first field after the program's name: see proc(5).
_PARENT, _USER, _CHILDREN_SYSTEM = 1, 11, 14


def cpu_ms(root: int) -> float:
    """Return the CPU milliseconds that the tree under `root` has used so far, ended and reaped children included."""
    parents, used = {}, {}
    for pid, fields in _processes():
        parents[pid] = int(fields[_PARENT])
        used[pid] = sum(int(ticks) for ticks in fields[_USER : _CHILDREN_SYSTEM + 1]) * _MS_PER_TICK
    return sum(used.get(pid, 0.0) for pid in _tree(root, parents))


def largest_rss_mb(root: int) -> float:
    """Return the resident megabytes of the largest process under `root`: the worker, not who watches over it."""
    tree = _tree(root, {pid: int(fields[_PARENT]) for pid, fields in _processes()})
    return max(_rss_mb(pid) for pid in tree)


def _rss_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:  # It ended while we looked.
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def _processes() -> list[tuple[int, list[str]]]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append((int(entry.name), (entry / "stat").read_text().rpartition(")")[2].split()))
            except OSError:  # It ended while we looked.
                continue
    return found


def _tree(root: int, parents: dict[int, int]) -> list[int]:
    children = defaultdict(list)
    for pid, parent in parents.items():
        children[parent].append(pid)
    tree = [root]
    for pid in tree:  # Grows while it is walked: children after their parents.
        tree += children[pid]
    return tree
