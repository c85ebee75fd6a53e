"""Diseases that would explain complaints: by the built-in model, or by another program where one is named."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput
from apps.hospitals.models import Doctor
from apps.recommendations.channels.diseases import predicted_elsewhere
from apps.recommendations.prediction import (
    AlternativeDisease,
    DiseaseAdvice,
    NothingRecognised,
    Sex,
    named_elsewhere,
    predictor,
    unknown_of,
)
from apps.recommendations.safety import plain
from apps.recommendations.selectors import doctors_for

BUILT_IN, ELSEWHERE = "built-in", "external"
MOST_OTHERS = 2


@dataclass(frozen=True, slots=True)
class Advised:
    """The advice, doctors for it, which model named the disease, and which names of another one are not known here."""

    advice: DiseaseAdvice
    doctors: Sequence[Doctor]
    model: str
    not_checked: tuple[str, ...] = ()


def predict_disease(*, symptoms: Sequence[str], text: str, age: float | None, sex: Sex | None) -> Advised:
    """Return what would explain the complaints, and who treats it. Nothing is kept of it.

    Raises InvalidInput when nothing of it is known.
    """
    try:
        advice = predictor().predict(symptoms=symptoms, text=text, age_years=age, sex=sex)
    except NothingRecognised as unknown:
        field = "symptoms" if symptoms else "text"
        raise InvalidInput(field, _("No symptom was recognised in this."), code="nothing_recognised") from unknown
    named = _named_by_another_program(advice)
    if advice.prediction is None or not named:
        return Advised(advice, doctors_for(advice), BUILT_IN)
    known = predictor().knowledge
    other = named_elsewhere(advice, advice.prediction, named, known)
    return Advised(other, doctors_for(other), ELSEWHERE, not_checked=unknown_of(named, known))


def _named_by_another_program(advice: DiseaseAdvice) -> list[AlternativeDisease]:
    """Return what an external model names, where there is one and enough to go by; it is sent our names of symptoms."""
    present = [found.name for found in advice.recognised if found.is_present]
    named = predicted_elsewhere(present) if advice.prediction and present else None
    every = (named, *named.alternative_diseases[:MOST_OTHERS]) if named else ()
    return [AlternativeDisease(plain(one.disease), one.confidence) for one in every]
