"""Allergies as people write them: the group or medicine that is named, and what kind of reaction it was."""

import re
from dataclasses import dataclass
from enum import StrEnum

from .model import AllergyGroup, Library
from .naming import NameBook
from .spelling import Speller, speller
from .words import MAX_LENGTH, fold, is_nothing


class Reaction(StrEnum):
    """What kind of reaction an allergy was: as grave as anaphylaxis, no more than an effect, or not said."""

    SEVERE = "SEVERE"
    INTOLERANCE = "INTOLERANCE"
    UNSAID = "UNSAID"


_SEVERE = re.compile(
    r"\b(anaphyla\w*|angio ?o?edema|airway|throat (?:swelling|closing)|stevens johnson(?: syndrome)?|sjs|"
    r"toxic epidermal necrolysis|dress(?: syndrome)?|collapse|bronchospasm|shock|severe(?:ly)?|life threatening|"
    r"critical)\b"
)
_INTOLERANCE = re.compile(
    r"\b(nausea|vomiting|stomach (?:upset|ache)|upset stomach|gi upset|itch(?:ing|y)?|constipation|drows\w+|diarrh\w+|"
    r"headaches?|dizz\w+|flushing|cough(?:ing)?|side effects?)\b"
)
_OF_ALLERGY = re.compile(r"\b(rash\w*|hives?|urticaria\w*|welts?|swell\w*|swollen|wheez\w*|breath\w*)\b")
_AROUND = re.compile(
    r"\b(allerg(?:y|ic|ies)|intoleran\w+|hypersensitiv\w+|reactions?|rash(?:es)?|hives|urticaria|swelling|to|of|with|after|"
    r"history|causes?|caused|from|mild|moderate|class|group|drugs?|medicines?|medications?|antibiotics?|the|a|an|and|as|child|"
    r"allergie|allergia|alergia|allergique|allergisch|alergico|alergica|gegen|auf|la|las|los|les|al|aux|"
    r"childhood|in|based|containing|products?|known|documented|confirmed|adverse|syndrome|h|o|hx)\b"
)
_COMPOUND = re.compile(r"(?<=[a-z]{3})(?:allergie|unvertraglichkeit)\b")  # "Penicillinallergie"
_NO_ALLERGY = re.compile(r"\b(no|not|denies|tolerates|never)\b")


@dataclass(frozen=True, slots=True)
class AllergyName:
    """What a text says one is allergic to: a group by its name, or medicines and classes by their ids."""

    text: str
    groups: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    reaction: Reaction = Reaction.UNSAID
    unread: tuple[str, ...] = ()
    is_none: bool = False


class AllergyBook:
    """The names of all allergy groups; other substances are read as medicines."""

    def __init__(self, library: Library, medicines: NameBook) -> None:
        self._medicines = medicines
        self._names: dict[str, str] = {}
        for key, group in library.groups.items():
            self._learn(key, group)
        self._speller: Speller = speller(self._names)

    def _learn(self, key: str, group: AllergyGroup) -> None:
        self._names.update((fold(name), key) for name in group.also)
        self._names.setdefault(fold(group.name), key)

    def read(self, text: str) -> AllergyName:
        """Return what a text says one is allergic to; one that says nothing known has all its words unread."""
        if is_nothing(text):
            return AllergyName(text=text, is_none=True)
        line = fold(text)
        if len(text) > MAX_LENGTH or _NO_ALLERGY.search(line):
            return AllergyName(text=text, unread=(text[:MAX_LENGTH],))
        reaction = _reaction(line)
        bare = _stripped(line)
        for name in (line, bare):
            if name in self._names:
                return AllergyName(text=text, groups=(self._names[name],), reaction=reaction)
        return self._by_words(text, bare, reaction)

    def _by_words(self, text: str, bare: str, reaction: Reaction) -> AllergyName:
        """Read several substances in one text ("penicillin and sulfa"), groups first."""
        groups: list[str] = []
        rest: list[str] = []
        for word in bare.split():
            key = self._names.get(word)
            (groups if key else rest).append(key or word)
        named = self._medicines.read(" ".join(rest)) if rest else None
        ids, unread = (named.ids, named.unread) if named else ((), ())
        misspelt = {word: self._speller.nearest(word) for word in unread}
        groups.extend(self._names[name] for name in misspelt.values() if name)
        left = tuple(word for word in unread if not misspelt[word])
        return AllergyName(text=text, groups=tuple(groups), ids=ids, reaction=reaction, unread=left)


def _reaction(line: str) -> Reaction:
    if _SEVERE.search(line):
        return Reaction.SEVERE
    return Reaction.INTOLERANCE if _INTOLERANCE.search(line) and not _OF_ALLERGY.search(line) else Reaction.UNSAID


def _stripped(line: str) -> str:
    for pattern in (_SEVERE, _INTOLERANCE, _COMPOUND, _AROUND):
        line = pattern.sub(" ", line)
    return " ".join(line.split())
