"""A real SMS gateway for tests: it keeps what it takes, and is slow, fails, lies or falls silent when asked to."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qsl

HOST = "127.0.0.1"
Fault = Callable[["_Conversation"], None]


@dataclass(frozen=True, slots=True)
class Text:
    """One message that the gateway has taken."""

    key: str
    fields: dict[str, str]
    authorization: str


class Gateway:
    """What came in, in order, and how the gateway behaves towards what comes next."""

    def __init__(self) -> None:
        """Describe a gateway; `sms_gateway` starts one."""
        self.taken: list[Text] = []
        self.asked = 0
        self.faults: deque[Fault] = deque()
        self.is_over = Event()
        self.port = 0

    def url(self, shape: str = "twilio") -> str:
        """Return SMS_URL."""
        return f"{shape}+http://account:token@{HOST}:{self.port}/messages"

    @property
    def passed_on(self) -> dict[str, Text]:
        """Return what a gateway that honours the key passes on: the first message of each."""
        first: dict[str, Text] = {}
        for text in tuple(self.taken):
            first.setdefault(text.key, text)
        return first

    def will(self, *faults: Fault) -> None:
        """Meet the next requests with these faults, one each."""
        self.faults.extend(faults)


def answers(status: int, body: bytes = b"{}", *, takes: bool = False) -> Fault:
    """Answer with this status and body; `takes` keeps the message all the same."""

    def fault(conversation: "_Conversation") -> None:
        if takes:
            conversation.keep()
        conversation.answer(status, body)

    return fault


def dawdles(seconds: float) -> Fault:
    """Take the message, and say so after a while."""

    def fault(conversation: "_Conversation") -> None:
        conversation.keep()
        conversation.gateway.is_over.wait(seconds)
        conversation.say_so()

    return fault


def drips(conversation: "_Conversation") -> None:
    """Take the message, then answer a byte now and then, for ever."""
    conversation.keep()
    conversation.send_response(201)
    conversation.send_header("Content-Length", "100000")
    conversation.end_headers()
    while not conversation.gateway.is_over.is_set():
        conversation.wfile.write(b" ")
        conversation.wfile.flush()
        time.sleep(0.05)


def hangs_up(conversation: "_Conversation") -> None:
    """Take the message, and hang up without a word."""
    conversation.keep()
    conversation.connection.close()


class _Conversation(BaseHTTPRequestHandler):
    gateway: Gateway
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.gateway.asked += 1
        try:
            if self.gateway.faults:
                self.gateway.faults.popleft()(self)
            else:
                self.keep()
                self.say_so()
        except OSError:  # Whoever asked has lost patience.
            self.close_connection = True

    def keep(self) -> None:
        is_form = "form" in self.headers["Content-Type"]
        fields = dict(parse_qsl(self.body.decode())) if is_form else json.loads(self.body)
        text = Text(self.headers["Idempotency-Key"], fields, self.headers["Authorization"])
        self.gateway.taken.append(text)

    def say_so(self) -> None:
        self.answer(201, json.dumps({"sid": f"SM{len(self.gateway.taken)}"}).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


@contextmanager
def sms_gateway() -> Iterator[Gateway]:
    """Run a gateway on a free port of this machine, in threads of its own."""
    gateway = Gateway()
    handler = type("Conversation", (_Conversation,), {"gateway": gateway})
    server = ThreadingHTTPServer((HOST, 0), handler)
    server.daemon_threads = True
    gateway.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield gateway
    finally:
        gateway.is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()
