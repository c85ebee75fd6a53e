"""Readers of the course: how long, one-off doses, tapers, as needed, and advice that changes nothing."""

import re

from .facts import CourseDays, Lasting, LastingDoses, OneOff, Stop, Then, Unknown, WhenNeeded
from .grammar import Meaning, means, reader, span, whole

_DAYS_IN = {"day": 1, "night": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
_BRITISH = {"7": 1, "52": 7, "12": 30}
_OPEN = ("at least", "minimum")
_WHO = r"(?:by|from) (?:your |the |a )?(?:doctor|physician|prescriber|pharmacist|gp|clinic|consultant|nurse)"


def _lasting(match: re.Match[str]) -> Meaning:
    low, high = span(match["n"])
    if low != int(low) or high != int(high):
        return (Unknown(match.group()),)
    days = _DAYS_IN[match["unit"]]
    is_open = any(word in match.group() for word in _OPEN)
    return (Lasting(int(low) * days, None if is_open else int(high) * days),)


def _lasting_one(match: re.Match[str]) -> Meaning:
    days = _DAYS_IN[match["unit"]]
    return (Lasting(days, days),)


def _lasting_hours(match: re.Match[str]) -> Meaning:
    hours = whole(match["n"])
    return (Lasting(hours // 24, hours // 24),) if hours and hours % 24 == 0 else (Unknown(match.group()),)


def _lasting_british(match: re.Match[str]) -> Meaning:
    count, unit = match["n"].split("/")
    days = int(count) * _BRITISH[unit]
    return (Lasting(days, days, is_british=True),)


def _doses(match: re.Match[str]) -> Meaning:
    n = whole(match["n"])
    return (LastingDoses(n),) if n else (Unknown(match.group()),)


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
    means(
        r"(?:do |and )*not (?:crush|chew|cut|split|break|open|bite|suck|swallow|drive|refrigerate|freeze)(?:ed)?"
        r"(?:(?: (?:,|or|and|/))* (?:crush|chew|cut|split|break|open|bite|suck|drive|operate|heavy|machinery))*"
        r"(?: (?:the |this |these )?(?:tablet|capsule|pill|patch|medicine)| it| them)?"
    ),
    means(r"(?:do )?not (?:drink )?(?:consume )?alcohol|do not stop (?:taking )?(?:it |this |this medicine )?(?:suddenly|abruptly)"),
    means(r"do not exceed (?:the )?(?:stated|recommended|prescribed) dose"),
    means(r"avoid (?:alcohol|grapefruit(?: juice)?|sunlight|sun exposure|direct sunlight|driving|dairy|milk|antacids)"),
    means(r"(?:this )?(?:medicine |medication )?(?:may|can) cause (?:drowsiness|dizziness|sleepiness)(?: or (?:drowsiness|dizziness))?"),
    means(r"may colou?r (?:the )?urine"),
    means(
        r"(?:until|till) (?:all |it is |they are |the |course |is )*(?:finished|gone|completed?|complete)"
        r"|(?:finish|complete)(?: all| the| your| full| whole| entire| prescribed| this| of)*(?: course| antibiotics?| medicine| treatment)?"
        r"(?: of treatment| of antibiotics)?"
    ),
    means(r"(?:with |and |plus )?(?:a |plenty of |lots of |one |1 |some )*(?:full |large )?(?:glass(?:es)? of |sips? of )?(?:water|milk|juice)"),
    means(r"shake(?: the)?(?: bottle)?(?: well)?(?: before (?:each )?(?:use|using|taking))?"),
    means(r"rinse (?:your |the )?(?:mouth|throat)(?: (?:with|using) water)?(?: (?:after|following)(?: (?:each|every))? (?:use|dose))?(?: and spit(?: out)?)?"),
    means(r"after (?:each|every) use|after use|before (?:each )?use"),
    means(r"(?:and )?spit(?: out)?|do not swallow"),
    means(r"(?:store |keep )(?:in (?:the |a )?)?(?:fridge|refrigerator|refrigerated|cool dry place|out of reach of children)"),
    means(r"rotate(?: the)?(?: injection)? sites?|to alternate sites?|rotating sites?"),
    means(r"(?:remain|stay|sit|stand) (?:sitting |standing )?upright(?: for(?: at least)? <R> minute)?(?: after(?:wards)?(?: taking| each dose)?)?"),
    means(r"remove (?:the )?(?:old|used|previous) patch(?: before applying (?:a |the )?new(?: one| patch)?)?"),
    means(r"for (?:external|oral|topical|nasal|vaginal|rectal|inhalation|ophthalmic|intravenous|iv|im|subcutaneous) use(?: only)?"),
    means(r"at the same times?(?: of (?:the )?day)?(?= (?:each|every) day)|at the same times?(?: of (?:the )?day)?(?: daily)?"),
    means(r"for <R> (?:minute|second)"),
    means(r"(?:long term|long-term|lifelong|for life|indefinitely|ongoing|regular medication)"),
)  # fmt: skip

COURSES = (
    reader(r"(?:for |x |over |during )*(?P<n>\d\d?/(?:7|52|12))", _lasting_british),
    reader(r"(?:on )?(?:the )?(?:first|1th|day 1(?!~|\.)) ?(?:day(?: only)?)?", lambda match: (CourseDays(1, 1),)
           if "day" in match.group() else None),
    reader(r"(?:on |from )?(?:the )?(?:next )?day (?P<n>\d\d?(?:~\d\d?)?)", _course_days),
    reader(r"(?:for |x |over )+(?:a |an |the )?(?:total of )?(?P<n>\d\d?) dose(?: only| total| in total)?", _doses),
    reader(r"(?P<n>\d\d?) dose (?:only|total|in total|altogether)", _doses),
    reader(
        r"(?:(?:for|x|over|during|up to|at least|a minimum of|minimum|a total of|total|the next|the first|a further|a|the|about"
        r"|another|further|next) )*(?:as a )?(?P<n><R>) (?:more |consecutive |full |additional |further )*"
        r"(?P<unit>day|night|week|month|fortnight|year)(?: (?:course|total|in total|only|of treatment|treatment))*",
        _lasting,
    ),
    reader(r"(?:for|over|during) (?:a|the next|the first|the) (?P<unit>day|week|month|fortnight|year)(?: only)?", _lasting_one),
    reader(r"(?:for|x)(?: up to| the next| the first)* (?P<n><R>) hour(?: only)?", _lasting_hours),
    reader(
        r"(?:in|after|within|before|until|till|by|since|from|on|every|q|each|per|old|ago) <R> (?:hour|day|week|month|year|minute)",
        lambda match: (Unknown(match.group()),),
    ),
    # One dose only
    means(r"(?:at once|immediately|stat|now|right away)(?: dose)?(?: (?:as a )?(?:single dose|only|1 dose))?", OneOff(is_now=True)),
    means(r"today(?: only)?", OneOff()),
    means(
        r"(?:as )?(?:a |1 )?(?:single|one-off|1 off|one off|1 times) (?:dose|application)(?: only)?"
        r"|(?:for )?1 (?:dose|times) only|once only|once as a single dose|x 1(?: dose)?(?: only)?|for 1 dose|1 times only",
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
    means(
        r"(?:(?:,|;|\.|and|&) )?(?:then|followed by|after that|thereafter|afterwards|subsequently|next)"
        r"(?: (?:,|taper|tapered|reduce|reducing|reduced|decrease|decreasing|decreased|increase|increasing|increased|go|drop"
        r"|continue|step)(?: (?:the )?dose)?(?: (?:down|up))?(?: (?:to|with|on))?)?",
        Then(),
    ),
    # As needed
    means(
        r"(?:(?:only|use|take|taken|to be taken|used) )?(?:as|when|if|where|as and when|when and if)(?: only)? (?:and when )?"
        r"(?:it is |it's )?(?:needed|need be)|prn|sos|as and when|on demand|when it is needed|only as needed",
        WhenNeeded(),
    ),
)  # fmt: skip
