"""Eight keep-alive clients on loopback, as light as they can be: one thread, raw sockets, requests made before."""

import re
import selectors
import socket
import time
from collections.abc import Iterable
from itertools import islice

from apps.core.launcher.ports import HOST

CLIENTS = 8
_LONGEST_SILENCE = 30.0  # Seconds until a server that answers nothing is given up.
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_HEAD = ("Host: localhost", "User-Agent: benchmarks")


class BadAnswer(Exception):
    """The server answered something else than 200 with a length, or nothing at all."""


def request_bytes(target: str, token: str) -> bytes:
    """Return a GET of `target` as it goes over the wire; the host is one name for all, because links carry it."""
    return "\r\n".join((f"GET {target} HTTP/1.1", *_HEAD, f"Authorization: Bearer {token}")).encode() + _HEAD_END


def post_bytes(target: str, token: str, body: bytes) -> bytes:
    """Return a POST of a JSON body to `target` as it goes over the wire."""
    more = ("Content-Type: application/json", f"Content-Length: {len(body)}", f"Authorization: Bearer {token}")
    return "\r\n".join((f"POST {target} HTTP/1.1", *_HEAD, *more)).encode() + _HEAD_END + body


def fetch(port: int, request: bytes) -> bytes:
    """Return the body of one answer. Raises BadAnswer."""
    with socket.create_connection((HOST, port), timeout=_LONGEST_SILENCE) as connection:
        client = _Client(connection)
        client.send(request)
        while not client.has_answer():
            pass
        return client.body


def drive(port: int, requests: Iterable[bytes], *, seconds: float) -> int:
    """Send the requests, for at most `seconds`, and return how many were answered. Raises BadAnswer."""
    deadline = time.monotonic() + seconds
    to_send, answered = iter(requests), 0
    with selectors.DefaultSelector() as selector:
        try:
            for request in islice(to_send, CLIENTS):
                client = _Client(socket.create_connection((HOST, port), timeout=_LONGEST_SILENCE))
                selector.register(client.connection, selectors.EVENT_READ, client)
                client.send(request)
            while selector.get_map():
                for key, _ in _readable(selector):
                    if not key.data.has_answer():
                        continue
                    answered += 1
                    following = next(to_send, None) if time.monotonic() < deadline else None
                    if following is not None:
                        key.data.send(following)
                    else:
                        selector.unregister(key.fileobj)
                        key.data.connection.close()
        finally:
            for key in list(selector.get_map().values()):
                key.data.connection.close()
    return answered


def _readable(selector: selectors.BaseSelector) -> list[tuple[selectors.SelectorKey, int]]:
    if ready := selector.select(_LONGEST_SILENCE):
        return ready
    raise BadAnswer("The server does not answer any more.")


class _Client:
    """One connection with at most one request under way."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.body = b""
        self._received = bytearray()
        self._wanted = 0

    def send(self, request: bytes) -> None:
        """Send a request."""
        self._received.clear()
        self._wanted = 0
        self.connection.sendall(request)

    def has_answer(self) -> bool:
        """Read what has come, and tell whether the answer is complete. Raises BadAnswer."""
        block = self.connection.recv(262_144)
        if not block:
            raise BadAnswer(f"The server closed the connection after {bytes(self._received[:200])!r}.")
        self._received += block
        if not self._wanted:
            self._read_head()
        if not self._wanted or len(self._received) < self._wanted:
            return False
        self.body = bytes(self._received[self._received.index(_HEAD_END) + len(_HEAD_END) : self._wanted])
        return True

    def _read_head(self) -> None:
        end = self._received.find(_HEAD_END)
        if end < 0:
            return
        head = bytes(self._received[:end])
        length = _LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200 ") or length is None:
            raise BadAnswer(bytes(self._received[:2_000]).decode(errors="replace"))
        self._wanted = end + len(_HEAD_END) + int(length[1])
