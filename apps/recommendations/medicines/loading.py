"""Reading the YAML of the knowledge base: strict in shape, then in what refers to what."""

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from .model import (
    AllergiesFile,
    ConditionsFile,
    GroupFile,
    InteractionsFile,
    Library,
    LookalikesFile,
    Medicine,
    MedicineClass,
    NamesFile,
    SourcesFile,
    VersionFile,
)
from .references import problems_in

FOLDER = Path(__file__).resolve().parent.parent / "knowledge"

_File = TypeVar("_File")


class BrokenKnowledge(Exception):
    """The knowledge base may not be used: a file is malformed, or names what does not exist."""


class _StrictLoader(yaml.CSafeLoader):
    """YAML in which a key given twice is an error; plain YAML keeps the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Return the mapping; raises on a repeated key."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            raise yaml.constructor.ConstructorError(None, None, f"repeated keys {repeated}", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def load_library(folder: Path = FOLDER) -> Library:
    """Return what the files of a folder say.

    Raises BrokenKnowledge, naming the file or every id that is wrong.
    """
    classes, medicines, group_names = _groups(folder / "medicines")
    library = Library(
        version=_read(folder / "version.yaml", VersionFile).version,
        sources=_read(folder / "sources.yaml", SourcesFile).sources,
        classes=classes,
        medicines=medicines,
        interactions=_read(folder / "interactions.yaml", InteractionsFile).interactions,
        groups=_read(folder / "allergies.yaml", AllergiesFile).groups,
        conditions=_read(folder / "conditions.yaml", ConditionsFile).conditions,
        lookalikes=_read(folder / "lookalikes.yaml", LookalikesFile).lookalikes,
        names_elsewhere=_read(folder / "names_elsewhere.yaml", NamesFile).names,
        group_names=group_names,
    )
    problems = sorted(problems_in(library))
    if problems:
        raise BrokenKnowledge("; ".join(problems))
    return library


def _read(path: Path, kind: type[_File]) -> _File:
    try:
        with path.open(encoding="utf-8") as stream:
            # Not the plain yaml.load: the loader is a safe one.
            content = yaml.load(stream, Loader=_StrictLoader)  # noqa: S506 - derived from CSafeLoader
        return msgspec.convert(content, kind)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise BrokenKnowledge(f"{path.name}: {error}") from error


def _groups(folder: Path) -> tuple[dict[str, MedicineClass], dict[str, Medicine], dict[str, str]]:
    """Return the classes and medicines of all group files; an id stands in one file only."""
    classes: dict[str, MedicineClass] = {}
    medicines: dict[str, Medicine] = {}
    group_names: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        group = _read(path, GroupFile)
        for repeated in _repeated(group, classes, medicines):
            raise BrokenKnowledge(f"{path.name}: {repeated} stands in another file already")
        classes.update(group.classes)
        medicines.update(group.medicines)
        group_names.update(dict.fromkeys(group.medicines, group.group))
    return classes, medicines, group_names


def _repeated(group: GroupFile, classes: dict[str, MedicineClass], medicines: dict[str, Medicine]) -> Iterator[str]:
    yield from sorted((group.classes.keys() | group.medicines.keys()) & (classes.keys() | medicines.keys()))
    yield from sorted(group.classes.keys() & group.medicines.keys())
