"""Substances: a medicine or class with every rule and class that it inherits, ready to be checked against others."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from .model import (
    AgeRule,
    ConditionRule,
    DailyMaximum,
    Interaction,
    LactationRule,
    Library,
    Medicine,
    MedicineClass,
    PregnancyRule,
    RenalRule,
    Severity,
    WeightRule,
)
from .references import ancestors

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Trio:
    """An interaction of three seen from one substance: what the other two must be."""

    rule: Interaction
    others: tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Substance:
    """One ingredient, or a class spoken of as if it were one (`is_class`).

    `terms` are its id and all its classes; `partners` leads from a term of another substance to the rules of two that
    meet in the pair; `duplicates` says of which classes two members are too many, and how grave that is.
    """

    id: str
    name: str
    terms: frozenset[str]
    is_class: bool
    conditions: tuple[ConditionRule, ...]
    ages: tuple[AgeRule, ...]
    pregnancy: tuple[PregnancyRule, ...]
    lactation: tuple[LactationRule, ...]
    weights: tuple[WeightRule, ...]
    renal: tuple[RenalRule, ...]
    daily: DailyMaximum | None
    duplicate: Severity
    weekly_only: bool
    through_skin: bool
    duplicates: Mapping[str, Severity]
    partners: Mapping[str, tuple[Interaction, ...]]
    trios: tuple[Trio, ...]

    def rules_with(self, other: "Substance") -> list[Interaction]:
        """Return the rules of two that hold between this substance and another one."""
        found: dict[int, Interaction] = {}
        for term in sorted(self.partners.keys() & other.terms):  # A set's order is another one in each process.
            found.update((id(rule), rule) for rule in self.partners[term])
        return [rule for rule in found.values() if not rule.unless or other.terms.isdisjoint(rule.unless)]


def build_substances(library: Library) -> dict[str, Substance]:
    """Return every medicine and class of the library as a substance, by id."""
    parents = {key: entry.parents for key, entry in library.classes.items()}
    substances = {}
    for key, medicine in library.medicines.items():
        classes = _closure(medicine.classes, parents)
        substances[key] = _substance(key, medicine, classes, library)
    for key, entry in library.classes.items():
        classes = _closure((key,), parents)
        substances[key] = _substance(key, entry, classes, library)
    return substances


def _closure(classes: Iterable[str], parents: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(classes).union(*(ancestors(one, parents) for one in classes))


def _substance(key: str, entry: Medicine | MedicineClass, classes: frozenset[str], library: Library) -> Substance:
    medicine = entry if isinstance(entry, Medicine) else Medicine(name=entry.name)
    sources: list[Medicine | MedicineClass] = [library.classes[one] for one in sorted(classes)]
    if isinstance(entry, Medicine):
        sources.insert(0, entry)
    terms = classes | {key}
    return Substance(
        id=key,
        name=entry.name,
        terms=terms,
        is_class=isinstance(entry, MedicineClass),
        conditions=tuple(_conditions(sources, medicine.treats)),
        ages=_joined(source.ages for source in sources),
        pregnancy=_joined(source.pregnancy for source in sources),
        lactation=_joined(source.lactation for source in sources),
        weights=_joined(source.weights for source in sources),
        renal=_joined(source.renal for source in sources),
        daily=medicine.daily,
        duplicate=medicine.duplicate,
        weekly_only=medicine.weekly_only,
        through_skin=medicine.through_skin,
        duplicates=_duplicates(classes, library),
        partners=_partners(terms, library.interactions.values()),
        trios=_trios(terms, library.interactions.values()),
    )


def _conditions(sources: list[Medicine | MedicineClass], treats: tuple[str, ...]) -> Iterator[ConditionRule]:
    """Yield the rules about conditions; a class's rule about just what the medicine treats does not hold for it."""
    for source in sources:
        for rule in source.conditions:
            if isinstance(source, Medicine) or not set(rule.when) <= set(treats):
                yield rule


def _joined(parts: Iterable[tuple[_Value, ...]]) -> tuple[_Value, ...]:
    return tuple(value for part in parts for value in part)


def _duplicates(classes: frozenset[str], library: Library) -> dict[str, Severity]:
    graded = ((one, library.classes[one].duplicate) for one in classes)
    return {one: severity for one, severity in graded if severity is not None}


def _partners(terms: frozenset[str], rules: Iterable[Interaction]) -> dict[str, tuple[Interaction, ...]]:
    """Return, by each term that another substance may have, the rules of two that this one has a side of."""
    partners: defaultdict[str, list[Interaction]] = defaultdict(list)
    for rule in rules:
        if len(rule.sides) > 2 or not terms.isdisjoint(rule.unless):
            continue
        one, other = rule.sides
        across = (other if not terms.isdisjoint(one) else ()), (one if not terms.isdisjoint(other) else ())
        for term in {*across[0], *across[1]}:
            partners[term].append(rule)
    return {term: tuple(found) for term, found in partners.items()}


def _trios(terms: frozenset[str], rules: Iterable[Interaction]) -> tuple[Trio, ...]:
    found = []
    for rule in rules:
        if len(rule.sides) < 3 or not terms.isdisjoint(rule.unless):
            continue
        for place, side in enumerate(rule.sides):
            if not terms.isdisjoint(side):
                others = [frozenset(other) for index, other in enumerate(rule.sides) if index != place]
                trio = Trio(rule=rule, others=(others[0], others[1]))
                if trio not in found:
                    found.append(trio)
    return tuple(found)
