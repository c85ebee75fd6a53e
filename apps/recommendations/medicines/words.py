"""Text made comparable, and the words around a medicine's name that are not part of it."""

import re
import unicodedata

MAX_LENGTH = 300  # characters; a longer text names no single thing

# Said instead of leaving a field empty.
NOTHING = frozenset(
    {
        *[
            "none",
            "nil",
            "no",
            "n/a",
            "na",
            "nka",
            "nkda",
            "nkma",
            "unremarkable",
            "healthy",
            "nothing",
            "negative",
            "denies",
        ],
        *("no known allergies", "no known drug allergies", "not known", "none known", "no allergies"),
        *("no medications", "no current medications", "no known medical conditions", "no comorbidities", "nil known"),
    }
)

_FORMS = (
    "rx tab tabs tablet tablets tablett cap caps capsule capsules syp syr syrup susp suspension inj injection "
    "injections vial amp ampoule ampoules sachet sachets powder lozenge lozenges suppository suppositories supp "
    "caplet caplets softgel softgels solution soln oral liquid elixir infusion patch patches spray inhaler "
    "inhalation nebuliser nebulizer nebules puff puffs drops drop gtt cream ointment oint gel lotion shampoo eye "
    "ear nasal nose ophthalmic otic topical vaginal pessary enema pen autoinjector film coated filmcoated enteric "
    "ec chewable dispersible effervescent sublingual buccal depot retard xr sr er la mr cr xl cd ir dr hfa "
    "modified sustained extended immediate delayed release prolonged slow strength extra low high dose doses "
    "forte ds generic brand medication medicine medicines therapy treatment course pack kit starter concentrate "
    "mixture ring implant"
)
_ROUTES = "po iv im sc sq pr sl od os ou by mouth orally intravenous intramuscular subcutaneous rectal rectally neb"
_FREQUENCIES = (
    "daily day days once twice thrice bid tid qid bd tds qds qd qod prn hs qhs stat weekly week weeks monthly "
    "month every each hour hours hourly morning evening night nightly bedtime noon as needed required when times "
    "per a an the q4h q6h q8h q12h q24h q am mane nocte ac pc x for at in before after with meals food on of take "
    "taking takes started starting currently current regular regularly long term longterm since using use uses "
    "recently chronic occasional occasionally usual two one three four half to and or plus maintenance prescribed"
)
_SALTS = (
    "hydrochloride hcl hbr sodium potassium calcium magnesium maleate mesylate mesilate besylate besilate "
    "tartrate bitartrate succinate fumarate phosphate sulfate sulphate acetate citrate nitrate bromide "
    "hydrobromide dihydrate trihydrate monohydrate anhydrous hemihydrate axetil proxetil medoxomil cilexetil "
    "etexilate disoproxil alafenamide erbumine arginine tosylate tosilate pamoate embonate napsylate gluconate "
    "lactate decanoate enanthate stearate ethylsuccinate estolate hyclate valerate dipropionate furoate "
    "propionate xinafoate pivoxil trometamol lysine hydrate chloride mofetil acid base salt polistirex "
    "diphosphate isethionate base"
)
FILLERS = frozenset(f"{_FORMS} {_ROUTES} {_FREQUENCIES}".split())
SALTS = frozenset(_SALTS.split())
_LOCAL = frozenset(
    ["cream", "ointment", "oint", "gel", "lotion", "shampoo", "eye", "ear", "ophthalmic", "otic", "topical"]
)
_NOT_LOCAL = frozenset({"oral", "orally", "mouth", "po", "tablet", "tablets"})

_STRENGTH = re.compile(
    r"(?<![a-z0-9.])(?P<amount>\d+(?:[.,]\d+)*)\s*-?\s*"
    r"(?P<unit>mg|g|gm|grams?|mcg|ug|micrograms?|milligrams?|iu|units?|mmol|meq|ml|%|percent|lakh|million|mu)"
    r"(?:\s*/\s*(?:\d+(?:\.\d+)?\s*)?(?:mg|g|mcg|ml|l|kg|day|d|h|hr|hour|dose|puff|actuation|spray|tab|tablet|unit))*"
    r"(?![a-z0-9])"
)
_MILLIGRAMS = {"mg": 1.0, "milligram": 1.0, "g": 1000.0, "gm": 1000.0, "gram": 1000.0, "mcg": 0.001, "ug": 0.001}
_MILLIGRAMS["microgram"] = 0.001


def lower(text: str) -> str:
    """Return the text in small letters without accents, its unusual signs made plain."""
    plain = unicodedata.normalize("NFKD", text.replace("µ", "u").replace("μ", "u"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def fold(text: str) -> str:
    """Return the words of a text alone, in small letters, one space between them."""
    without_apostrophes = re.sub(r"['’`´]", "", lower(text))
    return " ".join(re.findall(r"[a-z0-9]+", without_apostrophes))


def milligrams_of(unit: str) -> float | None:
    """Return how many milligrams a unit of mass is, None for any other unit."""
    return _MILLIGRAMS.get(lower(unit).strip().removesuffix("s"))


def strengths_of(text: str) -> tuple[float, ...]:
    """Return the masses that a text names, in milligrams ("Augmentin 625mg" names one)."""
    found = []
    for match in _STRENGTH.finditer(lower(text)):
        factor = milligrams_of(match["unit"])
        if factor is not None and match["amount"].count(".") < 2:
            found.append(float(match["amount"].replace(",", "")) * factor)
    return tuple(found)


def without_strengths(text: str) -> str:
    """Return the text without its strengths, in small letters."""
    return _STRENGTH.sub(" ", lower(text))


def is_nothing(text: str) -> bool:
    """Tell whether a text says that there is nothing to say."""
    return lower(text).strip(" .") in NOTHING or fold(text) in NOTHING


def is_local(text: str) -> bool:
    """Tell whether a text names a form that stays on the skin, in the eye or in the ear."""
    words = set(fold(text).split())
    return not words.isdisjoint(_LOCAL) and words.isdisjoint(_NOT_LOCAL)
