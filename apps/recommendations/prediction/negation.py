"""What a text denies: the reach of "no", "denies", "without" and of "absent", and what is said of relatives."""

from collections.abc import Collection, Iterator

from .lexing import canonical
from .phrases import Line, Match
from .words import (
    CONTRASTS,
    DENIED_AFTER,
    DENIES,
    DENIES_WHOLE_LIST,
    ENDS_DENIAL,
    HARD_BREAKS,
    NEW_CLAUSE,
    NOT_A_DENIAL,
    REACHES,
    RELATIVE_VERBS,
    RELATIVES,
)

_ENDS = frozenset(map(canonical, ENDS_DENIAL)) | HARD_BREAKS
_CONTRASTS = frozenset(map(canonical, CONTRASTS))
_OPENS = frozenset(map(canonical, NEW_CLAUSE))
_REACHES = frozenset(map(canonical, REACHES))
_NOT_A_DENIAL = frozenset(map(canonical, NOT_A_DENIAL))
_DENIES = frozenset(map(canonical, DENIES))
_WHOLE_LIST = frozenset(map(canonical, DENIES_WHOLE_LIST))
_DENIED_AFTER = frozenset(map(canonical, DENIED_AFTER))
_RELATIVES = frozenset(map(canonical, RELATIVES))
_RELATIVE_VERBS = frozenset(map(canonical, RELATIVE_VERBS))
_FAMILY_HISTORY = (canonical("family"), canonical("history"), "of")
_THIRD_PERSON = frozenset({"his", "her", "whose"})
_LONGEST_REACH = 14
_LONGEST_ITEM = 7


def denied_positions(line: Line, matches: Collection[Match]) -> frozenset[int]:
    """Return the positions that a denial reaches; a "no" inside a found phrase ("no appetite") denies nothing."""
    taken = {position for match in matches for position in match.positions}
    begins = {match.positions[0] for match in matches}
    found: set[int] = set()
    for position, word in enumerate(line.words):
        if word in _DENIES and position not in taken and _is_denial(line, position, begins):
            found.update(_reach(line, position))
        if word in _DENIED_AFTER and position not in taken:
            found.update(_backwards(line, position))
    return frozenset(found)


def relatives_positions(line: Line) -> frozenset[int]:
    """Return the positions that speak of a relative's disease, not of the patient's."""
    found: set[int] = set()
    for position, word in enumerate(line.words):
        is_history = line.words[position : position + 3] == _FAMILY_HISTORY
        if is_history or (word in _RELATIVES and _is_their_own(line, position)):
            found.update(_until_clause(line, position))
    return frozenset(found)


def _is_their_own(line: Line, position: int) -> bool:
    is_third_person = position > 0 and line.words[position - 1] in _THIRD_PERSON
    return is_third_person and not _RELATIVE_VERBS.isdisjoint(line.words[position + 1 : position + 3])


def _until_clause(line: Line, position: int) -> Iterator[int]:
    for at in range(position, len(line.words)):
        if line.words[at] in HARD_BREAKS or (line.words[at] == "," and at > position + 3):
            return
        yield at


def _is_denial(line: Line, position: int, begins: Collection[int]) -> bool:
    following = line.words[position + 1 : position + 4]
    if not following or following[0] in _NOT_A_DENIAL:
        return False
    if line.words[position] in ("not", "never"):
        return following[0] in _REACHES or position + 1 in begins
    return True


def _reach(line: Line, position: int) -> Iterator[int]:
    is_whole = line.words[position] in _WHOLE_LIST
    longest = len(line.words) if is_whole else position + _LONGEST_REACH
    for at in range(position + 1, min(longest, len(line.words))):
        word = line.words[at]
        is_over = word in _CONTRASTS or word in HARD_BREAKS or (word in _ENDS and at > position + 2)
        if is_over or (word in _DENIES and word != "nor"):
            return
        if not is_whole and _turns_away(line, at):
            return
        yield at


def _turns_away(line: Line, at: int) -> bool:
    """Return whether a comma or "and" after "no" opens something that is no longer denied."""
    word = line.words[at]
    if word in (",", ":", "(", ")"):
        return not _is_list_with_or(line, at)
    return word == "and" and at + 1 < len(line.words) and line.words[at + 1] in _OPENS


def _is_list_with_or(line: Line, comma: int) -> bool:
    """Return whether short items lead from this comma to an "or": "no fever, chills or cough"."""
    length = 0
    for word in line.words[comma + 1 :]:
        if word in ("or", "nor"):
            return True
        if word in _ENDS or word in _DENIES:
            return False
        length = 0 if word == "," else length + 1
        if length > _LONGEST_ITEM:
            return False
    return False


def _backwards(line: Line, position: int) -> Iterator[int]:
    """Yield what stands before "fever: no" or "cough absent", back to the last break."""
    is_answer = position + 1 >= len(line.words) or line.words[position + 1] in HARD_BREAKS | {","}
    if not is_answer or position == 0:
        return
    for at in range(position - 1, max(position - 6, -1), -1):
        if line.words[at] in HARD_BREAKS or line.words[at] in (",", "and"):
            return
        yield at
