"""How much at a time: the amounts of one part of a dosage, each with the times it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from .facts import Amount, AtTime, Divided, Fact, FormNamed, Slots, Unknown, of_kind
from .hours import clock_time, slot_times
from .lexing import NOT_UNDERSTOOD
from .rhythm import is_total_of_day
from .words import FORM, MASS, VOLUME

_MOST_OF_A_FORM = 20  # tablets at a time; more is a strength or a slip
_MOST = Decimal(100_000)
_MOST_BARE = 10
_TABLET_STRENGTHS = ("mg", "g", "mcg", "iu")


@dataclass(frozen=True, slots=True)
class Part:
    """One amount and the times of day that it is for; no times: all of them."""

    low: Decimal
    high: Decimal
    unit: str | None
    times: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doses:
    """The amounts of one part: one for all times, or one for each time of day; `is_said` though it may be unread."""

    parts: tuple[Part, ...] = ()
    is_said: bool = False
    is_sane: bool = True


def resolve_doses(facts: Sequence[Fact], clock_times: Mapping[str, tuple[str, ...]], unit: str | None) -> Doses | None:
    """Return the amounts of one part, or None where they contradict each other.

    A bare number takes the form named beside it, else the given unit.
    """
    parts = _parts(facts, clock_times)
    if parts is None:
        return None
    forms = {named.unit for named in of_kind(facts, FormNamed)}
    form = forms.pop() if len(forms) == 1 else unit
    parts = _with_units(_without_strengths(_at_slots(parts, facts, form), facts, form), form)
    if not _is_one_dosage(parts):
        return None
    if not all(_is_sane(part) for part in parts) or (of_kind(facts, Slots) and not parts) or _is_doubtful(facts):
        return Doses(is_said=True, is_sane=False)
    if of_kind(facts, Divided) or is_total_of_day(facts):  # the amount is the day's, not the dose's
        return Doses(is_said=True)
    return Doses(tuple(_joined(parts)), is_said=bool(parts))


def _parts(facts: Sequence[Fact], clock_times: Mapping[str, tuple[str, ...]]) -> list[Part] | None:
    """Return amounts with the times that follow them, or that all precede them; None where they cannot be paired."""
    parts: list[Part] = []
    leading: list[tuple[str, ...]] = []
    for fact in facts:
        if isinstance(fact, Amount):
            parts.append(Part(fact.low, fact.high, fact.unit))
        elif isinstance(fact, Slots):
            parts.extend(_slot_parts(fact, clock_times))
        elif isinstance(fact, AtTime) and parts:
            parts[-1] = replace(parts[-1], times=(*parts[-1].times, clock_time(fact, clock_times)))
        elif isinstance(fact, AtTime):
            leading.append((clock_time(fact, clock_times),))
    if not leading or len(parts) < 2:
        return parts
    return _times_first(parts, tuple(time for times in leading for time in times))


def _times_first(parts: list[Part], leading: tuple[str, ...]) -> list[Part] | None:
    """Pair "in the morning 2 tablets, at night 1": each amount has the times before it."""
    if parts[-1].times:
        return None
    before = [leading, *(part.times for part in parts[:-1])]
    return [replace(part, times=times) for part, times in zip(parts, before, strict=True)]


def _slot_parts(slots: Slots, clock_times: Mapping[str, tuple[str, ...]]) -> list[Part]:
    doses = [dose for dose in slots.doses if dose]
    times = slot_times(slots, clock_times)
    return [Part(dose, dose, slots.unit, (time,)) for dose, time in zip(doses, times, strict=True)]


def _without_strengths(parts: list[Part], facts: Sequence[Fact], form: str | None) -> list[Part]:
    """Drop the strength beside what is counted: in "500 mg ... 1 tablet" the tablet is the dose."""
    strengths = [part for part in parts if part.unit in MASS and not part.times]
    counted = [part for part in parts if part.unit not in MASS]
    if len(strengths) != 1 or not counted or len(counted) + 1 != len(parts):
        return parts
    is_bare = any(part.unit is None for part in counted)
    if is_bare and form is None and not (strengths[0].unit in _TABLET_STRENGTHS and _is_followed_by_count(facts)):
        return parts
    return counted


def _at_slots(parts: list[Part], facts: Sequence[Fact], form: str | None) -> list[Part]:
    """Give each 1 of a pattern the amount said before it: "5 ml 1-1-1", "1 tab 1-0-1", "amoxicillin 500 mg 1-0-1"."""
    counted = parts[1:]
    if not (of_kind(facts, Slots) and counted) or parts[0].times:
        return parts
    amount = parts[0]
    are_ones = all(part.unit is None and part.times and part.low == part.high == 1 for part in counted)
    is_one_form = amount.unit in FORM and amount.low == amount.high == 1
    is_each = amount.unit in VOLUME or is_one_form or (amount.unit in MASS and form is None)
    return [replace(amount, times=part.times) for part in counted] if are_ones and is_each else parts


def _is_followed_by_count(facts: Sequence[Fact]) -> bool:
    """Tell whether the strength comes first and the count right after it: "500 mg 1 bd", not "500 mg bd 7"."""
    first, second = [*(fact for fact in facts if not isinstance(fact, FormNamed)), None, None][:2]
    return isinstance(first, Amount) and first.unit is not None and isinstance(second, Amount | Slots)


def _is_doubtful(facts: Sequence[Fact]) -> bool:
    """Tell whether an amount may be but a piece of one: "half 1 tablet", "2,5 ml", "i ii tabs", "two hundred mg"."""
    pairs = list(pairwise(facts))
    follows_number = any(
        isinstance(one, Unknown) and (one.words[0] in "0123456789?" or set(one.words) == {"i"})
        for one, other in pairs
        if isinstance(other, Amount)
    )
    is_cut_off = any(
        isinstance(one, Amount) and one.unit is None and isinstance(other, Unknown) and other.words.isalpha()
        for one, other in pairs
    )
    amounts = [position for position, fact in enumerate(facts) if isinstance(fact, Amount)]
    before_amounts = of_kind(facts[: amounts[-1]] if amounts else (), Unknown)
    has_unread_number = any(unknown.words == NOT_UNDERSTOOD for unknown in before_amounts)
    return follows_number or is_cut_off or has_unread_number


def _with_units(parts: Sequence[Part], form: str | None) -> list[Part]:
    """Give bare numbers the form named in the text, else the unit of the amount before: "2 tablets ..., 1 at night"."""
    named: list[Part] = []
    for part in parts:
        before = named[-1].unit if named else None
        named.append(replace(part, unit=part.unit or form or before))
    return named


def _is_sane(part: Part) -> bool:
    most = _MOST_BARE if part.unit is None else _MOST_OF_A_FORM if part.unit in FORM else _MOST
    return 0 < part.low <= part.high <= most


def _is_one_dosage(parts: Sequence[Part]) -> bool:
    """Tell whether several amounts are of one unit and each has times of its own."""
    times = [time for part in parts for time in part.times]
    is_timed = all(part.times for part in parts)
    return len(parts) < 2 or (is_timed and len({part.unit for part in parts}) == 1 and len(set(times)) == len(times))


def _joined(parts: Sequence[Part]) -> Sequence[Part]:
    """Join amounts that are the same at each of their times."""
    if len({(part.low, part.high) for part in parts}) != 1:
        return parts
    return [replace(parts[0], times=tuple(time for part in parts for time in part.times))]
