"""Readers of how often and on which days: counts, intervals, days, weeks, months."""

import re
from decimal import Decimal

from .facts import (
    ApartHours,
    EachDay,
    EachDays,
    EachHours,
    EachMonth,
    OnWeekdays,
    PerDay,
    PerWeek,
    Unknown,
)
from .grammar import Meaning, means, reader, span, whole
from .model import DAYS_OF_WEEK

_COUNTS = {"once": 1, "twice": 2, "thrice": 3}
_NTH = {"third": 3, "3th": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "sixth": 6, "6th": 6, "seventh": 7, "7th": 7}
_EVERY = r"(?:once )?(?:every|each|q)"
_FREQUENCY = r"(?:once |twice |<R> times )?(?:(?:a|per|each|every) day|daily|qd|od|bid|tid)"
_OTHER = r"(?:other|alternate|alternating|second|2th|2 nd)"


def _unknown(match: re.Match[str]) -> Meaning:
    return (Unknown(match.group()),)


def _times(match: re.Match[str]) -> Meaning:
    low, high = span(match["n"])
    if low != int(low) or high != int(high):
        return _unknown(match)
    return (PerDay(int(low), int(high)),)


def _count_words(match: re.Match[str]) -> Meaning:
    low = _COUNTS[match["count"]]
    return (PerDay(low, _COUNTS[match["more"]] if match["more"] else low),)


def _each_hours(match: re.Match[str]) -> Meaning:
    return (EachHours(*span(match["n"])),)


def _apart(match: re.Match[str]) -> Meaning:
    return (ApartHours(Decimal(match["n"])),)


def _each_days(match: re.Match[str]) -> Meaning:
    n = whole(match["n"])
    return (EachDays(n * (7 if match["unit"] == "week" else 1)),) if n is not None else _unknown(match)


def _nth_day(match: re.Match[str]) -> Meaning:
    return (EachDays(_NTH[match["nth"]]),)


def _monthly(match: re.Match[str]) -> Meaning:
    day = int(match["day"])
    return (EachMonth(day),) if 1 <= day <= 31 else _unknown(match)


def _per_week(match: re.Match[str]) -> Meaning:
    count = whole(match["n"]) if match["n"] else _COUNTS[match["count"]]
    if count is None:
        return _unknown(match)
    return (PerWeek(count),) if count > 1 else (EachDays(7),)


def _weekdays(match: re.Match[str]) -> Meaning:
    named = [word for word in match.group().split() if word in DAYS_OF_WEEK]
    days = tuple(day for day in DAYS_OF_WEEK if day in named)
    recurs = len(days) > 1 or "every" in match.group() or "each" in match.group()
    return (OnWeekdays(days, recurs),)


def _weekday_range(match: re.Match[str]) -> Meaning:
    first, last = DAYS_OF_WEEK.index(match["first"]), DAYS_OF_WEEK.index(match["last"])
    return (OnWeekdays(DAYS_OF_WEEK[first : last + 1], recurs=True),) if first < last else _unknown(match)


GAPS = (
    # "at least 4 hours apart" bounds the gap; it sets no rhythm.
    reader(
        r"(?:leave |wait |allow |with |keep |and )*(?:at least|a minimum of|minimum(?: of)?|no less than|not less than)"
        r"(?: (?:a|an|gap|interval|of))* (?P<n><N>) hour"
        r"(?: (?:gap|interval|apart|between|in|each|the|any|dose|application|them|2))+",
        _apart,
    ),
    reader(r"minimum (?:dosing )?interval(?: of|:)* (?P<n><N>) hour", _apart),
    reader(r"(?:with |leave |allow )*(?P<n><N>) hour (?:in )?between(?: each| the| 2)? dose", _apart),
    reader(
        r"(?:do |to be )?(?:not|no|never) (?:(?:take|use|be|taken|used) )?more (?:often |frequently )?than"
        r"(?: once| 1| 1 dose)? every (?P<n><N>) hour",
        _apart,
    ),
)

FREQUENCIES = (
    # Several times a week: on which days is not said, except once.
    reader(
        r"(?:(?P<count>twice|thrice)|(?P<n><R>) (?:times|x|day|dose))"
        r"(?: (?:a|per|each|every|in a|/|of the) week| weekly)",
        _per_week,
    ),
    means(r"tiw", PerWeek(3)),
    reader(r"<R> (?:day|week) (?:on|off|out)|<R> (?:on|off)", _unknown),
    means(r"(?:once|1 times|1 x)(?: (?:a|per|each|every|in a|/)(?: 1)? week| weekly)|once every 7 day", EachDays(7)),
    means(rf"{_EVERY} week|weekly|qw|qweek|qwk|q weekly|(?:per|/) week", EachDays(7)),
    means(rf"{_EVERY} {_OTHER} week|alternate week|fortnightly|{_EVERY} fortnight|once a fortnight", EachDays(14)),
    # ISMP lists QOD among the abbreviations read as QD or QID; it is read here only when spelled exactly.
    means(rf"(?:on )?(?:{_EVERY} {_OTHER}|alternate|alternating|q other|once {_OTHER}) day|qod|eod", EachDays(2)),
    means(
        rf"(?:on )?(?:{_EVERY} {_OTHER}|alternate)(?= (?:night|morning|evening|afternoon|bedtime)(?: |$))", EachDays(2)
    ),
    reader(rf"(?:on )?{_EVERY} (?P<nth>{'|'.join(_NTH)}) day", _nth_day),
    reader(rf"(?:on )?{_EVERY} (?P<n><R>) (?P<unit>day|week)", _each_days),
    # Months
    reader(
        r"(?:(?:monthly|once (?:a|per|every|each) month|(?:every|each) month|once monthly) )?on (?:the )?"
        r"(?:(?P<day>\d\d?)th(?: day)?) (?:of (?:each|every|the|a) month|monthly|(?:every|each) month)",
        _monthly,
    ),
    reader(
        r"(?:monthly|once (?:a|per|every|each) month|(?:every|each) month|once monthly) on (?:the )?"
        r"(?:day )?(?P<day>\d\d?)(?:th)?(?: day)?(?: of the month)?",
        _monthly,
    ),
    reader(r"(?:once )?on day (?P<day>\d\d?) of (?:each|every|the) month", _monthly),
    means(r"(?:once |1 times )?(?:(?:every|each|per|a|/) month|monthly)", EachMonth()),
    # Hours
    reader(
        rf"(?:{_EVERY}|(?:/|per)(?! 24)|at intervals of) (?:about |approximately |approx )?(?P<n><R>)"
        r" (?:hour|hourly)(?: apart| interval)?",
        _each_hours,
    ),
    reader(r"(?:about |approximately )?(?P<n><R>) (?:hourly|hour apart|hour interval)", _each_hours),
    means(r"(?:once )?(?:every|each)(?: 1)? hour|q 1 hour|qh|hourly", EachHours(Decimal(1), Decimal(1))),
    # Days
    reader(
        rf"{_FREQUENCY} (?:to|-)(?= (?:once|twice|thrice|bid|tid|qid|<R> times))",
        _unknown,
    ),
    reader(r"(?:about )?(?P<n><R>) (?:times|x)(?: <A_DAY>|<A_DAY>| day)", _times),
    reader(r"x (?P<n><R>)(?: times)?<A_DAY>", _times),
    reader(r"(?P<n>(?!1 )<N>) dose<A_DAY>", _times),
    reader(r"(?P<count>once|twice)(?: or | to | - | / )(?P<more>twice|thrice)<A_DAY>", _count_words),
    reader(r"(?P<count>once|twice|thrice)(?P<more>)<A_DAY>", _count_words),
    means(
        r"(?:as )?(?:a |1 )?single (?:daily dose|dose (?:daily|each day|every day|once daily|per day))", PerDay(1, 1)
    ),
    means(r"1 times (?:daily|a day|each day|every day|per day)", PerDay(1, 1)),
    means(r"qd|qday|q day|od|q daily|q 1 day", PerDay(1, 1)),
    means(r"bid", PerDay(2, 2)),
    means(r"tid", PerDay(3, 3)),
    means(r"qid", PerDay(4, 4)),
    means(r"daily", EachDay(is_daily=True)),
    means(r"(?:a|per|each|every|/|in a) day|(?:per|/) 24 hour", EachDay()),
    means(r"(?:once|1 times) (?=nightly|nocte|qhs|(?:every|each|a|per) (?:night|morning|evening|bedtime)(?: |$))"),
    # Days of the week
    reader(rf"(?:on )?(?:the )?(?:(?:every|each) )?(?:{_OTHER}|third|3th|first|1th|last|next|this) <DAY>", _unknown),
    reader(r"(?:on )?(?:every )?<DAY>(?:(?: (?:,|and|every))* <DAY>)* (?:excluded|excepted|off|free)", _unknown),
    reader(r"(?:except|excluding|but not|other than|apart from|not)(?: (?:on|for|every|each|,|and|<DAY>))*", _unknown),
    reader(
        r"(?:from |on )?(?:every )?(?P<first><DAY>) (?:to|through) (?:every )?(?P<last><DAY>)(?! to)", _weekday_range
    ),
    reader(
        r"(?:on )?(?:(?:every|each|on) )*<DAY>(?:(?: (?:,|and|/|-|on|every|each))* <DAY>)*(?! (?:to|or))", _weekdays
    ),
    # Said, but not expressible
    reader(r"(?:every|q|each|per) <R> (?:month|years?|minute|second|times)", _unknown),
    reader(r"<R> (?:weekly|monthly|yearly|minutely)", _unknown),
    reader(r"(?:twice|thrice|<R> (?:times|x)) (?:a|per|each|every|/) (?:month|fortnight|hour|year|night)", _unknown),
)
