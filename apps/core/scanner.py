"""The door to a virus scanner: clamd's INSTREAM protocol over a socket, within a deadline. Fails closed."""

import socket
import struct
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Unavailable

CHUNK = 64 * 1024
LONGEST_ANSWER = 4096


class ScannerAway(Unavailable):
    """The scanner does not answer, so nothing is taken."""

    code = "scanner_away"
    detail = _("Files cannot be checked right now. Try again in a moment.")


def is_infected(content: bytes) -> bool:
    """Return whether the scanner finds anything; False where none is configured. Raises ScannerAway."""
    if not settings.CLAMD_ADDRESS:
        return False
    try:
        answer = _ask(settings.CLAMD_ADDRESS, content, until=time.monotonic() + settings.CLAMD_TIMEOUT_SECONDS)
    except (OSError, ValueError) as failure:
        raise ScannerAway from failure
    if answer.endswith("FOUND"):
        return True
    if answer != "stream: OK":
        raise ScannerAway  # An error, such as a size limit of its own, is no clean bill.
    return False


def _ask(address: str, content: bytes, *, until: float) -> str:
    with _connected(address, until) as link:
        _send(link, b"zINSTREAM\0", until)
        for start in range(0, len(content), CHUNK):
            chunk = content[start : start + CHUNK]
            _send(link, struct.pack(">I", len(chunk)) + chunk, until)
        _send(link, struct.pack(">I", 0), until)
        return _received(link, until).rstrip(b"\0\n").decode(errors="replace").strip()


def _connected(address: str, until: float) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        link = socket.socket(socket.AF_UNIX)
        try:
            link.settimeout(_left(until))
            link.connect(parts.path)
        except OSError:
            link.close()
            raise
        return link
    return socket.create_connection((parts.hostname, parts.port or 3310), timeout=_left(until))


def _send(link: socket.socket, piece: bytes, until: float) -> None:
    link.settimeout(_left(until))
    link.sendall(piece)


def _received(link: socket.socket, until: float) -> bytes:
    answer = b""
    while len(answer) < LONGEST_ANSWER and not answer.endswith(b"\0"):
        link.settimeout(_left(until))
        piece = link.recv(LONGEST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer


def _left(until: float) -> float:
    """Return the seconds that are left: the deadline is for all of it, not for each piece."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
