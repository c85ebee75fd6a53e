"""One case: a proposed medicine and a person's facts, their texts read and joined with what they imply."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from apps.recommendations.medicines import (
    AllergyName,
    ConditionName,
    Implied,
    Knowledge,
    MedicineName,
    Severity,
    Substance,
)

from .model import Allergy, Dose, Facts, Finding, FindingType, Proposal, plain

LOCAL_CAP = Severity.MODERATE  # creams and drops: little reaches the blood
_LOCAL_NOTE = " Used locally, little reaches the blood."


@dataclass(frozen=True, slots=True)
class Given:
    """A medicine that the person takes, as written, with its dose where it is known, and what it holds."""

    text: str
    dose: Dose | None
    name: MedicineName
    substances: tuple[Substance, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the rules ask for.

    `egfr` is the measured one, or the most that a stated condition leaves ("CKD stage 4"); `pregnant` and `lactating`
    are True when a condition says so.
    """

    proposal: Proposal
    facts: Facts
    knowledge: Knowledge
    name: MedicineName
    substances: tuple[Substance, ...]
    current: tuple[Given, ...]
    conditions: tuple[ConditionName, ...]
    allergies: tuple[tuple[Allergy, AllergyName], ...]
    egfr: float | None
    pregnant: bool | None
    weeks: float | None
    lactating: bool | None

    def is_local(self, substance: Substance) -> bool:
        """Tell whether a proposed substance stays where it is put."""
        return self.name.is_local and not substance.through_skin

    def finding(
        self,
        kind: FindingType,
        substance: Substance,
        severity: Severity,
        message: str,
        source: str,
        *,
        against: str | None = None,
        condition: str | None = None,
        every_route: bool = False,
        other_is_local: bool = False,
    ) -> Finding:
        """Return a finding about a proposed substance, milder where the medicine is used locally."""
        is_mild = (self.is_local(substance) or other_is_local) and not every_route and severity.rank > LOCAL_CAP.rank
        return Finding(
            type=kind,
            severity=LOCAL_CAP if is_mild else severity,
            subject=substance.name,
            message=message + _LOCAL_NOTE if is_mild else message,
            source=self.knowledge.source(source),
            against=against,
            condition=condition,
        )


def read_case(proposal: Proposal, facts: Facts, knowledge: Knowledge) -> Case:
    """Return the case with all its texts read; what they do not say stays unread in its parts."""
    name = knowledge.read_medicine(proposal.medicine)
    read = (knowledge.read_condition(text) for text in facts.conditions)
    conditions = tuple(replace(condition, text=plain(condition.text)) for condition in read)
    implied = {fact for condition in conditions for fact in condition.implies}
    return Case(
        proposal=proposal,
        facts=facts,
        knowledge=knowledge,
        name=name,
        substances=knowledge.substances_of(name.ids),
        current=tuple(_given(facts, knowledge)),
        conditions=conditions,
        allergies=tuple(
            (Allergy(plain(one.substance), one.severity), knowledge.read_allergy(one.substance))
            for one in facts.allergies
        ),
        egfr=_egfr(facts, conditions),
        pregnant=True if Implied.PREGNANT in implied else facts.pregnant,
        weeks=_weeks(facts, conditions),
        lactating=True if Implied.LACTATING in implied else facts.lactating,
    )


def _given(facts: Facts, knowledge: Knowledge) -> Iterator[Given]:
    for taken in facts.taken:
        name = knowledge.read_medicine(taken.medicine)
        if taken.quoted_as and name.unread:
            name = replace(name, unread=("…",))
        yield Given(
            text=plain(taken.quoted_as or taken.medicine),
            dose=taken.dose,
            name=name,
            substances=knowledge.substances_of(name.ids),
        )


def _egfr(facts: Facts, conditions: tuple[ConditionName, ...]) -> float | None:
    if facts.egfr is not None:
        return facts.egfr
    limits = [condition.egfr_at_most for condition in conditions if condition.egfr_at_most is not None]
    return min(limits, default=None)


def _weeks(facts: Facts, conditions: tuple[ConditionName, ...]) -> float | None:
    if facts.gestation_weeks is not None:
        return facts.gestation_weeks
    stated = [condition.weeks for condition in conditions if condition.weeks is not None]
    return max(stated, default=None)
