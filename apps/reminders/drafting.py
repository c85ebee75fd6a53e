"""What a note asks the patient to do, read by the built-in dosage parser. Pure: text in, drafts out."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from apps.recommendations.dosage import Dosage, Schedule, parse_dosage

BULLET = re.compile(r"^\s*(?:[-*•]|\[ \]|\d+[.)])\s+")
SENTENCE_END = re.compile(r"(?<=[.;])\s+(?=[A-Z\d])")
WORD_START = re.compile(r"(?<!\S)\S")
# A sentence that takes back, forbids or conditions says something that no schedule can hold.
FORBIDS = re.compile(
    r"\b(?:not|never|no|without|stop|stopped|avoid|unless|if|except|instead|was|were|had|has been|previously|formerly|"
    r"contraindicated|allergic|don'?t|mustn'?t|shouldn'?t|hold|discontinue|until|or|declined|declines|refused|refuses|"
    r"finished|completed|ceased)\b",
    re.IGNORECASE,
)
# "Pain at night" tells of something; "take it at night" asks for something. A dose asks too, and so does a bullet.
ASKS = re.compile(
    r"(?:^|[:,]\s*|\b(?:please|should|must|to)\s+)"
    r"(?:take|use|apply|give|inhale|instil|inject|swallow|drink|eat|chew|gargle|rinse|measure|check|weigh|walk|exercise)\b",
    re.IGNORECASE,
)
LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class DraftedPlan:
    """Something to do repeatedly: the sentence as written, the part that says how often, and what that means."""

    action: str
    dosage_text: str
    schedule: Schedule
    duration_days: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What was found in a note."""

    plans: tuple[DraftedPlan, ...]
    tasks: tuple[str, ...]


def draft_from_text(text: str, *, asked_for: Collection[str] = ()) -> Draft:
    """Return the plans a note's sentences state for certain, and its other bullet points as one-time tasks.

    `asked_for` are lines that somebody else understood to ask for something; all else about them is read here.
    """
    plans, tasks = [], []
    for line in text.splitlines():
        is_bullet = BULLET.match(line) is not None
        is_request = is_bullet or " ".join(line.split()) in asked_for
        for sentence in _sentences(BULLET.sub("", line).strip()):
            plan = _plan_in(sentence, is_asked_for=is_request or ASKS.search(sentence) is not None)
            if plan:
                plans.append(plan)
            elif is_bullet:
                tasks.append(sentence)
    return Draft(tuple(plans), tuple(tasks))


def _sentences(line: str) -> Iterator[str]:
    for sentence in SENTENCE_END.split(line):
        cleaned = sentence.strip().rstrip(".;")
        if cleaned and len(cleaned) <= LONGEST_LINE:
            yield cleaned


def _plan_in(sentence: str, *, is_asked_for: bool) -> DraftedPlan | None:
    """Return the plan whose dosage is the longest end of the sentence that can be read for certain."""
    if FORBIDS.search(sentence):
        return None
    for match in WORD_START.finditer(sentence):
        before, dosage_text = sentence[: match.start()], sentence[match.start() :]
        dosage = parse_dosage(dosage_text)
        if dosage.schedule is not None:
            is_certain = not _says_when(before) and (is_asked_for or _has_dose(dosage))
            return DraftedPlan(sentence, dosage_text, dosage.schedule, dosage.duration_days) if is_certain else None
    return None


def _says_when(before: str) -> bool:
    """Return whether what stands before the dosage speaks of times as well: then the two belong together."""
    other = parse_dosage(before)
    times = (other.doses_per_day, other.interval_hours, other.duration_days, other.times_of_day, other.days_of_week)
    return other.as_needed or any(times)


def _has_dose(dosage: Dosage) -> bool:
    return dosage.dose is not None or bool(dosage.steps)
