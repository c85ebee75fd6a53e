"""Whether words that a model brought may be shown: nothing that the sources do not say. Pure."""

import re
from collections.abc import Iterable

from apps.recommendations.medicines import Knowledge

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_ADDRESS = re.compile(r"https?:|www\.|\w\.(?:com|net|org|info|io|ru|cn|co|me|ly|app|dev|xyz)\b|[@<>{}\[\]`|\\]|://")
# Words that turn a warning round; they may be repeated from a source, never brought along.
_TURNING_ROUND = (
    "safe safely safest harmless ignore ignored ignoring disregard override overrule forget bypass fine okay unlimited "
    "guaranteed guarantee cure cures cured approved approve certainly definitely unnecessary needless skip "
    "instruction instructions prompt system password admin administrator secret key token"
)
_JOINING = (
    "about after again against also always another because been before being between both could does during each "
    "either every first from have having here however if into instead its just known less like likely many means more "
    "most much need needs never next often only other others ours over please people person same should since some "
    "such taking than that their them then there therefore these they this those through together told under until "
    "usually very want were what when where whether which while will with within without would your yours helps mind "
    "mention speak talk tell says said based according following"
)
_REVERSING, _CONNECTING = frozenset(_TURNING_ROUND.split()), frozenset(_JOINING.split())
_LONG = 4  # letters from which a word is no mere connective
_STEM = 5  # letters by which two forms of a word are one


class WordCheck:
    """Knows the vocabulary of the knowledge base, so that a word nobody here ever wrote is seen."""

    def __init__(self, known: Knowledge, texts: Iterable[str]) -> None:
        """Take every word of the texts but the names of medicines."""
        self._known = known
        self._stems = {_stem(word) for text in texts for word in _words(text)}

    def passes(self, said: str, *, sources: Iterable[str]) -> bool:
        """Return whether a text holds no address, and no medicine, number, reversal or word that no source says."""
        source = " ".join(sources)
        spoken = set(_words(source))
        if _ADDRESS.search(said.lower()) or not set(_NUMBER.findall(said)) <= set(_NUMBER.findall(source)):
            return False
        if not set(self._known.medicines_in(said)) <= set(self._known.medicines_in(source)):
            return False
        own = {_stem(word) for word in spoken}
        return all(
            word in spoken if word in _REVERSING else self._is_known(word, own)
            for word in _words(said)
            if len(word) >= _LONG
        )

    def _is_known(self, word: str, own: set[str]) -> bool:
        return word in _CONNECTING or _stem(word) in own or _stem(word) in self._stems


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _stem(word: str) -> str:
    return word[:_STEM]
