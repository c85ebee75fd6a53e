"""CPU time of whole process trees, as Linux counts it."""

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
