"""What must not leave the house: names that are known, and whatever looks like an address or a number of a person."""

import re
from collections.abc import Iterable

REMOVED = "[removed]"
_PERSONAL = re.compile(
    r"\S+@\S+"  # e-mail
    r"|(?:https?://|www\.)\S+"
    r"|\+?\d[\d\s().-]{5,}\d"  # phone, record and identity numbers, dates written in figures
    r"|\b\d{5,}\b",
    re.IGNORECASE,
)


def redacted(text: str, *, names: Iterable[str] = ()) -> str:
    """Return the text without these names, in any case, and without e-mail addresses, links and long numbers."""
    parts = sorted({part for name in names for part in name.split() if len(part) > 1}, key=len, reverse=True)
    if parts:
        text = re.sub(rf"\b(?:{'|'.join(map(re.escape, parts))})\b", REMOVED, text, flags=re.IGNORECASE)
    return _PERSONAL.sub(REMOVED, text)
