"""What a note asks the patient to do, read by the built-in dosage parser. Pure: text in, drafts out."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from apps.recommendations.dosage import Dosage, Schedule, parse_dosage

BULLET = re.compile(r"^\s*(?:[-*•]|\[ \]|\d+[.)])\s+")
SENTENCE_END = re.compile(r"(?<=\.)\s+(?=[A-Z\d])")
CLAUSE_END = re.compile(r"(?<=;)\s+(?=[A-Z\d])")
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
# A heading speaks for the lines under it. Only one that asks makes plans of them: what was taken on admission, or what
# somebody is allergic to, reads just like what shall be taken.
ASKING_HEADING = re.compile(
    r"(?:(?:the|your|new|my)\s+)?(?:treatment\s+|care\s+)?(?:plan|treatment|therapy|advice|instructions|prescriptions?|"
    r"prescribed|recommendations?|start|continue|to do|tasks|next steps|at home|home care|discharge (?:medications?|"
    r"medicines|instructions)|(?:medications?|medicines) (?:on|at|after) discharge)",
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
    for line in _lines_that_stand(text):
        is_bullet = BULLET.match(line) is not None
        is_request = is_bullet or " ".join(line.split()) in asked_for
        for sentence in _sentences(BULLET.sub("", line).strip()):
            plan = _plan_in(sentence, is_asked_for=is_request or ASKS.search(sentence) is not None)
            if plan:
                plans.append(plan)
            elif is_bullet:
                tasks.append(sentence)
    return Draft(tuple(plans), tuple(tasks))


def _lines_that_stand(text: str) -> Iterator[str]:
    """Yield the lines that no line above them forbids, puts into the past or leaves open.

    A heading rules until a blank line ends its list; a line that forbids rules the bullets just below it.
    """
    heading_rules = line_rules = was_heading = False
    for line in text.splitlines():
        is_bullet, is_blank = BULLET.match(line) is not None, not line.strip()
        title = _heading_in(line)
        if title:
            heading_rules = FORBIDS.search(title) is not None or not _asks(title)
        elif is_blank:
            heading_rules = heading_rules and was_heading
        if not is_bullet:
            line_rules = FORBIDS.search(line) is not None
        was_heading = bool(title) or (is_blank and was_heading)
        if not heading_rules and not (is_bullet and line_rules):
            yield line


def _heading_in(line: str) -> str:
    """Return the words of a line that ends in a colon, without marks of lists and headings; "" of any other."""
    words = BULLET.sub("", line).strip(" \t#*_")
    return words.rstrip(":").strip(" \t#*_") if words.endswith(":") else ""


def _asks(title: str) -> bool:
    return ASKING_HEADING.fullmatch(title) is not None or ASKS.search(title) is not None


def _sentences(line: str) -> Iterator[str]:
    """Yield the sentences, and of one that forbids nothing the clauses: what is forbidden is so to its end."""
    for sentence in SENTENCE_END.split(line):
        for clause in [sentence] if FORBIDS.search(sentence) else CLAUSE_END.split(sentence):
            cleaned = clause.strip().rstrip(".;")
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
