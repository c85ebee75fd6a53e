"""The knowledge base as it is written in the YAML files: strict, frozen records, one for each kind of entry.

A *term* is the id of a medicine or of a class; one namespace, so that rules may name either. Ages are years, weights
kilograms, eGFR mL/min/1.73 m2, doses milligrams a day unless a `unit` says otherwise.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

Id = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Meta(min_length=1)]
Positive = Annotated[float, Meta(gt=0)]
Trimester = Annotated[int, Meta(ge=1, le=3)]


class Severity(StrEnum):
    """How grave a finding is; CRITICAL must not be given without an override and its reason."""

    LOW = "LOW"
    MODERATE = "MODERATE"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """Return the place in the order of gravity, LOW first."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Implied(StrEnum):
    """A fact about a person that a condition's text states as well."""

    PREGNANT = "PREGNANT"
    LACTATING = "LACTATING"


class _Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every record has in common: no unknown field, no change after loading."""


class _Rule(_Entry, frozen=True, kw_only=True):
    """What every rule says: how grave, in a clinician's words, from which source (an id of sources.yaml).

    A rule holds for medicines that reach the blood; `every_route` marks one that holds for creams and drops too.
    """

    severity: Severity
    say: Text
    source: Id
    every_route: bool = False


class ConditionRule(_Rule, frozen=True, kw_only=True):
    """Not, or with care, in any of these conditions; for people `since` or `below` an age where the rule says so."""

    when: Annotated[tuple[Id, ...], Meta(min_length=1)]
    since: Positive | None = None
    below: Positive | None = None


class AgeRule(_Rule, frozen=True, kw_only=True):
    """Not, or with care, `below` an age or `since` one."""

    below: Positive | None = None
    since: Positive | None = None


class PregnancyRule(_Rule, frozen=True, kw_only=True):
    """Not, or with care, in these trimesters; `since_week` narrows them to the weeks from then on."""

    trimesters: Annotated[tuple[Trimester, ...], Meta(min_length=1)] = (1, 2, 3)
    since_week: Positive | None = None


class LactationRule(_Rule, frozen=True, kw_only=True):
    """Not, or with care, while breast-feeding."""


class WeightRule(_Rule, frozen=True, kw_only=True):
    """Not, or with care, below a body weight; for people `since` an age where the rule says so."""

    below: Positive
    since: Positive | None = None


class RenalRule(_Rule, frozen=True, kw_only=True):
    """Not, or with care, below an estimated glomerular filtration rate; `daily` is the most a day there."""

    below: Positive
    daily: Positive | None = None


class DailyMaximum(_Entry, frozen=True, kw_only=True):
    """The most that may be given in 24 hours; `single` is the most at once of what is not given daily.

    From `avoid_above` on more harm than use is to be expected: HIGH, though the label still allows it.
    """

    source: Id
    adult: Positive
    unit: Text = "mg"
    child_per_kg: Positive | None = None
    since_65: Positive | None = None
    single: Positive | None = None
    avoid_above: Positive | None = None
    severity: Severity = Severity.CRITICAL


class _Rules(_Entry, frozen=True, kw_only=True):
    """The rules that a class or a medicine carries."""

    conditions: tuple[ConditionRule, ...] = ()
    ages: tuple[AgeRule, ...] = ()
    pregnancy: tuple[PregnancyRule, ...] = ()
    lactation: tuple[LactationRule, ...] = ()
    weights: tuple[WeightRule, ...] = ()
    renal: tuple[RenalRule, ...] = ()


class MedicineClass(_Rules, frozen=True, kw_only=True):
    """A class or a property that medicines share; what it says holds for each member.

    `parents` are the wider classes; `also` are words that people use for a medicine of the class ("water pill");
    `duplicate` is how grave it is to give two members together, None where that is usual.
    """

    name: Text
    parents: tuple[Id, ...] = ()
    also: tuple[Text, ...] = ()
    duplicate: Severity | None = None


class Medicine(_Rules, frozen=True, kw_only=True):
    """One medicine under its international name, or a combination of `ingredients`.

    `treats` are conditions, the main one first; `instead` are the medicines to think of first when this one may not
    be given; `offered` is False for what is never proposed as an alternative; `duplicate` is how grave two products
    with this ingredient are. `weekly_only` marks what must never be taken daily, `through_skin` what reaches the blood
    from gels and creams.
    """

    name: Text
    also: tuple[Text, ...] = ()
    ingredients: tuple[Id, ...] = ()
    classes: tuple[Id, ...] = ()
    treats: tuple[Id, ...] = ()
    instead: tuple[Id, ...] = ()
    daily: DailyMaximum | None = None
    duplicate: Severity = Severity.HIGH
    offered: bool = True
    weekly_only: bool = False
    through_skin: bool = False


class GroupFile(_Entry, frozen=True, kw_only=True):
    """One file of medicines/: a group with its classes and medicines."""

    group: Text
    classes: Mapping[Id, MedicineClass] = {}
    medicines: Mapping[Id, Medicine] = {}


class Interaction(_Entry, frozen=True, kw_only=True):
    """What happens when medicines of two (or three) sides meet; each side is any of its terms.

    Of several rules with one `effect` that meet in the same two medicines, the gravest speaks. `given` narrows the
    rule to people with one of these conditions; `unless` names terms that it does not hold for.
    """

    sides: Annotated[tuple[tuple[Id, ...], ...], Meta(min_length=2, max_length=3)]
    effect: Id
    severity: Severity
    mechanism: Text
    advice: Text
    source: Id
    given: tuple[Id, ...] = ()
    unless: tuple[Id, ...] = ()
    high_priority: bool = False
    every_route: bool = False


class CrossReaction(_Entry, frozen=True, kw_only=True):
    """How grave a medicine of the terms `to` is for someone allergic to a group.

    `after_severe` speaks instead after anaphylaxis or a severe skin reaction, `after_intolerance` where what is called
    an allergy was an effect such as nausea.
    """

    to: Annotated[tuple[Id, ...], Meta(min_length=1)]
    severity: Severity
    say: Text
    source: Id
    after_severe: Severity | None = None
    after_intolerance: Severity | None = None


class AllergyGroup(_Entry, frozen=True, kw_only=True):
    """Substances to which one allergy extends; `members` are terms, `also` what people write.

    `named_only`: it counts when the group itself is named, not for an allergy to one member. A group without reactions
    is a known allergen that no medicine of the base shares.
    """

    name: Text
    also: tuple[Text, ...] = ()
    members: tuple[Id, ...] = ()
    reactions: tuple[CrossReaction, ...] = ()
    named_only: bool = False


class Condition(_Entry, frozen=True, kw_only=True):
    """A condition that rules name: `parents` are the wider conditions it is one of.

    `egfr_at_most` is the most that it leaves of kidney function, `implies` another fact that it states.
    """

    name: Text
    also: tuple[Text, ...] = ()
    icd10: tuple[Annotated[str, Meta(pattern=r"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]+)?$")], ...] = ()
    parents: tuple[Id, ...] = ()
    egfr_at_most: Positive | None = None
    implies: Implied | None = None


class Lookalikes(_Entry, frozen=True, kw_only=True):
    """Names so alike that a misspelling of one is never read as it."""

    names: Annotated[tuple[Text, ...], Meta(min_length=2)]
    source: Id


class VersionFile(_Entry, frozen=True, kw_only=True):
    """version.yaml: which state of the knowledge base this is."""

    version: Text
    date: Text
    note: Text


class SourcesFile(_Entry, frozen=True, kw_only=True):
    """sources.yaml: the works that rules name."""

    sources: Mapping[Id, Text]


class ConditionsFile(_Entry, frozen=True, kw_only=True):
    """conditions.yaml."""

    conditions: Mapping[Id, Condition]


class InteractionsFile(_Entry, frozen=True, kw_only=True):
    """interactions.yaml."""

    interactions: Mapping[Id, Interaction]


class AllergiesFile(_Entry, frozen=True, kw_only=True):
    """allergies.yaml."""

    groups: Mapping[Id, AllergyGroup]


class LookalikesFile(_Entry, frozen=True, kw_only=True):
    """lookalikes.yaml."""

    lookalikes: tuple[Lookalikes, ...]


class NamesFile(_Entry, frozen=True, kw_only=True):
    """names_elsewhere.yaml: what medicines are called in other languages and countries, by id."""

    names: Mapping[Id, tuple[str, ...]]


class Library(_Entry, frozen=True, kw_only=True):
    """Everything that the files say, as they say it."""

    version: str
    sources: Mapping[Id, str]
    classes: Mapping[Id, MedicineClass]
    medicines: Mapping[Id, Medicine]
    interactions: Mapping[Id, Interaction]
    groups: Mapping[Id, AllergyGroup]
    conditions: Mapping[Id, Condition]
    lookalikes: tuple[Lookalikes, ...]
    names_elsewhere: Mapping[Id, tuple[str, ...]] = field(default_factory=dict)
    group_names: Mapping[Id, str] = field(default_factory=dict)
