"""Recognising symptoms: in a list of names and in free text, present or denied."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .knowledge import DiseaseKnowledge
from .lexing import words_of
from .model import Recognised
from .negation import denied_positions, relatives_positions
from .phrases import Line, Match, PhraseBook, has_weight, key_words
from .spelling import Speller
from .vitals import signs_in

MAX_LENGTH = 5000  # characters of a text; the rest is not read
MAX_ITEMS = 100  # names in a list; the rest is not read
_LONGEST_NAME = 120  # characters
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was understood, in its order, and the names that were not."""

    recognised: tuple[Recognised, ...]
    unmatched: tuple[str, ...] = ()
    share_read: float = 1.0  # of the words of weight in the text

    @property
    def is_mostly_read(self) -> bool:
        """Return whether every name and most of the text was understood: what was not may hold a danger."""
        return not self.unmatched and self.share_read >= _MOSTLY

    def present(self) -> tuple[str, ...]:
        """Return the ids of what is there, each once."""
        return tuple(dict.fromkeys(found.symptom for found in self.recognised if found.is_present))

    def absent(self) -> tuple[str, ...]:
        """Return the ids of what is said not to be there; what is also said to be there is there."""
        denied = (found.symptom for found in self.recognised if not found.is_present)
        return tuple(dict.fromkeys(id_ for id_ in denied if id_ not in self.present()))


class Recogniser:
    """Reads complaints against one knowledge base."""

    def __init__(self, knowledge: DiseaseKnowledge) -> None:
        self._symptoms = knowledge.symptoms
        self._book = PhraseBook(knowledge)
        self._by_set = {frozenset(phrase.words): phrase.symptom for phrase in self._book.phrases if not phrase.needs}
        self._by_letters = {
            "".join(words_of(text)): symptom.id
            for symptom in knowledge.symptoms.values()
            for text in (symptom.name, symptom.id, *symptom.synonyms)
        }
        self._letters = Speller(self._by_letters, most_slips=1)  # two would make a million forms of whole phrases

    def recognise(self, *, symptoms: Sequence[str] = (), text: str = "", age_years: float | None = None) -> Recognition:
        """Return what the names and the text say; `age_years` judges measured values. Never raises for any text."""
        found: list[Recognised] = []
        unmatched: list[str] = []
        for item in symptoms[:MAX_ITEMS]:
            said = item.strip().lower()[:_LONGEST_NAME]
            read = list(self._in_item(said, age_years))
            found.extend(read)
            unmatched.extend([] if read or not said else [said])
        text = text[:MAX_LENGTH]
        line = self._book.line(text)
        matches = self._book.find(line)
        found.extend(self._in_line(line, matches))
        found.extend(self._measured(text, age_years))
        return Recognition(_each_once(found), tuple(dict.fromkeys(unmatched)), _share_read(line, matches))

    def _in_item(self, said: str, age_years: float | None) -> Iterator[Recognised]:
        exact = self._by_set.get(frozenset(key_words(said)))
        if exact:
            yield Recognised(said, exact, self._symptoms[exact].name)
            return
        line = self._book.line(said)
        read = [*self._in_line(line, self._book.find(line)), *self._measured(said, age_years)]
        for found in read:
            yield Recognised(said, found.symptom, found.name, found.is_present)
        if not read:
            yield from self._by_spelling(said)

    def _by_spelling(self, said: str) -> Iterator[Recognised]:
        near = {self._by_letters[letters] for letters in self._letters.nearest("".join(words_of(said)) or " ")}
        if len(near) == 1:
            symptom = near.pop()
            yield Recognised(said, symptom, self._symptoms[symptom].name)

    def _in_line(self, line: Line, matches: Sequence[Match]) -> Iterator[Recognised]:
        denied, foreign = denied_positions(line, matches), relatives_positions(line)
        for match in matches:
            symptom = self._symptoms[match.symptom]
            is_denied = match.positions[0] in denied
            if foreign.isdisjoint(match.positions) and (symptom.negatable or not is_denied):
                yield Recognised(_said(line, match), symptom.id, symptom.name, not is_denied)

    def _measured(self, text: str, age_years: float | None) -> Iterator[Recognised]:
        for sign, words in signs_in(text, age_years=age_years):
            yield Recognised(words, sign, self._symptoms[sign].name)


def _said(line: Line, match: Match) -> str:
    return " ".join(line.words[match.positions[0] : match.positions[-1] + 1])


def _share_read(line: Line, matches: Sequence[Match]) -> float:
    weighty = {position for position, word in enumerate(line.words) if has_weight(word)}
    read = {position for match in matches for position in match.positions}
    return len(weighty & read) / len(weighty) if weighty else 1.0


def _each_once(found: list[Recognised]) -> tuple[Recognised, ...]:
    first: dict[tuple[str, bool], Recognised] = {}
    for item in found:
        first.setdefault((item.symptom, item.is_present), item)
    return tuple(first.values())
