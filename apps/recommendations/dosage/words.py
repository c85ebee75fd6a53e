"""The parser's vocabulary: units, numbers, synonyms, and which leftover words are harmless or dangerous."""

from decimal import Decimal


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# --- units -----------------------------------------------------------------------------------------------------------

# How a unit may be written -> its one name. "cc", "u", "iu" and "ug" are on ISMP's list of error-prone abbreviations:
# they are read, never written.
MASS = {
    "mg": "mg milligram milligrams milligramme milligrammes mgs",
    "g": "g gm gms gram grams gramme grammes",
    "mcg": "mcg ug microgram micrograms microgramme microgrammes mcgs",
    "unit": "unit units u",
    "iu": "iu",
    "meq": "meq",
    "mmol": "mmol mmols",
}
VOLUME = {
    "ml": "ml mls cc millilitre millilitres milliliter milliliters",
    "l": "l litre litres liter liters",
    "oz": "oz ounce ounces",
    "teaspoon": "teaspoon teaspoons tsp tsps teaspoonful teaspoonfuls teaspoonsful",
    "tablespoon": "tablespoon tablespoons tbsp tbsps tablespoonful tablespoonfuls",
    "spoonful": "spoonful spoonfuls spoonsful spoon spoons",
    "capful": "capful capfuls",
    "cup": "cup cups",
}
FORM = {
    "tablet": "tablet tablets tab tabs",
    "capsule": "capsule capsules cap caps",
    "caplet": "caplet caplets",
    "pill": "pill pills",
    "softgel": "softgel softgels",
    "gummy": "gummy gummies",
    "lozenge": "lozenge lozenges",
    "sachet": "sachet sachets",
    "packet": "packet packets",
    "scoop": "scoop scoops",
    "puff": "puff puffs",
    "inhalation": "inhalation inhalations",
    "actuation": "actuation actuations",
    "spray": "spray sprays",
    "pump": "pump pumps",
    "click": "click clicks",
    "drop": "drop drops gtt gtts",
    "application": "application applications",
    "applicatorful": "applicatorful applicatorfuls applicatorsful",
    "patch": "patch patches",
    "strip": "strip strips",
    "film": "film films",
    "ring": "ring rings",
    "suppository": "suppository suppositories supp",
    "pessary": "pessary pessaries",
    "enema": "enema enemas",
    "injection": "injection injections",
    "ampoule": "ampoule ampoules ampule ampules amp amps",
    "vial": "vial vials",
    "nebule": "nebule nebules neb nebs",
    "piece": "piece pieces",
    "dose": "dose doses",
}

UNIT_OF_SPELLING = {
    spelling: name
    for table in (MASS, VOLUME, FORM)
    for name, spellings in table.items()
    for spelling in spellings.split()
}

# Milligrams or millilitres in one unit: doses and daily maxima are compared across these only.
IN_SMALLEST = {
    "mcg": ("mcg", Decimal(1)),
    "mg": ("mcg", Decimal(1000)),
    "g": ("mcg", Decimal(1_000_000)),
    "ml": ("ml", Decimal(1)),
    "l": ("ml", Decimal(1000)),
    "unit": ("unit", Decimal(1)),
    "iu": ("unit", Decimal(1)),
}

# --- numbers ---------------------------------------------------------------------------------------------------------

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
NUMBER_OF_WORD = {word: Decimal(n) for n, word in enumerate(ONES)} | {w: Decimal(n) for w, n in TENS.items()}
FRACTION_OF_WORD = {"half": Decimal("0.5"), "quarter": Decimal("0.25"), "quarters": Decimal("0.25")}

# --- one spelling per word -------------------------------------------------------------------------------------------

DAY_OF_SPELLING = {
    spelling: name
    for name, spellings in {
        "MONDAY": "monday mon",
        "TUESDAY": "tuesday tue tues",
        "WEDNESDAY": "wednesday wed weds",
        "THURSDAY": "thursday thu thur thurs",
        "FRIDAY": "friday fri",
        "SATURDAY": "saturday sat",
        "SUNDAY": "sunday sun",
    }.items()
    for spelling in spellings.split()
}

SYNONYMS = {
    spelling: replacement
    for replacement, spellings in {
        "hour": "hours hrs hr h",
        "hourly": "hrly",
        "minute": "minutes mins min",
        "second": "seconds secs sec",
        "day": "days d",
        "week": "weeks wk wks w",
        "month": "months mth mths mo",
        "every": "evry",
        "every day": "everyday",
        "night": "nights nite",
        "nightly": "qn",
        "morning": "mornings",
        "evening": "evenings",
        "afternoon": "afternoons",
        "times": "time",
        "bid": "bd bds",
        "tid": "tds",
        "qid": "qds",
        "maximum": "max maximally",
        "needed": "required necessary",
        "when": "whenever",
        "food": "foods",
        "breakfast": "breakfasttime",
        "lunch": "lunchtime",
        "dinner": "dinnertime supper suppertime",
        "noon": "midday",
        "bedtime": "hs",
        "and": "& et",
        "at": "@",
        "through": "thru",
        "MONDAY WEDNESDAY FRIDAY": "mwf",
        "every MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY": "weekdays weekday",
        "every SATURDAY SUNDAY": "weekends weekend",
    }.items()
    for spelling in spellings.split()
}
SYNONYMS |= {f"{spelling}s": f"every {day}" for spelling, day in DAY_OF_SPELLING.items() if spelling.endswith("day")}
SYNONYMS |= DAY_OF_SPELLING
SYNONYMS |= UNIT_OF_SPELLING

# --- leftovers -------------------------------------------------------------------------------------------------------

# Words that may stand anywhere without changing which dose is due when: verbs of taking, routes, sites, forms,
# manner, small words. Everything that is in no table at all blocks the schedule.
HARMLESS = _words(
    """
    take takes taken taking give given use used using apply applied applying instil instill instilled inhale inhaled
    inject injected insert inserted place put swallow swallowed chew chewed suck dissolve dissolved drink mix mixed
    administer administered swish gargle rub rinse massage change replace start prescribe prescribed
    a an the of to be by in into on onto via through as is are and it this your his her their please only just always
    at with
    po pr pv sl im iv sc sq subq subcut subcutaneous subcutaneously intramuscular intramuscularly intravenous
    intravenously oral orally mouth sublingual sublingually buccal buccally rectal rectally vaginal vaginally nasal
    nasally intranasal intranasally topical topically inh inhaler nebulised nebulized nebuliser nebulizer nebulization
    nebulisation transdermal transdermally ophthalmic otic os ou au per-os skin route mdi spacer accuhaler turbohaler
    eye eyes ear ears nostril nostrils nose tongue cheek gum scalp face area areas affected infected site sites lesion
    lesions wound rash nail nails vagina rectum hair body hand hands foot feet toe toes knee knees arm arms leg legs
    thigh thighs abdomen belly back neck chest shoulder shoulders lip lips eyelid eyelids upper lower outer inner
    lung lungs nare nares muscle muscles gums teeth throat groin buttock buttocks elbow elbows wrist ankle heel forehead
    cheeks chin armpit armpits underarm underarms genital anal anus breast deltoid palm palms sole soles ad
    under around each both left right
    thin thinly sparingly liberally generously gently slowly layer small amount pea sized evenly well whole regularly
    approximately about roughly exactly local locally
    cream ointment gel lotion syrup suspension solution inhalers liquid shampoo powder foam paste mouthwash elixir
    linctus oil insulin medicine medication drug antibiotic chewable effervescent soluble dispersible coated enteric
    er xr sr xl la ec mr cr odt hcl hydrochloride sodium potassium calcium maleate sulfate sulphate succinate tartrate
    besylate mesylate fumarate
    water juice milk glass full large volume
    """
) | frozenset(FORM)

# Punctuation that only separates. "/", "+", "=", "<", ">", "%" and "?" are not here: left over, they mean something.
SEPARATORS = frozenset(".,;:()[]\"'*-!")

# Words that no medicine's name and no indication may swallow: they turn, limit, condition or end an instruction.
DANGEROUS = _words(
    """
    not no none never dont don't without unless except excluding otherwise but or if when whenever while until till
    then than after before between within since during stop stopped discontinue hold omit skip avoid missed miss
    withhold cease reduce reduced reducing decrease decreased increase increased increasing double doubled triple
    taper tapering tapered titrate titrated titration adjust adjusted change repeat repeated may might can could
    should must maximum minimum more less most least above below over exceed exceeding additional extra another other
    others alternate alternating instead previously was had were history sliding scale protocol chart plan schedule
    regimen directions instructions instruction directed depending according based per inr result results reading
    few several some many any couple occasionally sometimes rarely often frequently seldom initially finally last
    loading maintenance bolus infusion infuse continuous rate off awake asleep working shift both either one-off
    consider considering pending restart resume refuse refuses refused allergic discuss ask call contact see follow
    check await possibly maybe perhaps probably try target aim goal
    add added adding subtract confirm confirmed confirmation verify verified clarify tbc query
    cancel cancelled canceled void error wrong incorrect ignore disregard end ended ending quit forget remove removed
    suspend suspended pause paused switch switched deny denied decline declined contraindicated unclear unsure
    today tomorrow yesterday tonight now immediately stat later soon children child infants infant adults adult
    kg surface divided split total half quarter second first third trial test equivalent cycle pulse hr bpm
    """
)

# Words that belong to a phrase of timing, amount or condition, so that an indication ends before them.
TIMING = _words(
    """
    every each daily day hour hourly minute week weekly month monthly fortnight fortnightly once twice thrice times
    morning noon afternoon evening night nightly bedtime bed midnight am pm mane nocte om qam qpm qhs q
    breakfast lunch dinner meal meals food eating empty fasting ac pc bid tid qid qd od qod eod prn sos needed
    alternate for with at in up mdd x course
    """
)

# Verbs of taking open a new clause, so no indication runs over them.
VERBS = _words(
    """
    take takes taken taking give given use used using apply instil instill inhale inject insert place put swallow chew
    suck dissolve drink mix rub rinse start be to
    """
)

NOT_AN_INDICATION = DANGEROUS | TIMING | VERBS | set(UNIT_OF_SPELLING) | set(DAY_OF_SPELLING.values())

# Words of timing and limit that a slip of the pen must not turn into a medicine's name or an indication.
EASILY_MISSPELT = (
    "twice", "thrice", "daily", "nightly", "weekly", "monthly", "hourly", "every", "alternate", "times", "before",
    "after", "unless", "until", "except", "without",
)  # fmt: skip

# WHO's stems of international nonproprietary names ("The use of stems in the selection of INN", 2018), long enough
# not to end ordinary English words, and the common names that carry none.
MEDICINE_STEMS = (
    "cillin", "cycline", "floxacin", "mycin", "micin", "conazole", "prazole", "sartan", "statin", "olol", "dipine",
    "gliptin", "gliflozin", "formin", "glitazone", "profen", "fenac", "coxib", "oxicam", "tidine", "triptan", "vir",
    "vaptan", "xaban", "gatran", "oxetine", "triptyline", "azepam", "zolam", "azepine", "apine", "idone", "setron",
    "dronate", "sone", "solone", "onide", "terol", "tropium", "kast", "semide", "thiazide", "zosin", "steride",
    "cef", "parin", "thyroxine", "codone", "orphone", "glutide", "tinib", "bactam", "racetam", "gabalin", "lukast",
)  # fmt: skip
MEDICINE_NAMES = _words(
    """
    paracetamol acetaminophen aspirin warfarin digoxin metformin codeine morphine tramadol ibuprofen naproxen
    prednisolone prednisone methotrexate levothyroxine glargine lispro aspart detemir degludec lantus novolog humalog
    gabapentin lithium cetirizine loratadine salbutamol albuterol folic acid iron ferrous zinc magnesium vitamin
    enalapril lisinopril ramipril perindopril captopril spironolactone clopidogrel allopurinol colchicine sertraline
    citalopram escitalopram nitroglycerin glyceryl trinitrate hydrocortisone betamethasone melatonin senna lactulose
    cefalexin cephalexin cefuroxime metronidazole trimethoprim nitrofurantoin co amoxiclav codamol trimoxazole
    clavulanate budesonide formoterol
    """
)
