"""Readers of amounts: doses, strengths, slot patterns, daily limits."""

import re
from decimal import Decimal
from itertools import pairwise

from .facts import Amount, Divided, EachDay, FormNamed, Limit, PerDay, Slots, Unknown
from .grammar import Meaning, means, reader, span, whole

_SOLIDS = ("tablet", "capsule", "caplet", "pill", "softgel", "gummy", "lozenge", "sachet", "suppository", "pessary")
_LIMIT_HEAD = (
    r"(?:(?:up to )?(?:a |the |your |to )*(?:maximum|mdd)"
    r"(?: (?:of|is|total|daily|dose|amount|number|allowed|a day|:|=))*"
    r"|(?:you |and |must |should |do |to )*(?:not|never) (?:to )?"
    r"(?:(?:take |use |be )?(?:more than|over)|exceed|exceeding)"
    r"|without exceeding|no more than|up to|limit(?:ed)? to|at most|not exceeding)"
)
_NO_AMOUNT_AFTER = (
    "every",
    "for",
    "to",
    "of",
    "the",
    "each",
    "both",
    "all",
    "any",
    "these",
    "those",
    "with",
    "dose",
    "day",
    "week",
    "month",
    "x",
)
_NOT_AFTER = "".join(rf"(?<!\b{word} )" for word in _NO_AMOUNT_AFTER)
_NOT_BEFORE = (
    r"(?! (?:times|x|hour|hourly|minute|second|day|week|weekly|month|monthly|years?|yearly|kg|cm|inch|the|of|affected"
    r"|areas?|sites?|more|less|other|others)(?: |$))"
)
_POINT = Unknown("a number that is no dose")
_COUNT_WORDS = {"once": 1, "twice": 2, "thrice": 3}


def amount(number: str, unit: str | None) -> Amount:
    """Return the amount of a number or range in a unit."""
    low, high = span(number)
    return Amount(low, high, unit)


def _amount(match: re.Match[str]) -> Meaning:
    return (amount(match["n"], match["unit"]),)


def _spoonfuls(match: re.Match[str]) -> Meaning:
    low, high = span(match["n"])
    size = Decimal(match["size"])
    return (Amount(low * size, high * size, "ml"),)


def _total_of_day(match: re.Match[str]) -> Meaning:
    is_total = match["n"] != "1"
    return (amount(match["n"], match["unit"]), EachDay(is_total=True)) if is_total else None


def _same_unit_range(match: re.Match[str]) -> Meaning:
    if match["unit"] != match["unit2"]:
        return None
    low, high = Decimal(match["n"]), Decimal(match["m"])
    return (Amount(low, high, match["unit"]),) if low < high <= 10 * low else (Unknown(match.group()),)


def _slots(match: re.Match[str]) -> Meaning:
    doses = tuple(Decimal(dose) for dose in match["slots"][1:].split("-"))
    if all(later - dose == 1 for dose, later in pairwise(doses)):  # 1-2-3 may be a slip for 1-2 or a list
        return (Unknown(match.group()),)
    return (Slots(doses, match["unit"] or match["before"]),)


def _limit(match: re.Match[str]) -> Meaning:
    low, high = span(match["n"])
    is_daily = "daily" in match["head"] or "mdd" in match["head"] or "a day" in match["head"]
    if low != high or not (match["period"] or is_daily):
        return (Unknown(match.group()),)
    unit = "dose" if match["unit"] in ("times", "x") else match["unit"]
    return (Limit(high, unit),)


def _limit_in_words(match: re.Match[str]) -> Meaning:
    return (Limit(Decimal(_COUNT_WORDS[match["count"]]), "dose"),)


def _up_to(match: re.Match[str]) -> Meaning:
    high = span(match["n"])[1]
    return (PerDay(1, int(high), is_limit=True),) if high == int(high) else None


def _up_to_in_words(match: re.Match[str]) -> Meaning:
    return (PerDay(1, _COUNT_WORDS[match["count"]], is_limit=True),)


def _divided(match: re.Match[str]) -> Meaning:
    return (Divided(whole(match["n"]) if match["n"] else None),)


LIMITS = (
    # "up to 3 times a day" is how often; "up to 8 tablets a day" is how much.
    reader(r"(?:up to |maximum (?:of )?)(?P<n><R>) (?:times|x)<A_DAY>", _up_to),
    reader(r"up to (?P<count>once|twice|thrice)<A_DAY>", _up_to_in_words),
    reader(rf"{_LIMIT_HEAD} (?P<count>once|twice|thrice)<A_DAY>", _limit_in_words),
    reader(
        rf"(?P<head>{_LIMIT_HEAD}) (?P<n><R>)(?: (?P<unit><UNIT>|times|x))?(?: of [a-z]+)?"
        r"(?: total)?(?P<period><A_DAY>)?(?: (?:maximum|total|only))*",
        _limit,
    ),
    reader(r"(?P<head>)(?P<n><N>) (?P<unit><UNIT>)(?P<period><A_DAY>) (?:maximum|at most)", _limit),
)

AMOUNTS = (
    # Weight, surface or time in the dose: it cannot be known from the text alone.
    reader(
        r"<R> (?:<MASS>|<VOLUME>) (?:/|per) (?:kg|kilogram|kilo|m|square|body|minute|hour(?!.{0,60} patch))",
        lambda match: (Unknown(match.group()),),
    ),
    # Concentrations and strengths: what the medicine is, not how much is taken.
    means(r"<N> <MASS> (?:/|per|in) (?:<N> )?(?:ml|l|(?!dose)<FORM>|teaspoon|spoonful)(?: strength)?"),
    means(r"<N> <MASS> (?:/|per) dose(?=.{0,60} (?:puff|spray|inhalation|actuation))"),
    means(r"<N> <MASS> (?:/|per) (?:<N> )?hour"),
    means(r"(?:<N>|pair) %"),
    means(r"pair (?:<MASS>)(?: (?=<FORM>))?"),
    means(r"\( pair(?: <MASS>)? \)"),
    # "2 tablets a day" may be two at once or one twice; "1 a day" is plain, and so is "2 daily".
    reader(r"(?P<n><R>)(?: (?P<unit><FORM>))? (?:a|per|/) day", _total_of_day),
    # Several in one: "2 x 5 ml spoonfuls"; "two 500 mg tablets" (tablets are counted, the strength is not the dose).
    reader(r"(?P<n><R>)(?: x)? (?P<size><N>) ml spoonful", _spoonfuls),
    reader(r"(?P<n>1) x (?P<m><N>) (?P<unit><MASS>|ml)(?! <FORM>)", lambda match: (amount(match["m"], match["unit"]),)),
    reader(r"(?P<n><R>)(?: x)?(?: of)? <N> (?:<MASS>|ml) (?P<unit><FORM>)", _amount),
    reader(r"<R> x <N> <UNIT>", lambda match: (Unknown(match.group()),)),
    # An amount with its equivalent: the first is the dose. "5 ml (250 mg)", "1 tablet = 10 mg", "10 mg (2 ml)".
    reader(
        r"(?P<n><R>) (?P<unit><UNIT>)(?: of)? (?:\(|=|\( =|, =)"
        r"(?: (?:a|total|of|=|each|approximately|about|containing))*"
        r" <R> (?:<MASS>|<VOLUME>|<FORM>)(?: (?:total|each|dose|in total|of [a-z]+))*(?: \))?",
        _amount,
    ),
    # A form beside its strength: the form is the dose. "1 tablet 500 mg", "500 mg, 1 tablet", "500 mg tablet: take 1".
    reader(
        r"(?P<n><R>) (?P<unit><FORM>|ml)(?: of)? (?:<R> <MASS>|pair(?: <MASS>)?)(?: (?:total|each|strength))?", _amount
    ),
    reader(
        r"(?:<R>|pair) (?:<MASS>)(?: (?:<FORM>|ml))?(?: (?:,|-|:|;|\.|take|give|use|swallow|inject|to|be|a))*"
        r" (?P<n><R>) (?P<unit><FORM>|ml)",
        _amount,
    ),
    reader(
        r"(?:<R>|pair) (?:<MASS>) (?P<unit><FORM>)(?: (?:,|-|:|;|\.|take|give|use|swallow|sig))* (?P<n><R>)"
        r"(?! (?:times|x|hour|day|week|month|<UNIT>|<R>(?! (?:times|x) )))",
        _amount,
    ),
    # "half a tablet", "1 tablet or 2 tablets", "20 mg tablet", "2 tablets", "a tablet"
    reader(r"(?P<n>0\.5|0\.25|0\.75) (?:of (?:a |an |1 )|an? )(?P<unit><FORM>|teaspoon|tablespoon)", _amount),
    reader(r"(?P<n><N>) (?P<unit><UNIT>)(?: -| to| or) (?P<m><N>) (?P<unit2><UNIT>)", _same_unit_range),
    reader(r"(?P<n><R>) (?P<unit><MASS>)(?: (?:<FORM>)(?!<FORM>))?", _amount),
    reader(r"(?P<n><R>) (?:[a-z]+able |enteric coated |coated |soluble )?(?P<unit><UNIT>)", _amount),
    reader(
        r"(?P<n>an?) (?:single )?(?P<unit><FORM>|teaspoon|tablespoon|capful)",
        lambda match: (amount("1", match["unit"]),),
    ),
    reader(r"(?:(?P<before><FORM>) )?(?P<slots><SLOTS>)(?: (?P<unit><UNIT>))?", _slots),
    # "900 mg daily in 3 divided doses": a day's total, so the single dose is not said.
    reader(r"(?:given |taken |as )?in (?P<n><R>)(?: (?:equally|equal))? divided dose", _divided),
    reader(r"divided (?:into|in|over) (?P<n><R>)(?: equal)? dose", _divided),
    reader(r"(?:given |taken )?(?:in|as)(?P<n>)(?: equally)? divided dose", _divided),
    # A number on its own is a dose where the sentence has room for no other reading.
    means(r"(?:at|on|in|by|around|about|after|before|until|from|over|under|above|below|number|no|day) <R>", _POINT),
    # "2 a day" may be two at once or one twice; "1 a day" is plain, and so is "2 daily".
    reader(
        rf"{_NOT_AFTER}(?P<n><R>)(?= (?:<R> times|<R> x)| [a-z@A-Z,.;:()-]|$){_NOT_BEFORE}",
        lambda match: (amount(match["n"], None),),
    ),
    reader(rf"(?P<unit>{'|'.join(_SOLIDS)})", lambda match: (FormNamed(match["unit"]),)),
)
