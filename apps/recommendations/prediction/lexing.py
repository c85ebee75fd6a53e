"""From a text to canonical words: one spelling, one form, breaks kept; the same for the knowledge base and a person."""

import re
import unicodedata
from functools import cache

from .words import COMPOUNDS, SAME_WORD

_TOKEN = re.compile(r"[a-z]+|[.;!?]|[,():|]|\n{2,}")
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_CANNOT = re.compile(r"\b(?:can\s?'?\s?not|can't|cant|could\s?n[o']t|couldn't|couldnt|(?:not|n't)(?: been)? able)\b")
_NOT = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|would|should)n't\b|\bwon't\b|\b(?:will|would) not\b|\bain't\b"
)
_SET_PHRASES = (
    (re.compile(r"\b(?:has|have|had|having|got|with|running) an? temperature\b(?! of)"), " fever "),
    (
        re.compile(
            r"(?<!normal )(?<!body )(?<!high )(?<!low )\btemp(?:erature)?\b(?=\s*(?:[,.;]|and\b|since\b|but\b|$))"
        ),
        " fever ",
    ),
    (re.compile(r"\bnot know(?:ing)? (?:where|who|what day|what year|what month)\b"), " confused "),
    (re.compile(r"\bafebrile\b|\b(?:temp\w*|she|he) (?:is|was) normal\b"), " no fever "),
    (re.compile(r"\baches and pains\b"), " muscle aches "),
    (re.compile(r"\bnon ?tender\b"), " no tenderness "),
)
_SHORT_FORMS = re.compile(r"'(?:s|m|d|re|ve|ll)\b|'")
_ENDINGS = (
    ("edness", ""), ("iness", "i"), ("ness", ""), ("ies", "i"), ("ings", ""), ("ing", ""), ("edly", ""), ("ed", ""),
    ("ly", ""), ("es", ""), ("s", ""),
)  # fmt: skip
_KEPT_ENDINGS = ("ss", "us", "is", "eed", "thing")
_SHORTEST_STEM = 3


def plain(text: str) -> str:
    """Return the text in lower case without accents, with apostrophes dissolved and underscores opened."""
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    letters = "".join(mark for mark in folded if not unicodedata.combining(mark)).lower()
    opened = re.sub(r"[_\-/\\–—+&]", lambda mark: " and " if mark[0] in "+&" else " ", letters)
    full = _SHORT_FORMS.sub("", _CANNOT.sub(" cannot ", _NOT.sub(" not", opened)))
    for pattern, replacement in _SET_PHRASES:
        full = pattern.sub(replacement, full)
    return full


def words_of(text: str) -> list[str]:
    """Return the words and breaks of a text as they stand, numbers left out."""
    return _TOKEN.findall(_NUMBER.sub(" ", plain(text)))


def joined(words: list[str]) -> list[str]:
    """Return the words with each compound ("blood pressure") as one."""
    found: list[str] = []
    for word in words:
        compound = COMPOUNDS.get((found[-1], word)) if found else None
        if compound:
            found[-1] = compound
        else:
            found.append(word)
    return found


@cache
def canonical(word: str) -> str:
    """Return the one form that stands for a word, its inflections and its British and American spellings."""
    if word in SAME_WORD:
        return SAME_WORD[word]
    spelling = word.replace("ae", "e").replace("oe", "e") if len(word) > 5 else word
    stem = _stem(spelling)
    return SAME_WORD.get(stem, stem)


def _stem(word: str) -> str:
    for ending, kept in _ENDINGS:
        if word.endswith(_KEPT_ENDINGS) and ending in ("s", "es", "ed", "ing"):
            continue
        if word.endswith(ending) and len(word) - len(ending) + len(kept) >= _SHORTEST_STEM:
            return _undoubled(word[: -len(ending)] + kept)
    return _undoubled(word)


def _undoubled(stem: str) -> str:
    if len(stem) > 4 and stem[-1] == stem[-2] and stem[-1] not in "sl":
        stem = stem[:-1]
    if len(stem) > 3 and stem[-1] == "e":
        return stem[:-1]
    return stem[:-1] + "i" if len(stem) > 3 and stem[-1] == "y" else stem
