"""The safety rules: facts about a person and a proposed medicine in, findings out. The one home of these rules.

A pure room: no ORM, no clock, no settings. `check_medicine` asks every rule of `knowledge/`; `alternatives` names other
medicines that pass the same rules. Unknown is never safe: what is not recognised, and each fact that a rule of the
medicine would need, stands in `not_checked`.

Decisions:
- CRITICAL is what labels and formularies contraindicate, or what needs a documented reason (an override); HIGH is to be
  avoided where there is another way; MODERATE needs watching; LOW is to be known.
- For an unknown week of pregnancy or an unknown age the gravest rule speaks, and the fact stands in `not_checked`.
- A condition that states kidney function ("CKD stage 4") stands in for a missing eGFR with the most that it leaves.
- Creams, gels, eye and ear drops: findings are at most MODERATE, but for allergies and rules marked `every_route`.
- Of several rules with one effect on one pair of medicines, the gravest speaks.
- What causes dependence (opioids, benzodiazepines, stimulants) is offered only in place of what does so too.
- A text that is denied ("no asthma") or about someone else ("family history of") is not read as present, and is told.
"""

from .allergies import stated_allergy
from .alternatives import alternatives
from .checking import check_medicine
from .dosing import proposal_of, read_dose
from .following import proposal_followed, schedule_gaps
from .model import (
    Allergy,
    Alternative,
    Dose,
    Facts,
    Finding,
    FindingType,
    NotChecked,
    Proposal,
    Sex,
    Unchecked,
    Verdict,
    plain,
)

__all__ = [
    "Allergy",
    "Alternative",
    "Dose",
    "Facts",
    "Finding",
    "FindingType",
    "NotChecked",
    "Proposal",
    "Sex",
    "Unchecked",
    "Verdict",
    "alternatives",
    "check_medicine",
    "plain",
    "proposal_followed",
    "proposal_of",
    "read_dose",
    "schedule_gaps",
    "stated_allergy",
]
