"""The safety check of what is to be given to a patient: what prescriptions and plans ask before they take effect."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import RuleRefused
from apps.patients.models import Patient
from apps.recommendations.dosage import Schedule, parse_dosage
from apps.recommendations.medicines import Knowledge, knowledge
from apps.recommendations.safety import (
    Facts,
    Proposal,
    Unchecked,
    Verdict,
    check_medicine,
    plain,
    proposal_followed,
    schedule_gaps,
)
from apps.recommendations.selectors import facts_of, key_of, medicines_followed


class OverrideNeeded(RuleRefused):
    """A critical finding stands against a medicine."""

    code = "override_needed"
    detail = _("A critical danger was found. Read the findings, and give a reason if you go on all the same.")

    def __init__(self, kinds: Sequence[str]) -> None:
        self.extensions = {"finding_types": sorted(set(kinds))}
        super().__init__()


@dataclass(frozen=True, slots=True)
class Ordered:
    """A medicine and its dosage in the words of whoever orders it, and the schedule of whoever is reminded of it."""

    medicine: str
    dosage: str = ""
    schedule: Schedule | None = None

    @property
    def proposal(self) -> Proposal:
        """Return it as the rules ask for it."""
        return proposal_followed(self.medicine, self.dosage, self.schedule)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, and what it could not look at. What was not checked is never to be read as safe."""

    knowledge_version: str
    findings: tuple[Mapping[str, Any], ...] = ()
    not_checked: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_critical(self) -> bool:
        """Return whether a finding demands a reason to go on."""
        return bool(self.critical)

    @property
    def critical(self) -> tuple[Mapping[str, Any], ...]:
        """Return the findings that demand a reason to go on."""
        return tuple(each for each in self.findings if each["severity"] == "CRITICAL")

    def recorded(self, *, reason: str) -> dict[str, Any]:
        """Return the check as it is kept with what was checked, and why a doctor went on all the same."""
        return {
            "knowledge_version": self.knowledge_version,
            "findings": [dict(each) for each in self.findings],
            "not_checked": [dict(each) for each in self.not_checked],
            "is_critical": self.is_critical,
            "override_reason": reason,
        }


def hold_medicines(patient_id: UUID) -> None:
    """Let one check of a patient's medicines follow the other: two at once would not see each other.

    NO KEY, so that bookings go on. Part of the caller's transaction.
    """
    Patient.objects.select_for_update(no_key=True).get(pk=patient_id)


def require_reason(checked: Checked, *, reason: str) -> None:
    """Let nothing pass against which a critical finding stands, unless a reason is given; raises OverrideNeeded."""
    if checked.is_critical and not reason:
        raise OverrideNeeded([each["type"] for each in checked.critical])


def check_medicines(
    *, patient_id: UUID, medicines: Sequence[Ordered], replaced: Collection[UUID] = (), now: datetime
) -> Checked:
    """Return what speaks against giving these medicines together to this patient, by the facts of the record.

    Each one is checked against what the patient takes and follows, and against the others of the order; `replaced`
    names medications of the list that the order takes the place of. What is followed already of a medicine of the
    order carries it out, and is not counted a second time.
    """
    known = knowledge()
    own = {key_of(each.medicine, known) for each in medicines}
    running = medicines_followed(patient_id=patient_id, known=known, now=now)
    others = [each for each in running if key_of(each.medicine, known) not in own]
    facts = facts_of(patient_id=patient_id, known=known, without=replaced, followed=others, now=now)
    return _checked(medicines, facts, known)


def check_regimen(*, patient_id: UUID, medicine: Ordered, besides: Sequence[Ordered] = (), now: datetime) -> Checked:
    """Return what speaks against following one order beside the others that are followed, by the facts of the record.

    What the list says of a medicine that is followed is that very order, and is not counted a second time.
    """
    known = knowledge()
    beside = [each.proposal for each in besides]
    facts = facts_of(patient_id=patient_id, known=known, followed=(), now=now)
    own = {key_of(each.medicine, known) for each in (medicine, *besides)}
    listed = (one for one in facts.taken if key_of(one.medicine, known) not in own)
    return _checked([medicine], replace(facts, current_medicines=(*listed, *beside)), known)


def concerns_medicine(ordered: Ordered) -> bool:
    """Tell whether an order is of a medicine, as far as one can see: it names a known one, or states a dose."""
    names = knowledge().read_medicine(ordered.medicine).ids
    return bool(names) or any(parse_dosage(text).dose is not None for text in (ordered.medicine, ordered.dosage))


def _checked(medicines: Sequence[Ordered], facts: Facts, known: Knowledge) -> Checked:
    verdicts = list(_verdicts(medicines, facts, known))
    return Checked(
        known.version,
        findings=_once(finding.as_json() for verdict in verdicts for finding in verdict.findings),
        not_checked=_once(gap for verdict in verdicts for gap in _gaps(verdict, medicines)),
    )


def _verdicts(medicines: Sequence[Ordered], facts: Facts, known: Knowledge) -> Iterator[Verdict]:
    """Yield one verdict a medicine, each beside those before it: so every pair and every three is asked once."""
    for each in medicines:
        verdict = check_medicine(each.proposal, facts, known)
        yield replace(verdict, not_checked=(*verdict.not_checked, *schedule_gaps(each.dosage, each.schedule)))
        facts = replace(facts, current_medicines=(*facts.current_medicines, each.proposal))


def _gaps(verdict: Verdict, medicines: Sequence[Ordered]) -> Iterator[Mapping[str, Any]]:
    """Yield what was not checked; that a medicine of the order is unknown is said once, as of what is proposed."""
    own = {plain(each.medicine) for each in medicines}
    for gap in verdict.not_checked:
        if gap.kind is not Unchecked.CURRENT_MEDICINE or gap.subject not in own:
            yield gap.as_json()


def _once(rows: Iterator[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    return tuple({tuple(sorted(row.items(), key=str)): row for row in rows}.values())
