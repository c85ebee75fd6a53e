"""What a schema cannot say: every id that is named exists, no name means two things, no class is its own parent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from .model import Library, Medicine, MedicineClass
from .words import fold


def problems_in(library: Library) -> Iterator[str]:
    """Yield one sentence for everything in the library that refers to nothing or contradicts itself."""
    yield from _unknown_ids(library)
    yield from _own_parents("class", {key: entry.parents for key, entry in library.classes.items()})
    yield from _own_parents("condition", {key: entry.parents for key, entry in library.conditions.items()})
    yield from _ambiguous("medicine", medicine_names(library))
    yield from _ambiguous(
        "condition", ((name, key) for key, entry in library.conditions.items() for name in entry.also)
    )
    yield from _ambiguous(
        "condition", ((code, key) for key, entry in library.conditions.items() for code in entry.icd10)
    )
    yield from _ambiguous("allergy", ((name, key) for key, entry in library.groups.items() for name in entry.also))
    yield from _ageless_rules(library)
    yield from _nested_combinations(library)


def medicine_names(library: Library) -> Iterator[tuple[str, str]]:
    """Yield every name of a medicine or class with its id."""
    for key, medicine in library.medicines.items():
        elsewhere = library.names_elsewhere.get(key, ())
        yield from ((name, key) for name in (medicine.name, *medicine.also, *elsewhere))
    for key, entry in library.classes.items():
        yield from ((name, key) for name in entry.also)


def _unknown_ids(library: Library) -> Iterator[str]:
    terms = library.classes.keys() | library.medicines.keys()
    known = {
        "class": library.classes.keys(),
        "medicine": library.medicines.keys(),
        "term": terms,
        "condition": library.conditions.keys(),
        "source": library.sources.keys(),
    }
    for where, kind, named in _named_ids(library):
        for missing in sorted(set(named) - known[kind]):
            yield f"{where}: no {kind} {missing}"


def _named_ids(library: Library) -> Iterator[tuple[str, str, Iterable[str]]]:
    for key, entry in library.classes.items():
        yield key, "class", entry.parents
        yield from _named_by_rules(key, entry)
    for key, medicine in library.medicines.items():
        yield key, "class", medicine.classes
        yield key, "medicine", chain(medicine.ingredients, medicine.instead)
        yield key, "condition", medicine.treats
        yield key, "source", [medicine.daily.source] if medicine.daily else []
        yield from _named_by_rules(key, medicine)
    for key, rule in library.interactions.items():
        yield key, "term", chain(*rule.sides, rule.unless)
        yield key, "condition", rule.given
        yield key, "source", [rule.source]
    for key, group in library.groups.items():
        yield key, "term", chain(group.members, *(reaction.to for reaction in group.reactions))
        yield key, "source", [reaction.source for reaction in group.reactions]
    for key, condition in library.conditions.items():
        yield key, "condition", condition.parents
    yield "names_elsewhere", "medicine", library.names_elsewhere
    for pair in library.lookalikes:
        yield "lookalikes", "source", [pair.source]


def _named_by_rules(key: str, entry: Medicine | MedicineClass) -> Iterator[tuple[str, str, Iterable[str]]]:
    rules = (*entry.ages, *entry.pregnancy, *entry.lactation, *entry.weights, *entry.renal, *entry.conditions)
    yield key, "source", [rule.source for rule in rules]
    yield key, "condition", chain(*(rule.when for rule in entry.conditions))


def _own_parents(kind: str, parents: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for key in parents:
        if key in ancestors(key, parents):
            yield f"{key}: a {kind} that is its own parent"


def ancestors(key: str, parents: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return all the wider ids of an id, without itself unless the parents go in a circle."""
    found: set[str] = set()
    waiting = list(parents.get(key, ()))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(parents.get(one, ()))
    return frozenset(found)


def _ambiguous(kind: str, names: Iterable[tuple[str, str]]) -> Iterator[str]:
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for name, key in names:
        meanings[fold(name)].add(key)
    for name, keys in meanings.items():
        if len(keys) > 1 or not name:
            yield f"the {kind} name {name!r} means {', '.join(sorted(keys))}"


def _ageless_rules(library: Library) -> Iterator[str]:
    for key, entry in chain(library.classes.items(), library.medicines.items()):
        for rule in entry.ages:
            if (rule.below is None) == (rule.since is None):
                yield f"{key}: an age rule needs one of below and since"


def _nested_combinations(library: Library) -> Iterator[str]:
    for key, medicine in library.medicines.items():
        nested = [part for part in medicine.ingredients if _has_ingredients(library, part)]
        if nested or key in medicine.ingredients:
            yield f"{key}: an ingredient is itself a combination"


def _has_ingredients(library: Library, key: str) -> bool:
    return key in library.medicines and bool(library.medicines[key].ingredients)
