"""From raw text to a line of tokens with one spelling: numbers, clock times and known words made plain.

Tokens of the line, separated by single spaces: lower-case words, DAYS in capitals, plain numbers (`0.5`), ranges
(`1~2`), clock times (`@08:00`, with a final `h` when written as a bare hour: `@08:00h`), slot patterns (`#1-0-1`),
British durations (`5/7`), `pair` for paired strengths (500/125), and `?` for whatever must not be read as a number.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from .words import FRACTION_OF_WORD, NUMBER_OF_WORD, SYNONYMS, TENS

NOT_UNDERSTOOD = "?"

_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
        **dict.fromkeys("‘’´`", "'"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u200b\ufeff\t\n\r", " "),
        "½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅛": " 1/8", "⁄": "/",
        "×": "x", "µ": "u", "μ": "u", "•": " ", "…": ".", "~": "?",
    }
)  # fmt: skip

_COUNTED = r"(?:tabs?|caps?|tablets?|capsules?|pills?|puffs?|drops?|gtts?|sprays?|po)\b"
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}"
_REWRITES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=[a-z])\(e?s\)", ""),  # tablet(s)
        (r"\bi ?- ?ii\b", "1-2"),  # i-ii tabs
        *((rf"\b{'i' * n} (?={_COUNTED})", f"{n} ") for n in (1, 2, 3)),
        (rf"\b(?:[ivx]+|i*ss) (?={_COUNTED})", f"{NOT_UNDERSTOOD} "),  # iv tabs: four, or a route
        (r"\bw/o\b", "without"),
        (r"\ba/f\b", "after food"),
        (r"\bb/f\b", "before food"),
        (r"\b(every|each|q) (?=(?:hours|days|weeks|months)\b)", rf"\1 {NOT_UNDERSTOOD} "),  # how many is missing
        (r"\bw/(?=\s?[a-z])", "with "),
        (r"\bvit(?:amin)?\.? [a-z]\d{0,2}\b", "vitamin"),
        (r"\bm[/,-]w[/,-]f\b", "mwf"),
        (r"\b(daily|day|bedtime|bid|tid|qid|bd|tds|qds|od|qd)x(?=\s?\d)", r"\1 x "),
        (rf"\b({_DAY}) ?- ?(?={_DAY})", r"\1 to "),  # Mon-Fri is a range
        (r"(?<=[a-z0-9])-(?=[a-z])", " "),  # twice-daily, 10-day, mid-day
        (r"\bper os\b", "po"),
        (r"\b(?:mid day)\b", "noon"),
        (r"\b12 ?(noon|midnight)\b", r"\1"),
        (r"/ ?24 ?(?:h|hrs?|hours?)\b", " per 24 hours"),
        (r"\bhalf an? hour\b", "30 minutes"),
        (r"\ban hour\b", "1 hour"),
    )
)

_SLOT = r"(?:\d{1,3}(?:\.\d{1,2})?(?:[ ]?[13]/[248])?|[13]/[248])"
_LEXEME = re.compile(
    rf"""
      (?P<date>\d+(?:[/.]\d+){{2,}}|\d+(?:\s?[-+]\s?\d+){{4,}})
    | (?P<clock>\d{{1,2}}(?:[:.]\d\d)?\s?(?:a\.?m\b|p\.?m\b)\.?|\d{{1,2}}:\d\d(?!\d)(?:\s?(?:h|hrs|hours)\b)?
              |\d{{4}}\s?(?:h|hrs|hours)\b
              |(?:(?<=at\ )|(?<=and\ ))[012]\d[0-5]\d\b(?!\s?(?:m?c?g|ml|units?|iu|u)\b))
    | (?P<slots>(?<!-){_SLOT}(?:\s?[-+]\s?{_SLOT}){{2,3}}(?!\s?[-+]\s?\d|[/.]?\d))
    | (?P<british>\d{{1,2}}/(?:7|52|12)(?![\d/]|\.\d))
    | (?P<fraction>\d{{1,2}}/\d(?![\d/]|\.\d))
    | (?P<pair>\d+(?:\.\d+)?/\d+(?:\.\d+)?)
    | (?P<ordinal>\d{{1,2}}(?:st|nd|rd|th)\b)
    | (?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?!\d|,\d)|\d{{1,3}}(?:\ 000)+(?!\d)|\d+(?:\.\d+)?|(?<![\w.])\.\d+)
    | (?P<dotted>[a-z](?:\.[a-z](?![a-z]))+\.?)
    | (?P<word>[a-z]+(?:'[a-z]+)?)
    | (?P<symbol>\S)
    """,
    re.VERBOSE | re.ASCII,
)

_MOST_WITH_FRACTION = 5  # "10 1/2 tablet" is a strength and half a tablet, not ten and a half


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of the text; numbers carry their value."""

    text: str
    value: Decimal | None = None
    spelled: bool = False  # written as a word: "two", "half"
    is_fraction: bool = False  # "1/2", "half"
    tight: bool = False  # no space before it


def canonical_tokens(text: str) -> list[str]:
    """Return the text as tokens with one spelling each."""
    lexemes = _with_ranges(_without_repeats(_with_fractions(_with_tens(list(_lexemes(text))))))
    return " ".join(SYNONYMS.get(lexeme.text, lexeme.text) for lexeme in lexemes).split()


def plain(value: Decimal) -> str:
    """Return a number without exponent or trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _lexemes(text: str) -> Iterator[Lexeme]:
    line = text.lower().translate(_CHARACTERS)
    for pattern, replacement in _REWRITES:
        line = pattern.sub(replacement, line)
    end = -1
    for match in _LEXEME.finditer(line):
        yield _lexeme(match, tight=match.start() == end, after=line[match.end() : match.end() + 2])
        end = match.end()


def _lexeme(match: re.Match[str], *, tight: bool, after: str) -> Lexeme:
    kind, text = match.lastgroup, match.group()
    if kind == "number":
        return _number(text, after, tight=tight)
    if kind == "fraction":
        return _fraction(text)
    if kind == "word":
        return _word(text)
    return Lexeme(_SPELLINGS.get(kind or "", str)(text), tight=tight)


def _word(text: str) -> Lexeme:
    value = NUMBER_OF_WORD.get(text, FRACTION_OF_WORD.get(text))
    return Lexeme(text, value, spelled=value is not None, is_fraction=text in FRACTION_OF_WORD)


def _number(text: str, after: str, *, tight: bool) -> Lexeme:
    # A comma before digits may be a decimal comma or a list, ".000" may be thousands: neither is guessed.
    ambiguous = re.match(r",\d", after) is not None or (text.endswith(".000") and "," not in text) or len(text) > 12
    if ambiguous:
        return Lexeme(NOT_UNDERSTOOD)
    value = Decimal(text.replace(",", "").replace(" ", ""))
    return Lexeme(plain(value), value, tight=tight)


def _fraction(text: str) -> Lexeme:
    top, bottom = (int(part) for part in text.split("/"))
    if top >= bottom or bottom not in (2, 4, 8):
        return Lexeme(NOT_UNDERSTOOD)
    return Lexeme(text, Decimal(top) / Decimal(bottom), is_fraction=True)


def _clock(text: str) -> str:
    digits = re.findall(r"\d+", text)
    if len(digits) == 1 and len(digits[0]) == 4:  # 0800 hrs
        digits = [digits[0][:2], digits[0][2:]]
    hour, minute = int(digits[0]), int(digits[1]) if len(digits) > 1 else 0
    if half := re.search(r"[ap](?=\.?m)", text):
        if not 1 <= hour <= 12:
            return NOT_UNDERSTOOD
        hour = hour % 12 + (12 if half.group() == "p" else 0)
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23 or minute > 59:
        return NOT_UNDERSTOOD
    return f"@{hour:02}:{minute:02}" + ("h" if len(digits) == 1 else "")


def _slots(text: str) -> str:
    slots = [_slot(part.strip()) for part in re.split(r"[-+]", text)]
    if any(slot is None for slot in slots):
        return NOT_UNDERSTOOD
    return "#" + "-".join(plain(slot) for slot in slots if slot is not None)


def _slot(text: str) -> Decimal | None:
    if re.match(r"0\d", text):  # 01-02-24 is a date
        return None
    whole, _, fraction = text.rpartition(" ") if "/" in text else (text, "", "0/1")
    if "/" in whole:
        return None
    top, bottom = fraction.split("/")
    if len(top) > 1:  # "11/2": eleven halves, or one and a half run together
        return None
    return Decimal(whole or 0) + Decimal(top) / Decimal(bottom)


_SPELLINGS: dict[str, Callable[[str], str]] = {
    "clock": _clock,
    "slots": _slots,
    "date": lambda text: NOT_UNDERSTOOD,
    "pair": lambda text: "pair",
    "ordinal": lambda text: text[:-2] + "th",
    "dotted": lambda text: text.replace(".", ""),
}


def _with_tens(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Join "twenty" "five" into 25."""
    joined: list[Lexeme] = []
    for lexeme in lexemes:
        before = joined[-1] if joined else None
        if before and before.text in TENS and lexeme.spelled and lexeme.value and 1 <= lexeme.value <= 9:
            joined[-1] = _spelled((before.value or Decimal(0)) + lexeme.value)
        else:
            joined.append(lexeme)
    return joined


def _spelled(value: Decimal, *, is_fraction: bool = False) -> Lexeme:
    return Lexeme(plain(value), value, spelled=True, is_fraction=is_fraction)


def _with_fractions(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Join "1 1/2", "1-1/2", "one and a half", "one half" and "three quarters" into one number."""
    joined: list[Lexeme] = []
    for lexeme in lexemes:
        part = lexeme.value if lexeme.is_fraction else None
        joined.append(lexeme if part is None else _join_fraction(joined, lexeme, part))
    return joined


def _join_fraction(before: list[Lexeme], lexeme: Lexeme, part: Decimal) -> Lexeme:
    links = 0
    while links < 2 and links < len(before) and before[-1 - links].text in ("and", "&", "a", "-"):
        links += 1
    linked = {link.text for link in before[len(before) - links :] if link.text != "-" or link.tight}
    loose = len(linked) < links
    whole = before[-1 - links] if len(before) > links else None
    if whole is None or whole.value is None or whole.is_fraction or whole.value % 1 or not whole.value:
        return lexeme
    if loose or whole.value > _MOST_WITH_FRACTION:
        return Lexeme(NOT_UNDERSTOOD)
    if linked & {"and", "&"} or (not lexeme.spelled and not linked & {"a"}):
        del before[-1 - links :]
        return _spelled(whole.value + part)
    if not linked and whole.value * part < 1 and (whole.value == 1 or part == FRACTION_OF_WORD["quarter"]):
        before.pop()
        return _spelled(whole.value * part, is_fraction=True)
    return Lexeme(NOT_UNDERSTOOD)


def _without_repeats(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Drop a number said twice: "one (1)", "2 (two)", "4 four"."""
    kept: list[Lexeme] = []
    position = 0
    while position < len(lexemes):
        kept.append(lexemes[position])
        position += 1 + _repeat_length(lexemes, position)
    return kept


def _repeat_length(lexemes: list[Lexeme], position: int) -> int:
    value = lexemes[position].value
    following = lexemes[position + 1 : position + 4]
    if value is None or not following:
        return 0
    if len(following) == 3 and following[0].text == "(" and following[2].text == ")" and following[1].value == value:
        return 3
    return 1 if following[0].value == value and following[0].spelled != lexemes[position].spelled else 0


def _with_ranges(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Join "1-2", "1 to 2", "1 or 2" into a range; a chain of numbers (1-2-3), 3-1 and -1 are not understood."""
    joined: list[Lexeme] = []
    position = 0
    while position < len(lexemes):
        run = _run_of_numbers(lexemes, position)
        joined.append(_range(lexemes[position : position + run]) if run > 1 else lexemes[position])
        if run == 1 and _is_negative(lexemes, position):
            joined[-1] = Lexeme(NOT_UNDERSTOOD)
        position += run
    return [Lexeme(plain(x.value)) if x.value is not None else x for x in joined]


def _run_of_numbers(lexemes: list[Lexeme], position: int) -> int:
    """Count the lexemes of "number (- number)*" that begin here; 1 where there is no such run."""
    length = 1
    while (
        position + length + 1 < len(lexemes)
        and lexemes[position].value is not None
        and lexemes[position + length].text in ("-", "to", "or", "through", "thru")
        and lexemes[position + length + 1].value is not None
    ):
        length += 2
    return length


def _range(run: list[Lexeme]) -> Lexeme:
    low, high = run[0].value, run[-1].value
    if len(run) != 3 or low is None or high is None or low >= high:
        return Lexeme(NOT_UNDERSTOOD)
    if high > 10 * low > 0:  # 5-325 mg: two strengths, not a range
        return Lexeme("pair")
    return Lexeme(f"{plain(low)}~{plain(high)}")


def _is_negative(lexemes: list[Lexeme], position: int) -> bool:
    sign, number = lexemes[position - 1] if position else None, lexemes[position]
    return bool(sign and sign.text == "-" and not sign.tight and number.value is not None and number.tight)
