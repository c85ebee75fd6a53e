"""The files of the knowledge base: complete, strict, and every planted mistake is refused."""

import shutil

import pytest

from apps.recommendations.medicines import FOLDER, BrokenKnowledge, Severity, knowledge, load_library
from apps.recommendations.safety.alternatives import DEPENDENCE

MEDICINES = "medicines/analgesics.yaml"
ENGINE_CLASSES = {DEPENDENCE}  # asked for by the code
FILES = (
    "version.yaml",
    "sources.yaml",
    "conditions.yaml",
    "interactions.yaml",
    "allergies.yaml",
    "lookalikes.yaml",
    "names_elsewhere.yaml",
)


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the files to break."""
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path / name)
    shutil.copytree(FOLDER / "medicines", tmp_path / "medicines")
    return tmp_path


def replace(folder, name, old, new):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_base_is_as_large_as_promised():
    library = load_library()
    assert len(library.medicines) >= 150
    assert len(library.interactions) >= 60
    assert len(library.groups) >= 10
    assert library.version


def test_an_untouched_copy_loads(folder):
    assert load_library(folder).version == knowledge().version


def test_the_high_priority_pairs_are_marked_and_critical():
    rules = [rule for rule in load_library().interactions.values() if rule.high_priority]
    assert len(rules) >= 15
    assert {rule.severity for rule in rules} == {Severity.CRITICAL}
    assert {rule.source for rule in rules} == {"phansalkar"}


def test_every_medicine_can_be_found_by_its_names():
    base = knowledge()
    for key, medicine in base.medicines.items():
        for name in (medicine.name, *medicine.also):
            assert base.read_medicine(name).ids == (key,), name


def test_every_class_serves_something():
    library = load_library()
    rules = library.interactions.values()
    named = {term for rule in rules for term in (*rule.unless, *(term for side in rule.sides for term in side))}
    named |= {term for group in library.groups.values() for term in group.members}
    named |= {term for group in library.groups.values() for cross in group.reactions for term in cross.to}
    for key, entry in library.classes.items():
        own = (entry.parents, entry.also, entry.conditions, entry.ages, entry.pregnancy, entry.lactation, entry.renal)
        is_parent = any(key in other.parents for other in library.classes.values())
        assert key in named or any(own) or entry.duplicate or is_parent or key in ENGINE_CLASSES, key


def test_alternatives_that_are_named_are_offered():
    base = knowledge()
    for key, medicine in base.medicines.items():
        assert key not in medicine.instead, key
        assert all(base.medicines[other].offered for other in medicine.instead), key


PLANTS = {
    "an unknown field": (MEDICINES, "group: Analgesics", "colour: red\ngroup: Analgesics", "unknown field"),
    "an unknown severity": (MEDICINES, "severity: CRITICAL", "severity: FATAL", "Invalid enum value"),
    "a rule without a source": (MEDICINES, ", source: fda}", "}", "missing required field"),
    "an empty text": (MEDICINES, "name: paracetamol\n", 'name: ""\n', "length >= 1"),
    "a number in words": (MEDICINES, "{adult: 4000, child_per_kg", "{adult: many, child_per_kg", "Expected `float`"),
    "a negative limit": (MEDICINES, "{adult: 4000, child_per_kg", "{adult: -1, child_per_kg", "> 0"),
    "a fourth trimester": (MEDICINES, "trimesters: [3]", "trimesters: [4]", "<= 3"),
    "a key given twice": (MEDICINES, "  aspirin:\n", "  paracetamol:\n", "repeated keys"),
    "an unknown condition": (MEDICINES, "when: [peptic_ulcer]", "when: [peptic_ulcr]", "no condition peptic_ulcr"),
    "an unknown source": (MEDICINES, "source: reye}", "source: hearsay}", "no source hearsay"),
    "an unknown class": (MEDICINES, "classes: [nsaid_nonselective]", "classes: [nsade]", "no class nsade"),
    "an unknown ingredient": (MEDICINES, "ingredients: [codeine, paracetamol]", "ingredients: [codein]", "codein"),
    "an unknown alternative": (MEDICINES, "instead: [ibuprofen]", "instead: [ibuprofn]", "no medicine ibuprofn"),
    "an age rule without an age": (MEDICINES, "{below: 16, severity", "{severity", "needs one of below and since"),
    "one name for two medicines": (MEDICINES, "also: [Feldene", "also: [Mobic", "means meloxicam, piroxicam"),
    "an id in two files": ("medicines/gut.yaml", "  omeprazole:", "  ibuprofen:", "another file"),
    "a combination inside a combination": (MEDICINES, "[codeine, paracetamol]", "[percocet]", "itself a combination"),
    "a class that is its own parent": (
        MEDICINES,
        "cox1_inhibitor: {name: COX-1 inhibitors, parents: [bleeding_risk]}",
        "cox1_inhibitor: {name: COX-1 inhibitors, parents: [nsaid_nonselective]}",
        "its own parent",
    ),
    "an interaction with nobody": ("interactions.yaml", "[maoi]", "[maoy]", "no term maoy"),
    "an interaction of one side": ("interactions.yaml", "[[maoi], [ssri_snri]]", "[[maoi]]", "length >= 2"),
    "an allergy to nothing known": ("allergies.yaml", "members: [penicillin]", "members: [penicilin]", "penicilin"),
    "a code that is none": ("conditions.yaml", "icd10: [I50]", "icd10: [heart]", "matching regex"),
    "one synonym for two conditions": ("conditions.yaml", "also: [hf,", "also: [gout, dvt, hf,", "the condition name"),
    "a name of no medicine": ("names_elsewhere.yaml", "  aspirin:", "  aspirn:", "no medicine aspirn"),
    "no version": ("version.yaml", "version:", "vrsion:", "version.yaml"),
    "no YAML": ("sources.yaml", "sources:", "sources: [", "sources.yaml"),
}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS.keys())
def test_a_planted_mistake_is_refused_and_named(folder, plant):
    name, old, new, told = plant
    replace(folder, name, old, new)
    with pytest.raises(BrokenKnowledge, match=told.replace("(", r"\(").replace(">", r"\>")):
        load_library(folder)


def test_a_missing_file_is_named(folder):
    (folder / "allergies.yaml").unlink()
    with pytest.raises(BrokenKnowledge, match=r"allergies\.yaml"):
        load_library(folder)


def test_all_mistakes_are_told_at_once(folder):
    replace(folder, MEDICINES, "when: [peptic_ulcer]", "when: [peptic_ulcr]")
    replace(folder, MEDICINES, "source: reye}", "source: hearsay}")
    with pytest.raises(BrokenKnowledge, match=r"peptic_ulcr.*hearsay|hearsay.*peptic_ulcr"):
        load_library(folder)
