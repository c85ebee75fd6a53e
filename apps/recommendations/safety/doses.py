"""The most that may be given in a day, alone and together with what the person takes of the same ingredient."""

from collections.abc import Iterator
from dataclasses import dataclass

from apps.recommendations.medicines import DailyMaximum, MedicineName, Severity, Substance, milligrams_of

from .case import Case
from .dosing import read_dose
from .model import Dose, Finding, FindingType, NotChecked, Unchecked, plain

_ROUNDING = 1.02  # tablets do not divide milligrams exactly
_CHILD_BELOW = 12.0  # years; from then on adult maxima are customary (BNF for Children)
_OLD_SINCE = 65.0
_WEEKLY = 0.2  # doses a day; more often than every fifth day is no weekly dose
_COUNTED = frozenset(
    {"tablet", "tablets", "tab", "tabs", "capsule", "capsules", "cap", "caps", "caplet", "caplets", "pill"}
)


@dataclass(frozen=True, slots=True)
class DayAmount:
    """How much a day in the unit of the maximum, and the largest single dose."""

    per_day: float
    single: float


def dose_findings(case: Case) -> Iterator[Finding]:
    """Yield doses above the daily maximum, alone or together, and weekly medicines given daily."""
    for substance in case.substances:
        if case.is_local(substance):
            continue
        yield from _not_weekly(case, substance)
        amount = proposed_amount(case, substance)
        if substance.daily is not None and amount is not None:
            yield from _above(case, substance, substance.daily, amount)


def dose_gaps(case: Case) -> Iterator[NotChecked]:
    """Yield why a dose could not be checked against a maximum, and the text of one that was not understood at all."""
    if case.proposal.unread:
        yield NotChecked(Unchecked.DOSE, plain(case.proposal.unread), "no daily dose could be read from it")
    for substance in case.substances:
        reason = _gap(case, substance)
        if reason:
            yield NotChecked(Unchecked.DOSE, substance.name, reason)


def _gap(case: Case, substance: Substance) -> str | None:
    if case.is_local(substance) or substance.is_class:
        return None
    if substance.daily is None:
        return "no maximum daily dose is known" if case.proposal.dose is not None else None
    if _dose(case) is None:
        return None if case.proposal.unread else "no daily dose is stated that can be counted"
    if proposed_amount(case, substance) is None:
        return "the daily dose is not known in the unit of its maximum"
    if _is_child(case) and substance.daily.child_per_kg is None:
        return "no maximum for children is known"
    return "the weight is not known" if _is_child(case) and case.facts.weight_kg is None else None


def proposed_amount(case: Case, substance: Substance) -> DayAmount | None:
    """Return the proposed amount a day, from the given dose or else from the text of the medicine."""
    daily = substance.daily
    dose = _dose(case)
    if daily is None or dose is None or len(case.substances) > 1:
        return None  # of a combination it is not known how much of each
    return amount_of(dose, daily.unit, case.name, case.facts.weight_kg)


def _dose(case: Case) -> Dose | None:
    return case.proposal.dose or read_dose(case.proposal.medicine)


def amount_of(dose: Dose, unit: str, name: MedicineName, weight_kg: float | None) -> DayAmount | None:
    """Return an amount a day in a unit, None where the dose cannot be counted in it."""
    given_unit, _, per = dose.unit.strip().lower().partition("/")
    factor = _factor(given_unit.strip(), unit, name)
    by_weight = per.strip().startswith("kg")
    if factor is None or (by_weight and weight_kg is None):
        return None
    single = dose.amount * factor * (weight_kg if by_weight and weight_kg is not None else 1.0)
    return DayAmount(per_day=single * dose.times_per_day, single=single)


def _factor(given: str, unit: str, name: MedicineName) -> float | None:
    if given == unit:
        return 1.0
    if given in _COUNTED and len(name.strengths) == 1:
        return name.strengths[0] if unit == "mg" else None
    return milligrams_of(given) if unit == "mg" else None


def _is_child(case: Case) -> bool:
    return case.facts.age is not None and case.facts.age < _CHILD_BELOW


def _limit(case: Case, substance: Substance, daily: DailyMaximum) -> tuple[float, str]:
    """Return the maximum for this person, the least that age, weight and kidney leave, and what it follows from."""
    return min([_limit_by_age(case, daily), *_limits_by_kidney(case, substance, daily)])


def _limits_by_kidney(case: Case, substance: Substance, daily: DailyMaximum) -> Iterator[tuple[float, str]]:
    for rule in substance.renal:
        if rule.daily is not None and case.egfr is not None and case.egfr < rule.below:
            yield rule.daily, f"{rule.daily:g} {daily.unit} a day below an eGFR of {rule.below:g}"


def _limit_by_age(case: Case, daily: DailyMaximum) -> tuple[float, str]:
    age, weight = case.facts.age, case.facts.weight_kg
    if _is_child(case) and daily.child_per_kg is not None and weight is not None:
        return min(daily.adult, daily.child_per_kg * weight), f"{daily.child_per_kg:g} {daily.unit}/kg a day"
    if age is not None and age >= _OLD_SINCE and daily.since_65 is not None:
        return daily.since_65, f"{daily.since_65:g} {daily.unit} a day from 65 years"
    return daily.adult, f"{daily.adult:g} {daily.unit} a day"


def _above(case: Case, substance: Substance, daily: DailyMaximum, amount: DayAmount) -> Iterator[Finding]:
    limit, words = _limit(case, substance, daily)
    own = amount.per_day if daily.single and amount.single <= daily.single else max(amount.per_day, amount.single)
    taken, texts = _taken(case, substance, daily)
    if own > limit * _ROUNDING:
        message = f"{substance.name}: {own:g} {daily.unit} a day is above the maximum of {words}."
        yield _dose_finding(case, substance, daily, message, None)
    elif texts and own + taken > limit * _ROUNDING:
        total = f"{own + taken:g} {daily.unit} a day together with {texts}"
        message = f"{substance.name}: {total} is above the maximum of {words}."
        yield _dose_finding(case, substance, daily, message, texts)
    elif daily.avoid_above is not None and own > daily.avoid_above * _ROUNDING:
        message = f"{substance.name}: above {daily.avoid_above:g} {daily.unit} a day harm outweighs use for most."
        yield case.finding(FindingType.DOSE, substance, Severity.HIGH, message, daily.source)


def _dose_finding(case: Case, substance: Substance, daily: DailyMaximum, message: str, texts: str | None) -> Finding:
    return case.finding(FindingType.DOSE, substance, daily.severity, message, daily.source, against=texts)


def _taken(case: Case, substance: Substance, daily: DailyMaximum) -> tuple[float, str]:
    """Return what is taken of the ingredient already, as far as the texts of single medicines say, and those texts."""
    total, texts = 0.0, []
    for given in case.current:
        if len(given.substances) != 1 or given.substances[0].id != substance.id:
            continue
        dose = given.dose or read_dose(given.text)
        amount = amount_of(dose, daily.unit, given.name, case.facts.weight_kg) if dose else None
        if amount is not None:
            total += amount.per_day
            texts.append(given.text)
    return total, " and ".join(sorted(texts))


def _not_weekly(case: Case, substance: Substance) -> Iterator[Finding]:
    dose = _dose(case)
    if substance.weekly_only and dose is not None and dose.times_per_day > _WEEKLY:
        message = f"{substance.name}: for arthritis and skin it is taken once a WEEK; daily doses have killed."
        yield case.finding(FindingType.DOSE, substance, Severity.CRITICAL, message, "ismp")
