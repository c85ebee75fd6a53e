"""The door to an external model that names diseases (`ML_SERVICE_URL`); whatever it fails at, the built-in one does."""

import logging

import httpx
import msgspec
from django.conf import settings

logger = logging.getLogger(__name__)

SECONDS = 3.0
LONGEST_ANSWER = 65_536


class NamedDisease(msgspec.Struct, frozen=True):
    """A disease and how sure the model is, between 0 and 1."""

    disease: str
    confidence: float


class Named(NamedDisease, frozen=True):
    """The likeliest disease, and others."""

    alternative_diseases: tuple[NamedDisease, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Return whether this can be shown: names that a person can read, shares that are shares."""
        every = (self, *self.alternative_diseases)
        return all(1 < len(one.disease) <= 200 and 0 <= one.confidence <= 1 for one in every)


class _Answer(msgspec.Struct, frozen=True):
    prediction: Named


def predicted_elsewhere(symptoms: list[str]) -> Named | None:
    """Return what the external model names, None when there is none or it does not answer soundly in three seconds."""
    if not settings.ML_SERVICE_URL:
        return None
    try:
        answer = httpx.post(
            f"{settings.ML_SERVICE_URL.rstrip('/')}/predict/", json={"symptoms": symptoms}, timeout=SECONDS
        ).raise_for_status()
        named = msgspec.json.decode(answer.content[:LONGEST_ANSWER], type=_Answer).prediction
    except (httpx.HTTPError, msgspec.MsgspecError, httpx.InvalidURL):
        logger.warning("external prediction does not answer")
        return None
    return named if named.is_sound else None
