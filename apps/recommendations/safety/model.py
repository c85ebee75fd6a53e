"""What goes into a check and what comes out: facts about a person, a proposed medicine, findings."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from apps.recommendations.medicines import Severity

LONGEST_QUOTE = 150
_LEADING_ELSEWHERE = re.compile(r"\S*(?:://|www\.|@)\S*|</?[A-Za-z!][^>]{0,200}>?|[{}`]")  # links, mail, markup


def plain(text: str, *, longest: int = LONGEST_QUOTE) -> str:
    """Return what somebody wrote as answers quote it: on one line, not endless, and leading nowhere."""
    line = " ".join(_LEADING_ELSEWHERE.sub("…", text).split())
    return line if len(line) <= longest else line[:longest].rsplit(" ", 1)[0] + " …"


class Sex(StrEnum):
    """Sex, as far as it decides whether pregnancy is possible."""

    FEMALE = "FEMALE"
    MALE = "MALE"


@dataclass(frozen=True, slots=True)
class Allergy:
    """A substance as someone wrote it, perhaps with how severe the reaction was ("SEVERE", "ANAPHYLAXIS", "mild")."""

    substance: str
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose and how often a day it is given; once a week is 1/7."""

    amount: float
    unit: str
    times_per_day: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A medicine that someone means to give, or takes, as written, perhaps with its dose.

    `unread` is a text that was to state the dose, and of which no dose a day could be counted. `quoted_as` is what
    answers say in place of the words, where those are not for everybody who reads the answer.
    """

    medicine: str
    dose: Dose | None = None
    unread: str = ""
    quoted_as: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a person; None where it is not known.

    Age in years, for infants a fraction; weight in kilograms; eGFR in mL/min/1.73 m2. Allergies, conditions (words or
    ICD-10 codes) and current medicines are free text; of a current medicine the dose may stand beside it.
    """

    age: float | None = None
    sex: Sex | None = None
    weight_kg: float | None = None
    allergies: tuple[Allergy, ...] = ()
    conditions: tuple[str, ...] = ()
    current_medicines: tuple[str | Proposal, ...] = ()
    pregnant: bool | None = None
    gestation_weeks: float | None = None
    lactating: bool | None = None
    egfr: float | None = None

    @property
    def taken(self) -> tuple[Proposal, ...]:
        """Return the current medicines, each with its dose where it is known apart from the text."""
        return tuple(one if isinstance(one, Proposal) else Proposal(one) for one in self.current_medicines)


class FindingType(StrEnum):
    """What a finding is about."""

    INTERACTION = "interaction"
    CONDITION = "condition"
    ALLERGY = "allergy"
    AGE = "age"
    PREGNANCY = "pregnancy"
    LACTATION = "lactation"
    DOSE = "dose"
    DUPLICATION = "duplication"


@dataclass(frozen=True, slots=True)
class Finding:
    """One danger: what it is about, how grave, with which medicine, allergy or condition, why, and from which source.

    `against` is the other side as the person's record writes it (a current medicine, an allergy), `condition` the
    condition or fact. CRITICAL must not be given without an override and its reason.
    """

    type: FindingType
    severity: Severity
    subject: str
    message: str
    source: str
    against: str | None = None
    condition: str | None = None

    @property
    def own_words(self) -> str:
        """Return the message without what it quotes of a record or a description: only what the rules say."""
        message = self.message
        for quoted in filter(None, (self.against, self.condition)):
            message = message.replace(quoted, "this")
        return message

    def as_json(self) -> dict[str, Any]:
        """Return the finding as the API sends it."""
        return {
            "type": self.type.value,
            "severity": self.severity.value,
            "subject": self.subject,
            "with": self.against,
            "condition": self.condition,
            "message": self.message,
            "source": self.source,
        }


class Unchecked(StrEnum):
    """What kind of thing could not be checked."""

    MEDICINE = "medicine"
    CURRENT_MEDICINE = "current_medicine"
    ALLERGY = "allergy"
    CONDITION = "condition"
    FACT = "fact"
    DOSE = "dose"


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that could not be checked, and why; it is never to be read as safe."""

    kind: Unchecked
    subject: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Return the gap as the API sends it."""
        return {"kind": self.kind.value, "subject": self.subject, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one check: the gravest findings first, and all that could not be checked.

    `medicine` is the recognised name, None when the medicine is unknown.
    """

    medicine: str | None
    knowledge_version: str
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = field(default=())

    @property
    def worst(self) -> Severity | None:
        """Return the gravest severity found, None when nothing was found."""
        return self.findings[0].severity if self.findings else None

    @property
    def is_blocked(self) -> bool:
        """Tell whether the medicine must not be given without an override."""
        return self.worst is Severity.CRITICAL

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as the API sends it."""
        return {
            "medicine": self.medicine,
            "warnings": [finding.as_json() for finding in self.findings],
            "not_checked": [gap.as_json() for gap in self.not_checked],
            "knowledge_version": self.knowledge_version,
        }


@dataclass(frozen=True, slots=True)
class Alternative:
    """A medicine that passes the same rules, why it is named, and what to mind."""

    id: str
    name: str
    reason: str
    notes: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
