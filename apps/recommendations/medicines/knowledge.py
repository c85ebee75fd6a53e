"""The knowledge base in memory: what the files say, indexed so that a check looks up and does not search."""

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from .allergens import AllergyBook, AllergyName
from .conditions import ConditionBook, ConditionName
from .loading import FOLDER, load_library
from .model import AllergyGroup, Interaction, Library, Medicine
from .naming import MedicineName, NameBook, expand
from .searching import Shelf
from .substances import Substance, build_substances

_REMEMBERED = 4096  # texts of each kind whose reading is kept; reading is pure


class Knowledge:
    """The knowledge base; nothing in it changes after it is built, so all threads may share one."""

    def __init__(self, library: Library) -> None:
        self.version: str = library.version
        self.medicines: Mapping[str, Medicine] = library.medicines
        self.interactions: Mapping[str, Interaction] = library.interactions
        self.groups: Mapping[str, AllergyGroup] = library.groups
        self.group_names: Mapping[str, str] = library.group_names
        self._sources = library.sources
        self._substances = build_substances(library)
        self._ingredients = {key: medicine.ingredients for key, medicine in library.medicines.items()}
        self._condition_book = ConditionBook(library)
        names = self._names = NameBook(library)
        allergies = AllergyBook(library, names)
        self._shelf = Shelf(library, names)
        self._read_medicine = lru_cache(_REMEMBERED)(names.read)
        self._read_condition = lru_cache(_REMEMBERED)(self._condition_book.read)
        self._read_allergy = lru_cache(_REMEMBERED)(allergies.read)

    def read_medicine(self, text: str) -> MedicineName:
        """Return the medicines that a text names."""
        return self._read_medicine(text)

    def medicines_in(self, text: str) -> tuple[str, ...]:
        """Return the ids of every medicine and class that a longer text names, exactly as spelt."""
        return self._names.named_in(text)

    def find_medicines(self, text: str, *, limit: int) -> tuple[str, ...]:
        """Return the ids of the medicines whose names or brands fit a text best."""
        return self._shelf.find(text, limit=limit)

    def read_condition(self, text: str) -> ConditionName:
        """Return the conditions that a text names."""
        return self._read_condition(text)

    def read_allergy(self, text: str) -> AllergyName:
        """Return what a text says someone is allergic to."""
        return self._read_allergy(text)

    def substances_of(self, ids: tuple[str, ...]) -> tuple[Substance, ...]:
        """Return the ingredients of medicines, each once, in the order named.

        A combination that carries rules or classes of its own stands among its ingredients.
        """
        keys = dict.fromkeys(expand(ids, self._ingredients))
        own = [key for key in ids if self._ingredients.get(key) and self._has_rules(key)]
        return tuple(self._substances[key] for key in (*keys, *own))

    def _has_rules(self, key: str) -> bool:
        one = self._substances[key]
        return len(one.terms) > 1 or bool(one.conditions or one.ages or one.pregnancy or one.renal)

    def name_of(self, key: str) -> str:
        """Return the name of a medicine or class."""
        return self._substances[key].name

    def condition_name(self, key: str) -> str:
        """Return the name of a condition."""
        return self._condition_book.name_of(key)

    def source(self, key: str) -> str:
        """Return the work that a source id stands for."""
        return self._sources[key]


@cache
def knowledge(folder: Path = FOLDER) -> Knowledge:
    """Return the knowledge base of a folder, read once.

    Raises BrokenKnowledge when the files may not be used.
    """
    return Knowledge(load_library(folder))
