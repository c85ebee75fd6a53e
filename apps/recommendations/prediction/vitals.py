"""Measured values in a text, judged: fever, fast pulse, low pressure, low oxygen. Ids are of the knowledge base.

Limits: NICE NG143 and NG253 (fever, sepsis), Royal College of Physicians' NEWS2 (adult pulse, breathing, pressure,
oxygen), American Diabetes Association (sugar below 3.9 mmol/l), Advanced Paediatric Life Support (upper limits of
children's pulse and breathing, rounded).
"""

import re
from collections.abc import Callable, Iterator

_GAP = r"[^0-9.;]{0,25}?"
_TEMPERATURE = re.compile(
    r"\b(\d{2,3}(?:\.\d)?)\s*(?:°|º|degrees?|deg)?\s*(c|f|celsius|centigrade|fahrenheit)\b", re.IGNORECASE
)
_BARE_TEMPERATURE = re.compile(
    r"\b(?:temp\w*|fever|febrile)\b"
    + _GAP
    + r"\b((?:2[6-9]|3[0-9]|4[0-2])\.\d|2[6-9]|3[0-9]|4[01]|9[4-9]\.\d|10[0-6](?:\.\d)?)\b",
    re.IGNORECASE,
)
_LONE_TEMPERATURE = re.compile(r"(?<![\d./])((?:3[89]|4[01])\.\d)(?=\s*(?:[,.;)]|and\b|$))", re.IGNORECASE)
_PRESSURE = re.compile(r"\b(\d{2,3})\s*/\s*(\d{2,3})\b(?!\s*/)(?:\s*mm)?", re.IGNORECASE)
_PRESSURE_NAMED = re.compile(r"\b(?:bp|blood pressure|pressure)\b", re.IGNORECASE)
_PULSE = re.compile(
    r"\b(?:hr|heart rate|heart (?:is )?(?:going|beating|racing)(?: at)?|pulse(?: rate)?)\b"
    + _GAP
    + r"\b(\d{2,3})\b(?!\s*%|/)",
    re.IGNORECASE,
)
_BREATHING = re.compile(
    r"\b(?:rr|resp\w* rate|respirations|breathing rate|breathing at)\b" + _GAP + r"\b(\d{2})\b", re.IGNORECASE
)
_OXYGEN = re.compile(r"\b(?:spo2|sao2|sats?|saturation|oximetry|o2)\b[^0-9.;]{0,30}?\b(\d{2,3})\s?%?", re.IGNORECASE)

_SUGAR = re.compile(
    r"\b(?:glucose|sugars?)(?: (?:level|reading))?\s*(?:,?\s*it(?:'s| is| was)|is|was|of|at|:|=)?\s*(?:only )?"
    r"(\d{1,3}(?:\.\d)?)\b"
    r"(?!\s*(?:%|days?|weeks?|months?|years?|hours?|times|am|pm|g\b|tea))",
    re.IGNORECASE,
)
_MG_PER_MMOL = 18  # 1 mmol/l of glucose is 18 mg/dl; no sugar in mmol/l reaches _LEAST_MG
_LEAST_MG = 40

_MEDICINE = (
    r"(?:tablets?|pills?|capsules?|medicines?|medications?|meds|painkillers?|antidepressants?|tylenol|aspirin|lithium|"
    r"insulin|melatonin|\w+(?:amol|profen|pril|olol|statin|zepam|zolam|oxetine|tyline|pramine|traline|azine|ipine|"
    r"apine|formin|farin|gabalin|pentin|codone|codeine|morphine|adol|sartan|oxin|clone|zolpidem|nidine))"
)
_UNIT = r"(?:g|mg|mcg|ml|iu|units?|milli\w+|micro\w+)\b"
_SWALLOWED = r"\b(?:took|taken|swallowed|had|ate|eaten|drank|injected)\b"
_TABLETS = re.compile(
    rf"{_SWALLOWED}[^0-9.;]{{0,20}}?\b(\d{{2,3}})\s+(?!{_UNIT})(?:[\w']+\s+){{0,3}}?{_MEDICINE}\b"
    r"(?! (?:in|over|since|each|every))",
    re.IGNORECASE,
)
_HEAP = re.compile(
    rf"{_SWALLOWED}[^.;]{{0,20}}?\b(?:too (?:many|much)|handfuls? of|(?:whole|entire|full|all the) "
    rf"(?:bottle|packet|pack|box|strip|tub)s?(?: of)?)\b(?:\s+\w+){{0,4}}?\s+{_MEDICINE}\b"
    rf"|\b(?:baby|toddler|child|kid|son|daughter|boy|girl)\b[^.;]{{0,25}}?\b(?:swallowed|ate|eaten|got into)\b"
    rf"(?:\s+[\w']+){{0,4}}?\s+{_MEDICINE}\b",
    re.IGNORECASE,
)
_SEVEREST = r"(?:unbearable|excruciating|agoni[sz]ing|indescribable|worst)"
_PAIN = r"(?:pain|ache|cramps?|colic)s?"
_SEVERE_PAIN = re.compile(
    rf"\b{_SEVEREST} (?:\w+ ){{0,2}}{_PAIN}\b|\b{_PAIN} (?:\w+ ){{0,3}}{_SEVEREST}\b|\bagony\b"
    rf"|\b(?:8|9|10|ten|nine) ?(?:/|out of) ?(?:10|ten)\b|\bscreaming (?:in|with) pain\b",
    re.IGNORECASE,
)
_TOO_MANY_TABLETS = 10  # at once; no ordinary dose is as many

_CHILD_LIMITS = ((1, 170, 55), (5, 150, 40), (12, 130, 30))  # below years: pulse, breaths a minute
_ADULT_LIMITS = (100, 22)


def signs_in(text: str, *, age_years: float | None = None) -> Iterator[tuple[str, str]]:
    """Yield (id of the sign, words that said it) for each measured value outside its limits."""
    for read in _READERS:
        yield from read(text, age_years)


def _temperature(text: str, _: float | None) -> Iterator[tuple[str, str]]:
    found = [(match, _celsius(float(match[1]), match[2])) for match in _TEMPERATURE.finditer(text)]
    found += [
        (match, _celsius(float(match[1]), ""))
        for pattern in (_BARE_TEMPERATURE, _LONE_TEMPERATURE)
        for match in pattern.finditer(text)
    ]
    for match, degrees in found:
        if 39.5 <= degrees <= 43:
            yield "high_fever", match[0].strip()
        elif 38 <= degrees < 39.5:
            yield "fever", match[0].strip()
        elif 25 <= degrees <= 35:
            yield "low_temperature", match[0].strip()


def _celsius(degrees: float, unit: str) -> float:
    return round((degrees - 32) / 1.8, 1) if unit[:1].lower() == "f" or degrees >= 90 else degrees


def _pressure(text: str, age_years: float | None) -> Iterator[tuple[str, str]]:
    if not _PRESSURE_NAMED.search(text):
        return
    lowest = 90 if age_years is None or age_years >= 12 else 70
    for match in _PRESSURE.finditer(text):
        systolic, diastolic = int(match[1]), int(match[2])
        if not 40 <= systolic <= 280 or not 20 <= diastolic < systolic:
            continue
        if systolic < lowest:
            yield "low_blood_pressure", match[0].strip()
        elif systolic >= 180 or diastolic >= 120:
            yield "severe_high_blood_pressure", match[0].strip()
        elif systolic >= 140 or diastolic >= 90:
            yield "high_blood_pressure", match[0].strip()


def _pulse(text: str, age_years: float | None) -> Iterator[tuple[str, str]]:
    for match in _PULSE.finditer(text):
        rate = int(match[1])
        if _limits(age_years)[0] < rate <= 300:
            yield "fast_pulse", match[0].strip()
        elif 20 <= rate < 50:
            yield "slow_pulse", match[0].strip()


def _breathing(text: str, age_years: float | None) -> Iterator[tuple[str, str]]:
    for match in _BREATHING.finditer(text):
        if _limits(age_years)[1] <= int(match[1]) <= 99:
            yield "fast_breathing", match[0].strip()


def _oxygen(text: str, _: float | None) -> Iterator[tuple[str, str]]:
    for match in _OXYGEN.finditer(text):
        if 50 <= int(match[1]) <= 92:
            yield "low_oxygen", match[0].strip()


def _sugar(text: str, _: float | None) -> Iterator[tuple[str, str]]:
    for match in _SUGAR.finditer(text):
        value = float(match[1])
        level = value / _MG_PER_MMOL if value >= _LEAST_MG else value
        if 0.5 <= level < 3.9:
            yield "low_blood_sugar", match[0].strip()
        elif level >= 14:
            yield "high_blood_sugar", match[0].strip()


def _tablets(text: str, _: float | None) -> Iterator[tuple[str, str]]:
    for match in _TABLETS.finditer(text):
        if int(match[1]) >= _TOO_MANY_TABLETS:
            yield "overdose_or_poison", match[0].strip()
    for match in _HEAP.finditer(text):
        yield "overdose_or_poison", match[0].strip()


def _pain(text: str, _: float | None) -> Iterator[tuple[str, str]]:
    for match in _SEVERE_PAIN.finditer(text):
        yield "severe_pain", match[0].strip()


def _limits(age_years: float | None) -> tuple[int, int]:
    if age_years is None:
        return _ADULT_LIMITS
    return next(((pulse, breaths) for years, pulse, breaths in _CHILD_LIMITS if age_years < years), _ADULT_LIMITS)


_READERS: tuple[Callable[[str, float | None], Iterator[tuple[str, str]]], ...] = (
    _temperature,
    _pressure,
    _pulse,
    _breathing,
    _oxygen,
    _sugar,
    _tablets,
    _pain,
)
