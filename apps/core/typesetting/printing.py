"""Setting a page: nothing is printed that would come out as an empty box."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from textwrap import wrap
from typing import Any

import orjson
import typst
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from fontTools.ttLib import TTFont

from apps.core.errors import RuleRefused

FONTS = Path(__file__).parent / "fonts"
FIRST_FAMILY = "Noto Sans"
# What stands in no typeface and prints nothing: white space, controls, joiners and marks of direction.
INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}
WRITTEN = {"L", "M", "N"}  # Letters, their marks, and figures: a text without them says something else.
# Unbroken text runs out of its column. Only scripts whose letters stand by themselves may be broken anywhere.
UNBROKEN = re.compile(r"[!-~\u00a1-\u02af\u0370-\u052f]{25,}")  # No medicine has so long a word.
PIECE = 12


class NotPrintable(RuleRefused):
    """A text is written in a script for which no typeface is installed; `scripts` names it."""

    code = "not_printable"
    detail = _("A text uses letters that no installed typeface has. Whoever runs this service adds one: see FONT_DIR.")

    def __init__(self, letters: set[str]) -> None:
        self.extensions = {"scripts": sorted({unicodedata.name(each, "UNKNOWN").split()[0] for each in letters})}
        super().__init__()


def typeset(
    template: Path, content: Mapping[str, Any], *, pictures: Mapping[str, str] | None = None, made_at: datetime
) -> bytes:
    """Return the template as a PDF (PDF/A-2b) with `content` and SVG `pictures`, dated `made_at`; raises NotPrintable.

    Content reaches the template as data, so that nothing in it is markup. It costs milliseconds of processor: never
    call it inside a transaction.
    """
    folders = _folders()
    fonts, families = _fonts(folders)
    printable = _each_text(content, lambda text: _printable(text, _covered(folders)))
    inputs = {"content": printable, "families": families, "pictures": pictures or {}}
    return typst.compile(
        template.read_bytes(),
        font_paths=fonts,
        sys_inputs={name: orjson.dumps(value).decode() for name, value in inputs.items()},
        format="pdf",
        pdf_standards=["a-2b"],
        timestamp=int(made_at.timestamp()),
    )


def _folders() -> tuple[str, ...]:
    return tuple(filter(None, (str(FONTS), settings.FONT_DIR)))


@lru_cache(maxsize=4)
def _fonts(folders: tuple[str, ...]) -> tuple[typst.Fonts, list[str]]:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders))
    others = sorted(set(fonts.families()) - {FIRST_FAMILY})
    return fonts, [FIRST_FAMILY, *others]


@lru_cache(maxsize=4)
def _covered(folders: tuple[str, ...]) -> frozenset[str]:
    """Return every character that some installed typeface has."""
    files = [file for folder in folders for file in Path(folder).rglob("*") if file.suffix in {".ttf", ".otf"}]
    return frozenset().union(*map(_characters, files))


def _characters(file: Path) -> frozenset[str]:
    with TTFont(file, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Return the same facts, each of their texts changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _each_text(each, change) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each_text(each, change) for each in value]
    return value


def _printable(text: str, covered: frozenset[str]) -> str:
    """Return the text with symbols that no typeface has spelled out; raises NotPrintable for letters."""
    text = unicodedata.normalize("NFC", text)
    absent = {each for each in set(text) - covered if unicodedata.category(each) not in INVISIBLE}
    letters = {each for each in absent if unicodedata.category(each)[0] in WRITTEN}
    if letters:
        raise NotPrintable(letters)
    for symbol in absent:
        text = text.replace(symbol, f"[{unicodedata.name(symbol, 'symbol').lower()}]")
    return UNBROKEN.sub(lambda run: "\u200b".join(wrap(run[0], PIECE)), text)
