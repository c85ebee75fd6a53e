"""Names of medicines as people write them: brands, salts, strengths, forms, combinations, misspellings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .model import Library
from .references import medicine_names
from .spelling import Speller, speller
from .words import FILLERS, MAX_LENGTH, SALTS, fold, is_local, is_nothing, strengths_of, without_strengths

_LONGEST = 6  # words of a name
_JOINTS = frozenset({"and", "with", "plus"})  # between parts of a combination


@dataclass(frozen=True, slots=True)
class MedicineName:
    """What a text names: ids of medicines or classes, and the words that were not understood.

    `is_none` when the text says there is none ("none"); `written` holds the names as recognised, to tell two brands of
    one medicine apart; `strengths` are milligrams.
    """

    text: str
    ids: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    strengths: tuple[float, ...] = ()
    is_local: bool = False
    is_none: bool = False


@dataclass(slots=True)
class _Scan:
    """The state of reading a text word by word."""

    ids: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def take(self, key: str, name: str) -> None:
        """Note a name that was recognised."""
        if key not in self.ids:
            self.ids.append(key)
            self.written.append(name)


class NameBook:
    """The names of all medicines and of the classes that people speak of."""

    def __init__(self, library: Library) -> None:
        self._names: dict[str, str] = {fold(name): key for name, key in medicine_names(library)}
        self._lookalike_names = frozenset(fold(name) for pair in library.lookalikes for name in pair.names)
        self._speller: Speller = speller(self._names, self._lookalike_names)
        for key, entry in library.classes.items():  # only written exactly, and never instead of a medicine
            for name in (fold(entry.name), fold(entry.name).removesuffix("s")):
                self._names.setdefault(name, key)

    def read(self, text: str) -> MedicineName:
        """Return what a text names; a text that names nothing known has no ids and all its words unread."""
        if is_nothing(text):
            return MedicineName(text=text, is_none=True)
        if len(text) > MAX_LENGTH:
            return MedicineName(text=text, unread=(text[:MAX_LENGTH],))
        scan = self._whole(fold(text)) or self._scanned(fold(without_strengths(text)).split())
        return MedicineName(
            text=text,
            ids=tuple(scan.ids),
            written=tuple(scan.written),
            unread=tuple(scan.unread),
            strengths=strengths_of(text),
            is_local=is_local(text),
        )

    def named_in(self, text: str) -> tuple[str, ...]:
        """Return the ids of all names that stand in a text, however long; a misspelling is none."""
        return tuple(self._scan(fold(text).split(), may_be_misspelt=False).ids)

    def _whole(self, line: str) -> _Scan | None:
        key = self._names.get(line)
        return _Scan(ids=[key], written=[line]) if key else None

    def _scanned(self, words: list[str]) -> _Scan:
        """Read exact names first; only if words are left over may they, or all together, be a misspelt name."""
        exact = self._scan(words, may_be_misspelt=False)
        if not exact.unread:
            return exact
        meaningful = [word for word in words if not _is_filler(word)]
        name = self._speller.nearest(" ".join(meaningful)) if not exact.ids else None
        if name:
            return _Scan(ids=[self._names[name]], written=[name])
        return self._scan(words, may_be_misspelt=True)

    def _scan(self, words: list[str], *, may_be_misspelt: bool) -> _Scan:
        scan, position = _Scan(), 0
        while position < len(words):
            length, name = self._name_at(words, position, scan)
            if name:
                scan.take(self._names[name], name)
            elif not self._is_around(words, position, scan):
                self._misspelt(words[position], scan, may_be_misspelt=may_be_misspelt)
            position += length
        return scan

    def _name_at(self, words: list[str], position: int, scan: _Scan) -> tuple[int, str]:
        """Return the longest known name that begins here, with its length in words; a salt beside a name is none."""
        for length in range(min(_LONGEST, len(words) - position), 0, -1):
            name = " ".join(words[position : position + length])
            if name not in self._names or (length == 1 and self._is_salt(words, position, scan)):
                continue
            return length, name
        return 1, ""

    def _is_salt(self, words: list[str], position: int, scan: _Scan) -> bool:
        if words[position] not in SALTS:
            return False
        before = words[position - 1]
        follows_name = bool(scan.ids) and before not in _JOINTS and before not in scan.unread
        following = words[position + 1 : position + 2]
        return follows_name or (bool(following) and following[0] in self._names and following[0] not in SALTS)

    def _is_around(self, words: list[str], position: int, scan: _Scan) -> bool:
        """Tell whether a word that is no name belongs around one: a form, a salt, how often it is taken."""
        word = words[position]
        return _is_filler(word) or (word in SALTS and (bool(scan.ids) or position + 1 < len(words)))

    def _misspelt(self, word: str, scan: _Scan, *, may_be_misspelt: bool) -> None:
        name = self._speller.nearest(word) if may_be_misspelt else None
        if name:
            scan.take(self._names[name], name)
        else:
            scan.unread.append(word)


def _is_filler(word: str) -> bool:
    return word in FILLERS or word.isdigit()


def expand(ids: tuple[str, ...], ingredients: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the ingredients of each medicine, or the medicine itself where it is a single one."""
    for key in ids:
        yield from ingredients.get(key) or (key,)
