"""Codes of diseases: which there are in ICD-10-CM (April 2026)."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path


def known_code(typed: str) -> str | None:
    """Return the code as it is written (`E11.9`), None for one that there is not; chapters and blocks are no codes."""
    code = typed.strip().upper().replace(".", "")
    if code not in _codes():
        return None
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


@cache
def _codes() -> frozenset[str]:
    """Return every code, without its dot.

    The list is read from the package, but not by it: its own functions first build a tree of all descriptions, which
    takes a second and 150 MB in each process, and of which nothing is asked here.
    """
    package = find_spec("simple_icd_10_cm")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("simple-icd-10-cm is not installed")
    (listed,) = Path(package.origin).parent.glob("data/code-list-*.txt")
    # Chapters are numbers, blocks are ranges such as A00-A09.
    return frozenset(line for line in listed.read_text().split() if line[0].isalpha() and "-" not in line)
