"""Other medicines for the same purpose that pass the same rules."""

from collections.abc import Iterator

from apps.recommendations.medicines import Knowledge, Medicine, Severity

from .checking import check_medicine
from .model import Alternative, Facts, Proposal

LIMIT = 3
DEPENDENCE = "dependence"  # the class of opioids, benzodiazepines, z-drugs, barbiturates and stimulants


def alternatives(
    proposal: Proposal, facts: Facts, knowledge: Knowledge, *, indication: str | None = None, limit: int = LIMIT
) -> tuple[Alternative, ...]:
    """Return medicines for the same indication, best first, with no CRITICAL or HIGH finding for this person.

    `indication` is what is treated, as text; without it, what the person has that the medicine treats, else its main
    indication. Empty for an unknown medicine or indication.
    """
    name = knowledge.read_medicine(proposal.medicine)
    products = [knowledge.medicines[key] for key in name.ids if key in knowledge.medicines]
    purposes = _purposes(products, facts, knowledge, indication)
    avoided = _held(name.ids, knowledge) | _taken(facts, knowledge)
    if not _causes_dependence(name.ids, knowledge):
        avoided |= {key for key in knowledge.medicines if _causes_dependence((key,), knowledge)}
    found: list[Alternative] = []
    for key in _candidates(products, purposes, knowledge):
        if len(found) == limit:
            break
        if avoided.isdisjoint(_held((key,), knowledge)):
            found.extend(_passing(key, purposes, facts, knowledge))
    return tuple(found)


def _held(ids: tuple[str, ...], knowledge: Knowledge) -> set[str]:
    return {substance.id for substance in knowledge.substances_of(ids)}


def _causes_dependence(ids: tuple[str, ...], knowledge: Knowledge) -> bool:
    """Tell whether medicines cause dependence; such a one is offered only in place of another such one."""
    return any(DEPENDENCE in substance.terms for substance in knowledge.substances_of(ids))


def _taken(facts: Facts, knowledge: Knowledge) -> set[str]:
    return {held for one in facts.taken for held in _held(knowledge.read_medicine(one.medicine).ids, knowledge)}


def _purposes(products: list[Medicine], facts: Facts, knowledge: Knowledge, indication: str | None) -> tuple[str, ...]:
    """Return the conditions to be treated, as ids."""
    if indication is not None:
        stated = knowledge.read_condition(indication).ids
        return tuple(sorted(stated))
    treated = dict.fromkeys(condition for product in products for condition in product.treats)
    present = {key for text in facts.conditions for key in knowledge.read_condition(text).ids}
    shared = tuple(condition for condition in treated if condition in present)
    return shared or tuple(product.treats[0] for product in products if product.treats)


def _candidates(products: list[Medicine], purposes: tuple[str, ...], knowledge: Knowledge) -> Iterator[str]:
    """Yield ids to try: the ones named by the medicine first, then those whose main purpose it is, then the others."""
    own = {term for product in products for term in _terms(product, knowledge)}
    named = [key for product in products for key in product.instead]
    fitting = [key for key, medicine in knowledge.medicines.items() if not set(purposes).isdisjoint(medicine.treats)]
    fitting.sort(key=lambda key: _rank(knowledge.medicines[key], purposes, own, knowledge))
    tried = dict.fromkeys([*(key for key in named if key in fitting), *fitting])
    yield from (key for key in tried if knowledge.medicines[key].offered)


def _rank(
    medicine: Medicine, purposes: tuple[str, ...], own: set[str], knowledge: Knowledge
) -> tuple[bool, bool, int, str]:
    """Return the order: main purpose first, single before combined, the nearest class first, by name."""
    is_main = medicine.treats[0] in purposes
    return not is_main, bool(medicine.ingredients), -len(own & _terms(medicine, knowledge)), medicine.name


def _terms(medicine: Medicine, knowledge: Knowledge) -> set[str]:
    ids = knowledge.read_medicine(medicine.name).ids
    return {term for substance in knowledge.substances_of(ids) for term in substance.terms}


def _passing(key: str, purposes: tuple[str, ...], facts: Facts, knowledge: Knowledge) -> Iterator[Alternative]:
    medicine = knowledge.medicines[key]
    verdict = check_medicine(Proposal(medicine=medicine.name), facts, knowledge)
    if verdict.worst is not None and verdict.worst.rank >= Severity.HIGH.rank:
        return
    treated = [knowledge.condition_name(purpose) for purpose in purposes if purpose in medicine.treats]
    yield Alternative(
        id=key,
        name=medicine.name,
        reason=f"Also used for {', '.join(treated)}; passes the same checks.",
        notes=verdict.findings,
        not_checked=verdict.not_checked,
    )
