"""A real browser on a page of its own sees a dose fall due without a reload, also after the stream was away.

The page tells the test what it shows by itself, so no driver of browsers is needed, only a browser.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.core.launcher.ports import HOST
from apps.core.testing.services import throwaway_valkey
from apps.core.testing.smtp import smtp_server
from apps.reminders.models import Dose
from tests.care import Care, make_care
from tests.chaos import make_due_doses
from tests.programs import Programs, database_url, programs, wait_until

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

pytestmark = [
    pytest.mark.proof,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here, so no real browser reads the stream"),
]

# Shows what comes, and tells what it shows; the number of its own loads is counted by whoever serves it.
PAGE = """<!doctype html><title>Live</title><ul></ul><script>
const shown = document.querySelector("ul");
const texts = () => [...shown.children].map(each => each.innerText);
const tell = () => fetch("/shown", {method: "POST", body: JSON.stringify(texts())});
const events = new EventSource("%s");
events.addEventListener("ready", tell);
events.addEventListener("notification", event => {
  const entry = document.createElement("li");
  entry.innerText = JSON.parse(event.data).title + " " + JSON.parse(event.data).subject_id;
  shown.append(entry);
  tell();
});
</script>"""


class Page:
    """The page, how often it was loaded, and what it said it shows."""

    def __init__(self, stream: str) -> None:
        """Make a page that reads this stream."""
        self.html = (PAGE % stream).encode()
        self.loads = 0
        self.tellings = 0
        self.shown: list[str] = []


@contextmanager
def served(page: Page) -> Iterator[str]:
    """Serve the page from an origin of its own, and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page.loads += self.path == "/"
            self._answer(page.html if self.path == "/" else b"")

        def do_POST(self) -> None:
            page.shown = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            page.tellings += 1
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def browser_at(address: str, folder: Path) -> Iterator[None]:
    """Open the address in a browser without a window."""
    assert BROWSER is not None
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    options += ["--disable-background-networking", f"--user-data-dir={folder}", address]
    with (folder.parent / "browser.log").open("wb") as log:
        process = subprocess.Popen([BROWSER, *options], stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def stream_address(care: Care, site: str) -> str:
    """Ask the API for the address of the patient's stream, as a frontend does."""
    access = tokens.issue_pair(open_session(user=care.manager, now=timezone.now()))["access"]
    headers = {"Authorization": f"Bearer {access}"}
    return str(httpx.post(f"{site}/api/v1/notifications/stream/", headers=headers, timeout=30).json()["url"])


def dose_due_soon(care: Care) -> str:
    """Make a dose that falls due in two seconds, and return what the page will show of it."""
    make_due_doses(care, 1, now=timezone.now() + timedelta(minutes=1, seconds=2))
    return f"Time for your dose {Dose.objects.latest('id').pk}"


def start_stream(running: Programs, port: int) -> subprocess.Popen[bytes]:
    """Start the stream server and wait until it answers."""
    process = running.granian("asgi", port, "--workers-kill-timeout", "1")

    def answers() -> bool:
        try:
            return httpx.get(f"http://{HOST}:{port}/live/", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    wait_until(answers, why=running.said)
    return process


def test_a_dose_falls_due_and_appears_and_the_next_one_after_the_stream_was_away(tmp_path: Path):
    care = make_care(timezone.now())
    with throwaway_valkey() as valkey, smtp_server() as mail:
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": valkey.url,
            "EMAIL_URL": mail.url,
            "CELERY_QUEUE": "browser",
        }
        (tmp_path / "logs").mkdir()
        with programs(tmp_path / "logs", environment) as running:
            web, stream = running.port(), running.port()
            running.environment["STREAM_URL"] = f"http://{HOST}:{stream}"
            running.granian("wsgi", web, "--blocking-threads", "1")
            server = start_stream(running, stream)
            running.worker()
            running.hurried_beat()
            site = f"http://{HOST}:{web}"
            wait_until(lambda: answers_at(site), why=running.said)
            page = Page(stream_address(care, site))
            with served(page) as address, browser_at(address, tmp_path / "profile"):
                wait_until(lambda: page.tellings > 0, why=running.said)  # It is connected.
                first = dose_due_soon(care)
                wait_until(lambda: page.shown == [first], why=running.said)
                running.kill(server)
                second = dose_due_soon(care)
                wait_until(lambda: not Dose.objects.filter(state="SCHEDULED").exists(), why=running.said)
                start_stream(running, stream)
                wait_until(lambda: page.shown == [first, second], why=running.said)
    assert page.loads == 1


def answers_at(site: str) -> bool:
    """Tell whether the web server answers."""
    try:
        return httpx.get(f"{site}/api/v1/health/live/", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
