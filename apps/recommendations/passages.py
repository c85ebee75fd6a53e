"""The knowledge base as short texts that a question can be answered with, each with its source. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from apps.recommendations.medicines import Interaction, Knowledge, Substance
from apps.recommendations.prediction import Disease, DiseaseKnowledge, Triage

_TYPICAL = 6
_LONGEST = 4  # names of one side of an interaction
_SOON = {
    Triage.EMERGENCY: "This is an emergency: call an ambulance.",
    Triage.URGENT: "See a doctor today.",
    Triage.ROUTINE: "See a doctor when convenient.",
    Triage.SELF_CARE: "It usually gets better by itself.",
}
_WORD = re.compile(r"[a-z0-9]{3,}")
# Words that tell nothing of what a question is about.
_IDLE = frozenset(
    word
    for line in (
        "the and with for from that this these those can could may might should would will shall must take taking",
        "taken have has had having what which who whom why how when where are was were been being does did done not",
        "you your yours mine our his her their its there here about after before while during into onto than then",
        "them they she get got give given much many very some any all more most feel feels feeling think help helps",
        "please just together danger dangerous yes medicine medicines drug drugs good bad safe okay symptom symptoms",
        "sign signs treat treatment disease",
    )
    for word in line.split()
)
_MOSTLY, _WELL = 0.5, 0.6  # shares of words
_SEVERAL = 3  # words that a text has in common with a question that does not name it
_STEM = 5  # letters by which two forms of a word are one


def telling(text: str) -> frozenset[str]:
    """Return the words of a text that tell what it is about."""
    return frozenset(_WORD.findall(text.lower())) - _IDLE


@dataclass(frozen=True, slots=True)
class Passage:
    """One text and the work it stands on; `sides` are what it is about: one thing, or both that meet, with all names.

    `also` are other words that people ask for it with.
    """

    title: str
    section: str
    text: str
    source: str
    sides: tuple[tuple[str, ...], ...]
    also: str = ""

    def fits(self, asked: Collection[str]) -> bool:
        """Return whether these words ask for this: they name it, or what it says is mostly what they say.

        A search for any of the words finds high blood pressure for whoever coughs up blood.
        """
        if all(any(_is_named(name, asked) for name in names) for names in self.sides):
            return True
        said = [word for word in asked if _stands_in(word, telling(self.text))]
        return len(self.sides) == 1 and len(said) >= _SEVERAL and len(said) >= _WELL * len(asked)


def _is_named(name: str, asked: Collection[str]) -> bool:
    """Return whether the words hold most of a name, or of one of its names ("Burn or scald")."""
    return any(
        sum(_stands_in(word, asked) for word in own) > _MOSTLY * len(own) for own in map(telling, name.split(" or "))
    )


def _stands_in(word: str, others: Collection[str]) -> bool:
    return word in others or any(_is_alike(word, other) for other in others)


def _is_alike(one: str, other: str) -> bool:
    """Return whether two words are forms of one: short ones differ in an ending of one letter at most."""
    length = min(_STEM, len(one), len(other))
    return one[:length] == other[:length] and (length == _STEM or abs(len(one) - len(other)) <= 1)


def passages(medicines: Knowledge, diseases: DiseaseKnowledge) -> Iterator[Passage]:
    """Yield every passage: diseases, medicines by what is asked about them, and what does not go together."""
    for disease in diseases.diseases.values():
        yield from _of_disease(disease, diseases)
    for key in medicines.medicines:
        yield from _of_medicine(key, medicines)
    yield from (_of_interaction(rule, medicines) for rule in medicines.interactions.values())


def _of_disease(disease: Disease, known: DiseaseKnowledge) -> Iterator[Passage]:
    sides, also = ((disease.name, *disease.also),), " ".join(disease.also)
    typical = sorted(disease.symptoms, key=lambda id_: -disease.symptoms[id_])[:_TYPICAL]
    signs = ", ".join(known.symptoms[id_].name.lower() for id_ in typical)
    about = f"{disease.name}. Typical are {signs}. {_SOON[disease.triage]} Who treats it: {disease.specialization}."
    yield Passage(disease.name, "symptoms", about, disease.source, sides, also)
    care = f"{disease.name}: {disease.self_care}"
    yield Passage(disease.name, "self-care", care, disease.source, sides, f"{also} treatment")


def _of_medicine(key: str, known: Knowledge) -> Iterator[Passage]:
    medicine = known.medicines[key]
    name, also = medicine.name, " ".join(medicine.also)
    sides = ((name, *medicine.also),)
    treated = ", ".join(known.condition_name(id_) for id_ in medicine.treats)
    parts = ", ".join(known.name_of(id_) for id_ in medicine.ingredients)
    said = [f"{name} is used for {treated}."] if treated else []
    said += [f"It holds {parts}."] if parts else []
    if said:
        yield Passage(name, "use", " ".join(said), known.source("bnf"), sides, f"{also} indication treats")
    for substance in known.substances_of((key,)):
        yield from _of_substance(name, medicine.also, substance, known)


def _of_substance(name: str, others: Sequence[str], one: Substance, known: Knowledge) -> Iterator[Passage]:
    sides, also = ((name, *others),), " ".join(others)
    cautions = [
        (f"{', '.join(known.condition_name(id_) for id_ in rule.when)}: {rule.say}", rule.source)
        for rule in one.conditions
    ]
    asked = {
        "cautions": ("contraindications conditions", cautions),
        "pregnancy": ("pregnant", [(rule.say, rule.source) for rule in one.pregnancy]),
        "breast-feeding": ("lactation breastfeeding nursing milk", [(rule.say, rule.source) for rule in one.lactation]),
        "age": ("children child infant baby toddler kid elderly", [(rule.say, rule.source) for rule in one.ages]),
        "kidneys": ("renal kidney", [(rule.say, rule.source) for rule in one.renal]),
    }
    for section, (words, said) in asked.items():
        if said:
            text = " ".join(dict.fromkeys(sentence for sentence, _ in said))
            yield Passage(
                name, section, f"{name}, {section}: {text}", known.source(said[0][1]), sides, f"{also} {words}"
            )
    if one.daily is not None:
        most = f"{name}, dose: at most {one.daily.adult:g} {one.daily.unit} of {one.name} a day for adults."
        yield Passage(name, "dose", most, known.source(one.daily.source), sides, f"{also} maximum dosage how much many")


def _of_interaction(rule: Interaction, known: Knowledge) -> Passage:
    title = " with ".join(_side(side, known) for side in rule.sides)
    sides = tuple(tuple(known.name_of(id_) for id_ in side) for side in rule.sides)
    text = f"{title}: {rule.mechanism} {rule.advice}"
    return Passage(title, "interaction", text, known.source(rule.source), sides, "together")


def _side(ids: Iterable[str], known: Knowledge) -> str:
    names = [known.name_of(id_) for id_ in ids]
    return " or ".join(names[:_LONGEST]) + (" or others" if len(names) > _LONGEST else "")
