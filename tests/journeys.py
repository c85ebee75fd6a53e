"""What a person has in hand on a journey: a device that speaks HTTP with the service, and the letters that come."""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx

from apps.core.tasks import relay_outbox
from apps.core.testing.smtp import SmtpServer, Taken
from apps.notifications.tasks import deliver
from tests.world import PASSWORD

LINK = re.compile(r"https?://[^\s\"'<>]+")
CODE_LINE = re.compile(r"^ {4}(\S+): ([0-9]{6})$", re.MULTILINE)
SECRET_FIELDS = ("access", "refresh", "token", "secret")


class Device:
    """One browser or phone: real HTTP to the live server, carrying the token of whoever is signed in on it.

    It remembers every password that it sent and every token that it got, so that a test can look for them elsewhere.
    """

    def __init__(self, site: str, agent: str) -> None:
        """Switch it on."""
        self.http = httpx.Client(base_url=f"{site}/api/v1/", headers={"User-Agent": agent}, timeout=60)
        self.secrets: set[str] = set()

    def call(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Send one request."""
        self.secrets |= {value for name, value in body.items() if "password" in name or name == "token"}
        answer = self.http.request(method, path, json=body or None)
        if answer.content and "json" in answer.headers["Content-Type"] and isinstance(answer.json(), dict):
            self.secrets |= {value for name, value in answer.json().items() if name in SECRET_FIELDS}
        return answer

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Send a POST."""
        return self.call("POST", path, **body)

    def get(self, path: str) -> httpx.Response:
        """Send a GET."""
        return self.call("GET", path)

    def keep(self, answer: httpx.Response) -> dict[str, Any]:
        """Carry the access token of this answer from now on, and return what else it says."""
        body: dict[str, Any] = answer.json()
        assert "access" in body, body
        self.http.headers["Authorization"] = f"Bearer {body['access']}"
        return body

    def sign_in(self, identifier: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        """Sign in, and carry the token if that works."""
        answer = self.post("auth/login/", identifier=identifier, password=password, **more)
        if answer.status_code == 200:
            self.keep(answer)
        return answer

    @property
    def is_signed_in(self) -> bool:
        """Return whether the token that it carries still opens the API."""
        return self.get("me/").status_code == 200


class LetterBox:
    """The letters that came, as the worker delivers them, each looked at once."""

    def __init__(self, server: SmtpServer) -> None:
        """Begin with what is in it."""
        self.server = server
        self._read = 0

    def empty(self) -> list[Taken]:
        """Do what the worker does, and return the letters that came since the last time."""
        relay_outbox()
        deliver()
        new = self.server.taken[self._read :]
        self._read = len(self.server.taken)
        return new

    def codes(self) -> dict[str, str]:
        """Return the codes of the one letter that came, by username."""
        (letter,) = self.empty()
        return codes_in(letter)

    def titles(self) -> list[tuple[str, str]]:
        """Return to whom and with which subject letters came."""
        return [(letter.recipient, str(letter.message["Subject"])) for letter in self.empty()]


def codes_in(letter: Taken) -> dict[str, str]:
    """Return the codes that a letter tells, by username."""
    return dict(CODE_LINE.findall(_text_of(letter)))


def links_in(letter: Taken) -> set[str]:
    """Return every address that the letter leads to or mentions."""
    return set(LINK.findall(letter.body)) | set(LINK.findall(html.unescape(letter.html)))


def words_of_text(letter: Taken) -> list[str]:
    """Return the words of the text, without what only sets them out and without the addresses."""
    return _words(LINK.sub("", _text_of(letter).replace("\n--\n", "\n")))


def words_of_page(letter: Taken) -> list[str]:
    """Return the words that somebody sees who opens the page."""
    page = _Page()
    page.feed(letter.html)
    return _words(" ".join(page.seen()))


def _text_of(letter: Taken) -> str:
    return letter.body.replace("\r\n", "\n")


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s:]+", text)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._hidden += tag in {"head", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"head", "style"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._texts.append(data)

    def seen(self) -> Iterator[str]:
        return filter(None, (text.strip() for text in self._texts))
