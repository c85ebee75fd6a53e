"""Measurements that people write among the conditions ("eGFR 25", "QTc 510 ms", "LVEF 30%"), and what they mean."""

import re
from dataclasses import dataclass

_SIGN = r"(?P<sign><|>|below|under|less than|above|over)?"
_VALUE = rf"[\s:=(~]*(?:of|is|was|at|level)?\s*{_SIGN}[\s=]*(?P<value>\d+(?:\.\d+)?)"
_EGFR = re.compile(rf"\b(?:e?gfr|crcl|cr cl|creatinine clearance){_VALUE}")
_BELOW = frozenset({"<", "below", "under", "less than"})


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A measurement that beyond a limit is a condition."""

    pattern: re.Pattern[str]
    limit: float
    condition: str
    is_low: bool = False  # the condition holds up to the limit, not from it


_MEANINGS = (
    # 470 ms and more is prolonged in both sexes (AHA/ACC/HRS); potassium and ejection fraction by KDIGO and ESC.
    _Meaning(re.compile(rf"\bqtc?{_VALUE}"), 470, "long_qt"),
    _Meaning(re.compile(rf"\b(?:serum )?(?:potassium|k\+?){_VALUE}"), 5.5, "hyperkalaemia"),
    _Meaning(re.compile(rf"\b(?:serum )?(?:potassium|k\+?){_VALUE}"), 3.4, "hypokalaemia", is_low=True),
    _Meaning(re.compile(rf"\b(?:lv)?ef{_VALUE}"), 40, "heart_failure_reduced", is_low=True),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the measurements of a text amount to, and the text without them."""

    egfr: float | None
    conditions: tuple[str, ...]
    rest: str


def read_measurements(line: str) -> Measured:
    """Return what the measurements of a text in small letters mean; "below 30" is one less than 30."""
    match = _EGFR.search(line)
    rest = _EGFR.sub(" ", line)
    for meaning in _MEANINGS:
        rest = meaning.pattern.sub(" ", rest)
    return Measured(
        egfr=_value(match) if match else None,
        conditions=tuple(meaning.condition for meaning in _MEANINGS if _holds(meaning, line)),
        rest=rest,
    )


def _holds(meaning: _Meaning, line: str) -> bool:
    match = meaning.pattern.search(line)
    if match is None:
        return False
    value = _value(match)
    return value <= meaning.limit if meaning.is_low else value >= meaning.limit


def _value(match: re.Match[str]) -> float:
    value = float(match["value"])
    return value - 1 if match["sign"] in _BELOW else value
