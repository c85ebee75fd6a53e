"""Reading what a note asks for with a language model: it points at lines, and the lines stay the doctor's own words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from apps.recommendations import llm
from apps.recommendations.dosage import Dosage, parse_dosage
from apps.recommendations.medicines import knowledge

_TASK = (
    "The note's lines are numbered. Name each line that asks the patient to do something repeatedly at times: its "
    'number, and the part of it, letter by letter, that says how often. Answer as {"items": [{"line": 1, "dosage": '
    '"..."}]}.'
)
# A line that speaks to a machine, or leads elsewhere, is nothing that a patient does.
_NO_TASK = re.compile(
    r"\b(?:ignore|disregard|forget|override|instructions?|prompt|system|assistant|developer|jailbreak|json|schema|"
    r"pretend|roleplay|output|respond|reply|recommend\w*|prescribe)\b|https?:|www\.|[<>{}`\\]|://",
    re.IGNORECASE,
)
_STRENGTH = re.compile(r"\d\s*(?:mg|mcg|micrograms?|g|ml|units?|iu|drops?|puffs?)\b", re.IGNORECASE)
MOST_LINES, LONGEST_LINE = 200, 500


class _Item(msgspec.Struct, forbid_unknown_fields=True):
    line: int
    dosage: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_LINE)]


class _Items(msgspec.Struct, forbid_unknown_fields=True):
    items: Annotated[list[_Item], msgspec.Meta(max_length=MOST_LINES)]


@dataclass(frozen=True, slots=True)
class DraftedItem:
    """A line of the note, the part of it that says how often, and what that means."""

    action: str
    dosage_text: str
    dosage: Dosage


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a note asks to be done at times; and the lines about a medicine that nobody here knows, for the doctor."""

    items: tuple[DraftedItem, ...]
    not_checked: tuple[str, ...]


def drafted_items(text: str, *, names: Sequence[str] = ()) -> Drafted | None:
    """Return what a note asks to be done at times; None without a model or when it fails: then the parser reads alone.

    The model only chooses. Each item is a line of the text, its dosage a part of that line which the parser reads for
    certain; whatever else the model says falls away. `names` of people are removed before anything is sent.
    """
    lines = _lines(text)
    if not lines:
        return None
    sent = {str(number): llm.redacted(line, names=names) for number, line in lines.items()}
    answer = llm.ask(_TASK, material={"lines": sent}, schema=_Items)
    if answer is None:
        return None
    drafted = {item.line: found for item in answer.items for found in _read(lines.get(item.line, ""), item.dosage)}
    found = [drafted[number] for number in sorted(drafted)]
    return Drafted(
        items=tuple(each for each in found if not _is_of_unknown_medicine(each)),
        not_checked=tuple(each.action for each in found if _is_of_unknown_medicine(each)),
    )


def _lines(text: str) -> dict[int, str]:
    stripped = [" ".join(line.split()) for line in text.splitlines()[:MOST_LINES]]
    fit = [line for line in stripped if line and len(line) <= LONGEST_LINE and not _NO_TASK.search(line)]
    return dict(enumerate(fit, start=1))


def _read(line: str, dosage_text: str) -> Iterator[DraftedItem]:
    """Yield the item, if the dosage stands in the line and gives a schedule."""
    wanted = " ".join(dosage_text.split())
    at = line.lower().find(wanted.lower())
    if not wanted or at < 0:
        return
    own = line[at : at + len(wanted)]
    dosage = parse_dosage(own)
    if dosage.schedule is not None:
        yield DraftedItem(line, own, dosage)


def _is_of_unknown_medicine(item: DraftedItem) -> bool:
    """Tell whether a line states a dose, as of a medicine, and names none that is known."""
    dosage = parse_dosage(item.action)
    states_dose = item.dosage.dose is not None or dosage.dose is not None or _STRENGTH.search(item.action) is not None
    return states_dose and not knowledge().medicines_in(item.action)
