"""Conditions as people write them: synonyms, qualifiers, ICD-10 codes; what is denied is not read as present."""

import re
from dataclasses import dataclass

from .measurements import read_measurements
from .model import Condition, Implied, Library
from .references import ancestors
from .spelling import Speller, speller
from .words import MAX_LENGTH, fold, is_nothing, lower

_LONGEST = 9  # words of a synonym
_ICD10 = re.compile(r"^\s*([A-TV-Z][0-9]{2})\.?([0-9A-Z]{0,4})\s*$", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(no|not|denies|denied|without|negative|never|ruled out|rule out|excluded|family history|fh|fhx|"
    r"(?<!feeding )mother|father|"
    r"sister|brother|resolved|possible|suspected|at risk)\b"
)
# Ways of writing that mean the same in every name.
_SAME = (
    (re.compile(r"\b(stage|type) iv(?=[ab]?\b)"), r"\1 4"),
    (re.compile(r"\b(stage|type) v(?=[ab]?\b)"), r"\1 5"),
    (re.compile(r"\b(stage|type) iii(?=[ab]?\b)"), r"\1 3"),
    (re.compile(r"\b(stage|type) ii(?=[ab]?\b)"), r"\1 2"),
    (re.compile(r"\b(stage|type) i(?=[ab]?\b)"), r"\1 1"),
    (re.compile(r"\b(?:chronic )?(?:kidney|renal) (?:disease|insufficiency|failure) stage\b"), "ckd stage"),
    (
        re.compile(r"\bstage ([3-5][ab]?) (?:chronic )?(?:kidney|renal) (?:disease|insufficiency|failure)\b"),
        r"stage \1 ckd",
    ),
    (re.compile(r"\bckd g(?=[1-5][ab]?\b)"), "ckd stage "),
    (re.compile(r"\bhtn\b"), "hypertension"),
)
_WEEKS = re.compile(r"\b(\d{1,2})(?: \d)? ?(?:weeks?|wks?|w)\b(?: (?:pregnant|gestation|pregnancy))?")
# Around a condition: when, how grave, since when, units; none of them changes which condition it is.
_AROUND = (
    "history of h o hx pmh past previous prior known chronic acute mild moderate severe current active inactive "
    "stable unstable controlled uncontrolled well poorly newly new onset recent recently diagnosed diagnosis "
    "confirmed patient has have had with and or the a an in on type stage grade class primary secondary essential "
    "idiopathic left right bilateral recurrent intermittent persistent permanent longstanding long standing years "
    "year since disease disorder syndrome condition problem untreated treated under treatment remote i ii iii iv "
    "v 1 2 3 4 5 weeks week wks due to s p status post mildly moderately severely ongoing latent remission is "
    "very poor early late advanced end ml min m2 ms mmol l meq percent normal value last adult child"
)
_QUALIFIERS = frozenset(_AROUND.split())


@dataclass(frozen=True, slots=True)
class ConditionName:
    """What a text says: ids of conditions with all their wider ones, what follows, and the words not understood."""

    text: str
    ids: frozenset[str] = frozenset()
    egfr_at_most: float | None = None
    implies: frozenset[Implied] = frozenset()
    weeks: float | None = None
    unread: tuple[str, ...] = ()
    is_none: bool = False


class ConditionBook:
    """The names and codes of all conditions."""

    def __init__(self, library: Library) -> None:
        self._conditions = library.conditions
        parents = {key: entry.parents for key, entry in library.conditions.items()}
        self._closure = {key: ancestors(key, parents) | {key} for key in parents}
        self._names: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        for key, entry in library.conditions.items():
            self._learn(key, entry)
        self._speller: Speller = speller(self._names)

    def _learn(self, key: str, entry: Condition) -> None:
        self._names.update((_plain(name), key) for name in entry.also)
        self._names.setdefault(_plain(entry.name), key)
        self._codes.update((code.replace(".", ""), key) for code in entry.icd10)

    def name_of(self, key: str) -> str:
        """Return how a condition is called."""
        return self._conditions[key].name

    def read(self, text: str) -> ConditionName:
        """Return what a text says; a text that says nothing known has no ids and all its words unread."""
        if is_nothing(text):
            return ConditionName(text=text, is_none=True)
        if len(text) > MAX_LENGTH:
            return ConditionName(text=text, unread=(text[:MAX_LENGTH],))
        line, code = _plain(text), _ICD10.match(text)
        if code and line not in self._names:
            return self._coded(text, (code[1] + code[2]).upper())
        if line not in self._names and _DENIED.search(line):
            return ConditionName(text=text, unread=(line,))
        if line in self._names:
            return self._said(text, [self._names[line]], [])
        measured = read_measurements(lower(text))
        keys, unread = self._scanned(_plain(measured.rest).split())
        return self._said(text, [*measured.conditions, *keys], unread, egfr=measured.egfr)

    def _coded(self, text: str, code: str) -> ConditionName:
        for length in range(len(code), 2, -1):
            key = self._codes.get(code[:length])
            if key:
                return self._said(text, [key], [])
        return ConditionName(text=text, unread=(code,))

    def _said(self, text: str, keys: list[str], unread: list[str], *, egfr: float | None = None) -> ConditionName:
        ids = frozenset[str]().union(*(self._closure[key] for key in keys))
        entries = [self._conditions[key] for key in ids]
        stated = (egfr, *(entry.egfr_at_most for entry in entries))
        limits = [limit for limit in stated if limit is not None]
        implies = frozenset(entry.implies for entry in entries if entry.implies is not None)
        weeks = _WEEKS.search(fold(text)) if Implied.PREGNANT in implies else None
        return ConditionName(
            text=text,
            ids=ids,
            egfr_at_most=min(limits, default=None),
            implies=implies,
            weeks=float(weeks[1]) if weeks else _weeks_of_trimester(text, implies),
            unread=tuple(unread),
        )

    def _scanned(self, words: list[str]) -> tuple[list[str], list[str]]:
        keys: list[str] = []
        unread: list[str] = []
        position = 0
        while position < len(words):
            length, key = self._key_at(words, position)
            word = words[position]
            if key:
                keys.append(key)
            elif word not in _QUALIFIERS and not word.isdigit():
                unread.append(word)
            position += length
        return (keys, unread) if keys or not unread else self._misspelt(words)

    def _key_at(self, words: list[str], position: int) -> tuple[int, str]:
        for length in range(min(_LONGEST, len(words) - position), 0, -1):
            key = self._names.get(" ".join(words[position : position + length]))
            if key:
                return length, key
        return 1, ""

    def _misspelt(self, words: list[str]) -> tuple[list[str], list[str]]:
        meaningful = [word for word in words if word not in _QUALIFIERS and not word.isdigit()]
        name = self._speller.nearest(" ".join(words)) or self._speller.nearest(" ".join(meaningful))
        return ([self._names[name]], []) if name else ([], meaningful)


def _plain(text: str) -> str:
    line = fold(text)
    for pattern, same in _SAME:
        line = pattern.sub(same, line)
    return line


_TRIMESTERS = {"first trimester": 8.0, "second trimester": 20.0, "third trimester": 32.0}  # a week inside each


def _weeks_of_trimester(text: str, implies: frozenset[Implied]) -> float | None:
    if Implied.PREGNANT not in implies:
        return None
    line = fold(text)
    return next((weeks for name, weeks in _TRIMESTERS.items() if name in line), None)
