"""Naive Bayes over the knowledge base, with an explicit remainder: how likely each disease is, and why.

Symptoms of one disease come together more than the model assumes, so the evidence is damped by a constant power.
A symptom that another one implies is not counted a second time. What the person does not mention speaks, softly,
against diseases that nearly always show it. The remainder "something else" has the average frequency of every
symptom: it wins where no disease explains more than chance would.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .knowledge import Disease, DiseaseKnowledge, Frequency, Kind
from .model import Contribution, Sex, Triage

_PRIOR = {
    Frequency.VERY_COMMON: 20.0,
    Frequency.COMMON: 10.0,
    Frequency.OCCASIONAL: 5.0,
    Frequency.UNCOMMON: 2.5,
    Frequency.RARE: 1.0,
}
_REMAINDER_PRIOR = 0.2  # of all diseases' priors together
_DAMPING = 0.85
_SILENCE = 0.2  # how much an unmentioned symptom counts, of what a denied one would
_SILENCE_FROM = 0.5
_NEVER = 1e-9


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is there and what is denied, as ids; `present` without what others of it imply."""

    present: tuple[str, ...]
    absent: tuple[str, ...]
    mentioned: frozenset[str]


@dataclass(frozen=True, slots=True)
class Posterior:
    """The share of probability of each disease, likeliest first, and of the remainder; they sum to 1."""

    diseases: tuple[tuple[Disease, float], ...]
    something_else: float


def evidence_of(knowledge: DiseaseKnowledge, present: Iterable[str], absent: Iterable[str]) -> Evidence:
    """Return the evidence with implied symptoms counted once: the narrower symptom speaks for the wider one.

    A denied symptom that is implied by one that is there is there; one whose wider symptom is denied too is dropped.
    """
    there = frozenset(present)
    closure = knowledge.closure(there)
    implied = frozenset().union(*(knowledge.implied[id_] for id_ in there))
    denied = frozenset(absent) - closure
    narrowest = denied - {id_ for id_ in denied if denied & knowledge.implied[id_]}
    order = list(knowledge.symptoms)
    rank = {id_: order.index(id_) for id_ in there | narrowest}
    return Evidence(
        present=tuple(sorted(there - implied, key=rank.__getitem__)),
        absent=tuple(sorted(narrowest, key=rank.__getitem__)),
        mentioned=closure | denied,
    )


class Model:
    """The tables of one knowledge base, computed once: logarithms per symptom and disease."""

    def __init__(self, knowledge: DiseaseKnowledge) -> None:
        self.knowledge = knowledge
        self.diseases = tuple(knowledge.diseases.values())
        self.serious = tuple(one for one in self.diseases if one.triage.urgency >= Triage.URGENT.urgency)
        self._priors = [_PRIOR[disease.frequency] for disease in self.diseases]
        self._remainder_prior = _REMAINDER_PRIOR * sum(self._priors)
        self._present: dict[str, list[float]] = {}
        self._absent: dict[str, list[float]] = {}
        tables = [_chances(knowledge, disease) for disease in self.diseases]
        for symptom in knowledge.symptoms:
            chances = [table[symptom] for table in tables]
            chances.append(self._average(symptom, chances))
            self._present[symptom] = [_DAMPING * math.log(chance) for chance in chances]
            self._absent[symptom] = [_DAMPING * math.log1p(-chance) for chance in chances]
        self._silences = [self._silence(disease) for disease in self.diseases]
        self._speaking = {
            disease.id: frozenset(id_ for id_, row in self._present.items() if row[at] > row[-1])
            for at, disease in enumerate(self.diseases)
        }

    def posterior(self, evidence: Evidence, *, age_years: float | None, sex: Sex | None) -> Posterior:
        """Return how probability is shared out after the evidence."""
        *shares, something_else = self._shares(self._without_present(evidence, age_years, sex), evidence.present)
        ranked = sorted(zip(self.diseases, shares, strict=True), key=lambda pair: (-pair[1], pair[0].id))
        return Posterior(tuple(ranked), something_else)

    def shares_by_part(
        self,
        parts: Iterable[tuple[str, ...]],
        evidence: Evidence,
        *,
        age_years: float | None,
        sex: Sex | None,
    ) -> Mapping[tuple[str, ...], Mapping[str, float]]:
        """Return, for each part of what is present, the share of each disease by its id, were it all that there is."""
        base = self._without_present(evidence, age_years, sex)
        ids = [disease.id for disease in self.diseases]
        return {part: dict(zip(ids, self._shares(base, part), strict=False)) for part in parts}

    def _without_present(self, evidence: Evidence, age_years: float | None, sex: Sex | None) -> list[float]:
        """Return the scores of all diseases and the remainder by what is not there: person, denials, silence."""
        scores = self._prior_scores(age_years, sex)
        for index, silence in enumerate(self._silences):
            scores[index] += sum(cost for id_, cost in silence if id_ not in evidence.mentioned)
        return [sum(column) for column in zip(scores, *(self._absent[id_] for id_ in evidence.absent), strict=True)]

    def _shares(self, scores: Sequence[float], present: Iterable[str]) -> list[float]:
        """Return the share of each disease, in their order, and of the remainder."""
        scores = [sum(column) for column in zip(scores, *(self._present[id_] for id_ in present), strict=True)]
        highest = max(scores)
        odds = [math.exp(score - highest) for score in scores]
        total = sum(odds)
        return [odd / total for odd in odds]

    def speaks_for(self, symptom: str, disease: Disease) -> bool:
        """Return whether a symptom makes a disease likelier against the remainder."""
        return symptom in self._speaking[disease.id]

    def contributions(self, disease: Disease, evidence: Evidence) -> tuple[Contribution, ...]:
        """Return what each symptom adds to the disease against the remainder, the strongest first."""
        at = self.diseases.index(disease)
        found = [Contribution(id_, True, self._gain(self._present[id_], at)) for id_ in evidence.present]  # noqa: FBT003 - a field
        found += [Contribution(id_, False, self._gain(self._absent[id_], at)) for id_ in evidence.absent]  # noqa: FBT003 - a field
        return tuple(sorted(found, key=lambda item: (-abs(item.weight), item.symptom)))

    def _gain(self, row: Sequence[float], at: int) -> float:
        return round(row[at] - row[-1], 2)

    def _prior_scores(self, age_years: float | None, sex: Sex | None) -> list[float]:
        weights = [
            prior * disease.age.at(age_years) * disease.sex.of(sex)
            for prior, disease in zip(self._priors, self.diseases, strict=True)
        ]
        return [math.log(max(weight, _NEVER)) for weight in (*weights, self._remainder_prior)]

    def _average(self, id_: str, chances: Sequence[float]) -> float:
        mean = sum(chance * prior for chance, prior in zip(chances, self._priors, strict=True)) / sum(self._priors)
        return max(mean, self.knowledge.symptoms[id_].background)

    def _silence(self, disease: Disease) -> list[tuple[str, float]]:
        symptoms = self.knowledge.symptoms
        return [
            (id_, _SILENCE * math.log1p(-chance))
            for id_, chance in disease.symptoms.items()
            if chance >= _SILENCE_FROM and symptoms[id_].kind is not Kind.CIRCUMSTANCE
        ]


def _chances(knowledge: DiseaseKnowledge, disease: Disease) -> dict[str, float]:
    """Return P(symptom | disease) of every symptom: as given, else from a narrower or a wider one that is given.

    A narrower symptom is never likelier than any that it implies.
    """
    given, implied = disease.symptoms, knowledge.implied
    least: dict[str, float] = dict(given)
    for id_, chance in given.items():
        for wider in implied[id_]:
            least[wider] = max(least.get(wider, 0.0), chance)
    found: dict[str, float] = {}
    for id_ in knowledge.widest_first:
        symptom = knowledge.symptoms[id_]
        bound = min((found[wider] for wider in symptom.implies), default=1.0)
        is_derived = id_ not in given and not implied[id_].isdisjoint(given)
        chance = max(least.get(id_, 0.0), 0.0 if id_ in given else symptom.background)
        found[id_] = min(max(chance, bound * symptom.share) if is_derived else chance, bound)
    return found
