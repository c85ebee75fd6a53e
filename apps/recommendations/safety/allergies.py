"""Allergies: the substance itself, its group, and what cross-reacts with it."""

from collections.abc import Iterator

from apps.recommendations.medicines import (
    AllergyGroup,
    AllergyName,
    CrossReaction,
    Knowledge,
    Reaction,
    Severity,
    Substance,
)

from .case import Case
from .model import Allergy, Finding, FindingType

_SEVERE_WORDS = frozenset(
    {"SEVERE", "HIGH", "CRITICAL", "ANAPHYLAXIS", "LIFE_THREATENING", "LIFE-THREATENING", "FATAL"}
)
_OWN_SOURCE = "aaaai"


def stated_allergy(substance: str, severity: str, reaction: str, knowledge: Knowledge) -> Allergy:
    """Return an allergy with what its reaction adds: that it was severe, or no more than an effect such as nausea."""
    described = knowledge.read_allergy(reaction)
    if described.reaction is Reaction.SEVERE:
        return Allergy(substance, "SEVERE")
    is_wholly_read = not (described.unread or described.ids or described.groups)
    if described.reaction is Reaction.INTOLERANCE and is_wholly_read:
        return Allergy(f"{substance} ({reaction})", severity)
    return Allergy(substance, severity)


def allergy_findings(case: Case) -> Iterator[Finding]:
    """Yield, for each substance and each stated allergy, the gravest thing that follows."""
    for substance in case.substances:
        for allergy, name in case.allergies:
            found = max(
                _statements(case, substance, name, _reaction(allergy, name)),
                key=lambda statement: statement[0].rank,
                default=None,
            )
            if found is not None:
                severity, words, source = found
                yield case.finding(
                    FindingType.ALLERGY,
                    substance,
                    severity,
                    f"{substance.name}, allergy to {allergy.substance}: {words}",
                    source,
                    against=allergy.substance,
                    every_route=True,
                )


def _reaction(allergy: Allergy, name: AllergyName) -> Reaction:
    is_severe = (allergy.severity or "").strip().upper().replace(" ", "_") in _SEVERE_WORDS
    return Reaction.SEVERE if is_severe else name.reaction


def _statements(
    case: Case, substance: Substance, name: AllergyName, reaction: Reaction
) -> Iterator[tuple[Severity, str, str]]:
    culprits = case.knowledge.substances_of(name.ids)
    if substance.id in {culprit.id for culprit in culprits}:
        yield _same(reaction)
    for culprit in culprits:
        if culprit.is_class and culprit.id in substance.terms:
            yield Severity.CRITICAL, "it belongs to this class.", _OWN_SOURCE
    for key, group in case.knowledge.groups.items():
        is_named = key in name.groups
        is_shared = not group.named_only and any(not culprit.terms.isdisjoint(group.members) for culprit in culprits)
        if is_named or is_shared or _is_class_wide(group, culprits):
            yield from _of_group(substance, group, reaction)


def _same(reaction: Reaction) -> tuple[Severity, str, str]:
    if reaction is Reaction.INTOLERANCE:
        return Severity.HIGH, "the same medicine; what is described is an effect rather than an allergy.", _OWN_SOURCE
    return Severity.CRITICAL, "it is the same medicine.", _OWN_SOURCE


def _is_class_wide(group: AllergyGroup, culprits: tuple[Substance, ...]) -> bool:
    """Tell whether a group has no members but reactions among a class that a culprit belongs to (statins, azoles)."""
    if group.members or not group.reactions or group.named_only:
        return False
    own = group.reactions[0].to
    return any(not culprit.terms.isdisjoint(own) for culprit in culprits)


def _of_group(substance: Substance, group: AllergyGroup, reaction: Reaction) -> Iterator[tuple[Severity, str, str]]:
    """Yield what a group says of a substance: that it is a member, else the first of its reactions that fits.

    Where what is called an allergy was an effect such as nausea, the reaction speaks for members too.
    """
    is_member = not substance.terms.isdisjoint(group.members)
    crosses = [cross for cross in group.reactions if not substance.terms.isdisjoint(cross.to)]
    if is_member and (reaction is not Reaction.INTOLERANCE or not crosses):
        severity = Severity.HIGH if reaction is Reaction.INTOLERANCE else Severity.CRITICAL
        yield severity, f"it belongs to the same group ({group.name}).", _OWN_SOURCE
    elif crosses:
        yield _severity_after(crosses[0], reaction), crosses[0].say, crosses[0].source


def _severity_after(cross: CrossReaction, reaction: Reaction) -> Severity:
    if reaction is Reaction.SEVERE and cross.after_severe is not None:
        return cross.after_severe
    if reaction is Reaction.INTOLERANCE and cross.after_intolerance is not None:
        return cross.after_intolerance
    return cross.severity
