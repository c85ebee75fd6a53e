"""DOC: a compound file (MS-CFB) with a Word stream (MS-DOC). Refused with macros, embedded objects or encryption."""

import io
import re

import olefile

from .model import Limits, Refused

ACTIVE_STORAGES = re.compile(
    r"^(?:macros|vba|_vba_project.*|objectpool|.*ole10native|package|equation native)$", re.IGNORECASE
)
ENCRYPTED = re.compile(r"^(?:encryptedpackage|encryptioninfo)$", re.IGNORECASE)
FIB_MAGIC = b"\xec\xa5"
FLAGS_AT, ENCRYPTED_BIT = 0x0A, 0x0100  # MS-DOC, FibBase: fEncrypted.
DYNAMIC_DATA = (b"DDEAUTO", "DDEAUTO".encode("utf-16-le"))
SMALLEST = 1536  # Three sectors: header, allocation table, directory.


def checked_doc(content: bytes, limits: Limits) -> bytes:
    """Return the file unchanged; raises Refused."""
    if len(content) < SMALLEST:
        raise Refused("damaged_doc")
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as compound:
            entries = compound.listdir(streams=True, storages=True)
            fib = compound.openstream("WordDocument").read(32) if compound.exists("WordDocument") else b""
    except Exception as failure:  # Whatever the reader stumbles over, the file is no good.
        raise Refused("damaged_doc") from failure
    _check_parts([part.strip("\x01\x03\x05 ") for path in entries for part in path])
    _check_fib(fib)
    if any(word in content.upper() for word in DYNAMIC_DATA):
        raise Refused("active_content")
    if any(page in content.lower() for page in (b"<script", b"<?php")):
        raise Refused("two_files_in_one")
    return content


def _check_parts(names: list[str]) -> None:
    if any(ENCRYPTED.match(name) for name in names):
        raise Refused("encrypted_file")
    if any(ACTIVE_STORAGES.match(name) for name in names):
        raise Refused("active_content")


def _check_fib(fib: bytes) -> None:
    """Refuse what is no Word stream, and an encrypted one."""
    if fib[:2] != FIB_MAGIC or len(fib) < 32:
        raise Refused("content_is_not_its_extension")
    if int.from_bytes(fib[FLAGS_AT : FLAGS_AT + 2], "little") & ENCRYPTED_BIT:
        raise Refused("encrypted_file")
