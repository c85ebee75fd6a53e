"""Misspelt names: the one name that a word is near to, or none where two could be meant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_SHORTEST = 6  # letters; a shorter word is near to too many names
_LONG = 10  # letters from which two slips are allowed


def slips_between(one: str, other: str, most: int) -> int:
    """Return the letters changed, added, left out or swapped with a neighbour between two words; most + 1 if more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        here = [row]
        for column, against in enumerate(other, start=1):
            cost = min(above[column] + 1, here[-1] + 1, above[column - 1] + (letter != against))
            if _is_swap(one, other, row, column):
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        if min(here) > most:
            return most + 1
        before, above = above, here
    return min(above[-1], most + 1)


def _is_swap(one: str, other: str, row: int, column: int) -> bool:
    return row > 1 and column > 1 and one[row - 1] == other[column - 2] and one[row - 2] == other[column - 1]


def _letters(word: str) -> int:
    """Return the set of a word's letters as bits: words two slips apart differ in few of them."""
    bits = 0
    for sign in word:
        bits |= 1 << (ord(sign) & 31)
    return bits


@dataclass(frozen=True, slots=True)
class Speller:
    """The names that may be misspelt, each with what it names; lookalikes must be written exactly."""

    names: tuple[tuple[str, int, str], ...]
    lookalikes: frozenset[str]

    def nearest(self, word: str) -> str | None:
        """Return the one name that a word is a slip of; None when none is near or two are equally near."""
        allowed = _allowed(word)
        if not allowed:
            return None
        near = sorted(self._near(word, allowed + 1))
        if not near or near[0][0] > allowed:
            return None
        slips, name, named = near[0]
        if _is_opposite(word, name):
            return None
        closest = {one for distance, one, _ in near if distance == slips}
        rivals = {other for distance, _, other in near if distance == slips}
        is_likely = slips == 1 or name[0] == word[0]  # the first letter is seldom wrong
        return name if is_likely and rivals == {named} and closest.isdisjoint(self.lookalikes) else None

    def _near(self, word: str, most: int) -> Iterable[tuple[int, str, str]]:
        bits, length = _letters(word), len(word)
        for name, letters, named in self.names:
            if abs(len(name) - length) <= most and (bits ^ letters).bit_count() <= 2 * most:
                slips = slips_between(word, name, most)
                if slips <= most:
                    yield slips, name, named


def _is_opposite(word: str, name: str) -> bool:
    """Tell whether one is too much and the other too little: two letters apart, and no slip of the pen."""
    return {word[:5] == "hyper", name[:5] == "hyper"} == {True, False} and "hypo" in (word[:4], name[:4])


def _allowed(word: str) -> int:
    if len(word) < _SHORTEST or any(sign.isdigit() for sign in word):
        return 0
    return 2 if len(word) >= _LONG else 1


def speller(names: Mapping[str, str], lookalikes: frozenset[str] = frozenset()) -> Speller:
    """Return the speller of folded names, each with the id of what it names."""
    usable = ((name, _letters(name), named) for name, named in names.items() if len(name) >= _SHORTEST)
    return Speller(names=tuple(usable), lookalikes=lookalikes)
