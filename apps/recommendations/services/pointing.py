"""What a language model does for an answer: it points. Not a word of it is shown, so it can turn nothing round.

It says in search words what a question is about, in whatever language that is asked, and which of our own sentences
matter most. What the rules and sources say without it is said with it too.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

from apps.recommendations import llm

LONGEST = 300
_RESTATE = (
    "Say in plain English medical words what this question is about: complaints, diseases, medicines by their "
    "international names, age, pregnancy. Keep what is denied denied. Do not answer it. Answer as "
    '{"about": "..."}.'
)
_STRESS = (
    "These numbered findings speak against one medicine for one person. Name those, at most three, that a clinician "
    'should mind first. Answer as {"numbers": [1]}.'
)
MOST_STRESSED = 3


class _Subject(msgspec.Struct, forbid_unknown_fields=True):
    about: Annotated[str, msgspec.Meta(max_length=LONGEST)]


class _Numbers(msgspec.Struct, forbid_unknown_fields=True):
    numbers: Annotated[list[int], msgspec.Meta(max_length=50)]


def restated(question: str, *, names: Iterable[str]) -> str:
    """Return what a question is about, in words to search with and never to show; none without a model.

    `names` of people, which are read only where there is a model, are removed before anything is sent.
    """
    if llm.state() != "READY":
        return ""
    subject = llm.ask(_RESTATE, material={"question": llm.redacted(question, names=names)}, schema=_Subject)
    return subject.about if subject else ""


def stressed(findings: Sequence[str]) -> list[int]:
    """Return which of the findings to say first, by their place; none without a model, or where there is no choice.

    `findings` are the rules' own words: what people wrote is not sent.
    """
    if len(findings) < 2:
        return []
    answer = llm.ask(_STRESS, material={"findings": dict(enumerate(findings, start=1))}, schema=_Numbers)
    places = [number - 1 for number in answer.numbers] if answer else []
    return list(dict.fromkeys(place for place in places if 0 <= place < len(findings)))[:MOST_STRESSED]
