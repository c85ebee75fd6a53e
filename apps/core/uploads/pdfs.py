"""PDF: refused when it acts by itself, carries another file, is encrypted, or is not one file only.

Names are what a PDF acts by (ISO 32000-1, 7.3.5): they are looked for in the bytes, not in what a parser makes of them,
so that a broken cross-reference table hides nothing.
"""

import re
import zlib
from collections.abc import Iterator

from .model import Limits, Refused

HEADER = re.compile(rb"%PDF-(?:1\.[0-7]|2\.0)[\s%]")
END = re.compile(rb"%%EOF\s*\Z")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
STREAM = re.compile(rb"\bstream\r?\n?")
# Long enough never to be met by chance in ten megabytes of compressed bytes: looked for everywhere.
ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|Rendition|GoToE|GoToR|Encrypt|Movie|Sound"
    rb"|Collection)(?![A-Za-z0-9_])"
)
# Short ones are looked for where names stand, and not in texts: `(see https://example.org/AA)` is no action.
SHORT = re.compile(rb"/(?:JS|AA|XFA)(?![A-Za-z0-9_.\-])")
OPEN_ACTION = re.compile(rb"/OpenAction(?![A-Za-z0-9_])\s*(\[?)")
TEXT = re.compile(rb"\((?:[^()\\]|\\.){0,2000}\)", re.DOTALL)
OBJECT_STREAM = re.compile(rb"/ObjStm(?![A-Za-z0-9_])")
FILTERS = re.compile(rb"/Filter\s*(\[[^\]]*\]|/\w+)")
PAGE = re.compile(rb"<\s*(?:script|html|iframe|svg)\b", re.IGNORECASE)


def checked_pdf(content: bytes, limits: Limits) -> bytes:
    """Return the file unchanged; raises Refused."""
    if not HEADER.match(content) or not END.search(content[-1024:]) or b"startxref" not in content:
        raise Refused("damaged_pdf")
    outside, streams = _split(content)
    inflated = list(_object_streams(outside, streams, limits))
    for part in (content, *inflated):
        _refuse_active(_unescaped(part), ACTIVE)
    for part in (b" stream ".join(outside), *inflated):
        _refuse_where_names_stand(_unescaped(part))
    return content


def _refuse_active(part: bytes, names: re.Pattern[bytes]) -> None:
    found = names.search(part)
    if found:
        raise Refused("encrypted_file" if found[0].startswith(b"/Encrypt") else "active_content")


def _refuse_where_names_stand(part: bytes) -> None:
    _refuse_active(TEXT.sub(b"()", part), SHORT)
    if any(not match[1] for match in OPEN_ACTION.finditer(part)):
        raise Refused("active_content")
    if PAGE.search(part):
        raise Refused("two_files_in_one")


def _split(content: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return what stands before each stream, and after the last, and the streams."""
    outside, streams, position = [], [], 0
    while match := STREAM.search(content, position):
        end = content.find(b"endstream", match.end())
        if end < 0:
            break
        outside.append(content[position : match.start()])
        streams.append(content[match.end() : end])
        position = end + len(b"endstream")
    return [*outside, content[position:]], streams


def _object_streams(outside: list[bytes], streams: list[bytes], limits: Limits) -> Iterator[bytes]:
    """Yield the object streams, inflated; raises Refused for what cannot be looked into, or grows too much."""
    left = limits.max_inflated_bytes
    for before, stream in zip(outside, streams, strict=False):
        described = _unescaped(before[before.rfind(b" obj") :] if b" obj" in before else before)
        if not OBJECT_STREAM.search(described):
            continue
        inflated = _inflated(described, stream, left)
        left -= len(inflated)
        yield inflated


def _inflated(described: bytes, stream: bytes, most: int) -> bytes:
    filters = [name for match in FILTERS.finditer(described) for name in re.findall(rb"/(\w+)", match[1])]
    if not filters:
        return stream
    if filters != [b"FlateDecode"] or b"/Predictor" in described:
        raise Refused("damaged_pdf")
    unpacking = zlib.decompressobj()
    try:
        inflated = unpacking.decompress(stream, most)
    except zlib.error as failure:
        raise Refused("damaged_pdf") from failure
    if unpacking.unconsumed_tail:
        raise Refused("unpacks_to_too_much")
    return inflated


def _unescaped(part: bytes) -> bytes:
    return ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), part)
