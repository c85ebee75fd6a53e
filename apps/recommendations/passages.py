"""The knowledge base as short texts that a question can be answered with, each with its source. Pure."""

from collections.abc import Iterable, Iterator
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


@dataclass(frozen=True, slots=True)
class Passage:
    """One text: what it is about, other words for that, and the work it stands on."""

    title: str
    section: str
    text: str
    source: str
    also: str = ""


def passages(medicines: Knowledge, diseases: DiseaseKnowledge) -> Iterator[Passage]:
    """Yield every passage: diseases, medicines by what is asked about them, and what does not go together."""
    for disease in diseases.diseases.values():
        yield from _of_disease(disease, diseases)
    for key in medicines.medicines:
        yield from _of_medicine(key, medicines)
    yield from (_of_interaction(rule, medicines) for rule in medicines.interactions.values())


def _of_disease(disease: Disease, known: DiseaseKnowledge) -> Iterator[Passage]:
    also = " ".join(disease.also)
    typical = sorted(disease.symptoms, key=lambda id_: -disease.symptoms[id_])[:_TYPICAL]
    signs = ", ".join(known.symptoms[id_].name.lower() for id_ in typical)
    about = f"{disease.name}. Typical are {signs}. {_SOON[disease.triage]} Who treats it: {disease.specialization}."
    yield Passage(disease.name, "symptoms", about, disease.source, also)
    yield Passage(
        disease.name, "self-care", f"{disease.name}: {disease.self_care}", disease.source, f"{also} treatment"
    )


def _of_medicine(key: str, known: Knowledge) -> Iterator[Passage]:
    medicine = known.medicines[key]
    name, also = medicine.name, " ".join(medicine.also)
    treated = ", ".join(known.condition_name(id_) for id_ in medicine.treats)
    parts = ", ".join(known.name_of(id_) for id_ in medicine.ingredients)
    use = f"{name} is used for {treated}." if treated else f"{name} belongs to: {known.group_names[key]}."
    held = f" It holds {parts}." if parts else ""
    yield Passage(name, "use", use + held, known.source("bnf"), f"{also} indication treats")
    for substance in known.substances_of((key,)):
        yield from _of_substance(name, also, substance, known)


def _of_substance(name: str, also: str, one: Substance, known: Knowledge) -> Iterator[Passage]:
    cautions = [
        (f"{', '.join(known.condition_name(id_) for id_ in rule.when)}: {rule.say}", rule.source)
        for rule in one.conditions
    ]
    asked = {
        "cautions": ("contraindications conditions", cautions),
        "pregnancy": ("pregnant", [(rule.say, rule.source) for rule in one.pregnancy]),
        "breast-feeding": ("lactation breastfeeding nursing milk", [(rule.say, rule.source) for rule in one.lactation]),
        "age": ("children child infant elderly", [(rule.say, rule.source) for rule in one.ages]),
        "kidneys": ("renal kidney", [(rule.say, rule.source) for rule in one.renal]),
    }
    for section, (words, said) in asked.items():
        if said:
            text = " ".join(dict.fromkeys(sentence for sentence, _ in said))
            yield Passage(name, section, f"{name}, {section}: {text}", known.source(said[0][1]), f"{also} {words}")
    if one.daily is not None:
        most = f"{name}, dose: at most {one.daily.adult:g} {one.daily.unit} of {one.name} a day for adults."
        yield Passage(name, "dose", most, known.source(one.daily.source), f"{also} maximum dosage overdose")


def _of_interaction(rule: Interaction, known: Knowledge) -> Passage:
    sides = [_side(side, known) for side in rule.sides]
    title = " with ".join(sides)
    return Passage(
        title, "interaction", f"{title}: {rule.mechanism} {rule.advice}", known.source(rule.source), "together"
    )


def _side(ids: Iterable[str], known: Knowledge) -> str:
    names = [known.name_of(id_) for id_ in ids]
    return " or ".join(names[:_LONGEST]) + (" or others" if len(names) > _LONGEST else "")
