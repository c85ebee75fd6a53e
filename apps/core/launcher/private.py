"""Files that only their owner may read."""

import os
import secrets
from pathlib import Path
from typing import BinaryIO


def kept_password(folder: Path) -> str:
    """Return the password kept in a server's folder, made on the first call; nobody else may read it."""
    kept = folder / "password"
    if not kept.exists():
        write_private(kept, secrets.token_urlsafe(24))
    return kept.read_text()


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole with one that only its owner may read."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with open_private(unfinished) as file:
        file.write(text.encode())
    unfinished.replace(path)


def open_private(path: Path) -> BinaryIO:
    """Open a file to write at its end; if it is new, only its owner may read it."""
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))  # Path.open has no opener.
