"""DOCX: a ZIP of XML parts (ECMA-376). Refused with macros, embedded files, relations to the outside, or as a bomb."""

import io
import re
import zipfile
from xml.etree import ElementTree as ET

from .model import Limits, Refused

MOST_PARTS = 2_000
MOST_TIMES = 250  # What a part of that many bytes may become; ordinary text shrinks to a fifth, XML to a twentieth.
SMALL = 256 * 1024  # Below, no ratio harms.
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
ACTIVE_PARTS = re.compile(
    r"vbaproject|vbadata|activex|/embeddings/|oleobject|\.(?:bin|exe|dll|js|vbs|htm|html|mht)$", re.IGNORECASE
)
ACTIVE_TYPES = re.compile(r"macroenabled|vbaproject|activex|oleobject", re.IGNORECASE)
HYPERLINK = "/relationships/hyperlink"
ACTIVE_RELATIONS = re.compile(
    r"/relationships/(?:\w*vba\w*|oleobject|package|control|afchunk|attachedtemplate|subdocument|frame)", re.IGNORECASE
)
SAFE_LINK = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
DYNAMIC_DATA = re.compile(r"\bDDE(?:AUTO)?\b")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def checked_docx(content: bytes, limits: Limits) -> bytes:
    """Return the file unchanged; raises Refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_outline(content, archive)
            parts = _read(archive, limits)
    except Refused:
        raise
    except Exception as failure:  # Whatever the reader stumbles over, the file is no good.
        raise Refused("damaged_docx") from failure
    _check_parts(parts)
    return content


def _check_outline(content: bytes, archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > MOST_PARTS:
        raise Refused("unpacks_to_too_much")
    starts_and_ends_so = archive.start_dir > 0 and min((e.header_offset for e in entries), default=1) == 0
    if archive.comment or not starts_and_ends_so or content[-22:-18] != b"PK\x05\x06":
        raise Refused("two_files_in_one")
    if len(set(names)) != len(names) or any(_strays(name) for name in names):
        raise Refused("damaged_docx")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("encrypted_file")
    if any(ACTIVE_PARTS.search(f"/{name}") for name in names):
        raise Refused("active_content")
    if not {"[content_types].xml", "word/document.xml"} <= set(names):
        raise Refused("content_is_not_its_extension")


def _strays(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ".." in name.split("/") or "\0" in name or ":" in name


def _read(archive: zipfile.ZipFile, limits: Limits) -> dict[str, bytes]:
    """Return every part, unpacked under the caps: what the directory says of sizes is not believed."""
    parts, left = {}, limits.max_inflated_bytes
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        with archive.open(entry) as packed:
            unpacked = packed.read(left + 1)
        if len(unpacked) > left or (len(unpacked) > SMALL and len(unpacked) > MOST_TIMES * max(1, entry.compress_size)):
            raise Refused("unpacks_to_too_much")
        left -= len(unpacked)
        parts[entry.filename.lower()] = unpacked
    return parts


def _check_parts(parts: dict[str, bytes]) -> None:
    for name, part in parts.items():
        if not name.endswith((".xml", ".rels", ".vml")):
            continue
        root = _parsed(part)
        if name == "[content_types].xml":
            _check_types(root)
        elif name.endswith(".rels"):
            _check_relations(root)
        elif name.startswith("word/"):
            _check_fields(root)


def _parsed(part: bytes) -> ET.Element:
    """Return the root of a part; a document type (entities, a file to fetch) is refused before anything reads it."""
    if part[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in part[:64] or b"<!" in part.replace(b"<!--", b""):
        raise Refused("active_content")
    try:
        return ET.fromstring(part)  # noqa: S314 - without a document type there is no entity to expand
    except ET.ParseError as failure:
        raise Refused("damaged_docx") from failure


def _check_types(root: ET.Element) -> None:
    types = [str(each.get("ContentType", "")) for each in root]
    if any(ACTIVE_TYPES.search(each) for each in types):
        raise Refused("active_content")
    if MAIN not in types:
        raise Refused("content_is_not_its_extension")


def _check_relations(root: ET.Element) -> None:
    for relation in root:
        kind, target = relation.get("Type", ""), relation.get("Target", "")
        if ACTIVE_RELATIONS.search(kind):
            raise Refused("active_content")
        is_outside = relation.get("TargetMode", "").lower() == "external" or "://" in target
        is_link = kind.lower().endswith(HYPERLINK) and SAFE_LINK.match(target.strip())
        if is_outside and not is_link:
            raise Refused("active_content")


def _check_fields(root: ET.Element) -> None:
    """Refuse fields that fetch data from another program; their words may be cut into pieces."""
    words = "".join(each.text or "" for each in root.iter(f"{WORD}instrText"))
    simple = " ".join(each.get(f"{WORD}instr", "") for each in root.iter(f"{WORD}fldSimple"))
    if DYNAMIC_DATA.search(words.upper()) or DYNAMIC_DATA.search(simple.upper()):
        raise Refused("active_content")
