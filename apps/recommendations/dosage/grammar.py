"""How a reader is written: a pattern over the canonical line, and what it means."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from .facts import Fact
from .words import DAY_OF_SPELLING, FORM, MASS, VOLUME

Meaning: TypeAlias = tuple[Fact, ...] | None  # None: not this reader after all

_NUMBER = r"\d+(?:\.\d+)?"
_PLACEHOLDERS = {
    "<N>": _NUMBER,
    "<R>": rf"{_NUMBER}(?:~{_NUMBER})?",
    "<CLOCK>": r"@\d\d:\d\dh?",
    "<SLOTS>": rf"#{_NUMBER}(?:-{_NUMBER}){{2,3}}",
    "<DAY>": rf"(?:{'|'.join(sorted(set(DAY_OF_SPELLING.values())))})",
    "<FORM>": rf"(?:{'|'.join(FORM)})",
    "<MASS>": rf"(?:{'|'.join(MASS)})",
    "<VOLUME>": rf"(?:{'|'.join(VOLUME)})",
    "<UNIT>": rf"(?:{'|'.join([*FORM, *MASS, *VOLUME])})",
    "<A_DAY>": r"(?: (?:a|per|each|every|in a|in|/|within|over|during|in any)(?: 1)?"
    r" (?:day|24 hour(?: period)?)| daily)",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """A pattern that begins at a token and ends at one, with the facts it stands for."""

    pattern: re.Pattern[str]
    build: Callable[[re.Match[str]], Meaning]


def reader(template: str, build: Callable[[re.Match[str]], Meaning]) -> Reader:
    """Return a reader; placeholders such as <R> (a number or a range) and <UNIT> stand for their patterns."""
    for placeholder, pattern in _PLACEHOLDERS.items():
        template = template.replace(placeholder, pattern)
    return Reader(re.compile(rf"(?:{template})(?= |$)"), build)


def means(template: str, *facts: Fact) -> Reader:
    """Return a reader whose words always mean the same facts; without facts, they are harmless."""
    return reader(template, lambda match: facts)


def span(text: str) -> tuple[Decimal, Decimal]:
    """Return both ends of a number or a range."""
    low, _, high = text.partition("~")
    return Decimal(low), Decimal(high or low)


def whole(text: str) -> int | None:
    """Return the number where it is whole, else None."""
    value = Decimal(text) if "~" not in text else None
    return int(value) if value is not None and value == value.to_integral_value() else None
