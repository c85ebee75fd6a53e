"""The words of complaints: spellings that mean one word, words without weight, parts of the body, negations."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _inverted(table: dict[str, str]) -> dict[str, str]:
    return {spelling: word for word, spellings in table.items() for spelling in spellings.split()}


# Words that mean the same wherever they stand, in their spelling before stemming.
SAME_WORD = _inverted(
    {
        "pain": "pain pains painful painfully ache aches aching achy ached hurt hurts hurting sore soreness discomfort agony "
        "painfull pian tender tenderness",
        "chest": "chest breastbone sternum thorax",
        "abdomen": "abdomen abdominal abdo abd tummy belly stomach tum gut guts",
        "swell": "swell swells swelling swollen swelled swellings swellling oedema edema oedematous edematous puffy "
        "puffiness puffed",
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
        "fast": "fast faster rapid rapidly racing quick quickly",
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
        "horrible horrendous extreme extremely",
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
        "sharp": "sharp stabbing stabs stab lancinating",
        "worse": "worse worsens worsened worsening aggravated exacerbated worst",
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
        "exertion": "exertion exercise exercising exertional effort walking stairs climbing uphill walks",
        "faint": "faint fainted fainting faints syncope syncopal",
        "seizure": "seizure seizures fit fits fitting convulsion convulsions convulsing convulsed convulsive seizing",
    }
)

# Two words that are one.
COMPOUNDS = {
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
    very really quite so too rather pretty somewhat some little lot lots kind sort type just also still again
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
    whole entire deep small big increase inner outer front night morning more much
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
    "have feel notic experienc complain report any associat a an the had has with been be in of endors seem exhibit show"
)
ENDS_DENIAL = _words(
    """
    but however although though except apart still instead because until presents complains reports complaining
    presenting has i he she my with also now just which who whose whereas while then yet only after before
    they we says since thinks is are was were develops developed
    """
)
# These end a denial wherever they stand; the others only once something was denied.
CONTRASTS = frozenset({"but", "however", "although", "though", "except", "instead", "because"})
NEW_CLAUSE = _words("a an the my i he she his her it they has have had is was feels also then severe bad mild very some")
RELATIVES = _words("mother father brother sister uncle aunt grandmother grandfather grandparent parents dad mum mom cousin")
RELATIVE_VERBS = _words("died had suffered")

# --- spelling --------------------------------------------------------------------------------------------------------

# Ordinary English that stands one or two letters from a word of the knowledge base and is not a slip for it.
ORDINARY = _words(
    """
    heard hearty beard bread break broad bring thing think things thought though tough rough through threat thread
    three there where were year years ear near fear wear bear hear dear clear early earth work word world worth walk
    talk take make wake lake cake like bike hike time times tired tried trial fire hire wire wise wide side size site
    hand hard hair fair pair rain gain main train brain plain grain strain drain stain again sting string spring bring
    swing king ring sing wing sting hold cold told gold fold sold bold hot not lot got pot dot cot rot shot short sport
    port sort part party start smart chart heart card care bare rare dare fare share stare spare scare mile mild wild
    child build built field yield shield while white write bite kite site quite quiet light night right might sight
    fight tight flight weight eight height freight neither either other mother father brother sister another bother
    together whether weather feather leather lather rather gather matter better letter butter bitter litter winter water
    later latter center enter under wonder number member remember september november december october august march april
    june july monday tuesday wednesday thursday friday saturday sunday morning evening moving having giving living loving
    leaving leading reading heading sending spending standing landing finding minding holding building feeding needing
    weeding seeing being going doing saying playing staying trying crying dying lying buying getting setting sitting
    hitting fitting putting cutting letting meeting eating beating heating seating waiting writing visiting working
    walking talking taking making baking waking looking cooking booking taste state plate date rate late gate hate mate
    place peace piece price slice voice choice noise nurse purse course source force house mouse month mouth south north
    youth truth teeth tooth both bath path math month cloth clothes close those these whose house horse worse worst first
    burst thirst trust crust rust dust must just most post host cost lost list last past fast vast least east beast feast
    breast chest test rest best west nest guest quest forest honest modest interest since science silence presence absence
    sense tense dense fence hence pence whence france dance chance change charge large barge marge merge verge forge gorge
    george strange orange range stage page cage wage rage image damage manage garage message passage package language
    store storm story stone store score scope stool school pool fool cool tool wool wood good food mood hood blood flood
    floor door poor moor room broom bloom gloom loop hoop stoop troop group soup coup touch couch pouch vouch lunch bunch
    punch bench bunch branch french search church coach beach peach teach reach each speech
    patient patients presented presenting presentation present prevent parent parents partner doctor hospital clinic
    office company country century chemistry factory history family friend friends school college student teacher
    husband child children woman women adult adults person people reported reports noticed denied denies states stated
    stating appears appear appeared appearance approximately about above abroad across action active activity actually
    address advice affect affected afford after again against agree ahead airport alive allow almost alone along already
    although always among amount angry animal answer anyone anything apart arrive arrived article asked asks
    associated attack attend attended attempt average aware awake background barely basic become before began behind
    believe below beside besides between beyond birthday bottle bought bring brought busy called camp camping cannot
    carry carried cause caused causing certain certainly chair changed charge cheese chicken cigarettes city class clean
    climb closed coffee collapse common complete completely concern concerned condition conditions consider contact
    continue continued control cooking cross current currently daily daughter degree degrees describe described describes
    despite detail diet different difficult dinner direct distance drive driver driving during easily effect effort
    either eleven else emergency employed empty enough entire especially even event ever everyone everything exactly exam
    examination example except expect expected experience extra extremely fairly false famous finally finished fishing
    fitness flight follow followed following football forehead former forward found fourth frequent front full further
    future game garden general gently given giving glass grandson gradually great ground grow growing guess half happen
    happened happens happy hardly having health healthy heavy helped helps herself himself hiking holiday home hours
    hundred hungry hurry immediate immediately important improve improved improvement include includes including increase
    indeed inside instead intense involve involves involving itself joined jogging kitchen known labor large lasted lasting
    lasts later laugh leave leaves left level lifting limited listen living local located locked longer looked looks loud
    lovely lower lucky lunch machine major managed manager many market married meals means meant medical medicine medication
    medications meeting middle minor minute minutes missed model moment money monitor month months mostly mountain movie
    moved moves music myself narrow natural nearby nearly needed needs nervous neither never newly normal normally notes
    nothing notice nursing object obvious obviously occasional occasionally occur occurred occurs office officer often older
    opened operate operation opinion option ordinary original others otherwise outside overall overnight owner packs paper
    park particular partly parts passed pattern perform perhaps period personal phone photo picture places plan plane plans
    plant plays please plenty point police popular position positive possible possibly practice prefer pregnant prepare
    pressed pretty previous previously primary prior private probably problem process produce product progress progressed
    promise proper properly protect proved provide public pulled purpose quality quarter question quickly quite random reached
    ready realise realize reason reasons recall receive received recent recently record refused regular regularly related
    relation relative remain remained remains remember remove removed repeat replied require resolve resolved response
    result results retired return returned returning returns roughly round routine runner sales sample scale scared school
    season second seconds section secretary seeing seeks seemed seems seen select senior sent separate series serious
    service session seven several severe severely shape shared sharing sharply shopping shortly should shoulder shower shows
    sides sign signs similar simple simply single sister sitting situation sixth skiing sleep slept slightly slowly small
    smell smile smoke smoker smokes smoking soccer social socks solid someone something sometimes somewhat soon sound south
    speak special specific spend spent sport spots spread spring squat stable stage stairs stand standing started starting
    starts station stayed steady steps sticks stood stopped stops straight street stress strict strong struck struggle student
    studies studied study stuff subject sudden suddenly suffer suffered suffering suffers sugar suggest summer supper support
    suppose sure surface surgeon surgery surprise surprised switch symptom symptoms system table taken takes taking tall
    teacher telling tells tends tennis term terms thank thanks their themselves then therapy thick thinks third thirty this
    thousand throughout throw throwing thrown today together tomorrow tonight total touch toward towards town track trade
    travel travelled traveled treat treated treatment tree trouble truck trying turn turned turns twelve twenty twice types
    typical uncle understand university unless until unusual upset urgent using usual usually value various version very
    visit visited visits wait waited waiting wakes waking walked walks wanted wants warm wash washed watch watched watching
    ways wearing wedding week weekend weekly weeks went wet whenever wherever whole wife window wine winter within without
    woke woken wondering wooden worker works worried worry worrying worsen worsened worth would wrong yard yelling yesterday
    young younger yourself brushing combing rubbing cooler sweets sweat sweater swimming swimmer swing sweep sleeve
    stroll stroller string stripe striped stripes throne thrown thirty thirteen fever never lever level bowl bowls vowel
    towel tower lower flower power shower rush brush crush flush wash dash cash mash lash trash crash splash
    """
)
