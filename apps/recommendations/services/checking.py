"""The safety check of what is to be given to a patient: what prescribing asks before anything is issued."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.recommendations.medicines import Knowledge, knowledge
from apps.recommendations.safety import (
    Facts,
    NotChecked,
    Proposal,
    Unchecked,
    Verdict,
    check_medicine,
    plain,
    proposal_of,
)
from apps.recommendations.selectors import facts_of


@dataclass(frozen=True, slots=True)
class Ordered:
    """A medicine and its dosage in the words of whoever orders it."""

    medicine: str
    dosage: str = ""


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


def check_medicines(
    *, patient_id: UUID, medicines: Sequence[Ordered], replaced: Collection[UUID] = (), now: datetime
) -> Checked:
    """Return what speaks against giving these medicines together to this patient, by the facts of the record.

    Each one is checked against what the patient takes and against the others of the order; `replaced`
    names medications of the list that the order takes the place of.
    """
    known = knowledge()
    facts = facts_of(patient_id=patient_id, known=known, without=replaced, now=now)
    verdicts = list(_verdicts(medicines, facts, known))
    return Checked(
        known.version,
        findings=_once(finding.as_json() for verdict in verdicts for finding in verdict.findings),
        not_checked=_once(gap for verdict in verdicts for gap in _gaps(verdict, medicines)),
    )


def _verdicts(medicines: Sequence[Ordered], facts: Facts, known: Knowledge) -> Iterator[Verdict]:
    """Yield one verdict a medicine, each beside those before it: so every pair and every three is asked once."""
    for each in medicines:
        proposal = proposal_of(each.medicine, each.dosage)
        yield _with_dosage(check_medicine(proposal, facts, known), each, proposal)
        facts = replace(facts, current_medicines=(*facts.current_medicines, proposal))


def _with_dosage(verdict: Verdict, ordered: Ordered, proposal: Proposal) -> Verdict:
    """Add that a dosage could not be read, where it could not."""
    if not ordered.dosage or proposal.dose is not None:
        return verdict
    unread = NotChecked(Unchecked.DOSE, plain(ordered.dosage), "no daily dose could be read from it")
    return replace(verdict, not_checked=(*verdict.not_checked, unread))


def _gaps(verdict: Verdict, medicines: Sequence[Ordered]) -> Iterator[Mapping[str, Any]]:
    """Yield what was not checked; that a medicine of the order is unknown is said once, as of what is proposed."""
    own = {plain(each.medicine) for each in medicines}
    for gap in verdict.not_checked:
        if gap.kind is not Unchecked.CURRENT_MEDICINE or gap.subject not in own:
            yield gap.as_json()


def _once(rows: Iterator[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    return tuple({tuple(sorted(row.items(), key=str)): row for row in rows}.values())
