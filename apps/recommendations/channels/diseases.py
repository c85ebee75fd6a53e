"""The door to an external model that names diseases (`ML_SERVICE_URL`); whatever it fails at, the built-in one does."""

import msgspec
from django.conf import settings

from .asking import Outside, Question, Unusable

SECONDS = 3.0

service = Outside("external prediction")


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
    url = f"{settings.ML_SERVICE_URL.rstrip('/')}/predict/"
    return service.ask(Question(url, {"symptoms": symptoms}, SECONDS), read=_read)


def _read(body: bytes) -> Named:
    try:
        named = msgspec.json.decode(body, type=_Answer).prediction
    except (msgspec.MsgspecError, RecursionError) as failure:
        raise Unusable("no prediction") from failure
    if not named.is_sound:
        raise Unusable("no sound prediction")
    return named
