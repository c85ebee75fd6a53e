"""Words that a language model adds to what rules and sources say: checked, and never in place of it."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated

import msgspec

from apps.recommendations import llm
from apps.recommendations.medicines import knowledge
from apps.recommendations.passages import passages
from apps.recommendations.prediction import predictor
from apps.recommendations.wordcheck import WordCheck

LONGEST = 1200
_EXPLAIN = (
    "Explain these findings about a medicine to a clinician in at most three plain sentences. Use only what the "
    'findings say. Answer as {"text": "..."}.'
)
_ANSWER = (
    "Answer the question in at most four plain sentences, only from the passages. Where they do not answer it, say "
    'so. Answer as {"text": "..."}.'
)


class _Words(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]


def explained(said: str, *, findings: Sequence[str]) -> str:
    """Return what the rules said, followed by a model's explanation where there is one that brings nothing in.

    `findings` are the rules' own words: what people wrote is neither sent nor a source.
    """
    added = _asked(_EXPLAIN, {"findings": list(findings)}, sources=findings) if findings else None
    return f"{said} {added}" if added else said


def answered(question: str, *, texts: Sequence[str], names: Sequence[str]) -> str | None:
    """Return a model's answer from the texts; None without one, or when it says what they do not."""
    if not texts:
        return None
    asked = llm.redacted(question, names=names)
    return _asked(_ANSWER, {"question": asked, "passages": list(texts)}, sources=texts)


def _asked(task: str, material: dict[str, object], *, sources: Sequence[str]) -> str | None:
    words = llm.ask(task, material=material, schema=_Words)
    text = " ".join(words.text.split()) if words else ""
    return text if text and _check().passes(text, sources=sources) else None


@cache
def _check() -> WordCheck:
    """Return the check with the vocabulary of the knowledge base; the names of medicines are no vocabulary."""
    return WordCheck(knowledge(), (each.text for each in passages(knowledge(), predictor().knowledge)))
