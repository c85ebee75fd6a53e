"""Recommendations: what speaks against a medicine for a person, and which others pass the same rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.budgets import spend
from apps.recommendations.medicines import knowledge
from apps.recommendations.models import Recommendation
from apps.recommendations.safety import (
    Alternative,
    Facts,
    Finding,
    Proposal,
    Verdict,
    alternatives,
    check_medicine,
    plain,
)
from apps.recommendations.services import caching
from apps.recommendations.services.asking import facts_for
from apps.recommendations.services.pointing import stressed

WINDOW = timedelta(hours=1)
LONGEST_SUGGESTION = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """A medicine, perhaps with its dose, for a patient of the house or somebody described; and for which purpose."""

    proposal: Proposal
    patient_id: UUID | None = None
    described: Facts | None = None
    indication: str | None = None


def check(*, actor: User, question: Question, now: datetime) -> Verdict:
    """Return what the rules say of one proposed medicine; raises NotFound and InvalidInput. Nothing is kept of it."""
    facts = facts_for(actor=actor, patient_id=question.patient_id, described=question.described, now=now)
    return check_medicine(question.proposal, facts, knowledge())


def recommend(*, actor: User, question: Question, now: datetime) -> Recommendation:
    """Answer a question with warnings, alternatives and a suggestion, and keep it in the actor's history.

    Spends one of the actor's questions of this hour. Raises NotFound, InvalidInput and TooManyAttempts.
    """
    began = perf_counter()
    facts = facts_for(actor=actor, patient_id=question.patient_id, described=question.described, now=now)
    spend("recommendations", str(actor.pk), limit=settings.RECOMMENDATIONS_PER_HOUR, window=WINDOW, now=now)
    key = caching.key_of(
        proposal=question.proposal,
        facts=facts,
        circumstances=[question.indication, knowledge().version, get_language()],
    )
    kept = caching.kept(key)
    answer = kept or _answered(question, facts)
    if kept is None:
        caching.keep(key=key, answer=answer)
    made = Recommendation(
        requested_by=actor,
        patient_id=question.patient_id,
        knowledge_version=answer["knowledge_version"],
        is_critical=any(each["severity"] == "CRITICAL" for each in answer["warnings"]),
        cached=kept is not None,
        response_time_ms=round((perf_counter() - began) * 1000, 2),
    )
    made.seal_content({"medicine_name": plain(question.proposal.medicine), **answer})
    made.save(force_insert=True)
    return made


def clear_cache(*, actor: User) -> None:
    """Forget every kept answer; raises Unavailable."""
    caching.forget_all()
    audit.record("advice_cache_cleared", actor_id=actor.pk)


def _answered(question: Question, facts: Facts) -> dict[str, Any]:
    """Return the answer of the rules; a language model, where there is one, says what of it to stress."""
    known = knowledge()
    verdict = check_medicine(question.proposal, facts, known)
    others = alternatives(question.proposal, facts, known, indication=question.indication)
    said = " ".join(_suggestion(question.proposal.medicine, verdict, others))[:LONGEST_SUGGESTION]
    shown = verdict.as_json()
    return {
        **shown,
        "alternatives": [_alternative(each) for each in others],
        "suggestion": _with_stress(said, verdict.findings[1:]),
    }


def _with_stress(said: str, further: Sequence[Finding]) -> str:
    """Return the sum with those of the further findings that a language model would mind first, as far as they fit."""
    for place in stressed([each.own_words for each in further]):
        longer = f"{said} {further[place].message}"
        said = longer if len(longer) <= LONGEST_SUGGESTION else said
    return said


def _alternative(one: Alternative) -> dict[str, Any]:
    return {
        "name": one.name,
        "reason": one.reason,
        "notes": " ".join(each.message for each in one.notes),
        "not_checked": [gap.as_json() for gap in one.not_checked],
    }


def _suggestion(medicine: str, verdict: Verdict, others: tuple[Alternative, ...]) -> Iterator[str]:
    """Yield the sentences that sum the answer up; none of them ever says "safe"."""
    name = verdict.medicine or medicine
    if verdict.medicine is None:
        yield _("%(name)s is not known here, so nothing about it was checked.") % {"name": plain(medicine)}
    elif verdict.is_blocked:
        yield _("%(name)s should not be given without a documented reason.") % {"name": name}
        yield verdict.findings[0].message
    elif verdict.findings:
        yield _("Before %(name)s is given, mind this.") % {"name": name}
        yield verdict.findings[0].message
    else:
        yield _("Nothing was found against %(name)s among what could be checked.") % {"name": name}
    if others and verdict.findings:
        yield _("Other medicines for the same purpose: %(names)s.") % {"names": ", ".join(one.name for one in others)}
    if verdict.not_checked:
        number = len(verdict.not_checked)
        yield ngettext("%(number)d thing could not be checked.", "%(number)d things could not be checked.", number) % {
            "number": number
        }
