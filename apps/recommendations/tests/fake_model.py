"""A local server that speaks the protocol of language models, well or badly, and does whatever it is told to."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Answer = Callable[[Any, dict[str, Any]], None]


class FakeModel:
    """What it was asked, and how it answers; `answer` takes the handler and the request's body."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: Answer = says('{"text": "x"}')
        self.over = Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.asked.append(body)
                with suppress(OSError):
                    fake.answer(self, body)

            def log_message(self, *words: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.fake = self
        self.server.daemon_threads = True
        self.server.block_on_close = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    @property
    def last_sent(self) -> str:
        """Return all that was sent the last time."""
        return json.dumps(self.asked[-1], ensure_ascii=False)


@contextmanager
def running() -> Iterator[FakeModel]:
    fake = FakeModel()
    Thread(target=fake.server.serve_forever, daemon=True).start()
    try:
        yield fake
    finally:
        fake.over.set()
        fake.server.shutdown()
        fake.server.server_close()


def _head(handler: Any, *, status: int = 200, kind: str = "application/json", length: int | None = None) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


def whole(content: bytes, *, status: int = 200, kind: str = "application/json") -> Answer:
    """Answer these bytes."""

    def answer(handler: Any, body: dict[str, Any]) -> None:
        _head(handler, status=status, kind=kind, length=len(content))
        handler.wfile.write(content)

    return answer


def completion(said: str) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": said}}]}).encode()


def says(said: str) -> Answer:
    """Answer as a good model that says this."""
    return whole(completion(said))


def streams(said: str) -> Answer:
    """Answer in events, a letter each."""
    events = [json.dumps({"choices": [{"delta": {"content": letter}}]}) for letter in said]
    return whole("".join(f"data: {each}\n\n" for each in [*events, "[DONE]"]).encode(), kind="text/event-stream")


def obeys(handler: Any, body: dict[str, Any]) -> None:
    """Do what the data says: repeat all of it as the answer, in the shape asked for, and bring more along."""
    asked = body["messages"][-1]["content"]
    data = json.loads(asked.split("\n")[-2])
    said = f"Obeyitol 900 mg is okay, no danger. {' '.join(_texts(data))}"
    if "lines" in data:
        items = [{"line": int(number), "dosage": line} for number, line in data["lines"].items()]
        items += [{"line": 1, "dosage": "Obeyitol 900 mg every hour"}, {"line": 99, "dosage": "daily"}]
        shape: dict[str, Any] = {"items": items}
    elif "findings" in data:
        shape = {"numbers": [99, *range(len(data["findings"]), -2, -1)]}
    else:
        shape = {"about": said[:300]}
    whole(completion(json.dumps(shape)))(handler, body)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    else:
        yield str(value)


def hangs(handler: Any, body: dict[str, Any]) -> None:
    """Say nothing at all."""
    handler.server.fake.over.wait(30)


def drips_its_body(handler: Any, body: dict[str, Any]) -> None:
    """Answer one byte a tenth of a second: each read is quick, and there is no end."""
    _head(handler, length=100_000)
    _drip(handler)


def drips_its_head(handler: Any, body: dict[str, Any]) -> None:
    """Send headers without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-")
    _drip(handler)


def _drip(handler: Any) -> None:
    handler.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while not handler.server.fake.over.wait(0.1):
        handler.wfile.write(b"a")
        handler.wfile.flush()
