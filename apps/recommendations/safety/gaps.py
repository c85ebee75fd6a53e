"""What could not be checked: texts that were not understood, and facts that a rule of this medicine would need."""

from collections.abc import Iterator

from apps.recommendations.medicines import Severity, Substance

from .case import Case
from .doses import dose_gaps
from .model import NotChecked, Sex, Unchecked, plain
from .persons import is_of_age, is_time_dependent

_FERTILE = (12.0, 55.0)  # years between which pregnancy is asked about
_ADULT = 18.0
_SMALLEST_ADULT = 45.0  # kilograms
_NOT_UNDERSTOOD = "not recognised"
_KIND_ONLY = "only a class is named, not the medicine"


def not_checked(case: Case) -> Iterator[NotChecked]:
    """Yield everything that must not be read as safe."""
    yield from _texts(case)
    for substance in case.substances:
        yield from (NotChecked(Unchecked.FACT, fact, reason) for fact, reason in _facts(case, substance))
    yield from dose_gaps(case)


def _texts(case: Case) -> Iterator[NotChecked]:
    medicines = [(Unchecked.MEDICINE, plain(case.proposal.medicine), case.name, case.substances)]
    medicines += [(Unchecked.CURRENT_MEDICINE, given.text, given.name, given.substances) for given in case.current]
    for kind, text, name, substances in medicines:
        if name.unread or (kind is Unchecked.MEDICINE and not name.ids):
            yield NotChecked(kind, text, _unread(name.unread, is_partly_read=bool(name.ids)))
        if any(substance.is_class for substance in substances):
            yield NotChecked(kind, text, _KIND_ONLY)
    for allergy, stated in case.allergies:
        if stated.unread:
            is_partly_read = bool(stated.groups or stated.ids)
            yield NotChecked(
                Unchecked.ALLERGY, allergy.substance, _unread(stated.unread, is_partly_read=is_partly_read)
            )
    for condition in case.conditions:
        if condition.unread:
            reason = _unread(condition.unread, is_partly_read=bool(condition.ids))
            yield NotChecked(Unchecked.CONDITION, condition.text, reason)


def _unread(words: tuple[str, ...], *, is_partly_read: bool) -> str:
    return f"{_NOT_UNDERSTOOD} in part: {plain(' '.join(words))}" if is_partly_read else _NOT_UNDERSTOOD


def _facts(case: Case, substance: Substance) -> Iterator[tuple[str, str]]:
    """Yield the facts that are not known although a rule of the substance asks for them."""
    facts = case.facts
    if facts.age is None and substance.ages:
        yield "age", f"needed for {substance.name}"
    if facts.weight_kg is None and _needs_weight(case, substance):
        yield "weight_kg", f"needed for {substance.name}"
    if case.egfr is None and substance.renal:
        yield "egfr", f"needed for {substance.name}"
    if case.pregnant is None and _may_be_pregnant(case) and _matters(substance):
        yield "pregnant", f"needed for {substance.name}"
    if case.pregnant and case.weeks is None and is_time_dependent(substance.pregnancy):
        yield "gestation_weeks", f"{substance.name}: the gravest of the trimesters was assumed"
    if case.lactating is None and _may_be_pregnant(case) and substance.lactation:
        yield "lactating", f"needed for {substance.name}"


def _needs_weight(case: Case, substance: Substance) -> bool:
    """Tell whether a weight rule may hold; a limit that no adult falls below asks for a child's weight only."""
    age = case.facts.age
    return any(
        is_of_age(age, rule.since, None if rule.below >= _SMALLEST_ADULT else _ADULT) for rule in substance.weights
    )


def _may_be_pregnant(case: Case) -> bool:
    if case.facts.sex is Sex.MALE:
        return False
    age = case.facts.age
    return age is None or _FERTILE[0] <= age <= _FERTILE[1]


def _matters(substance: Substance) -> bool:
    return any(rule.severity.rank >= Severity.HIGH.rank for rule in substance.pregnancy)
