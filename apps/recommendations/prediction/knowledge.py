"""The knowledge base of symptoms, diseases and red flags: strictly typed YAML, every id checked before use."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import yaml

from .model import Sex, Triage

KNOWLEDGE_FOLDER = Path(__file__).resolve().parent.parent / "knowledge"

NEGLIGIBLE = 0.02  # share of probability below which no disease is thought of

Probability = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Share = Annotated[float, msgspec.Meta(ge=NEGLIGIBLE, lt=1)]
Weight = Annotated[float, msgspec.Meta(ge=0, le=50)]
Years = Annotated[float, msgspec.Meta(ge=0, le=120)]
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, msgspec.Meta(min_length=2)]

_Shape = TypeVar("_Shape")


class InvalidKnowledge(ValueError):
    """The files contradict their shape or each other; the message names file and id."""


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value of the knowledge base: frozen, with no field that nobody reads."""


class Kind(StrEnum):
    """What a person can have: felt, seen or measured by another, or true of their life."""

    SYMPTOM = "SYMPTOM"
    SIGN = "SIGN"
    CIRCUMSTANCE = "CIRCUMSTANCE"


class Frequency(StrEnum):
    """How often primary care meets a disease, as a class: published rates differ more than the classes do."""

    VERY_COMMON = "VERY_COMMON"
    COMMON = "COMMON"
    OCCASIONAL = "OCCASIONAL"
    UNCOMMON = "UNCOMMON"
    RARE = "RARE"


class Symptom(Strict, frozen=True):
    """A symptom, sign or circumstance and the words for it.

    `implies` names what is thereby present too. `beside` are words that name it only in a text that also names what it
    implies: "into the jaw" says nothing without the chest pain. `background` is how often people have it without a
    disease that lists it; `share` how much of the implied symptom takes this form in a disease that names only that.
    """

    id: Id
    name: Text
    synonyms: tuple[Text, ...] = ()
    kind: Kind = Kind.SYMPTOM
    implies: tuple[Id, ...] = ()
    beside: tuple[Text, ...] = ()
    negatable: bool = True
    background: Probability = 0.02
    share: Probability = 0.25


class AgeWeights(Strict, frozen=True):
    """How much likelier (above 1) or less likely the disease is in an age band; the bands' edges are in years."""

    infant: Weight = 1.0  # below 1
    child: Weight = 1.0  # 1 to 11
    teen: Weight = 1.0  # 12 to 17
    young: Weight = 1.0  # 18 to 39
    middle: Weight = 1.0  # 40 to 64
    old: Weight = 1.0  # 65 and over

    def at(self, years: float | None) -> float:
        """Return the weight at an age; 1 where the age is not known."""
        if years is None:
            return 1.0
        edges = ((1, self.infant), (12, self.child), (18, self.teen), (40, self.young), (65, self.middle))
        return next((weight for edge, weight in edges if years < edge), self.old)


class SexWeights(Strict, frozen=True):
    """How much likelier the disease is in one sex; 0 where it cannot occur."""

    female: Weight = 1.0
    male: Weight = 1.0

    def of(self, sex: Sex | None) -> float:
        """Return the weight for a sex; 1 where it is not known."""
        return {Sex.FEMALE: self.female, Sex.MALE: self.male, None: 1.0}[sex]


class Disease(Strict, frozen=True):
    """A disease: how frequent, in whom, with which symptoms (P(symptom | disease)), how urgent, who treats it.

    `dangerous_from` is the share of probability from which an emergency is taken seriously though other diseases are
    likelier.
    """

    id: Id
    name: Text
    frequency: Frequency
    triage: Triage
    specialization: Text
    symptoms: dict[Id, Probability]
    self_care: Text
    source: Text
    also: tuple[Text, ...] = ()
    age: AgeWeights = AgeWeights()
    sex: SexWeights = SexWeights()
    dangerous_from: Share = 0.2


class RedFlagRule(Strict, frozen=True):
    """A danger sign: all of `all` and at least `at_least` of `any` present, within the ages (years) and sex named."""

    id: Id
    message: Text
    triage: Triage
    source: Text
    all: tuple[Id, ...] = ()
    any: tuple[Id, ...] = ()
    at_least: int = 1
    age_from: Years = 0
    age_below: Years = 120
    sex: Sex | None = None

    def symptoms(self) -> tuple[str, ...]:
        """Return every symptom that the rule names."""
        return (*self.all, *self.any)

    def fires(self, present: frozenset[str], *, age_years: float | None, sex: Sex | None) -> bool:
        """Return whether the rule holds; a rule bound to an age or a sex needs it to be known."""
        if not self._is_about(age_years, sex):
            return False
        enough = not self.any or len(present.intersection(self.any)) >= self.at_least
        return enough and present.issuperset(self.all)

    def _is_about(self, age_years: float | None, sex: Sex | None) -> bool:
        if self.sex is not None and sex is not self.sex:
            return False
        if (self.age_from, self.age_below) == (0, 120):
            return True
        return age_years is not None and self.age_from <= age_years < self.age_below


class SymptomFile(Strict, frozen=True):
    """One file of `symptoms/`: a system of the body."""

    about: Text
    symptoms: tuple[Symptom, ...]


class DiseaseFile(Strict, frozen=True):
    """One file of `diseases/`: a group of diseases."""

    about: Text
    diseases: tuple[Disease, ...]


class RedFlagFile(Strict, frozen=True):
    """`red_flags.yaml`."""

    about: Text
    red_flags: tuple[RedFlagRule, ...]


@dataclass(frozen=True)
class DiseaseKnowledge:
    """All that prediction knows, by id."""

    symptoms: Mapping[str, Symptom]
    diseases: Mapping[str, Disease]
    red_flags: tuple[RedFlagRule, ...]

    @cached_property
    def disease_by_name(self) -> Mapping[str, Disease]:
        """Return the diseases by each of their names, in small letters."""
        every = self.diseases.values()
        return {name.casefold(): disease for disease in every for name in (*disease.also, disease.name)}

    @cached_property
    def implied(self) -> Mapping[str, frozenset[str]]:
        """Return, for each symptom, all that it implies, directly or through another."""
        return {id_: frozenset(self._ancestors(id_)) for id_ in self.symptoms}

    def _ancestors(self, id_: str) -> Iterator[str]:
        for parent in self.symptoms[id_].implies:
            yield parent
            yield from self._ancestors(parent)

    @cached_property
    def widest_first(self) -> tuple[str, ...]:
        """Return every symptom after all that it implies."""
        return tuple(sorted(self.symptoms, key=lambda id_: len(self.implied[id_])))

    def closure(self, ids: Iterable[str]) -> frozenset[str]:
        """Return the symptoms with everything they imply."""
        given = frozenset(ids)
        return given.union(*(self.implied[id_] for id_ in given))


class _UniqueKeys(yaml.CSafeLoader):
    """YAML silently keeps the last of two equal keys; here the second one is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's own signature
        keys = [key.value for key, _ in node.value]
        twice = [key for key, count in Counter(keys).items() if count > 1]
        if twice:
            message = f"line {node.start_mark.line + 1}: {', '.join(map(str, twice))} is given twice"
            raise InvalidKnowledge(message)
        return super().construct_mapping(node, deep=deep)


def load_disease_knowledge(folder: Path = KNOWLEDGE_FOLDER) -> DiseaseKnowledge:
    """Read and check every file of symptoms, diseases and red flags.

    Raises InvalidKnowledge for a wrong shape, an unknown field, a doubled id or synonym, an id that nothing defines,
    or a symptom that implies itself.
    """
    symptoms = _by_id(s for file in _read_all(folder / "symptoms", SymptomFile) for s in file.symptoms)
    diseases = _by_id(d for file in _read_all(folder / "diseases", DiseaseFile) for d in file.diseases)
    red_flags = _read(folder / "red_flags.yaml", RedFlagFile).red_flags
    _by_id(red_flags)
    knowledge = DiseaseKnowledge(symptoms=symptoms, diseases=diseases, red_flags=red_flags)
    _refuse_unknown_ids(knowledge)
    _refuse_circles(knowledge)
    _refuse_shared_words(knowledge)
    return knowledge


def _read_all(folder: Path, shape: type[_Shape]) -> list[_Shape]:
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        message = f"{folder.name}: no files"
        raise InvalidKnowledge(message)
    return [_read(path, shape) for path in paths]


def _read(path: Path, shape: type[_Shape]) -> _Shape:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506 - a subclass of the safe loader
        return msgspec.convert(content, shape)
    except (OSError, yaml.YAMLError, msgspec.ValidationError, InvalidKnowledge) as error:
        message = f"{path.name}: {error}"
        raise InvalidKnowledge(message) from error


_Named = TypeVar("_Named", Symptom, Disease, RedFlagRule)


def _by_id(entries: Iterable[_Named]) -> dict[str, _Named]:
    found: dict[str, _Named] = {}
    for entry in entries:
        if entry.id in found:
            message = f"{entry.id}: defined twice"
            raise InvalidKnowledge(message)
        found[entry.id] = entry
    return found


def _refuse_unknown_ids(knowledge: DiseaseKnowledge) -> None:
    named = [(s.id, s.implies) for s in knowledge.symptoms.values()]
    named += [(d.id, tuple(d.symptoms)) for d in knowledge.diseases.values()]
    named += [(r.id, r.symptoms()) for r in knowledge.red_flags]
    for owner, ids in named:
        unknown = [id_ for id_ in ids if id_ not in knowledge.symptoms]
        if unknown:
            message = f"{owner}: names {', '.join(unknown)}, which no file defines"
            raise InvalidKnowledge(message)
    for rule in knowledge.red_flags:
        if not rule.symptoms() or rule.at_least > max(len(rule.any), 1):
            message = f"{rule.id}: can never fire, or always would"
            raise InvalidKnowledge(message)


def _refuse_circles(knowledge: DiseaseKnowledge) -> None:
    for start in knowledge.symptoms:
        seen: set[str] = set()
        ahead = list(knowledge.symptoms[start].implies)
        while ahead:
            id_ = ahead.pop()
            if id_ == start:
                message = f"{start}: implies itself"
                raise InvalidKnowledge(message)
            if id_ not in seen:
                seen.add(id_)
                ahead.extend(knowledge.symptoms[id_].implies)


def _refuse_shared_words(knowledge: DiseaseKnowledge) -> None:
    owner_of: dict[str, str] = {}
    for symptom in knowledge.symptoms.values():
        if symptom.beside and not symptom.implies:
            message = f"{symptom.id}: has words beside nothing"
            raise InvalidKnowledge(message)
        for words in (symptom.name, *symptom.synonyms):
            owner = owner_of.setdefault(" ".join(words.lower().split()), symptom.id)
            if owner != symptom.id:
                message = f"{words}: means both {owner} and {symptom.id}"
                raise InvalidKnowledge(message)
