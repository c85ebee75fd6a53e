"""A disease that another program names: what is known of it here, and how soon it asks for a look. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from .knowledge import Disease, DiseaseKnowledge
from .model import AlternativeDisease, DiseaseAdvice, Prediction, Triage
from .predicting import suspicions

FROM_OUTSIDE = "another program; not checked here"


def named_elsewhere(
    advice: DiseaseAdvice, prediction: Prediction, named: Sequence[AlternativeDisease], known: DiseaseKnowledge
) -> DiseaseAdvice:
    """Return the advice about the disease that another program named, the likeliest first.

    Of a disease that is known here everything is said as of our own; of another one there is no self-care, and a
    doctor is to see it. Our danger signs stay, and the triage only rises.
    """
    best, *others = named
    disease = _known(best.disease, known)
    flags = [flag for flag in suspicions(_shares(named, known)) if flag not in advice.red_flags]
    own = disease.triage if disease else Triage.ROUTINE
    found = replace(
        prediction,
        disease_id=disease.id if disease else "",
        disease=disease.name if disease else best.disease,
        confidence=_rounded(best.confidence),
        alternative_diseases=tuple(replace(one, confidence=_rounded(one.confidence)) for one in others),
        why=(),
        specialization=disease.specialization if disease else "",
        also_called=disease.also if disease else (),
        self_care=disease.self_care if disease else "",
        source=disease.source if disease else FROM_OUTSIDE,
    )
    return replace(
        advice,
        prediction=found,
        red_flags=(*advice.red_flags, *flags),
        triage=max(advice.triage, own, *(flag.triage for flag in flags), key=lambda level: level.urgency),
        specializations=(*([disease.specialization] if disease else []), *advice.specializations),
    )


def unknown_of(named: Sequence[AlternativeDisease], known: DiseaseKnowledge) -> tuple[str, ...]:
    """Return the names that say nothing here."""
    return tuple(one.disease for one in named if _known(one.disease, known) is None)


def _shares(named: Sequence[AlternativeDisease], known: DiseaseKnowledge) -> list[tuple[Disease, float]]:
    """Return the known diseases, likeliest first; the first one counts as sure, whatever its confidence."""
    found = [
        (disease, 1.0 if place == 0 else one.confidence)
        for place, one in enumerate(named)
        if (disease := _known(one.disease, known))
    ]
    return sorted(found, key=lambda pair: -pair[1])


def _known(name: str, known: DiseaseKnowledge) -> Disease | None:
    return known.disease_by_name.get(" ".join(name.replace("_", " ").split()).casefold())


def _rounded(share: float) -> float:
    return float(Decimal(str(share)).quantize(Decimal("0.0001")))
