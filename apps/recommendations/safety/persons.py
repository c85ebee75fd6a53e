"""What the person is: conditions, age, weight, kidney function, pregnancy, breast-feeding."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec import structs

from apps.recommendations.medicines import (
    AgeRule,
    ConditionName,
    ConditionRule,
    LactationRule,
    PregnancyRule,
    RenalRule,
    Severity,
    Substance,
    WeightRule,
)

from .case import Case
from .model import Finding, FindingType

_Rule = TypeVar("_Rule", AgeRule, ConditionRule, LactationRule, PregnancyRule, RenalRule, WeightRule)

_SEVERE_BELOW = 30.0  # KDIGO: stage G4
_SEVERE_KIDNEY_DISEASE = frozenset({"ckd_4", "kidney_disease"})
_TRIMESTER_WEEKS = ((1, 0.0, 14.0), (2, 14.0, 28.0), (3, 28.0, 99.0))  # ACOG: to 13 6/7, to 27 6/7 weeks, to birth


def person_findings(case: Case) -> Iterator[Finding]:
    """Yield, for each substance, the gravest rule about each condition and each fact of the person."""
    for substance in case.substances:
        for condition in case.conditions:
            yield from _condition(case, substance, condition)
        yield from _age(case, substance)
        yield from _weight(case, substance)
        yield from _kidney(case, substance)
        yield from _pregnancy(case, substance)
        yield from _lactation(case, substance)


def _gravest(rules: Iterable[_Rule]) -> _Rule | None:
    return max(rules, key=lambda rule: rule.severity.rank, default=None)


def _told(case: Case, kind: FindingType, substance: Substance, rules: Iterable[_Rule], about: str) -> Iterator[Finding]:
    rule = _gravest(rules)
    if rule is not None:
        yield case.finding(
            kind,
            substance,
            rule.severity,
            f"{substance.name}, {about}: {rule.say}",
            rule.source,
            condition=about,
            every_route=rule.every_route,
        )


def _condition(case: Case, substance: Substance, condition: ConditionName) -> Iterator[Finding]:
    rules = (
        rule
        for rule in substance.conditions
        if not condition.ids.isdisjoint(rule.when) and is_of_age(case.facts.age, rule.since, rule.below)
    )
    yield from _told(case, FindingType.CONDITION, substance, rules, condition.text)


def is_of_age(age: float | None, since: float | None, below: float | None) -> bool:
    """Tell whether a rule for people since or below an age may hold; for an unknown age it may."""
    if age is None:
        return True
    return (since is None or age >= since) and (below is None or age < below)


def _age(case: Case, substance: Substance) -> Iterator[Finding]:
    age = case.facts.age
    if age is not None:
        rules = (rule for rule in substance.ages if is_of_age(age, rule.since, rule.below))
        yield from _told(case, FindingType.AGE, substance, rules, f"age {age:g}")


def _weight(case: Case, substance: Substance) -> Iterator[Finding]:
    weight = case.facts.weight_kg
    if weight is not None:
        rules = (
            rule for rule in substance.weights if weight < rule.below and is_of_age(case.facts.age, rule.since, None)
        )
        yield from _told(case, FindingType.DOSE, substance, rules, f"weight {weight:g} kg")


def _kidney(case: Case, substance: Substance) -> Iterator[Finding]:
    egfr = case.egfr
    if egfr is not None:
        sign = "" if case.facts.egfr is not None else "at most "
        about = f"eGFR {sign}{egfr:g}"
        limits = (rule for rule in substance.renal if egfr < rule.below)
        yield from _told(case, FindingType.CONDITION, substance, limits, about)
        yield from _told(case, FindingType.CONDITION, substance, _of_severe_kidney_disease(case, substance), about)


def _of_severe_kidney_disease(case: Case, substance: Substance) -> list[ConditionRule]:
    """Return what holds in severe kidney disease, for a measured eGFR of a medicine without limits of its own."""
    if case.egfr is None or case.egfr >= _SEVERE_BELOW or substance.renal:
        return []
    if any(_SEVERE_KIDNEY_DISEASE & condition.ids for condition in case.conditions):
        return []  # said by the condition
    return [rule for rule in substance.conditions if not _SEVERE_KIDNEY_DISEASE.isdisjoint(rule.when)]


def _pregnancy(case: Case, substance: Substance) -> Iterator[Finding]:
    if case.pregnant:
        rules = (_as_far_as_known(rule, case.weeks) for rule in substance.pregnancy if _is_in_time(rule, case.weeks))
        about = "pregnancy" if case.weeks is None else f"pregnancy, week {case.weeks:g}"
        yield from _told(case, FindingType.PREGNANCY, substance, rules, about)


def _is_in_time(rule: PregnancyRule, weeks: float | None) -> bool:
    """Tell whether a rule may hold in a week; for an unknown week it may."""
    if weeks is None:
        return True
    trimester = next(number for number, first, end in _TRIMESTER_WEEKS if first <= min(weeks, 98.0) < end)
    return trimester in rule.trimesters and (rule.since_week is None or weeks >= rule.since_week)


def _as_far_as_known(rule: PregnancyRule, weeks: float | None) -> PregnancyRule:
    """Return the rule, one grade milder where it begins late in pregnancy and the week is not known."""
    if weeks is not None or rule.since_week is None:
        return rule
    return structs.replace(rule, severity=list(Severity)[max(rule.severity.rank - 1, 0)])


def is_time_dependent(rules: Sequence[PregnancyRule]) -> bool:
    """Tell whether the week of pregnancy changes what the rules say."""
    return any(len(rule.trimesters) < 3 or rule.since_week is not None for rule in rules)


def _lactation(case: Case, substance: Substance) -> Iterator[Finding]:
    if case.lactating:
        yield from _told(case, FindingType.LACTATION, substance, substance.lactation, "breast-feeding")
