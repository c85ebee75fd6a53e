"""Diseases that would explain complaints: by the built-in model, or by another program where one is named."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput
from apps.hospitals.models import Doctor
from apps.recommendations.channels import predicted_elsewhere
from apps.recommendations.prediction import AlternativeDisease, DiseaseAdvice, NothingRecognised, Sex, predictor
from apps.recommendations.selectors import doctors_for

BUILT_IN, ELSEWHERE = "built-in", "external"


@dataclass(frozen=True, slots=True)
class Advised:
    """The advice, doctors for it, and which model named the disease."""

    advice: DiseaseAdvice
    doctors: Sequence[Doctor]
    model: str


def predict_disease(*, symptoms: Sequence[str], text: str, age: float | None, sex: Sex | None) -> Advised:
    """Return what would explain the complaints, and who treats it. Nothing is kept of it.

    Raises InvalidInput when nothing of it is known.
    """
    try:
        advice = predictor().predict(symptoms=symptoms, text=text, age_years=age, sex=sex)
    except NothingRecognised as unknown:
        field = "symptoms" if symptoms else "text"
        raise InvalidInput(field, _("No symptom was recognised in this."), code="nothing_recognised") from unknown
    other = _by_another_program(advice)
    return Advised(other or advice, doctors_for(other or advice), ELSEWHERE if other else BUILT_IN)


def _by_another_program(advice: DiseaseAdvice) -> DiseaseAdvice | None:
    """Return the advice with the disease that an external model names; danger signs and triage stay our own."""
    present = [found.name for found in advice.recognised if found.is_present]
    named = predicted_elsewhere(present) if advice.prediction and present else None
    if named is None or advice.prediction is None:
        return None
    others = tuple(AlternativeDisease(one.disease, one.confidence) for one in named.alternative_diseases[:2])
    prediction = replace(
        advice.prediction,
        disease=named.disease,
        confidence=float(Decimal(str(named.confidence)).quantize(Decimal("0.0001"))),
        alternative_diseases=others,
        why=(),
    )
    return replace(advice, prediction=prediction)
