"""From a dosage back to plain English, in words that the parser reads as the same dosage."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from .doses import Part
from .lexing import plain
from .model import (
    DEFAULT_CLOCK_TIMES,
    DAYS_OF_WEEK,
    AsNeeded,
    Dosage,
    DosageStep,
    Every,
    Food,
    MaxPerDay,
    Number,
    WallClock,
)
from .rhythm import Rhythm
from .scheduling import customary_times, doses_within
from .words import FORM, VOLUME

ELSEWHERE = "see the prescriber's own words"
_FOOD = {
    Food.BEFORE: "before food",
    Food.WITH: "with food",
    Food.AFTER: "after food",
    Food.EMPTY_STOMACH: "on an empty stomach",
}
_MEALS = {Food.BEFORE: "before meals", Food.WITH: "with meals", Food.AFTER: "after meals"}
_VERBS = {
    **dict.fromkeys(("tablet", "capsule", "caplet", "pill", "softgel", "gummy", "sachet"), "take"),
    **dict.fromkeys(("puff", "inhalation", "actuation"), "inhale"),
    **dict.fromkeys(("patch", "application"), "apply"),
    **dict.fromkeys(("suppository", "pessary"), "insert"),
}


def render_dosage(dosage: Dosage, *, clock_times: Mapping[str, tuple[str, ...]] = DEFAULT_CLOCK_TIMES) -> str:
    """Return the dosage in clear English; `parse_dosage` with the same clock times reads it as the same dosage."""
    sentence = _steps(dosage) if dosage.steps else _one_dose(dosage)
    phrases = [sentence, _need(dosage), _food(dosage, clock_times), _length(dosage)]
    line = _sentence(", ".join(phrase for phrase in phrases if phrase))
    limit = _limit(dosage.max_per_day) if dosage.max_per_day else ""
    missing = _sentence(ELSEWHERE) if dosage.schedule is None else ""
    return " ".join(part for part in (line, limit, missing) if part)
