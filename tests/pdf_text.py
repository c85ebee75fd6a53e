"""The words of a PDF that the house set: what a reader of the page sees, without the page."""

import re
import zlib
from collections.abc import Iterator
from itertools import pairwise

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_GLYPHS = re.compile(rb"\((?:\\.|[^\\()])*\)", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(.))", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_MAPPED = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")


def says(pdf: bytes, words: str) -> bool:
    """Tell whether the words stand in the document, however its lines are broken."""
    wanted = _close(words)
    return any(wanted in _close(text) for text in _texts(pdf))


def _texts(pdf: bytes) -> Iterator[str]:
    """Yield the document as each of its typefaces reads it: a word of another one is rubbish there."""
    streams = [_inflated(content) for content in _STREAM.findall(pdf)]
    shown = b"".join(
        _ESCAPE.sub(_unescaped, glyphs[1:-1])
        for content in streams
        if b" Tf" in content
        for glyphs in _GLYPHS.findall(content)
    )
    numbers = [high << 8 | low for high, low in list(pairwise(shown))[::2]]
    for content in streams:
        if b"begincmap" in content:
            letters = {
                int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in _pairs(content)
            }
            yield "".join(letters.get(number, "") for number in numbers)


def _pairs(content: bytes) -> list[tuple[bytes, bytes]]:
    return [pair for part in content.split(b"beginbfchar")[1:] for pair in _MAPPED.findall(part.split(b"endbfchar")[0])]


def _letters(text: bytes) -> str:
    return bytes.fromhex(text.decode()).decode("utf-16-be")


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8)]) if match[1] else _NAMED.get(match[2], match[2])


def _close(text: str) -> str:
    return re.sub(r"[\s\u200b\u2068\u2069-]", "", text)
