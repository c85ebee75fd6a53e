"""Words for the tables of safety cases: a person in few words, a danger, an everyday case."""

from dataclasses import dataclass, field

from apps.recommendations.medicines import knowledge
from apps.recommendations.safety import Allergy, Dose, Facts, Proposal, Sex, Verdict, check_medicine


def person(
    age=45, sex="M", *, on=(), has=(), allergic=(), pregnant=None, weeks=None, lactating=None, egfr=None, kg=None
):
    """Return facts: `on` are current medicines, `has` conditions, `allergic` allergies."""
    return Facts(
        age=age,
        sex={"M": Sex.MALE, "F": Sex.FEMALE, None: None}[sex],
        weight_kg=kg,
        allergies=tuple(one if isinstance(one, Allergy) else Allergy(one) for one in _many(allergic)),
        conditions=_many(has),
        current_medicines=_many(on),
        pregnant=pregnant,
        gestation_weeks=weeks,
        lactating=lactating,
        egfr=egfr,
    )


def _many(texts):
    return (texts,) if isinstance(texts, str | Allergy) else tuple(texts)


@dataclass(frozen=True)
class Case:
    """One row: what is proposed to whom, and what must be found (type and severity) or, for none, that it is clean."""

    medicine: str
    facts: Facts
    dose: Dose | None = None
    kind: str | None = None
    severity: str | None = None
    source: str = ""
    label: str = field(default="")

    def verdict(self) -> Verdict:
        return check_medicine(Proposal(self.medicine, self.dose), self.facts, knowledge())

    def __str__(self):
        facts = self.facts
        parts = [*facts.current_medicines, *facts.conditions, *(one.substance for one in facts.allergies)]
        return f"{self.medicine}-{self.kind or 'clean'}-{'-'.join(parts) or facts.age}"


def bad(medicine, kind, severity, source, *, dose=None, **facts):
    """Return a row whose danger must be found with this severity."""
    if facts.get("pregnant") or facts.get("lactating"):
        facts = {"sex": "F", "age": 28} | facts
    return Case(medicine, person(**facts), _dose(dose), kind, severity, source)


def fine(medicine, *, dose=None, **facts):
    """Return a row that must not be blocked, nor warned of gravely."""
    if facts.get("pregnant") or facts.get("lactating"):
        facts = {"sex": "F", "age": 28} | facts
    return Case(medicine, person(**facts), _dose(dose))


def _dose(dose):
    return Dose(*dose) if dose else None
