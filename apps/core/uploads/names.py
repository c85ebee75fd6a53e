"""Names of files as people see them; no name of a caller ever becomes a path."""

import unicodedata

LONGEST = 120
# Characters that turn the direction of what follows: "exe.pdf" may be shown for "fdp.exe".
TURNING = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")


def clean_name(given: str) -> str:
    """Return the last part of a name without control characters, path separators and quotes, 120 characters at most."""
    base = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in base if c.isprintable() and c not in TURNING and c not in '"<>|:*?;%')
    stem, dot, extension = kept.strip(". ").rpartition(".")
    if not dot:
        stem, extension = extension, ""
    short = stem.strip(". ")[: LONGEST - len(extension) - 1] or "file"
    return f"{short}.{extension}" if extension else short


def extension_of(name: str) -> str:
    """Return the lower-case extension of a name, without its dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""
