"""From text to facts: readers take their words in order; what no reader takes is judged by what it is."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import takewhile

from .amounts import AMOUNTS, LIMITS
from .clock import TIMES
from .course import ADVICE, COURSES
from .facts import Amount, AtTime, EachDay, Fact, PerDay, Slots, Unknown, WhenNeeded
from .grammar import Reader
from .lexing import canonical_tokens
from .rhythm import speaks_of_timing
from .timing import FREQUENCIES, GAPS
from .words import EASILY_MISSPELT, HARMLESS, MEDICINE_NAMES, MEDICINE_STEMS, NOT_AN_INDICATION, SEPARATORS

MAX_LENGTH = 1000  # characters; a longer text is no label

_READERS: tuple[Reader, ...] = (*ADVICE, *LIMITS, *GAPS, *FREQUENCIES, *TIMES, *COURSES, *AMOUNTS)
_LONGEST_NAME = 4  # words before the first amount that may be a medicine's name
_LONGEST_REASON = 8  # words of an indication
_EYE_WORDS = frozenset({"eye", "eyes", "drop", "ophthalmic", "eyelid", "eyelids", "conjunctival"})
_REASON_LINKS = frozenset({"and", "or", "of", "the", "your", "a", "an", "/", "to", "in"})
_PURPOSES = frozenset(
    {"help", "lower", "reduce", "prevent", "treat", "control", "relieve", "protect", "improve", "thin", "manage", "aid"}
)


def read_facts(text: str) -> list[Fact]:
    """Return what the text says, in its order, with an Unknown for each piece that is not understood."""
    tokens = _sides(canonical_tokens(text))
    return list(_facts(tokens))


def _sides(tokens: list[str]) -> list[str]:
    """Read OD as the right eye where eyes or drops are spoken of (ISMP: OD is read as "once daily" and the reverse)."""
    if _EYE_WORDS.isdisjoint(tokens):
        return tokens
    return ["right" if word == "od" else word for word in tokens]


def _facts(tokens: list[str]) -> Iterator[Fact]:
    line, starts = " ".join(tokens), _starts(tokens)
    position, names_left, after_need = 0, _LONGEST_NAME, False
    while position < len(tokens):
        found, end = _read(line, starts, position)
        if end > position:
            yield from found
            after_need = any(isinstance(fact, WhenNeeded) for fact in found)
            has_begun = any(isinstance(fact, Amount | Slots | PerDay | EachDay | AtTime) for fact in found)
            names_left = 0 if has_begun else names_left
        else:
            end = _harmless_end(tokens, position, after_need=after_need)
            if end == position and names_left and _begins_name(tokens, position):
                following = _read(line, starts, position + 1)[0]
                if not speaks_of_timing(following):  # "twise daily" is no medicine called Twise
                    names_left, end = names_left - 1, position + 1
        if end == position:
            yield Unknown(tokens[position])
        position = max(end, position + 1)


def _starts(tokens: list[str]) -> list[int]:
    starts, offset = [], 0
    for token in tokens:
        starts.append(offset)
        offset += len(token) + 1
    return starts


def _read(line: str, starts: list[int], position: int) -> tuple[tuple[Fact, ...], int]:
    """Return the facts of the first reader that takes words here, and the position after them."""
    for reader in _READERS if position < len(starts) else ():
        match = reader.pattern.match(line, starts[position])
        if match is None or match.end() == match.start():
            continue
        facts = reader.build(match)
        if facts is not None:
            return facts, bisect_right(starts, match.end() - 1)
    return (), position


def _harmless_end(tokens: list[str], position: int, *, after_need: bool) -> int:
    """Return the end of the words here that change nothing: an indication, a medicine's name, a harmless word."""
    reason_end = _reason_end(tokens, position, after_need=after_need)
    if reason_end > position:
        return reason_end
    name_end = _name_end(tokens, position)
    return name_end if name_end > position or not _is_harmless(tokens[position]) else position + 1


def _reason_end(tokens: list[str], position: int, *, after_need: bool) -> int:
    """Return where an indication ends that begins here ("for pain", "prn wheeze", "to lower cholesterol")."""
    word = tokens[position]
    following = tokens[position + 1] if position + 1 < len(tokens) else ""
    if word == "for" or (word == "to" and following in _PURPOSES):
        end = _words_of_reason(tokens, position + 1)
        return end if end > position + 1 or following in HARMLESS else position
    return _words_of_reason(tokens, position) if after_need else position


def _words_of_reason(tokens: list[str], position: int) -> int:
    end = position
    for index in range(position, min(len(tokens), position + _LONGEST_REASON)):
        if _may_be_reason(tokens[index]):
            end = index + 1
        elif tokens[index] not in _REASON_LINKS:
            break
    return end


def _may_be_reason(word: str) -> bool:
    return _may_be_any(word) and word not in _REASON_LINKS


def _may_be_name(word: str) -> bool:
    return _may_be_any(word) and len(word) > 2


def _may_be_any(word: str) -> bool:
    """Tell whether a word speaks neither of timing, amount nor condition, not even misspelt."""
    return _is_word(word) and word not in NOT_AN_INDICATION and not any(_is_slip(word, of) for of in EASILY_MISSPELT)


def _is_slip(word: str, of: str) -> bool:
    """Tell whether one letter changed, added, left out or swapped with its neighbour makes one word of the other."""
    if abs(len(word) - len(of)) > 1:
        return False
    short, long = sorted((word, of), key=len)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(short, long, strict=False)))
    rest, other = short[same:], long[same:]
    return rest == other[1:] or rest[1:] == other[1:] or (rest[1::-1] == other[:2] and rest[2:] == other[2:])


def _begins_name(tokens: list[str], position: int) -> bool:
    """Tell whether a word, or a "/" or "+" before one, may belong to the name of a medicine."""
    if tokens[position] in ("/", "+") and position + 1 < len(tokens):
        return _may_be_name(tokens[position + 1])
    return _may_be_name(tokens[position])


def _is_word(token: str) -> bool:
    return token.isascii() and token.replace("'", "").isalpha() and token.islower()


def _name_end(tokens: list[str], position: int) -> int:
    """Return where a medicine's name ends that begins here; any words may be one after "of"."""
    if tokens[position] == "of":
        end = position + 1
        while end < len(tokens) and end <= position + 3 and _may_be_name(tokens[end]) and tokens[end] not in HARMLESS:
            end += 1
        return end
    return position + 1 if _is_medicine(tokens[position]) else position


def _is_medicine(word: str) -> bool:
    return word in MEDICINE_NAMES or (len(word) > 6 and word.isalpha() and word.endswith(MEDICINE_STEMS))


def _is_harmless(token: str) -> bool:
    return token in SEPARATORS or token in HARMLESS
