"""Chat: a question, danger first, then what the sources say; kept for whoever asked, until they clear it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.recommendations.medicines import knowledge
from apps.recommendations.models import ChatMessage
from apps.recommendations.prediction import DiseaseAdvice, NothingRecognised, RedFlag, Triage, predictor
from apps.recommendations.selectors import people_around
from apps.recommendations.services.found import Found
from apps.recommendations.services.medicines_asked import dangers_together, limits_of_the_rules
from apps.recommendations.services.pointing import restated
from apps.recommendations.services.retrieving import find_passages

MOST_FLAGS = 2
MOST_SOURCES = 3  # As many as system 002 showed; of dangers all are said.


@dataclass(frozen=True, slots=True)
class _Answer:
    """Whether it is an emergency, what is said before all else, which medicines were looked at, and the sources."""

    is_emergency: bool = False
    first: tuple[str, ...] = ()
    limits: str = ""
    found: tuple[Found, ...] = ()

    @property
    def text(self) -> str:
        """Return the whole answer, nothing twice."""
        texts = [*self.first, self.limits, *(each.text for each in self.found)]
        return "\n\n".join(dict.fromkeys(filter(None, texts if self.found else [*texts, _nothing()])))


def answer_question(*, actor: User, question: str, now: datetime) -> ChatMessage:
    """Answer a question from the knowledge base and published articles, and keep both for the actor.

    A language model, where there is one, says in other words what is asked, and the answer to that stands behind. In
    an emergency nobody waits for it.
    """
    answer = _answered(question)
    if not answer.is_emergency:
        answer = _joined(answer, _answered(restated(question, names=people_around(actor, now=now))))
    message = ChatMessage(user=actor, knowledge_version=knowledge().version, is_emergency=answer.is_emergency)
    message.seal_content(
        {
            "question": question,
            "answer": answer.text,
            "sources": [{"source": each.source, "section": each.section} for each in answer.found],
        }
    )
    message.save(force_insert=True)
    return message


def clear_history(*, actor: User) -> int:
    """Delete the actor's questions and answers, and return how many there were."""
    return ChatMessage.objects.visible_to(actor).delete()[0]


def _answered(question: str) -> _Answer:
    """Return what rules and sources say, by themselves."""
    advice = _advice(question)
    dangers = dangers_together(question)
    if advice and advice.triage is Triage.EMERGENCY:
        call = _("This may be an emergency. If you or somebody near you has this now, call an ambulance at once.")
        return _Answer(is_emergency=True, first=(call,), found=(*_warnings(_flags(advice, Triage.EMERGENCY)), *dangers))
    limits = limits_of_the_rules(question, dangers=dangers)
    room = max(0, MOST_SOURCES - len(dangers))
    found = (*dangers, *find_passages(question, advice=advice)[:room])
    return _Answer(first=tuple(_urgent(advice)), limits=limits, found=found)


def _joined(one: _Answer, other: _Answer) -> _Answer:
    """Return two answers as one: what warns comes first, and what the first says before what the other adds."""
    first = tuple(dict.fromkeys([*other.first, *one.first]))
    if other.is_emergency:
        found = dict.fromkeys([*other.found, *(each for each in one.found if each.is_danger)])
        return _Answer(is_emergency=True, first=first, found=tuple(found))
    found = dict.fromkeys(sorted([*one.found, *other.found], key=lambda each: not each.is_danger))
    return _Answer(first=first, limits=one.limits or other.limits, found=tuple(found))


def _advice(question: str) -> DiseaseAdvice | None:
    try:
        return predictor().predict(text=question)
    except NothingRecognised:
        return None


def _flags(advice: DiseaseAdvice, triage: Triage) -> list[RedFlag]:
    return [flag for flag in advice.red_flags if flag.triage is triage][:MOST_FLAGS]


def _urgent(advice: DiseaseAdvice | None) -> Iterator[str]:
    if advice and advice.triage is Triage.URGENT:
        today = _("This should be seen by a doctor today.")
        yield " ".join([today, *(flag.message for flag in _flags(advice, Triage.URGENT))])


def _warnings(flags: list[RedFlag]) -> Iterator[Found]:
    """Yield each danger sign, with what to do until help comes; nothing in an emergency calms anybody down."""
    diseases = predictor().knowledge.diseases
    for flag in flags:
        disease = diseases.get(flag.disease)
        aid = f" {disease.self_care}" if disease else ""
        yield Found(f"{flag.message}{aid}", flag.source, disease.name if disease else "danger sign", is_danger=True)


def _nothing() -> str:
    return _(
        "The sources here say nothing about this. You can ask about a complaint, a disease or a medicine, in English. "
        "If somebody is in danger or feels very ill, call an ambulance; otherwise please ask a doctor or a pharmacist."
    )
