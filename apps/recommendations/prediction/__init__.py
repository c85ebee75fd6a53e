"""Disease prediction: symptom names or a free text to likely diseases, red flags and triage; no medical advice.

A pure room: words in, values out, from the knowledge base in `knowledge/` (symptoms, diseases, red flags). Reading
prefers silence to a guess: a slip of the pen counts only when one known word is nearest, a denied symptom counts as
absent, a relative's disease counts for nothing. Red-flag rules stand above probability: the triage is the highest of
the rules that fire, the dangerous diseases that stay plausible, and the likeliest disease.
"""

from functools import cache

from .elsewhere import named_elsewhere, unknown_of
from .knowledge import KNOWLEDGE_FOLDER, Disease, DiseaseKnowledge, InvalidKnowledge, load_disease_knowledge
from .model import AlternativeDisease, Contribution, DiseaseAdvice, Prediction, Recognised, RedFlag, Sex, Triage
from .predicting import NothingRecognised, Predictor
from .recognition import MAX_ITEMS, MAX_LENGTH, Recogniser, Recognition

__all__ = [
    "KNOWLEDGE_FOLDER",
    "MAX_ITEMS",
    "MAX_LENGTH",
    "AlternativeDisease",
    "Contribution",
    "Disease",
    "DiseaseAdvice",
    "DiseaseKnowledge",
    "InvalidKnowledge",
    "NothingRecognised",
    "Prediction",
    "Predictor",
    "Recognised",
    "Recogniser",
    "Recognition",
    "RedFlag",
    "Sex",
    "Triage",
    "load_disease_knowledge",
    "named_elsewhere",
    "predictor",
    "unknown_of",
]


@cache
def predictor() -> Predictor:
    """Return the predictor of the repository's own knowledge base, built at the first call."""
    return Predictor(load_disease_knowledge())
