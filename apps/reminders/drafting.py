"""What a note asks the patient to do, read by the built-in dosage parser or answered by a model. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.recommendations.dosage import Dosage, Schedule, parse_dosage
from apps.reminders.schedule import read_schedule

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
LONGEST_DAYS = 1825
MOST_PLANS, MOST_TASKS = 30, 50


@dataclass(frozen=True, slots=True)
class DraftedPlan:
    """Something to do repeatedly: the sentence as written, the part that says how often, and what that means."""

    action: str
    dosage_text: str
    schedule: Schedule
    duration_days: int | None


class UnusableDraft(ValueError):
    """What a model answered is no draft."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was found in a note."""

    plans: tuple[DraftedPlan, ...]
    tasks: tuple[str, ...]


def draft_from_text(text: str) -> Draft:
    """Return the plans a note's sentences state for certain, and its other bullet points as one-time tasks."""
    plans, tasks = [], []
    for line in text.splitlines():
        is_bullet = BULLET.match(line) is not None
        for sentence in _sentences(BULLET.sub("", line).strip()):
            plan = _plan_in(sentence, is_asked_for=is_bullet or ASKS.search(sentence) is not None)
            if plan:
                plans.append(plan)
            elif is_bullet:
                tasks.append(sentence)
    return Draft(tuple(plans), tuple(tasks))


def draft_from_answer(raw: Any) -> Draft:
    """Return the draft that a model answered as JSON: `plans` of action, dosage and perhaps schedule, and `tasks`.

    Raises UnusableDraft for anything else: an answer is data, and half a draft would be worse than none.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("plans"), list) or not isinstance(raw.get("tasks"), list):
        raise UnusableDraft("an object with plans and tasks is wanted")
    if len(raw["plans"]) > MOST_PLANS or len(raw["tasks"]) > MOST_TASKS:
        raise UnusableDraft("more than a note holds")
    return Draft(tuple(map(_plan_answered, raw["plans"])), tuple(map(_line, raw["tasks"])))


def _plan_answered(raw: Any) -> DraftedPlan:
    if not isinstance(raw, dict):
        raise UnusableDraft("a plan is an object")
    dosage_text = _line(raw.get("dosage"))
    dosage = parse_dosage(dosage_text)
    days = raw.get("duration_days") or dosage.duration_days
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= LONGEST_DAYS):
        raise UnusableDraft("a duration is a number of days")
    try:
        schedule = read_schedule(raw["schedule"]) if raw.get("schedule") else dosage.schedule
    except ValueError as failure:
        raise UnusableDraft(str(failure)) from failure
    if schedule is None:
        raise UnusableDraft("a plan says for certain how often")
    return DraftedPlan(_line(raw.get("action")), dosage_text, schedule, days)


def _line(raw: Any) -> str:
    if not isinstance(raw, str) or not 0 < len(raw.strip()) <= LONGEST_LINE:
        raise UnusableDraft("a line of text is wanted")
    return raw.strip()


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
