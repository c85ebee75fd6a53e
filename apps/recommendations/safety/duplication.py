"""The same ingredient twice, or two members of a class of which one is enough."""

from collections.abc import Iterator

from apps.recommendations.medicines import Severity, Substance

from .case import Case, Given
from .model import Finding, FindingType

_SOURCE = "bnf"


def duplication_findings(case: Case) -> Iterator[Finding]:
    """Yield what the person already takes of the same ingredient or of the same class."""
    for substance in case.substances:
        for given in case.current:
            for other in given.substances:
                found = _of_pair(case, given, substance, other)
                if found is not None:
                    severity, words = found
                    yield case.finding(
                        FindingType.DUPLICATION,
                        substance,
                        severity,
                        f"{substance.name} with {given.text}: {words}",
                        _SOURCE,
                        against=given.text,
                        other_is_local=given.name.is_local and not other.through_skin,
                    )


def _of_pair(case: Case, given: Given, substance: Substance, other: Substance) -> tuple[Severity, str] | None:
    if substance.id == other.id and not substance.is_class:
        return _same_ingredient(case, given, substance)
    shared = sorted(substance.duplicates.keys() & other.duplicates.keys())
    if not shared:
        return None
    key = max(shared, key=lambda one: substance.duplicates[one].rank)
    return substance.duplicates[key], f"two {case.knowledge.name_of(key)}; one is enough."


def _same_ingredient(case: Case, given: Given, substance: Substance) -> tuple[Severity, str]:
    """Return how grave the same ingredient twice is: another product is worse than what may be the same one again."""
    if given.name.written == case.name.written:
        grade = min(Severity.HIGH, substance.duplicate, key=lambda severity: severity.rank)
        return grade, f"{substance.name} is on the list already."
    return substance.duplicate, f"both hold {substance.name}."
