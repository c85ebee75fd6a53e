"""Chat: a question, danger first, then what the sources say; kept for whoever asked, until they clear it."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.recommendations.medicines import knowledge
from apps.recommendations.models import ChatMessage
from apps.recommendations.prediction import NothingRecognised, RedFlag, Triage, predictor
from apps.recommendations.services.retrieving import Found, find_passages
from apps.recommendations.services.wording import answered


def answer_question(*, actor: User, question: str) -> ChatMessage:
    """Answer a question from the knowledge base and published articles, and keep both for the actor."""
    dangers = _dangers(question)
    found = find_passages(question)
    message = ChatMessage(user=actor, knowledge_version=knowledge().version, is_emergency=bool(dangers))
    message.seal_content(
        {
            "question": question,
            "answer": "\n\n".join([*_warning(dangers), _from_sources(found), *_summed_up(actor, question, found)]),
            "sources": [{"source": each.source, "section": each.section} for each in found],
        }
    )
    message.save(force_insert=True)
    return message


def clear_history(*, actor: User) -> int:
    """Delete the actor's questions and answers, and return how many there were."""
    return ChatMessage.objects.visible_to(actor).delete()[0]


def _dangers(question: str) -> list[RedFlag]:
    """Return the danger signs that a question tells of, where together they are an emergency."""
    try:
        advice = predictor().predict(text=question)
    except NothingRecognised:
        return []
    is_emergency = advice.triage is Triage.EMERGENCY
    return [flag for flag in advice.red_flags if flag.triage is Triage.EMERGENCY] if is_emergency else []


def _warning(dangers: list[RedFlag]) -> list[str]:
    if not dangers:
        return []
    call = _("This may be an emergency. If you or somebody near you has this now, call an ambulance at once.")
    return [" ".join([call, *(flag.message for flag in dangers[:2])])]


def _summed_up(actor: User, question: str, found: list[Found]) -> list[str]:
    """Return a language model's answer, which stands behind the sources it is from; none where the rules warn."""
    if any(each.is_danger for each in found):
        return []
    summed_up = answered(question, texts=[each.text for each in found], names=[actor.name])
    return [summed_up] if summed_up else []


def _from_sources(found: list[Found]) -> str:
    if not found:
        return _("The sources here say nothing about this. Please ask a doctor or a pharmacist.")
    return "\n\n".join(each.text for each in found)
