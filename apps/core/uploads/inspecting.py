"""The one way in: the extension says what it must be, the content must be just that."""

import re
from collections.abc import Callable

from .images import redrawn
from .model import Accepted, Limits, Refused
from .names import clean_name, extension_of
from .ole import checked_doc
from .pdfs import checked_pdf
from .zipped import checked_docx

Reader = Callable[[bytes, Limits], bytes]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Of each extension: the media type it is served as, what it begins with, and who reads it.
KINDS: dict[str, tuple[str, bytes, Reader]] = {
    "pdf": ("application/pdf", b"%PDF-", checked_pdf),
    "jpg": ("image/jpeg", b"\xff\xd8\xff", redrawn),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff", redrawn),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n", redrawn),
    "doc": ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", checked_doc),
    "docx": (DOCX, b"PK\x03\x04", checked_docx),
}

# What another program would open the same bytes as: an archive read from its end, one that begins anywhere, a page.
ZIP_END = b"PK\x05\x06"
LONGEST_ZIP_COMMENT = 65_535 + 22
ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"MSCF\0\0\0\0")
SNIFFED_BYTES = 1445  # As far as a browser looks for HTML (WHATWG, MIME Sniffing, 5.2).
PAGE = re.compile(rb"<\s*(?:!doctype|html|head|body|script|iframe|svg|\?php|\?xml|img|object|embed)\b", re.IGNORECASE)


def inspect_upload(*, name: str, content: bytes, limits: Limits) -> Accepted:
    """Return the file as it may be kept; raises Refused."""
    if not content:
        raise Refused("empty_file")
    if len(content) > limits.max_bytes:
        raise Refused("file_too_large")
    shown = clean_name(name)
    kind = KINDS.get(extension_of(shown))
    if kind is None:
        raise Refused("file_type_not_allowed")
    media_type, magic, reader = kind
    if not content.startswith(magic):
        raise Refused("content_is_not_its_extension")
    if reader is not redrawn:  # What is drawn anew is one file only.
        _refuse_second_nature(content, is_zip=reader is checked_docx)
    return Accepted(shown, media_type, reader(content, limits))


def _refuse_second_nature(content: bytes, *, is_zip: bool) -> None:
    if not is_zip and ZIP_END in content[-LONGEST_ZIP_COMMENT:]:
        raise Refused("two_files_in_one")
    if any(archive in content for archive in ARCHIVES):
        raise Refused("two_files_in_one")
    if PAGE.search(content[:SNIFFED_BYTES]):
        raise Refused("two_files_in_one")
    if b"%PDF-" in content[5:1024]:
        raise Refused("two_files_in_one")
