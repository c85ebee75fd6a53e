"""Finding the phrases of the knowledge base in a text: words near each other, in any order, within one clause."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .knowledge import DiseaseKnowledge, InvalidKnowledge
from .lexing import canonical, joined, words_of
from .spelling import Speller
from .words import (
    COMPOUNDS,
    DENIES,
    EMPTY,
    ENDS_DENIAL,
    FILLERS,
    HARD_BREAKS,
    LINKS,
    ORDINARY,
    PARTS,
    SAME_WORD,
    SOFT_BREAKS,
)

_SLACK = {1: 0, 2: 2}  # words that may stand between those of a phrase, by its length
_MOST_SLACK = 3
_PARTED = 50  # more than any slack
_IN_ORDER = frozenset({"no", "not", "cannot", "without"})  # "no appetite" is not "appetite, no"
_ORDERED_SLACK = 1
_SUBJECTS = frozenset(map(canonical, ("i", "he", "she", "they", "we", "it")))

_EMPTY = frozenset(map(canonical, EMPTY))
_FILLERS = frozenset(map(canonical, FILLERS))
_DENIES = frozenset(map(canonical, DENIES))
_PLACES = frozenset(map(canonical, PARTS))

_ANYWHERE = frozenset(map(canonical, ("mole", "patch", "lesion", "wart")))  # "a mole on the back has grown"

# A complaint that has one place: in "swollen leg and chest pain" the pain is taken by the chest.
_BOUND = frozenset(
    map(
        canonical,
        (
            *("pain", "swelling", "weakness", "numbness", "tingling", "stiffness", "itching", "redness", "burning"),
            *("lump", "tightness", "rash", "bleeding", "cramps", "discharge", "spots", "dryness", "injury", "blister"),
            *("ulcer", "bruising"),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """The canonical words of one synonym and the symptom that it names."""

    words: tuple[str, ...]
    symptom: str
    needs: frozenset[str] = frozenset()  # at least one of these named elsewhere in the text; empty: none

    def is_free(self, named: frozenset[str]) -> bool:
        """Return whether the phrase may speak in a text that names these symptoms."""
        return not self.needs or not self.needs.isdisjoint(named)

    @property
    def slack(self) -> int:
        """Return how many other words may stand between these."""
        if not _IN_ORDER.isdisjoint(self.words):
            return min(len(self.words) - 2, _ORDERED_SLACK)
        return _SLACK.get(len(self.words), _MOST_SLACK)


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found in a text: the positions of its words among the text's, ascending."""

    phrase: Phrase
    positions: tuple[int, ...]
    gap: int

    @property
    def symptom(self) -> str:
        """Return the id of what the phrase names."""
        return self.phrase.symptom

    @property
    def rank(self) -> tuple[int, int, bool, int]:
        """Return the order in which matches claim their words: the longest, the tightest, the bound ones, the first."""
        return (-len(self.positions), self.gap, not self.phrase.needs, self.positions[0])


@dataclass(frozen=True)
class Line:
    """A text as canonical words and breaks, with what it costs to reach over each."""

    words: tuple[str, ...]

    @cached_property
    def positions(self) -> Mapping[str, list[int]]:
        """Return where each word stands."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for position, word in enumerate(self.words):
            found[word].append(position)
        return found

    @cached_property
    def costs(self) -> list[int]:
        """Return, before each position, the summed cost of the words up to it."""
        sums = [0]
        for position, word in enumerate(self.words):
            is_new_clause = word == "," and not _SUBJECTS.isdisjoint(self.words[position + 1 : position + 2])
            sums.append(sums[-1] + (_PARTED if is_new_clause else _cost(word)))
        return sums


def has_weight(word: str) -> bool:
    """Return whether a canonical word may carry a complaint: no break, no link, no filler, no denial."""
    return word[0].isalpha() and not (word in _EMPTY or word in _FILLERS or word in LINKS or word in _DENIES)


def _cost(word: str) -> int:
    if word in HARD_BREAKS or word in _DENIES or word == "but":
        return _PARTED
    if word in _EMPTY or word in _FILLERS or word in LINKS:
        return 0
    return 1


class PhraseBook:
    """All phrases of a knowledge base, found by their rarest word, and the spelling of their words."""

    def __init__(self, knowledge: DiseaseKnowledge) -> None:
        self._knowledge = knowledge
        self.phrases = _phrases(knowledge)
        counts = Counter(word for phrase in self.phrases for word in phrase.words)
        self._by_rarest: defaultdict[str, list[Phrase]] = defaultdict(list)
        for phrase in self.phrases:
            self._by_rarest[min(phrase.words, key=lambda word: (counts[word], word))].append(phrase)
        self._known = frozenset(counts) | _EMPTY | _FILLERS | _DENIES | LINKS | SOFT_BREAKS | HARD_BREAKS
        self._ordinary = ORDINARY | ENDS_DENIAL
        self._speller = Speller(_surface_words(knowledge))

    def line(self, text: str) -> Line:
        """Return the text as canonical words, slips of the pen mended."""
        mended = [self._mended(word) for word in words_of(text)]
        return Line(tuple(canonical(word) for word in joined(mended)))

    def _mended(self, word: str) -> str:
        if canonical(word) in self._known or word in self._ordinary:
            return word
        near = self._speller.nearest(word)
        meanings = {canonical(candidate) for candidate in near}
        return min(near) if len(meanings) == 1 else word

    def find(self, line: Line) -> list[Match]:
        """Return the matches that hold together, in the order of the text."""
        candidates = sorted(self._candidates(line), key=lambda match: match.rank)
        kept = _claiming([match for match in candidates if not match.phrase.needs], line)
        named = self._knowledge.closure(match.symptom for match in kept)
        if any(match.phrase.needs & named for match in candidates):
            kept = _claiming([match for match in candidates if match.phrase.is_free(named)], line)
        return sorted(kept, key=lambda match: match.positions)

    def _candidates(self, line: Line) -> Iterator[Match]:
        for position, word in enumerate(line.words):
            for phrase in self._by_rarest.get(word, ()):
                match = _match(phrase, line, position)
                if match is not None:
                    yield match


def _claiming(ranked: Sequence[Match], line: Line) -> list[Match]:
    kept: list[Match] = []
    for match in ranked:
        if not any(_is_claimed(match, other, line) for other in kept):
            kept.append(match)
    return kept


def _phrases(knowledge: DiseaseKnowledge) -> list[Phrase]:
    found: dict[tuple[tuple[str, ...], str], Phrase] = {}
    owner_of: dict[frozenset[str], str] = {}
    for symptom in knowledge.symptoms.values():
        free = [(text, frozenset[str]()) for text in (symptom.name, symptom.id, *symptom.synonyms)]
        bound = [(text, frozenset(symptom.implies)) for text in symptom.beside]
        for text, needs in [*free, *bound]:
            words = key_words(text)
            if not words:
                message = f"{symptom.id}: {text!r} has no word of weight"
                raise InvalidKnowledge(message)
            if not needs and owner_of.setdefault(frozenset(words), symptom.id) != symptom.id:
                message = f"{text!r}: means both {owner_of[frozenset(words)]} and {symptom.id}"
                raise InvalidKnowledge(message)
            found.setdefault((words, symptom.id), Phrase(words, symptom.id, needs))
    return list(found.values())


def key_words(text: str) -> tuple[str, ...]:
    """Return the canonical words of a synonym that carry weight, each once."""
    words = (canonical(word) for word in joined(words_of(text)))
    return tuple(dict.fromkeys(word for word in words if word[0].isalpha() and word not in _EMPTY | LINKS))


def _surface_words(knowledge: DiseaseKnowledge) -> set[str]:
    """Return every word as it is spelt, compounds by their parts: slips are mended before words are joined."""
    texts = (text for s in knowledge.symptoms.values() for text in (s.name, s.id, *s.synonyms, *s.beside))
    spelt = {word for text in texts for word in words_of(text) if word[0].isalpha()}
    return spelt | set(SAME_WORD) | {word for pair in COMPOUNDS for word in pair}


def _match(phrase: Phrase, line: Line, position: int) -> Match | None:
    places = []
    is_ordered = not _IN_ORDER.isdisjoint(phrase.words)
    seed = phrase.words.index(line.words[position])
    for index, word in enumerate(phrase.words):
        standing = line.positions.get(word, [])
        if is_ordered:
            standing = [at for at in standing if (at > position) - (at < position) == (index > seed) - (index < seed)]
        if not standing:
            return None
        places.append(min(standing, key=lambda at: (abs(line.costs[at] - line.costs[position]), abs(at - position))))
    first, last = min(places), max(places)
    gap = line.costs[last + 1] - line.costs[first] - sum(_cost(word) for word in phrase.words)
    if gap > phrase.slack or (is_ordered and places != sorted(places)):
        return None
    between = line.words[first:last] if _ANYWHERE.isdisjoint(phrase.words) else ()
    if any(word in _PLACES and word not in phrase.words for word in between):
        return None
    return Match(phrase, tuple(sorted(places)), gap)


def _is_claimed(match: Match, other: Match, line: Line) -> bool:
    """Return whether the other match already took the words: all of them, or a complaint that has its place there."""
    if match.phrase.needs and other.phrase.needs:
        return match.symptom == other.symptom  # "on the stairs" tells of the pain and of the breath
    shared = set(match.positions) & set(other.positions)
    if len(shared) == len(match.positions):
        return True
    words: Sequence[str] = [line.words[position] for position in shared]
    is_same_place = any(word in _PLACES for word in words)
    return any(word in _BOUND for word in words) and not is_same_place
