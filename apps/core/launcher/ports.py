"""TCP ports of this machine: take one so that nobody else gets it before the server that is meant for it."""

import contextlib
import errno
import socket
import sys
from dataclasses import dataclass, field

from apps.core.launcher.errors import LauncherError

HOST = "127.0.0.1"
_TRIED = 100


@dataclass(frozen=True)
class Claim:
    """A port that is ours until `release`, whether or not our server is listening on it at this moment.

    Some servers listen with SO_REUSEPORT: two of them would share one port in silence. And a port that was
    free a moment ago may be somebody's outgoing connection now. So the port stays bound, without listening,
    beside our own server.
    """

    port: int
    _held: tuple[socket.socket, ...] = field(repr=False)

    def release(self) -> None:
        """Give the port back."""
        for held in self._held:
            held.close()


def claim(preferred: int = 0) -> Claim:
    """Take the preferred port or the next free one after it; 0 takes any. Raises LauncherError when none is free."""
    for port in range(preferred, min(preferred + _TRIED, 65_536)) if preferred else (0,):
        with contextlib.suppress(BlockingIOError):
            return _take(port)
    raise LauncherError(f"No port from {preferred} on is free. Choose another with PORT.")


def _take(port: int) -> Claim:
    name = _take_name(port) if port else ()
    holder = socket.socket()
    try:
        if port:  # Connections of an earlier run that linger in TIME_WAIT do not count as taken.
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((HOST, port))
    except OSError as error:
        _close(holder, *name)
        if error.errno == errno.EADDRINUSE:
            raise BlockingIOError from error
        raise LauncherError(f"Port {port} cannot be used ({error.strerror}). Choose another with PORT.") from error
    chosen = holder.getsockname()[1]
    if sys.platform != "linux":  # Elsewhere a bound port cannot be shared with the server it is kept for.
        _close(holder, *name)
        return Claim(chosen, ())
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return Claim(chosen, (holder, *name))


def _take_name(port: int) -> tuple[socket.socket, ...]:
    """Keep other launchers off a port: bound with SO_REUSEADDR alone, two of them would both believe they have it.

    A name in Linux's abstract socket space goes away with its process and needs no file.
    """
    if sys.platform != "linux":
        return ()
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0launcher-port-{port}")
    except OSError as error:
        _close(name)
        raise BlockingIOError from error
    return (name,)


def _close(*sockets: socket.socket) -> None:
    for each in sockets:
        each.close()
