"""The check itself: every subject's findings, sorted, with what could not be checked."""

from itertools import chain

from apps.recommendations.medicines import Knowledge

from .allergies import allergy_findings
from .case import Case, read_case
from .doses import dose_findings
from .duplication import duplication_findings
from .gaps import not_checked
from .interactions import interaction_findings
from .model import Facts, Finding, NotChecked, Proposal, Verdict
from .persons import person_findings


def check_medicine(proposal: Proposal, facts: Facts, knowledge: Knowledge) -> Verdict:
    """Return what speaks against giving a medicine to a person, the gravest first, and what could not be checked."""
    case = read_case(proposal, facts, knowledge)
    return Verdict(
        medicine=_name(case),
        knowledge_version=knowledge.version,
        findings=_findings(case),
        not_checked=tuple(sorted(set(not_checked(case)), key=_gap_order)),
    )


def _name(case: Case) -> str | None:
    names = [case.knowledge.name_of(key) for key in case.name.ids]
    return " with ".join(names) if names else None


def _findings(case: Case) -> tuple[Finding, ...]:
    found = chain(
        interaction_findings(case),
        person_findings(case),
        allergy_findings(case),
        dose_findings(case),
        duplication_findings(case),
    )
    return tuple(sorted(set(found), key=_order))


def _order(finding: Finding) -> tuple[int, str, str, str, str, str]:
    return (
        -finding.severity.rank,
        finding.type.value,
        finding.subject,
        finding.against or "",
        finding.condition or "",
        finding.message,
    )


def _gap_order(gap: NotChecked) -> tuple[str, str, str]:
    return gap.kind.value, gap.subject, gap.reason
