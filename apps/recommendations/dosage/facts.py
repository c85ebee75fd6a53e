"""The single things that a dosage text can say, as the readers find them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, TypeVar

from .model import Food

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Amount:
    """How much at a time: "1 to 2 tablets"; a bare number has no unit."""

    low: Decimal
    high: Decimal
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class FormNamed:
    """A form without a number ("tablet"), which gives a bare number its unit."""

    unit: str


@dataclass(frozen=True, slots=True)
class Slots:
    """A pattern of the day such as 1-0-1: doses at its three or four customary times."""

    doses: tuple[Decimal, ...]
    unit: str | None = None
    times: tuple[str, ...] = ()  # "HH:MM" of those that hold a dose, where the text names them too


@dataclass(frozen=True, slots=True)
class PerDay:
    """Doses a day; a limit when the text says "up to"."""

    low: int
    high: int
    is_limit: bool = False


@dataclass(frozen=True, slots=True)
class EachDay:
    """Every day, once unless something else says how often.

    "Daily" before another count stands against it, "each day" does not; "2 tablets a day" is the day's total.
    """

    is_daily: bool = False
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class EachHours:
    """Every so many hours."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class ApartHours:
    """At least so many hours between doses."""

    hours: Decimal


@dataclass(frozen=True, slots=True)
class EachDays:
    """Every so many days."""

    n: int


@dataclass(frozen=True, slots=True)
class EachMonth:
    """Once a month, perhaps on a named day of it."""

    day: int | None = None


@dataclass(frozen=True, slots=True)
class PerWeek:
    """So many doses (or dosing days) a week."""

    n: int


@dataclass(frozen=True, slots=True)
class OnWeekdays:
    """On named days of the week; one day named without "every" or a plural may be a single date."""

    days: tuple[str, ...]
    recurs: bool


@dataclass(frozen=True, slots=True)
class AtTime:
    """At a clock time ("08:00") or at a customary time of day ("MORNING"), moved by minutes before or after it."""

    name: str
    offset_minutes: int = 0
    is_sure: bool = True  # "2 pm" without "at" may be a dose of two in the evening


@dataclass(frozen=True, slots=True)
class AtMeals:
    """At meals that are not named one by one; "each meal" says how many, "meals" alone does not."""

    each: bool = False


@dataclass(frozen=True, slots=True)
class Eating:
    """How doses stand to food."""

    food: Food


@dataclass(frozen=True, slots=True)
class Lasting:
    """For so many days; high is None when the text leaves the end open ("at least"). n/7 needs a frequency before."""

    low: int
    high: int | None
    is_british: bool = False


@dataclass(frozen=True, slots=True)
class LastingDoses:
    """For so many doses in all."""

    n: int


@dataclass(frozen=True, slots=True)
class CourseDays:
    """On days first to last of the course."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class WhenNeeded:
    """As needed."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so much a day; without a unit, of whatever the dose counts."""

    amount: Decimal
    unit: str | None


@dataclass(frozen=True, slots=True)
class OneOff:
    """One dose only, or on one day only; at once when the text says "now". A loose "once" may mean each night."""

    is_now: bool = False
    is_loose: bool = False


@dataclass(frozen=True, slots=True)
class Divided:
    """The amount is a day's total, given in so many doses (None: not said in how many)."""

    n: int | None


@dataclass(frozen=True, slots=True)
class Then:
    """What follows comes after what stands before; a last "thereafter" has nothing after it."""

    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """The course ends here."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that is not understood and may change everything."""

    words: str


Fact: TypeAlias = (
    Amount
    | FormNamed
    | Slots
    | PerDay
    | EachDay
    | EachHours
    | ApartHours
    | EachDays
    | EachMonth
    | PerWeek
    | OnWeekdays
    | AtTime
    | AtMeals
    | Eating
    | Lasting
    | LastingDoses
    | CourseDays
    | WhenNeeded
    | Limit
    | OneOff
    | Divided
    | Then
    | Stop
    | Unknown
)


def of_kind(facts: Iterable[Fact], kind: type[_T]) -> list[_T]:
    """Return the facts of one kind."""
    return [fact for fact in facts if isinstance(fact, kind)]


def only(facts: Iterable[Fact], kind: type[_T]) -> _T | None:
    """Return the one fact of a kind, or None; the callers have seen to it that there are not two."""
    return next(iter(of_kind(facts, kind)), None)
