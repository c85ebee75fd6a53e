"""From text to facts: readers take their words in order; what no reader takes is judged by what it is."""

from bisect import bisect_right
from collections.abc import Iterator

from .amounts import AMOUNTS, LIMITS
from .clock import TIMES
from .course import ADVICE, COURSES
from .facts import Amount, EachDay, Fact, PerDay, Slots, Unknown, WhenNeeded
from .grammar import Reader
from .lexing import canonical_tokens
from .timing import FREQUENCIES, GAPS
from .words import HARMLESS, MEDICINE_NAMES, MEDICINE_STEMS, NOT_AN_INDICATION, SEPARATORS

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
    line = " ".join(tokens)
    starts = _starts(tokens)
    position = name_words = 0
    has_begun = after_need = False
    while position < len(tokens):
        found, end = _read(line, starts, position)
        if end > position:
            yield from found
            has_begun = has_begun or any(isinstance(fact, Amount | Slots | PerDay | EachDay) for fact in found)
            after_need = any(isinstance(fact, WhenNeeded) for fact in found)
        elif (end := _reason_end(tokens, position, after_need=after_need)) > position:
            after_need = False
        elif (end := _name_end(tokens, position)) > position or _is_harmless(tokens[position]):
            end = max(end, position + 1)
        elif not has_begun and name_words < _LONGEST_NAME and _begins_name(tokens, position):
            name_words, end = name_words + 1, position + 1
        else:
            yield Unknown(tokens[position])
            end = position + 1
        position = end


def _starts(tokens: list[str]) -> list[int]:
    starts, offset = [], 0
    for token in tokens:
        starts.append(offset)
        offset += len(token) + 1
    return starts


def _read(line: str, starts: list[int], position: int) -> tuple[tuple[Fact, ...], int]:
    """Return the facts of the first reader that takes words here, and the position after them."""
    for reader in _READERS:
        match = reader.pattern.match(line, starts[position])
        if match is None or match.end() == match.start():
            continue
        facts = reader.build(match)
        if facts is not None:
            return facts, bisect_right(starts, match.end() - 1)
    return (), position


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
    return _is_word(word) and word not in NOT_AN_INDICATION and word not in _REASON_LINKS


def _may_be_name(word: str) -> bool:
    return _is_word(word) and len(word) > 2 and word not in NOT_AN_INDICATION


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
