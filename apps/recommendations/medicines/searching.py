"""Finding medicines by a part of a name or a brand, or by a misspelt one."""

from collections.abc import Iterator

from .model import Library
from .naming import NameBook
from .references import medicine_names
from .words import fold


class Shelf:
    """The names of single medicines and combinations, in the order in which people look for them."""

    def __init__(self, library: Library, names: NameBook) -> None:
        named = ((fold(name), key) for name, key in medicine_names(library) if key in library.medicines)
        self._names = sorted(named, key=lambda pair: (len(pair[0]), pair))  # The shortest is the closest.
        self._book = names

    def find(self, text: str, *, limit: int) -> tuple[str, ...]:
        """Return the ids of at most `limit` medicines: the name itself, names that begin so, that hold it, misspelt."""
        return tuple(dict.fromkeys(self._fitting(text)))[:limit]

    def _fitting(self, text: str) -> Iterator[str]:
        wanted = fold(text)
        if not wanted:
            return
        yield from (key for name, key in self._names if name == wanted)
        yield from (key for name, key in self._names if name.startswith(wanted))
        yield from (key for name, key in self._names if wanted in name)
        known = {key for _, key in self._names}
        yield from (key for key in self._book.read(text).ids if key in known)
