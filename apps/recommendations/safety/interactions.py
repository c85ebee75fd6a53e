"""Interactions of the proposed medicine with what the person takes: pairs, and threes that are worse together."""

from collections.abc import Iterable, Iterator

from apps.recommendations.medicines import Interaction, Substance, Trio

from .case import Case, Given
from .model import Finding, FindingType


def interaction_findings(case: Case) -> Iterator[Finding]:
    """Yield, for each pair and each effect, the gravest rule that holds; then the threes."""
    for substance in case.substances:
        for given in case.current:
            for other in given.substances:
                yield from _pair(case, substance, given, other)
        for trio in substance.trios:
            yield from _trio(case, substance, trio)


def _pair(case: Case, substance: Substance, given: Given, other: Substance) -> Iterator[Finding]:
    if other.id == substance.id:
        return  # the same ingredient twice is duplication
    stated = [rule for rule in substance.rules_with(other) if _holds(rule, case)]
    for rule in _gravest_of_each_effect(stated):
        yield case.finding(
            FindingType.INTERACTION,
            substance,
            rule.severity,
            f"{_pair_names(substance, given, other)}: {rule.mechanism} {rule.advice}",
            rule.source,
            against=given.text,
            every_route=rule.every_route,
            other_is_local=given.name.is_local and not other.through_skin,
        )


def _holds(rule: Interaction, case: Case) -> bool:
    return not rule.given or any(not condition.ids.isdisjoint(rule.given) for condition in case.conditions)


def _gravest_of_each_effect(rules: Iterable[Interaction]) -> list[Interaction]:
    gravest: dict[str, Interaction] = {}
    for rule in rules:
        known = gravest.get(rule.effect)
        if known is None or _gravity(rule) > _gravity(known):
            gravest[rule.effect] = rule
    return list(gravest.values())


def _gravity(rule: Interaction) -> tuple[int, bool]:
    return rule.severity.rank, rule.every_route


def _pair_names(substance: Substance, given: Given, other: Substance) -> str:
    known_as = given.text if other.name.casefold() in given.text.casefold() else f"{given.text} ({other.name})"
    return f"{substance.name} with {known_as}"


def _trio(case: Case, substance: Substance, trio: Trio) -> Iterator[Finding]:
    """Yield one finding for every two current medicines that complete the three."""
    first, second = trio.others
    seen: set[frozenset[str]] = set()
    for one, other in _completing(case, substance, first, second):
        pair = frozenset({one.text, other.text})
        if pair in seen or not _holds(trio.rule, case):
            continue
        seen.add(pair)
        together = " and ".join(sorted(pair))
        yield case.finding(
            FindingType.INTERACTION,
            substance,
            trio.rule.severity,
            f"{substance.name} with {together}: {trio.rule.mechanism} {trio.rule.advice}",
            trio.rule.source,
            against=together,
        )


def _completing(
    case: Case, substance: Substance, first: frozenset[str], second: frozenset[str]
) -> Iterator[tuple[Given, Given]]:
    """Yield the pairs of current medicines of which one is of the first side and another of the second."""
    ones = [given for given in case.current if _has(given, first, substance)]
    others = [given for given in case.current if _has(given, second, substance)]
    for one in ones:
        yield from ((one, other) for other in others if other is not one and other.name.ids != one.name.ids)


def _has(given: Given, side: frozenset[str], substance: Substance) -> bool:
    return any(other.id != substance.id and not side.isdisjoint(other.terms) for other in given.substances)
