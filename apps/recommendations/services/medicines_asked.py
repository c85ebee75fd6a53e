"""What the safety rules say of the medicines that a question names together, and what they do not know."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from apps.recommendations.medicines import knowledge
from apps.recommendations.safety import Facts, Finding, Proposal, check_medicine
from apps.recommendations.services.found import Found

READ = 1_000  # Letters of a question, all that it may have.


def medicines_in(question: str) -> list[str]:
    """Return the names of the medicines, and of classes of them, that a question speaks of."""
    known = knowledge()
    return [known.name_of(key) for key in known.read_medicine(question[:READ]).ids]


def dangers_together(question: str) -> list[Found]:
    """Return what the rules say of the medicines that a question names, each beside every other, the gravest first."""
    met = sorted(_met(medicines_in(question)), key=lambda pair: -pair[1].severity.rank)
    return [
        Found(each.message, each.source, f"{medicine} with {each.against}, {each.type.value}", is_danger=True)
        for medicine, each in met
    ]


def limits_of_the_rules(question: str, *, dangers: list[Found]) -> str:
    """Return which medicines were recognised and that nothing else was checked; nothing where none was."""
    named = medicines_in(question)
    if not named:
        return ""
    said = _("Recognised in your question: %(names)s. Other medicines were not checked.") % {"names": ", ".join(named)}
    if len(named) == 1 or dangers:
        return said
    unknown = _("Nothing is known here against taking these together, which does not mean that it is harmless.")
    return f"{said} {unknown}"


def _met(named: list[str]) -> Iterator[tuple[str, Finding]]:
    """Yield each danger with the medicine it was found for: classes can only be taken, and not proposed."""
    known = knowledge()
    names = {known.name_of(key) for key in known.medicines}
    classes = [name for name in named if name not in names]
    for place, medicine in enumerate(named):
        if medicine in names:
            beside = (*classes, *(name for name in named[:place] if name in names))
            findings = check_medicine(Proposal(medicine), Facts(current_medicines=beside), known).findings
            yield from ((medicine, each) for each in findings if each.against in beside)
