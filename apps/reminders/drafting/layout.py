"""The lines of a note: bullets, headings, and what a heading or a line says of those below it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .words import FORBIDS, orders

BULLET = re.compile(r"^\s*(?:[-–—*•·▪‣→>]|\[ ?\]|\(\s*\)|\d+[.)])\s+")
DONE = re.compile(r"^\s*(?:[-*•]\s+)?\[[xX✓]\]\s")
ENDS_SENTENCE = re.compile(r"[.;:!?]\s*$")
# Only a heading that asks makes plans of what stands under it: what was taken on admission, or what somebody is
# allergic to, reads just like what shall be taken.
ASKS = re.compile(
    r"(?:(?:the|your|new|my)\s+)?(?:treatment\s+|care\s+|management\s+)?(?:plan|treatment|therapy|advice|instructions|"
    r"prescriptions?|prescribed|recommendations?|start(?:ed|ing)?|continue|to do|tasks|next steps|at home|home care|"
    r"discharge (?:medications?|medicines|meds|instructions)|(?:medications?|medicines|meds) (?:on|at|after) discharge|"
    r"(?:medications?|medicines|meds) (?:to (?:start|take|continue)|started|changes)|"
    r"changes to (?:medications?|medicines)|new (?:medications?|medicines|meds)|tt[oa]s?|rx|p|new|take)",
    re.IGNORECASE,
)
# A heading without a colon: a few words of which the last one says of what it is a list.
NAMES_LIST = re.compile(
    r"start|stop|hold|continue|new|take|tt[oa]s?|(?:[\w/&'-]+\s+){0,4}(?:medications?|medicines|meds|drugs|treatments?|"
    r"history|allerg(?:y|ies)|intolerances|plan|instructions|prescriptions?|admission|discharge|course|examination|"
    r"assessment|diagnos[ie]s|problems|investigations|results)",
    re.IGNORECASE,
)
DECORATED = re.compile(r"\s*(?:#+\s*\S|\*\*[^*]+\*\*:?\s*$|__[^_]+__:?\s*$)")
MOST_WORDS_OF_A_HEADING = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a note without its bullet; whether a heading asks for it, and whether what rules it forbids it.

    A heading is a line as well, for what it says itself: "Continue warfarin:" is a heading and an order.
    """

    text: str
    is_bullet: bool
    is_asked_for: bool
    is_ruled_out: bool
    is_heading: bool = False


def lines_of(text: str) -> Iterator[Line]:
    """Yield what stands in a note but blank lines and boxes that are ticked already.

    A heading rules until a blank line ends its list. A line that forbids rules the bullets just below it, and where its
    own sentence goes on, the plain lines too that do not order something themselves.
    """
    heading_asks = heading_bars = line_bars = goes_on = was_heading = False
    for line in _joined(text):
        words = BULLET.sub("", line).strip()
        is_bullet, title = BULLET.match(line) is not None, heading_in(line)
        if title:
            heading_asks = FORBIDS.search(title) is None and (ASKS.fullmatch(title) is not None or orders(title))
            heading_bars = not heading_asks
        elif not words:
            heading_asks, heading_bars = heading_asks and was_heading, heading_bars and was_heading
            line_bars = goes_on = False
        is_barred_below = line_bars and (is_bullet or (goes_on and not orders(words)))
        if title:
            yield Line(title, is_bullet, is_asked_for=False, is_ruled_out=False, is_heading=True)
        elif words and not DONE.match(line):
            yield Line(words, is_bullet, heading_asks, heading_bars or is_barred_below)
        if title or (words and not is_bullet and not is_barred_below):
            line_bars = FORBIDS.search(line) is not None
            goes_on = line_bars and not title and ENDS_SENTENCE.search(line) is None
        was_heading = bool(title) or (not words and was_heading)


def heading_in(line: str) -> str:
    """Return the words of a heading, without marks of lists and headings; "" of any other line."""
    words = BULLET.sub("", line).strip(" \t#*_")
    title = words.rstrip(":").strip(" \t#*_")
    if words.endswith(":"):
        return title
    if len(title.split()) > MOST_WORDS_OF_A_HEADING or any(sign.isdigit() for sign in title):
        return ""
    is_bullet = BULLET.match(line) is not None
    is_marked = DECORATED.match(line) is not None or (title.isupper() and not is_bullet)
    return title if is_marked or (not is_bullet and NAMES_LIST.fullmatch(title)) else ""


def _joined(text: str) -> Iterator[str]:
    """Yield the lines, those joined that were only broken to fit a page."""
    whole = ""
    for line in text.splitlines():
        is_rest = line[:1].islower() and whole.strip() != "" and not ENDS_SENTENCE.search(whole)
        if is_rest and not heading_in(whole):
            whole = f"{whole.rstrip()} {line.strip()}"
            continue
        yield whole
        whole = line
    yield whole
