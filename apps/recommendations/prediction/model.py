"""What a prediction says, as frozen values: diseases with confidence, red flags, triage, and why."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Triage(StrEnum):
    """How soon a person should be seen; ordered by `urgency`."""

    SELF_CARE = "SELF_CARE"
    ROUTINE = "ROUTINE"
    URGENT = "URGENT"
    EMERGENCY = "EMERGENCY"

    @property
    def urgency(self) -> int:
        """Return the rank of this level: the higher, the sooner."""
        return Urgency[self.name].value


class Urgency(IntEnum):
    """The order of the triage levels."""

    SELF_CARE = 0
    ROUTINE = 1
    URGENT = 2
    EMERGENCY = 3


class Sex(StrEnum):
    """The sex that frequencies of disease differ by."""

    FEMALE = "FEMALE"
    MALE = "MALE"


@dataclass(frozen=True, slots=True)
class Recognised:
    """One thing that was understood: the words that said it, and whether it is there or said to be absent."""

    said: str
    symptom: str  # id
    name: str
    is_present: bool = True


@dataclass(frozen=True, slots=True)
class AlternativeDisease:
    """A less likely explanation; confidence between 0 and 1."""

    disease: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """How far one symptom speaks for (above 0) or against the disease, in natural-log units against the remainder."""

    symptom: str
    is_present: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The likeliest disease. All confidences and that of "something else" sum to at most 1."""

    disease_id: str
    disease: str
    confidence: float
    alternative_diseases: tuple[AlternativeDisease, ...]
    matched_symptoms: tuple[str, ...]
    unmatched_symptoms: tuple[str, ...]
    total_symptoms: int
    why: tuple[Contribution, ...]
    specialization: str
    also_called: tuple[str, ...]
    self_care: str
    source: str


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A rule that fired, or an emergency that stays plausible: why, and the least triage it demands.

    `disease` is the id of the plausible emergency.
    """

    id: str
    message: str
    triage: Triage
    source: str
    disease: str = ""


@dataclass(frozen=True, slots=True)
class DiseaseAdvice:
    """The whole answer; `prediction` is None, with a reason, when there is too little to go by.

    `recognised` says what was understood, also when nothing was predicted. `something_else` is the share of
    probability that no disease of the knowledge base explains.
    """

    prediction: Prediction | None
    reason: str | None
    red_flags: tuple[RedFlag, ...]
    triage: Triage
    specializations: tuple[str, ...]
    recognised: tuple[Recognised, ...]
    unmatched_symptoms: tuple[str, ...]
    something_else: float
