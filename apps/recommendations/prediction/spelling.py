"""Typing slips: a word that nobody knows is taken for the one nearest word, and for none when two are equally near."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

# Longest slips by length of word (letters): a short word has too many neighbours to guess.
_NO_SLIP_BELOW = 5
_TWO_SLIPS_FROM = 9


class Speller:
    """Finds the nearest of a fixed set of words within a bounded edit distance (insert, delete, replace, swap)."""

    def __init__(self, words: Iterable[str], *, most_slips: int = 2) -> None:
        self._most = most_slips
        self._near: defaultdict[str, set[str]] = defaultdict(set)
        for word in words:
            for form in _shortened(word, self._slips(word)):
                self._near[form].add(word)

    def nearest(self, word: str) -> frozenset[str]:
        """Return the words at the least distance within the bound; several when they are equally near."""
        bound = self._slips(word)
        candidates = {found for form in _shortened(word, bound) for found in self._near.get(form, ())}
        by_distance: defaultdict[int, set[str]] = defaultdict(set)
        for candidate in candidates:
            if _is_same_start(word, candidate):
                by_distance[distance(word, candidate)].add(candidate)
        least = min(by_distance, default=bound + 1)
        return frozenset(by_distance[least]) if least <= bound else frozenset()

    def _slips(self, word: str) -> int:
        if len(word) < _NO_SLIP_BELOW:
            return 0
        return min(1 if len(word) < _TWO_SLIPS_FROM else 2, self._most)

    def corrected(self, word: str) -> str | None:
        """Return the one nearest word, or None: never a guess between two."""
        near = self.nearest(word)
        return next(iter(near)) if len(near) == 1 else None


def distance(one: str, other: str) -> int:
    """Return the edit distance with swaps of neighbours counted as one (optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, mark in enumerate(other, 1):
            cost = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (letter != mark))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == mark:
                cost = min(cost, rows[i - 2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def _shortened(word: str, slips: int) -> Iterator[str]:
    """Yield the word with up to so many letters left out: two words that share one are near each other."""
    forms = {word}
    yield word
    for _ in range(slips):
        forms = {form[:i] + form[i + 1 :] for form in forms for i in range(len(form))}
        yield from forms


def _is_same_start(word: str, candidate: str) -> bool:
    """A slip seldom falls on the first letter but by swapping it; so most ordinary words are left alone."""
    return word[0] == candidate[0] or word[:2] == candidate[1::-1]
