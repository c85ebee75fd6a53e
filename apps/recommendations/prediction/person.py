"""Age and sex that a text itself names ("a 6-week-old boy"), for callers who were not given them."""

import re

from .model import Sex

_AGE = re.compile(
    r"\b(\d{1,3})(?:\s*(?:and a half|1/2|½))?[\s-]*(day|week|month|year|yr|wk|mo)s?[\s-]*(?:old|of age)\b"
    r"|\b(\d{1,3})\s*y/?o\b",
    re.IGNORECASE,
)
_YEARS_OF = {"day": 1 / 365, "week": 7 / 365, "wk": 7 / 365, "month": 1 / 12, "mo": 1 / 12, "year": 1.0, "yr": 1.0}
_NURSING = re.compile(r"\bbreast.?feeding|\bgave birth|\bpost.?partum|\bpregnan", re.IGNORECASE)
_WEANED, _OLDEST = 3, 120  # years
_NEWBORN = re.compile(r"\b(?:newborn|neonate)\b", re.IGNORECASE)
_FEMALE = re.compile(r"\b(?:woman|girl|lady|female|wife|daughter|mother|mum|grandmother|she|her)\b", re.IGNORECASE)
_MALE = re.compile(r"\b(?:man|boy|gentleman|male|husband|son|father|dad|grandfather|he|his)\b", re.IGNORECASE)


def age_in(text: str) -> float | None:
    """Return the first age that the text names, in years; None when it names none that a person can have."""
    match = _AGE.search(text)
    if match is None:
        return 0.05 if _NEWBORN.search(text) else None
    years = float(match[3]) if match[3] else float(match[1]) * _YEARS_OF[match[2].lower()]
    is_the_childs = years < _WEANED and _NURSING.search(text) is not None
    return None if is_the_childs or years > _OLDEST else years


def sex_in(text: str) -> Sex | None:
    """Return the sex of the person spoken of, when the text's words all point to one."""
    is_female, is_male = _FEMALE.search(text) is not None, _MALE.search(text) is not None
    if is_female == is_male:
        return None
    return Sex.FEMALE if is_female else Sex.MALE
