"""The safety check of one medicine for one patient: what prescribing asks before anything is issued."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

NO_KNOWLEDGE = "none"  # The version of the knowledge base, where there is none.


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, and what it could not look at. What was not checked is never to be read as safe."""

    knowledge_version: str
    findings: tuple[Mapping[str, Any], ...] = ()
    not_checked: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_critical(self) -> bool:
        """Return whether a finding demands a reason to go on."""
        return any(each["severity"] == "CRITICAL" for each in self.findings)


def check_medicine(*, patient_id: UUID, medicine: str, dosage: str, now: datetime) -> Checked:
    """Return what is known against giving this medicine to this patient.

    There is no knowledge base yet, so the medicine and its dose are listed as not checked: an empty list of findings
    without that would read as "safe".
    """
    reason = "there is no knowledge base to check it against"
    unknown = [{"kind": "medicine", "subject": medicine, "reason": reason}]
    if dosage:
        unknown.append({"kind": "dose", "subject": dosage, "reason": reason})
    return Checked(NO_KNOWLEDGE, not_checked=tuple(unknown))
