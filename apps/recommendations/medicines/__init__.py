"""What is known about medicines: the YAML of `knowledge/`, strictly read, and names as people write them.

A pure room: no ORM, no clock, no settings. `knowledge()` reads the files once; `Knowledge.read_medicine` and its
siblings turn free text into ids. What is not understood is handed back as `unread`, never dropped and never guessed:
a misspelling counts only when one single name is near, and lookalike names (ISMP) count only when written exactly.
"""

from .allergens import AllergyName, Reaction
from .conditions import ConditionName
from .knowledge import Knowledge, knowledge
from .loading import FOLDER, BrokenKnowledge, load_library
from .model import (
    AgeRule,
    AllergyGroup,
    ConditionRule,
    CrossReaction,
    DailyMaximum,
    Implied,
    Interaction,
    LactationRule,
    Medicine,
    PregnancyRule,
    RenalRule,
    Severity,
    WeightRule,
)
from .naming import MedicineName
from .substances import Substance, Trio
from .words import milligrams_of

__all__ = [
    "FOLDER",
    "AgeRule",
    "AllergyGroup",
    "AllergyName",
    "BrokenKnowledge",
    "ConditionName",
    "ConditionRule",
    "CrossReaction",
    "DailyMaximum",
    "Implied",
    "Interaction",
    "Knowledge",
    "LactationRule",
    "Medicine",
    "MedicineName",
    "PregnancyRule",
    "Reaction",
    "RenalRule",
    "Severity",
    "Substance",
    "Trio",
    "WeightRule",
    "knowledge",
    "load_library",
    "milligrams_of",
]
