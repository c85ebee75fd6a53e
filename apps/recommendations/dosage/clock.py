"""Readers of times of day and of food: clock times, parts of the day, meals."""

import re

from .facts import AtMeals, AtTime, Eating, Fact, Unknown
from .grammar import Meaning, means, reader, span
from .model import Food

_THE = r"(?:the |your |a |an |each |every |any |some )*"
_PARTS = {
    "MORNING": r"(?:(?:first|1th) thing |early |late )*(?:in |on )?(?:the |every |each |q |a )*(?:morning|am)"
    r"|qam|mane|om"
    r"|(?:on|upon|after|when|at) (?:waking(?: up)?|rising|awakening|arising|getting up)",
    "NOON": r"(?:at |every |each )*noon|at mid day",
    "AFTERNOON": r"(?:in |every |each |late |early )*(?:the )?afternoon",
    "EVENING": r"(?:in |on |early |late )*(?:the |every |each |q |a )*(?:evening|pm)|qpm",
    "NIGHT": r"(?:at |in |during |last thing |before |every |each |q |a |per )*(?:the )?"
    r"(?:night(?: times)?|bedtime|bed times)|(?:at|before|q|every)(?: going to)? (?:bed|sleep|sleeping|retiring)"
    r"|qhs|nightly|nocte|last thing at night|(?:q|every) hour of sleep",
    "MIDNIGHT": r"(?:at )?midnight",
}
# Omni nocte: "5 mg ON". Only where no preposition could stand.
_OMNI_NOCTE = r"(?<!daily )(?<!day )(?<!start )on(?= (?:for|x|prn|,|\.|;|<R> day)(?: |$)|$)"
_MEALS = {
    "BREAKFAST": r"(?:breakfast(?: times)?|morning meal|first (?:main )?meal(?: of the day)?)",
    "LUNCH": r"(?:lunch(?: times)?|noon meal)",
    "DINNER": r"(?:dinner(?: times)?|evening meal)",
}
_ANY_PART = "|".join(_PARTS.values())
_ANY_MEAL = "|".join(_MEALS.values())
_WINDOWS = {  # minutes of the day that a clock time beside the word may have
    "MORNING": (4 * 60, 12 * 60),
    "NOON": (11 * 60, 14 * 60),
    "AFTERNOON": (12 * 60, 18 * 60),
    "EVENING": (16 * 60, 22 * 60),
    "NIGHT": (18 * 60, 26 * 60),
    "MIDNIGHT": (24 * 60, 24 * 60),
}
_MEALS_OF_PART = {
    "MORNING": ("BREAKFAST",),
    "NOON": ("LUNCH",),
    "AFTERNOON": ("LUNCH",),
    "EVENING": ("DINNER",),
    "NIGHT": ("DINNER",),
}
_OFFSET = r"(?:(?:at least |about |approximately |up to )?(?P<offset><R>) (?P<unit>minute|hour) )?"
_PREPOSITION = (
    r"(?:(?:just|immediately|shortly|right|straight) )?(?P<how>before|after|with|during|following|prior to|at)"
)
_FOODS = {
    "before": Food.BEFORE,
    "prior to": Food.BEFORE,
    "after": Food.AFTER,
    "following": Food.AFTER,
    "with": Food.WITH,
    "during": Food.WITH,
}


def _name(text: str, table: dict[str, str]) -> str:
    return next(name for name, pattern in table.items() if re.fullmatch(pattern, text))


def _part(match: re.Match[str]) -> Meaning:
    return (AtTime(_name(match["part"], _PARTS)),)


def _clock(match: re.Match[str]) -> Meaning:
    clock = match["clock"]
    return (AtTime(clock[1:6], is_sure=not clock.endswith("h") or bool(match["at"])),)


def _in_window(clock: str, part: str) -> bool:
    first, last = _WINDOWS[part]
    minutes = int(clock[:2]) * 60 + int(clock[3:])
    return first <= minutes <= last or first <= minutes + 24 * 60 <= last


def _part_and_clock(match: re.Match[str]) -> Meaning:
    clock = match["clock"][1:6]
    if _in_window(clock, _name(match["part"], _PARTS)):
        return (AtTime(clock),)
    return None if "," in match["link"].split() else (Unknown(match.group()),)


_DAY_PART = r"(?:in the (?:morning|afternoon|evening)|at night)"


def _bare_hours(match: re.Match[str]) -> Meaning:
    """Read "at 8 in the morning and 10 at night"."""
    found = re.findall(rf"(\d\d?)(?: o'clock)? ({_DAY_PART})", match.group())
    clocks = [_bare_hour(int(hour), _name(part, _PARTS)) for hour, part in found]
    return tuple(AtTime(clock) if clock else Unknown(match.group()) for clock in clocks)


def _part_and_bare_hour(match: re.Match[str]) -> Meaning:
    """Read "every evening at 8"."""
    clock = _bare_hour(int(match["hour"]), _name(match["part"], _PARTS))
    return (AtTime(clock) if clock else Unknown(match.group()),)


def _bare_hour(hour: int, part: str) -> str | None:
    fitting = [f"{h:02}:00" for h in (hour, hour + 12) if h < 24 and _in_window(f"{h:02}:00", part)]
    return fitting[0] if 1 <= hour <= 12 and len(fitting) == 1 else None


def _offset(match: re.Match[str]) -> int:
    """Return minutes before (negative) or after; 0 for none or a range."""
    if not match["offset"]:
        return 0
    low, high = span(match["offset"])
    minutes = int(low * (60 if match["unit"] == "hour" else 1)) if low == high else 0
    return -minutes if match["how"] in ("before", "prior to") else minutes


def _eating(match: re.Match[str]) -> tuple[Fact, ...]:
    food = _FOODS.get(match["how"])
    return (Eating(food),) if food else ()


def _meal(match: re.Match[str]) -> Meaning:
    return (AtTime(_name(match["meal"], _MEALS), _offset(match)), *_eating(match))


def _meal_and_part(match: re.Match[str]) -> Meaning:
    meal, part = _name(match["meal"], _MEALS), _name(match["part"], _PARTS)
    return _meal(match) if meal in _MEALS_OF_PART.get(part, ()) else None


def _bare_meal(match: re.Match[str]) -> Meaning:
    return (AtTime(_name(match["meal"], _MEALS)),)


def _before_bed(match: re.Match[str]) -> Meaning:
    return (AtTime("NIGHT", _offset(match)),)


def _meals(match: re.Match[str]) -> Meaning:
    words = match.group().split()
    each = bool({"each", "every", "all", "3"} & set(words))
    plural = bool({"meals", "mealtimes"} & set(words))
    has_meals = words[-1] in ("meal", "meals", "mealtimes", "times")
    return (*_eating(match), AtMeals(each)) if has_meals and (each or plural) else _eating(match)


TIMES = (
    reader(
        r"(?:q|every|by|before|after|until|till|from|since) <CLOCK>|<CLOCK> (?:-|to|until|till|or) <CLOCK>",
        lambda match: (Unknown(match.group()),),
    ),
    reader(
        rf"(?P<part>{_ANY_PART})(?P<link>(?: (?:,|\(|-|at|around|about))*) (?P<clock><CLOCK>)(?: \))?", _part_and_clock
    ),
    reader(rf"(?:at |around |about )*(?P<clock><CLOCK>)(?P<link>(?: ,)?) (?P<part>{_ANY_PART})", _part_and_clock),
    reader(rf"at \d\d?(?: o'clock)? {_DAY_PART}(?:(?: ,| and| at)+ \d\d?(?: o'clock)? {_DAY_PART})*", _bare_hours),
    reader(rf"(?P<part>{_ANY_PART}) at (?P<hour>\d\d?)(?: o'clock)?(?! (?:<UNIT>|<R>))", _part_and_bare_hour),
    reader(r"(?P<at>(?:at |around |about )*)(?P<clock><CLOCK>)", _clock),
    # Empty stomach: also the two-sided form of the BNF's cautionary label 23.
    means(
        r"(?:at least )?<R> (?:hour|minute) before(?: (?:food|meals?|eating|a meal))? or (?:at least )?"
        r"<R> hour after (?:food|meals?|eating|a meal)",
        Eating(Food.EMPTY_STOMACH),
    ),
    means(
        r"(?:on |with )?(?:an? )?empty stomach|(?:when|while) (?:the |your )?stomach is empty|when stomach empty"
        r"|without (?:any )?food|(?:while |when )?fasting",
        Eating(Food.EMPTY_STOMACH),
    ),
    means(r"(?:with or without|without regard (?:to|for)|before or after|irrespective of) (?:food|meals?|eating)"),
    means(r"(?:with|after) (?:food|meals?|milk) or (?:a )?(?:glass of )?(?:milk|food|snack|meals?)", Eating(Food.WITH)),
    # "With or just after food": the BNF's cautionary label 21.
    means(r"with or (?:just |immediately |shortly )?after (?:a |an )?(?:food|meals?|eating)", Eating(Food.WITH)),
    # A part of the day with its meal is one time: "in the evening with dinner".
    reader(
        rf"(?P<part>{_ANY_PART})(?: ,)? {_OFFSET}{_PREPOSITION} {_THE}(?P<meal>{_ANY_MEAL})",
        _meal_and_part,
    ),
    reader(rf"{_OFFSET}{_PREPOSITION} {_THE}(?P<meal>{_ANY_MEAL})(?: ,)? (?P<part>{_ANY_PART})", _meal_and_part),
    reader(rf"{_OFFSET}{_PREPOSITION} {_THE}(?P<meal>{_ANY_MEAL})", _meal),
    reader(rf"{_THE}(?P<meal>{_ANY_MEAL})", _bare_meal),
    reader(
        rf"{_OFFSET}(?P<how>before) (?:going to )?{_THE}(?:bed|bedtime|bed times|sleep|sleeping|retiring)", _before_bed
    ),
    reader(
        rf"{_OFFSET}{_PREPOSITION} (?:(?:a|an|the|any|some|your|each|every|all|main|solid|light|heavy|large|fatty|3) )*"
        r"(?:food|meals?|eating|snack|mealtimes|meal times)",
        _meals,
    ),
    means(r"ac", Eating(Food.BEFORE), AtMeals()),
    means(r"pc", Eating(Food.AFTER), AtMeals()),
    means(r"achs", Eating(Food.BEFORE), AtMeals(), AtTime("NIGHT")),
    means(r"om (?:and )?on", AtTime("MORNING"), AtTime("NIGHT")),
    means(_OMNI_NOCTE, AtTime("NIGHT")),
    reader(rf"(?P<part>{_ANY_PART})", _part),
)
