"""Everything that a thief of the database would hold, and whether a text can be found in it."""

import base64
import io
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from apps.core.launcher.binaries import postgres_binaries
from apps.core.launcher.errors import LauncherError

SHORTEST = 8  # A shorter piece of base 64 stands everywhere by chance.


def dump_of(url: str) -> bytes:
    """Return a dump of the database, schema and data: by pg_dump, or table by table where there is none that fits."""
    try:
        program = Path(postgres_binaries().postgres).with_name("pg_dump")
        return subprocess.run([program, "--dbname", url], check=True, capture_output=True).stdout
    except (LauncherError, OSError, subprocess.CalledProcessError):
        return _copy_of(url)


def _copy_of(url: str) -> bytes:
    copied = io.BytesIO()
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            copied.write(f"COPY {table}\n".encode())
            with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as rows:
                copied.writelines(bytes(block) for block in rows)
    return copied.getvalue()


def stands_in(text: str, heap: bytes) -> bool:
    """Return whether the text can be found: as it is, in hexadecimal (as dumps show bytes), or in base 64."""
    plain = text.encode()
    lowered = heap.lower()
    in_base64 = (base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3))
    long_enough = [part for part in in_base64 if len(part) >= SHORTEST]
    return plain in heap or plain.hex().encode() in lowered or any(part in heap for part in long_enough)
