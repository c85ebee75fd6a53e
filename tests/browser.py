"""A real browser without a window, spoken to through a pipe in its own protocol: it needs no driver."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
READS, WRITES = 3, 4  # The numbers under which the browser looks for its ends of the pipe.


class Browser:
    """One page of a browser, and what it complained of and asked for since it was last sent somewhere."""

    def __init__(self, commands: int, events: int) -> None:
        """Attach to the page that the browser opened."""
        self._commands, self._events = commands, events
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._is_loaded = False
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and return its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (told := self._next()).get("id") != self._number:
            self._hear(told)
        assert "error" not in told, told
        return dict(told["result"])

    def open(self, address: str) -> int:
        """Go there, wait until everything has loaded, and return the status of the page itself."""
        self.complaints, self.requests, self._is_loaded, self._status = [], [], False, 0
        self.call("Page.navigate", url=address)
        while not self._is_loaded:
            self._hear(self._next())
        self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")
        return self._status

    def look_like(self, *, width: int, height: int, scheme: str) -> None:
        """Take the size of a device and the colours that its owner prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, expression: str) -> Any:
        """Return what an expression of the page's own language is, awaited; fail where it fails."""
        asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = self.call("Runtime.evaluate", **asked)
        assert "exceptionDetails" not in answer, expression
        return answer["result"].get("value")

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            read = os.read(self._events, 1 << 16)
            assert read, "the browser has gone"
            self._rest += read
        told, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(told))

    def _hear(self, told: dict[str, Any]) -> None:
        params = told.get("params", {})
        match told.get("method"):
            case "Page.loadEventFired":
                self._is_loaded = True
            case "Runtime.exceptionThrown":
                self.complaints.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
            case "Runtime.consoleAPICalled" if params["type"] in {"error", "assert"}:
                self.complaints.append(str([each.get("value") for each in params["args"]]))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.complaints.append(params["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Network.responseReceived" if params["type"] == "Document":
                self._status = params["response"]["status"]


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start a browser whose profile lies in the folder; it ends with the block."""
    assert BROWSER is not None
    theirs, commands = _pipe()
    events, told = _pipe()
    quiet = os.open(os.devnull, os.O_RDWR)
    process = os.posix_spawn(
        BROWSER,
        [BROWSER, *OPTIONS, "--remote-debugging-pipe", f"--user-data-dir={folder}"],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, theirs, READS),
            (os.POSIX_SPAWN_DUP2, told, WRITES),
            (os.POSIX_SPAWN_DUP2, quiet, 2),
        ],
    )
    for end in (theirs, told, quiet):
        os.close(end)
    try:
        page = Browser(commands, events)
        yield page
        page._session = None
        page.call("Browser.close")
    finally:
        os.close(commands)  # At the latest now the browser ends.
        os.waitpid(process, 0)
        os.close(events)


def _pipe() -> tuple[int, int]:
    """Make a pipe whose numbers are not those that the browser looks for."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
