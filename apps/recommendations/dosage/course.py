"""Readers of the course: how long, one-off doses, tapers, as needed, and advice that changes nothing."""

import re

from .facts import CourseDays, Lasting, LastingDoses, OneOff, Stop, Then, Unknown, WhenNeeded
from .grammar import Meaning, means, reader, span, whole

_DAYS_IN = {"day": 1, "night": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
_BRITISH = {"7": 1, "52": 7, "12": 30}
_OPEN = ("at least", "minimum", "for over")
_HANDLE = (
    r"(?:crush|chew|cut|split|break|open|bite|suck|swallow|drive|refrigerate|freeze|operate|heavy|machinery)(?:ed)?"
)
_WHO = r"(?:by|from) (?:your |the |a )?(?:doctor|physician|prescriber|pharmacist|gp|clinic|consultant|nurse)"


def _lasting(match: re.Match[str]) -> Meaning:
    low, high = span(match["n"])
    if low != int(low) or high != int(high):
        return _unknown(match)
    days = _DAYS_IN[match["unit"]]
    is_open = any(word in match.group() for word in _OPEN)
    return (Lasting(int(low) * days, None if is_open else int(high) * days),)


def _lasting_one(match: re.Match[str]) -> Meaning:
    days = _DAYS_IN[match["unit"]]
    return (Lasting(days, days),)


def _lasting_hours(match: re.Match[str]) -> Meaning:
    hours = whole(match["n"])
    return (Lasting(hours // 24, hours // 24),) if hours and hours % 24 == 0 else _unknown(match)


def _lasting_british(match: re.Match[str]) -> Meaning:
    count, unit = match["n"].split("/")
    days = int(count) * _BRITISH[unit]
    return (Lasting(days, days, is_british=True),)


def _unknown(match: re.Match[str]) -> Meaning:
    return (Unknown(match.group()),)


def _doses(match: re.Match[str]) -> Meaning:
    n = whole(match["n"])
    return (LastingDoses(n),) if n else _unknown(match)


def _course_weeks(match: re.Match[str]) -> Meaning:
    low, high = span(match["n"])
    return (CourseDays(7 * int(low) - 6, 7 * int(high)),)


def _course_days(match: re.Match[str]) -> Meaning:
    low, high = span(match["n"])
    return (CourseDays(int(low), int(high)),)


ADVICE = (
    # The text points elsewhere: what is said here is not the whole.
    means(r"see the prescriber's own words", Unknown("see the prescriber's own words")),
    # Said beside a clear frequency it changes nothing; alone it says nothing.
    means(
        rf"(?:exactly )?(?:as|when) (?:directed|prescribed|advised|instructed|told|ordered|indicated)(?: {_WHO})?"
        r"|uad|utd|ud|ut dict|mdu"
    ),
    # How to take it
    means(
        rf"(?:do |and )*not {_HANDLE}(?:(?: (?:,|or|and|/))* {_HANDLE})*"
        r"(?: (?:the |this |these )?(?:tablet|capsule|pill|patch|medicine)| it| them)?"
    ),
    means(
        r"(?:with |and |plus )?(?:a |plenty of |lots of |1 |some )*(?:full |large )?(?:glass(?:es)? of |sips? of )?"
        r"(?:water|milk|juice)"
    ),
    means(r"shake(?: the)?(?: bottle)?(?: well)?(?: before (?:each )?(?:use|using|taking))?"),
    means(
        r"rinse (?:your |the )?(?:mouth|throat)(?: (?:with|using) water)?"
        r"(?: (?:after|following)(?: (?:each|every))? (?:use|dose))?(?: and spit(?: out)?)?"
    ),
    means(r"after brushing(?: (?:your |the )?teeth)?|after (?:(?:each|every) )?use|before (?:each )?use"),
    means(r"(?:and )?spit(?: out)?|do not swallow"),
    means(r"rotate(?: the)?(?: injection)? sites?|to alternate sites?|rotating sites?"),
    means(
        r"(?:remain|stay|sit|stand) (?:sitting |standing )?upright(?: for(?: at least)? <R> minute)?"
        r"(?: after(?:wards)?(?: taking| each dose)?)?"
    ),
    means(r"remove (?:the )?(?:old|used|previous) patch(?: before applying (?:a |the )?new(?: one| patch)?)?"),
    means(
        r"for (?:external|oral|topical|nasal|vaginal|rectal|inhalation|ophthalmic|intravenous|iv|im|subcutaneous) use"
        r"(?: only)?"
    ),
    means(r"at the same times?(?: of (?:the )?day)?(?:(?= (?:each|every) day)| daily)?"),
    means(r"for <R> (?:minute|second)"),
    means(r"atc|around the clock"),
    means(r"per (?:nostril|nare|eye|ear|side)"),
    # How much is handed out
    means(r"(?:refills?|rf|disp|dispense|qty|quantity|#)(?: (?::|#|no|of|x))* <N>(?: <FORM>)?"),
    # Warnings
    means(
        r"(?:do )?not (?:drink )?(?:consume )?alcohol|do not exceed (?:the )?(?:stated|recommended|prescribed) dose"
        r"|do not stop (?:taking )?(?:it |this |this medicine )?(?:suddenly|abruptly)"
    ),
    means(r"avoid (?:alcohol|grapefruit(?: juice)?|sunlight|sun exposure|direct sunlight|driving|dairy|milk|antacids)"),
    means(
        r"(?:this )?(?:medicine |medication )?(?:may|can) cause (?:drowsiness|dizziness|sleepiness)"
        r"(?: or (?:drowsiness|dizziness))?"
    ),
    means(r"may colou?r (?:the )?urine"),
    means(
        r"(?:store |keep )(?:in (?:the |a )?)?"
        r"(?:fridge|refrigerator|refrigerated|cool dry place|out of reach of children)"
    ),
    # The end that every pack has
    means(
        r"(?:until|till) (?:all |it is |they are |the |course |is )*(?:finished|gone|completed?|complete)"
        r"|(?:finish|complete)(?: all| the| your| full| whole| entire| prescribed| this| of)*"
        r"(?: course| antibiotics?| medicine| treatment)?(?: of treatment| of antibiotics)?"
    ),
    means(r"(?:long term|lifelong|for life|indefinitely|ongoing|regular medication)"),
)

COURSES = (
    reader(r"(?:for |x |over |during )*(?P<n>\d\d?/(?:7|52|12))", _lasting_british),
    means(r"(?:on )?(?:the )?(?:(?:first|1th) day|day 1)(?: only)?", CourseDays(1, 1)),
    reader(r"(?:in |during |for )?week (?P<n>\d\d?(?:~\d\d?)?)", _course_weeks),
    reader(r"(?:on |from )?(?:the )?(?:next )?day (?P<n>\d\d?(?:~\d\d?)?)", _course_days),
    reader(r"(?:for |x |over )+(?:a |an |the )?(?:total of )?(?P<n>\d\d?) dose(?: only| total| in total)?", _doses),
    reader(r"(?P<n>(?!1 )\d\d?) dose (?:only|total|in total|altogether)", _doses),
    reader(
        r"(?:(?:for|x|over|during|up to|at least|a minimum of|minimum|a total of|total|the next|the first|a further|a"
        r"|the|about|another|further|next) )*(?:as a )?(?P<n><R>) (?:more |consecutive |full |additional |further )*"
        r"(?P<unit>day|night|week|month|fortnight|year)(?: (?:course|total|in total|only|of treatment|treatment))*",
        _lasting,
    ),
    reader(r"(?:for|over) (?:a|the next|the first) (?P<unit>day|week|month|fortnight|year)(?: only)?", _lasting_one),
    reader(r"(?:for|x)(?: up to| the next| the first)* (?P<n><R>) hour(?: only)?", _lasting_hours),
    reader(
        r"(?:in|after|within|before|until|till|by|since|from|on|every|q|each|per|old|ago) <R>"
        r" (?:hour|day|week|month|year|minute)",
        _unknown,
    ),
    # One dose only
    means(
        r"(?:at once|immediately|stat|now|right away)(?: dose)?(?: (?:as a )?(?:single dose|only|1 dose))?",
        OneOff(is_now=True),
    ),
    means(r"today(?: only)?", OneOff()),
    means(
        r"(?:as )?(?:a |1 )?(?:single|one-off|1 off|one off|1 times) (?:dose|application)(?: only)?"
        r"|(?:for )?1 (?:dose|times) only|once only|once as a single dose|x 1(?: dose)?(?: only)?|for 1 dose",
        OneOff(),
    ),
    means(r"once(?= (?:then|now|today)|$| [.,;])", OneOff()),
    means(r"once", OneOff(is_loose=True)),
    # One part after another
    means(
        r"(?:(?:,|;|\.|and|&) )*(?:(?:then|thereafter|afterwards|after that) )?(?:to )?(?:stop|discontinue)"
        r"(?= [.;!)](?: |$)|$)",
        Stop(),
    ),
    means(r"(?:thereafter|afterwards|after that)(?= [.;,)](?: |$)|$)", Then(is_last=True)),
    means(
        r"(?:(?:,|;|\.|and) )?(?:then|followed by|after that|thereafter|afterwards|subsequently|next)(?: ,)?"
        r"(?: (?:(?:taper|reduc|decreas|increas|go|drop|step)(?:e|ed|ing)?(?: (?:the )?dose)?(?: (?:down|up))? to"
        r"|continue(?: with| on| at)?|with))?",
        Then(),
    ),
    reader(
        r"(?:and |to )?(?:taper|reduc|decreas|increas|titrat|adjust)[a-z]*(?: (?:the )?dose)?(?: (?:down|up))?(?: by)?"
        r"(?: <R>(?: <UNIT>)?)?(?: (?:every|each|per|a) (?:<R> )?(?:hour|day|week|month)| daily| weekly)?",
        _unknown,
    ),
    # As needed
    means(
        r"(?:(?:only|use|take|taken|to be taken|used) )?(?:as|when|if|where|as and when|when and if)(?: only)?"
        r" (?:and when )?(?:it is |it's )?(?:needed|need be)|prn|sos|as and when|on demand",
        WhenNeeded(),
    ),
)
