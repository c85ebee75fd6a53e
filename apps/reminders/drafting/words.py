"""The words that order, and those that take back what they stand beside."""

import re

# A sentence that takes back, forbids, asks or conditions says something that no schedule can hold.
FORBIDS = re.compile(
    r"\b(?:not|never|no|none|nil|without|stop|stops|stopped|stopping|avoid|avoids|unless|if|except|instead|was|were|had|"
    r"has been|have been|previous(?:ly)?|formerly|contraindicated|allerg(?:ic|y|ies)|don'?t|mustn'?t|shouldn'?t|"
    r"can'?t|cannot|with?hold|withheld|hold|held|holding|discontinu(?:e|es|ed|ing)|until|till|or|declin(?:e|es|ed)|"
    r"refus(?:e|es|ed|al)|denie[sd]|finished|completed|ceas(?:e|es|ed|ing)|in place of|rather than|"
    r"replac(?:e|es|ed|ing)|switch(?:ed|ing)?|consider(?:ed|ing)?|may|might|could|would|whether|in case|against|"
    r"last (?:year|month|week)|yesterday|ago|only|used to|when(?:ever)?(?! (?:required|needed|necessary))|"
    r"d/c|dc'?d)\b|\?",
    re.IGNORECASE,
)
VERBS = (
    r"take|use|apply|give|inhale|instil|inject|swallow|drink|eat|chew|gargle|rinse|measure|check|weigh|walk|exercise|"
    r"start|begin|continue|resume|restart|commence|keep|put|wear|do|perform|practi[cs]e|stretch|rest|elevate|brush|"
    r"wash|clean|record|monitor|return|come|book|see|repeat|bring|call|attend|follow"
)
# "Pain at night" tells of something; "take it at night" asks for something.
ORDERS = re.compile(
    r"(?:please[,]?\s+|(?:you|(?:the\s+)?patient)\s+(?:should|must|will|needs? to|(?:is|are) to|to)\s+|"
    rf"(?:rx|plan|p|advice|treatment|start|to do)\s*:\s*)*(?:{VERBS})\b",
    re.IGNORECASE,
)
# What an order that opens a list says besides its verb: "take the following", "continue these medicines".
OPENS_LIST = frozenset(
    [
        *("the", "these", "those", "this", "following", "follows", "as", "up", "your", "new", "all", "other", "also"),
        *("medication", "medications", "medicine", "medicines", "meds", "drugs", "treatment", "plan", "instructions"),
    ]
)
# What to stop is something to do, if only once.
ENDS = re.compile(r"(?:please\s+)?(?:stop|avoid|do not|don'?t|never|discontinue)\b", re.IGNORECASE)
# What may stand before the name of a medicine that is ordered.
LABELS = re.compile(
    r"(?:(?:rx|new|plan|p|advice|treatment|start|to do)\s*:\s*|"
    r"(?:rx|tabs?|caps?|inj|syr|syrup|susp|the|your)\b[.:]?\s*)*",
    re.IGNORECASE,
)


def orders(sentence: str) -> bool:
    """Tell whether a sentence opens as an order."""
    return _order_in(sentence) is not None


def orders_something(heading: str) -> bool:
    """Tell whether a heading orders a thing by itself, and not only what stands in its list."""
    order = _order_in(heading)
    return order is not None and not OPENS_LIST.issuperset(re.findall(r"[^\W_]+", order.string[order.end() :].lower()))


def _order_in(sentence: str) -> re.Match[str] | None:
    return ORDERS.match(sentence.lstrip(" *_"))
