"""Reading the sentences of a note: which of them is a plan, which a task, and which the doctor must look at."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from apps.recommendations.dosage import Dosage, Schedule, parse_dosage
from apps.recommendations.medicines import knowledge

from .layout import Line, lines_of
from .words import ENDS, FORBIDS, LABELS, orders, orders_something

SENTENCE_END = re.compile(r"(?<=\.)\s+(?=[A-Z\d])")
CLAUSE_END = re.compile(r"(?<=;)\s+(?=[A-Z\d])")
WORD_START = re.compile(r"(?<!\S)\S")
DOSE = re.compile(r"\d\s*(?:mg|mcg|micrograms?|g|ml|units?|iu|drops?|puffs?|tab\w*|cap\w*)\b", re.IGNORECASE)
# How much of a medicine there is: of what else a person takes, nobody writes milligrams.
STRENGTH = re.compile(r"\d\s*(?:mg|mcg|micrograms?|iu|drops?|puffs?|tab\w*|cap\w*)\b", re.IGNORECASE)
# A rhythm that the parser left unread: what comes behind it is not the whole of it.
RHYTHM = re.compile(r"\b(?:times?|every|per|q\d\w*|each|daily|weekly|hourly|directed)\b|\bx\s*\d", re.IGNORECASE)
# Words around names of medicines, or among them, that say what is so, and not what shall be.
TELLS = frozenset(
    [
        *("takes", "taking", "on", "started", "starting", "current", "currently", "since", "using", "uses", "recently"),
        *("usual", "usually", "chronic", "regular", "regularly", "occasional", "occasionally", "when", "required"),
        *("prescribed", "before", "after", "with", "from", "long", "longterm", "maintenance", "alcohol"),
    ]
)
LONGEST_SENTENCE = 500  # Each word of one is looked at together with all that follow it.


@dataclass(frozen=True, slots=True)
class DraftedPlan:
    """Something to do repeatedly: the sentence as written, the part that says how often, and what that means."""

    action: str
    dosage_text: str
    schedule: Schedule
    duration_days: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What was found in a note; `not_drafted` are lines about medicines, doses or orders that became nothing."""

    plans: tuple[DraftedPlan, ...]
    tasks: tuple[str, ...]
    not_drafted: tuple[str, ...] = field(default=())


def draft_from_text(text: str, *, asked_for: Collection[str] = ()) -> Draft:
    """Return the plans a note's sentences state for certain, and its other bullet points as one-time tasks.

    `asked_for` are lines that somebody else understood to ask for something; all else about them is read here.
    """
    plans: list[DraftedPlan] = []
    tasks: list[str] = []
    not_drafted: list[str] = []
    for line in lines_of(text):
        is_pointed_at = " ".join(line.text.split()) in asked_for
        for sentence in _sentences(line.text):
            is_read = not line.is_ruled_out and not line.is_heading and len(sentence) <= LONGEST_SENTENCE
            plan = _plan_in(sentence, line, is_pointed_at=is_pointed_at) if is_read else None
            if plan:
                plans.append(plan)
            elif is_read and line.is_bullet and _is_task(sentence):
                tasks.append(sentence)
            elif _is_to_be_looked_at(sentence, line):
                not_drafted.append(sentence)
    return Draft(tuple(plans), tuple(tasks), tuple(dict.fromkeys(not_drafted)))


def _sentences(line: str) -> Iterator[str]:
    """Yield the sentences, and of one that forbids nothing the clauses: what is forbidden is so to its end."""
    for sentence in SENTENCE_END.split(line):
        for clause in [sentence] if FORBIDS.search(sentence) else CLAUSE_END.split(sentence):
            if cleaned := clause.strip().rstrip(".;"):
                yield cleaned


def _plan_in(sentence: str, line: Line, *, is_pointed_at: bool) -> DraftedPlan | None:
    """Return the plan whose dosage is the longest end of the sentence that can be read for certain."""
    if FORBIDS.search(sentence) or _is_of_several(sentence):
        return None
    found = _rhythm_in(sentence)
    if found is None:
        return None
    before, dosage_text, dosage = found
    is_asked = line.is_bullet or is_pointed_at or orders(sentence) or _has_dose(dosage)
    if dosage.schedule is None or not is_asked or _says_when(before) or not _is_order(sentence, line):
        return None
    return DraftedPlan(sentence, dosage_text, dosage.schedule, dosage.duration_days)


def _rhythm_in(sentence: str) -> tuple[str, str, Dosage] | None:
    """Return the longest end of a sentence that gives a schedule, after what stands before it."""
    for match in WORD_START.finditer(sentence):
        before, end = sentence[: match.start()], sentence[match.start() :]
        dosage = parse_dosage(end)
        if dosage.schedule is not None:
            return before, end, dosage
    return None


def _is_order(sentence: str, line: Line) -> bool:
    """Tell whether the sentence opens with a word that orders, or with what is ordered.

    Before its dose, or without a dose in all of the sentence, stands no other word than the name; a medicine that
    nobody knows has a name of one word, and a strength. Exercises and the like need a heading that asks for them.
    """
    if orders(sentence):
        return True
    dose = DOSE.search(sentence)
    head = sentence[: dose.start()] if dose else sentence
    if not TELLS.isdisjoint(re.findall(r"[a-z]+", head.lower())):
        return False
    named = knowledge().read_medicine(LABELS.sub("", head, count=1))
    if named.ids or not named.unread:
        return not named.unread
    is_activity = line.is_asked_for and not _speaks_of_medicine(sentence)
    return is_activity or (len(named.unread) == 1 and STRENGTH.search(sentence) is not None)


def _is_of_several(sentence: str) -> bool:
    """Tell whether the sentence gives several medicines a dose each: whose is the rhythm?"""
    return len(knowledge().medicines_in(sentence)) > 1 and len(DOSE.findall(sentence)) > 1


def _says_when(before: str) -> bool:
    """Return whether what stands before the dosage speaks of times as well: then the two belong together."""
    other = parse_dosage(before)
    times = (other.doses_per_day, other.interval_hours, other.duration_days, other.times_of_day, other.days_of_week)
    return other.as_needed or any(times) or RHYTHM.search(before) is not None


def _has_dose(dosage: Dosage) -> bool:
    return dosage.dose is not None or bool(dosage.steps)


def _is_task(sentence: str) -> bool:
    """Tell whether a bullet is something to do once: a medicine that is stopped is, one that is taken never."""
    return ENDS.match(sentence) is not None or not _speaks_of_medicine(sentence, with_times=True)


def _is_to_be_looked_at(sentence: str, line: Line) -> bool:
    """Tell whether a sentence that became nothing may ask for something all the same."""
    if line.is_heading:
        return orders_something(sentence) or _speaks_of_medicine(sentence)
    is_item = (line.is_bullet or line.is_asked_for) and not line.is_ruled_out
    if len(sentence) > LONGEST_SENTENCE:
        return is_item or orders(sentence) or _names_medicine(sentence)
    return orders(sentence) or line.is_asked_for or _speaks_of_medicine(sentence, with_times=is_item)


def _speaks_of_medicine(sentence: str, *, with_times: bool = False) -> bool:
    """Tell whether a sentence names a known medicine or states a dose; `with_times`, or how often."""
    if _names_medicine(sentence):
        return True
    says_times = with_times and (RHYTHM.search(sentence) is not None or _rhythm_in(sentence) is not None)
    return says_times or _has_dose(parse_dosage(sentence))


def _names_medicine(sentence: str) -> bool:
    return DOSE.search(sentence) is not None or bool(knowledge().medicines_in(sentence))
