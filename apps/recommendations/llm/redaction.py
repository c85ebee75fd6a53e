"""What must not leave the house: names that are known, and whatever looks like an address or a number of a person."""

import re
import unicodedata
from collections.abc import Iterable

REMOVED = "[removed]"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_PERSONAL = re.compile(
    r"\S+@\S+"  # e-mail
    r"|(?:https?://|www\.)\S+"
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # the number of a record here
    r"|\+?\d[\d\s().-]{5,}\d"  # phone, record and identity numbers, dates written in figures
    r"|\b\d{1,4}/\d{1,2}/\d{2,4}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+\d{{4}}\b|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b"
    r"|\b[a-z]*\d{5,}[a-z]*\b",
    re.IGNORECASE,
)
# Letters, and the signs that other scripts write above, below and beside them.
_WORD = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f])+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]")  # Scripts without spaces.


def redacted(text: str, *, names: Iterable[str] = ()) -> str:
    """Return the text without these names, in any case and accent, and without e-mail addresses, links, long numbers.

    As fast with the names of thousands as with one: each word of the text is looked up in the set of them.
    """
    parts = {part for name in names for part in _WORD.findall(name) if len(part) > 1}
    for part in filter(_UNSPACED.search, parts):
        text = text.replace(part, REMOVED)
    folded = {_folded(part) for part in parts}
    without = _WORD.sub(lambda found: REMOVED if _folded(found[0]) in folded else found[0], text)
    return _PERSONAL.sub(REMOVED, without)


def _folded(word: str) -> str:
    spelt = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in spelt if not unicodedata.combining(letter))
