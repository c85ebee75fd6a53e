"""The words of complaints: spellings that mean one word, words without weight, parts of the body, negations."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _inverted(table: dict[str, str]) -> dict[str, str]:
    return {spelling: word for word, spellings in table.items() for spelling in spellings.split()}


# Words that mean the same wherever they stand, in their spelling before stemming.
SAME_WORD = _inverted(
    {
        "pain": "pain pains painful painfully ache aches aching achy ached hurt hurts hurting sore soreness discomfort "
        "agony painfull pian tender tenderness",
        "chest": "chest breastbone sternum thorax",
        "abdomen": "abdomen abdominal abdo abd tummy belly stomach tum gut guts",
        "swell": "swell swells swelling swollen swelled swellings ballooned ballooning swellling oedema edema "
        "oedematous edematous puffy puffiness puffed",
        "vomit": "vomit vomits vomiting vomited vomitting emesis puking puke puked pukes retching",
        "breath": "breath breathe breathes breathing breaths breathed respiration respirations",
        "urine": "urine urinate urinates urinating urination urinated urinary micturition micturate pee peeing pees "
        "peed wee weeing weed piss pissing void voiding",
        "stool": "stool stools poo poop poos poops pooing pooping faeces feces motions bm bms",
        "blood": "blood bloody bloodied bloods",
        "bleed": "bleed bleeds bleeding bled haemorrhage hemorrhage",
        "yellow": "yellow yellowing yellowish yellowed",
        "red": "red redness reddish reddened reddening erythematous erythema",
        "itch": "itch itches itchy itching itched itchiness pruritus pruritic",
        "loss": "loss lose loses losing lost",
        "weak": "weak weakness weaker weakened",
        "numb": "numb numbness",
        "tingle": "tingle tingling tingles tingly paraesthesia paresthesia paraesthesias paresthesias",
        "heart": "heart cardiac",
        "fast": "fast faster rapid rapidly racing races raced quick quickly",
        "coffee": "coffee coffees",
        "boiling": "boiling boiled",
        "hives": "hives hive",
        "stabbed": "stabbed",
        "slow": "slow slowly slowed slower sluggish slowness",
        "burn": "burn burns burning burnt",
        "difficulty": "difficulty difficulties difficult trouble troubles hard problem problems hardly",
        "struggle": "struggle struggles struggling struggled fighting battling",
        "notice": "notice notices noticed noting note notes noted",
        "breathless": "breathless winded",
        "nearly": "nearly almost about",
        "lot": "lots",
        "stomachache": "stomachache bellyache tummyache",
        "bite": "bite bites bitten biting bit",
        "limping": "limping limps limped",
        "spine": "spine spinal spines",
        "crying": "crying cries cry cried sobbing sobbed sobs weeping",
        "cannot": "cannot cant unable couldnt couldn",
        "not": "not dont doesnt didnt isnt arent wasnt werent hasnt havent hadnt wont wouldnt aint",
        "big": "big large enlarged huge massive enlargement enlarging",
        "increase": "increase increased increases increasing increasingly excessive excess excessively",
        "decrease": "decrease decreased reduced reduction diminished decreasing fewer",
        "frequent": "frequent frequently frequency often constantly keep keeps",
        "sudden": "sudden suddenly abrupt abruptly",
        "severe": "severe severely excruciating agonising agonizing intense intensely unbearable awful terrible "
        "horrible horrendous extreme extremely unbelievable",
        "child": "child kid toddler",
        "leg": "leg legs",
        "foot": "foot feet",
        "tooth": "tooth teeth",
        "period": "period periods menses menstruation menstrual menstruating",
        "spotting": "spotting",
        "vision": "vision visual sight eyesight visually",
        "speech": "speech speak speaking speaks talk talking words",
        "sleep": "sleep sleeping sleeps asleep slept",
        "eat": "eat eats eating ate eaten meal meals food foods",
        "swallow": "swallow swallows swallowing swallowed",
        "face": "face facial faces",
        "skin": "skin cutaneous",
        "throat": "throat pharyngeal pharynx oropharynx",
        "joint": "joint joints",
        "muscle": "muscle muscles muscular",
        "testicle": "testicle testicles testicular testis testes ball balls scrotum scrotal bollock bollocks",
        "vagina": "vagina vaginal",
        "anus": "anus anal rectum rectal bottom backside bum",
        "lymph": "lymph lymphnode lymphnodes lymphadenopathy",
        "node": "node nodes gland glands",
        "spread": "spread spreads spreading radiate radiates radiating radiated radiation shooting shoots travels "
        "travelling traveling goes going",
        "tight": "tight tightness tightening tightened squeezing squeeze constricting constriction gripping heaviness "
        "heavy pressure pressing crushing crush vise vice squashing",
        "poison": "poison poisons bleach antifreeze weedkiller stripper petrol gasoline turpentine disinfectant "
        "kerosene paraffin pesticide insecticide methanol",
        "rip": "rip rips ripped ripping",
        "sharp": "sharp stabbing stabs stab lancinating",
        "worse": "worse worsens worsened worsening aggravated exacerbated",
        "black": "black blackish tarry tar",
        "green": "green greenish",
        "brown": "brown brownish cola coke tea",
        "white": "white whitish",
        "discharge": "discharge discharges discharging",
        "stiff": "stiff stiffness stiffened",
        "confuse": "confused confusion confusing disoriented disorientation disorientated muddled",
        "drink": "drink drinks drinking drank drunk",
        "drool": "drool drooling drools dribbling dribble drooled",
        "lump": "lump lumps nodule nodules mass bump bumps lumpy bumpy",
        "tremor": "tremor tremors shaky trembling tremble trembles tremulous",
        "arm": "arm arms",
        "one": "one unilateral unilaterally",
        "side": "side sided sides hemi flank loin",
        "kidney": "kidney kidneys renal",
        "buttock": "buttock buttocks",
        "cough": "cough coughs coughing coughed caugh coff",
        "run": "run running runny runs",
        "phlegm": "phlegm sputum mucus mucous mucoid phlegmy",
        "temperature": "temperature temp temperatures",
        "exertion": "exertion exercise exercising exertional effort jogging jog jogged cycling "
        "sprinting workout walking stairs climbing uphill walks",
        "faint": "faint fainted fainting faints syncope syncopal",
        "seizure": "seizure seizures fit fits fitting convulsion convulsions convulsing convulsed convulsive seizing",
    }
)

# Two words that are one.
COMPOUNDS = {
    ("on", "edge"): "onedge",
    ("the", "hour"): "thehour",
    ("it", "all"): "itall",
    ("go", "on"): "goon",
    ("be", "here"): "behere",
    ("burning", "hot"): "burninghot",
    ("fell", "asleep"): "sleep",
    ("fall", "asleep"): "sleep",
    ("fell", "pregnant"): "pregnant",
    ("nearly", "fell"): "unsteady",
    ("almost", "fell"): "unsteady",
    ("piling", "on"): "gaining",
    ("piled", "on"): "gained",
    ("put", "on"): "puton",
    ("puts", "on"): "puton",
    ("putting", "on"): "puton",
    ("heart", "stopped"): "heartstop",
    ("blood", "pressure"): "bloodpressure",
    ("blood", "sugar"): "bloodsugar",
    ("blood", "sugars"): "bloodsugar",
    ("blood", "glucose"): "bloodsugar",
    ("blood", "thinner"): "anticoagulant",
    ("blood", "thinners"): "anticoagulant",
    ("blood", "thinning"): "anticoagulant",
    ("blood", "test"): "bloodtest",
    ("blood", "tests"): "bloodtest",
    ("blood", "count"): "bloodtest",
    ("blood", "shot"): "bloodshot",
    ("heart", "burn"): "heartburn",
    ("being", "sick"): "vomit",
    ("been", "sick"): "vomit",
    ("day", "care"): "daycare",
    ("pack", "year"): "packyear",
    ("pack", "years"): "packyear",
    ("feeling", "down"): "depressed",
    ("feels", "down"): "depressed",
    ("felt", "down"): "depressed",
    ("feeling", "low"): "depressed",
    ("feels", "low"): "depressed",
    ("feel", "low"): "depressed",
    ("feel", "down"): "depressed",
    ("end", "it"): "suicide",
    ("ending", "it"): "suicide",
    ("was", "dead"): "suicide",
    ("be", "dead"): "suicide",
    ("were", "dead"): "suicide",
    ("head", "ache"): "headache",
    ("head", "aches"): "headache",
    ("head", "pain"): "headache",
    ("heart", "attack"): "heartattack",
    ("heart", "failure"): "heartfailure",
    ("ear", "ache"): "earache",
    ("tooth", "ache"): "toothache",
    ("back", "ache"): "backache",
    ("body", "temperature"): "temperature",
    ("passed", "out"): "faint",
    ("passing", "out"): "faint",
    ("pass", "out"): "faint",
    ("blacked", "out"): "faint",
    ("black", "out"): "faint",
    ("blacking", "out"): "faint",
    ("throwing", "up"): "vomit",
    ("throws", "up"): "vomit",
    ("threw", "up"): "vomit",
    ("throw", "up"): "vomit",
    ("thrown", "up"): "vomit",
    ("bringing", "up"): "bringup",
    ("brought", "up"): "bringup",
    ("brings", "up"): "bringup",
    ("bring", "up"): "bringup",
    ("chest", "x"): "xray",
    ("voice", "box"): "larynx",
    ("calf", "muscle"): "calf",
    ("privates", "parts"): "genital",
    ("private", "parts"): "genital",
    ("private", "area"): "genital",
    ("each", "time"): "when",
    ("every", "time"): "when",
    ("pass", "water"): "urine",
    ("passing", "water"): "urine",
    ("go", "toilet"): "urine",
    ("water", "works"): "urine",
    ("worn", "out"): "wornout",
    ("wiped", "out"): "wornout",
    ("feel", "sick"): "nausea",
    ("feeling", "sick"): "nausea",
    ("feels", "sick"): "nausea",
    ("felt", "sick"): "nausea",
}

# Words without weight: they neither say a symptom nor part two words that do.
EMPTY = _words(
    """
    a an the this that these those it its he she they i we you me him them us my his her their our your mine
    is are was were be been being am has have had having do does did done get gets getting got feel feels feeling felt
    of in on at to for from by as into onto around through within inside near during while when
    very really quite so too rather pretty somewhat some little lot lots kind sort type just also again
    which who whom whose where what how if than there here same such any all both each every other another
    day days week weeks month months year years hour hours minute minutes today yesterday ago since morning night
    evening afternoon tonight now then last past few several couple two three four five six seven eight nine ten
    old man woman boy girl male female patient husband wife son daughter mum mom mother dad father
    onset noticed notice seems seem seemed started starts start starting began begins develops
    developed becoming became become comes come coming presents present presenting reports complains complaining
    complaint complaints experiencing experience experiences
    area region part parts upper lower mid middle center
    """
) - {"lower", "upper", "two", "sick", "over", "night", "morning"}

# Words that qualify and may stand between the words of a symptom without parting them.
FILLERS = _words(
    """
    severe mild moderate slight slightly bad badly constant occasional intermittent persistent ongoing acute
    chronic sudden gradual recurrent progressive marked generalised generalized diffuse localised localized left right
    upper lower central bilateral worse new dull extremely terribly visibly noticeable significant minor nasty strong
    still     whole entire deep small big increase inner outer front night morning more much
    """
)

SOFT_BREAKS = frozenset({",", "(", ")", ":"})
HARD_BREAKS = frozenset({".", ";", "!", "?", "|"})
LINKS = frozenset({"and", "or", "nor", "plus", "with"})

# A part of the body between two words belongs to another symptom.
PARTS = _words(
    """
    head neck throat chest abdomen back arm leg hand foot ankle knee hip shoulder elbow wrist finger toe calf thigh
    groin testicle penis vagina anus face eye ear nose mouth lip tongue gum tooth jaw skin joint muscle kidney flank
    breast heart lung bladder buttock scalp temple forehead nail hair limb body rib spine sinus groin genital nostril
    cheek eyelid lymph
    """
)

# --- negation --------------------------------------------------------------------------------------------------------

# Words that deny what follows, and whether a list after them is denied to its end ("denies a, b and c").
DENIES_WHOLE_LIST = frozenset({"denies", "denied", "denying", "deny", "negative", "absence", "lacks", "lacking"})
DENIES = frozenset({"no", "not", "without", "never", "nil", "non", "neither", "nor", "free"}) | DENIES_WHOLE_LIST
DENIED_AFTER = frozenset({"absent", "denied", "negative", "none", "no", "nil"})

# After these a "no" or "not" denies no symptom: "no relief", "not getting better", "not sure".
NOT_A_DENIAL = _words(
    """
    relief reliev improv improvement better help chang change respond response go stop resolv subside settl work know
    known sure only abl longer doubt idea like ever until think want wish eas let wait matter less avail amount
    medication treatment wear previous prior obvious clear apparent away recall recollection history past long
    surpris wonder reliably much
    """
)
# The words through which "not" reaches a symptom: "does not have a fever", "not coughing" needs none.
REACHES = _words(
    "have feel notic experienc complain report any associat a an the had has with been be in of endors seem exhibit "
    "show"
)
ENDS_DENIAL = _words(
    """
        but however although though except apart still instead because until presents complains reports complaining
    presenting has i he she my with also now just which who whose whereas while then yet only after before
    they we says since thinks is are was were develops developed
    """
)
# These end a denial wherever they stand; the others only once something was denied.
CONTRASTS = frozenset({"but", "however", "although", "though", "except", "instead", "because", "after", "since"})
NEW_CLAUSE = _words(
    "a an the my i he she his her it they has have had is was feels also then severe bad mild very some"
)
RELATIVES = _words(
    "mother father brother sister uncle aunt grandmother grandfather grandparent parents dad mum mom cousin"
)
RELATIVE_VERBS = _words("died had suffered")

# --- spelling --------------------------------------------------------------------------------------------------------

# Ordinary English that stands one or two letters from a word of the knowledge base and is not a slip for it.
ORDINARY = _words(
    """
    poker about above abroad absence across action active activity actually address adult adults advice affect affected
    afford after again against agree ahead airport alive allow almost alone along already although always among
    amount angry animal another answer anyone anything apart appear appearance appeared appears approximately april
    arrive arrived article asked asks associated attack attempt attend attended august average awake aware
    background baking bare barely barge basic bath beach bear beard beast beating become before began behind being
    believe below bench beside besides best better between beyond bike birthday bite bitter blood bloom bold booking
    both bother bottle bought bowl bowls brain branch bread break breast bring broad broom brother brought brush
    brushing build building built bunch burst busy butter buying cage cake called camp camping cannot card care
    carried carry cash cause caused causing center century certain certainly chair chance change changed charge
    chart cheese chemistry chest chicken child children choice church cigarettes city class clean clear climb clinic
    close closed cloth clothes coach coffee cold collapse college combing common company complete completely concern
    concerned condition conditions consider contact continue continued control cooking cool cooler cost cot couch
    country coup course crash cross crush crust crying current currently cutting daily damage dance dare dash date
    daughter dear december degree degrees denied denies dense describe described describes despite detail diet
    different difficult dinner direct distance doctor doing door dot drain drive driver driving during dust dying
    each ear early earth easily east eating effect effort eight either eleven else emergency employed empty enough
    enter entire especially even evening event ever everyone everything exactly exam examination example except
    expect expected experience extra extremely factory fair fairly false family famous fare fast father fear feast
    feather feeding fence fever field fight finally finding finished fire first fishing fitness fitting flight flood
    floor flower flush fold follow followed following food fool football force forehead forest forge former forward
    found fourth france freight french frequent friday friend friends front full further future gain game garage
    garden gate gather general gently george getting given giving glass gloom going gold good gorge got gradually
    grain grandson great ground group grow growing guess guest hair half hand happen happened happens happy hard
    hardly hate having heading health healthy hear heard heart hearty heating heavy height helped helps hence
    herself hike hiking himself hire history hitting hold holding holiday home honest hood hoop horse hospital host
    hot hours house hundred hungry hurry husband image immediate immediately important improve improved improvement
    include includes including increase indeed inside instead intense interest involve involves involving itself
    jogging joined july june just king kitchen kite known labor lake landing language large lash last lasted lasting
    lasts late later lather latter laugh leading least leather leave leaves leaving left letter letting level lever
    lifting light like limited list listen litter living local located locked longer looked looking looks loop lost
    lot loud lovely loving lower lucky lunch lying machine main major make making manage managed manager many march
    marge market married mash mate math matter meals means meant medical medication medications medicine meeting
    member merge message middle might mild mile minding minor minute minutes missed model modest moment monday money
    monitor month months mood moor morning most mostly mother mountain mouse mouth moved moves movie moving music
    must myself narrow natural near nearby nearly needed needing needs neither nervous nest never newly night noise
    normal normally north not notes nothing notice noticed november number nurse nursing object obvious obviously
    occasional occasionally occur occurred occurs october office officer often older opened operate operation
    opinion option orange ordinary original other others otherwise outside overall overnight owner package packs
    page pair paper parent parents park part particular partly partner parts party passage passed past path patient
    patients pattern peace peach pence people perform perhaps period person personal phone photo picture piece place
    places plain plan plane plans plant plate playing plays please plenty point police pool poor popular port
    position positive possible possibly post pot pouch power practice prefer pregnant prepare presence present
    presentation presented presenting pressed pretty prevent previous previously price primary prior private
    probably problem process produce product progress progressed promise proper properly protect proved provide
    public pulled punch purpose purse putting quality quarter quest question quickly quiet quite rage rain random
    range rare rate rather reach reached reading ready realise realize reason reasons recall receive received recent
    recently record refused regular regularly related relation relative remain remained remains remember remove
    removed repeat replied reported reports require resolve resolved response rest result results retired return
    returned returning returns right ring room rot rough roughly round routine rubbing runner rush rust sales sample
    saturday saying scale scare scared school science scope score search season seating second seconds secretary
    section seeing seeks seemed seems seen select sending senior sense sent separate september series serious
    service session setting seven several severe severely shape share shared sharing sharply shield shopping short
    shortly shot should shoulder shower shows side sides sight sign signs silence similar simple simply since sing
    single sister site sitting situation sixth size skiing sleep sleeve slept slice slightly slowly small smart
    smell smile smoke smoker smokes smoking soccer social socks sold solid someone something sometimes somewhat soon
    sort sound soup source south spare speak special specific speech spend spending spent splash sport spots spread
    spring squat stable stage stain stairs stand standing stare start started starting starts state stated states
    stating station stayed staying steady steps sticks sting stone stood stool stoop stopped stops store storm story
    straight strain strange street stress strict string stripe striped stripes stroll stroller strong struck
    struggle student studied studies study stuff subject sudden suddenly suffer suffered suffering suffers sugar
    suggest summer sunday supper support suppose sure surface surgeon surgery surprise surprised sweat sweater sweep
    sweets swimmer swimming swing switch symptom symptoms system table take taken takes taking talk talking tall
    taste teach teacher teeth telling tells tends tennis tense term terms test thank thanks their themselves then
    therapy there these thick thing things think thinks third thirst thirteen thirty this those though thought
    thousand thread threat three throne through throughout throw throwing thrown thursday tight time times tired
    today together told tomorrow tonight tool tooth total touch tough toward towards towel tower town track trade
    train trash travel traveled travelled treat treated treatment tree trial tried troop trouble truck trust truth
    trying tuesday turn turned turns twelve twenty twice types typical uncle under understand university unless
    until unusual upset urgent using usual usually value various vast verge version very visit visited visiting
    visits voice vouch vowel wage wait waited waiting wake wakes waking walk walked walking walks wanted wants warm
    wash washed watch watched watching water ways wear wearing weather wedding wednesday weeding week weekend weekly
    weeks weight went were west wet whence whenever where wherever whether while white whole whose wide wife wild
    window wine wing winter wire wise within without woke woken woman women wonder wondering wood wooden wool word
    work worker working works world worried worry worrying worse worsen worsened worst worth would write writing
    wrong yard year years yelling yesterday yield young younger yourself youth
    """
)
