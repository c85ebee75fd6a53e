"""A language model that hangs behind web workers of the size that is shipped: chats are answered, the rest goes on."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import Any

import httpx
import psycopg
import pytest
import yaml
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.core.launcher.ports import HOST
from apps.core.testing.proofs import rounds
from apps.recommendations.channels.breaker import FAILURES, MOST_PLACES, REST_SECONDS
from apps.recommendations.tests import fake_model
from tests.care import make_care
from tests.programs import ROOT, database_url, programs, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 8  # How long the model may think.
CHATS, OTHERS = 6, 24
QUESTION = {"question": "What are the symptoms of gout?"}


def shipped(option: str) -> str:
    """Return what docker-compose.yml gives for an option of the web server where nothing else is said."""
    command = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["web"]["command"]
    [value] = re.findall(rf"{option} \$\{{\w+:-(\d+)}}", command)
    return str(value)


class Web:
    """The web server as it is shipped, a model behind it, and somebody signed in."""

    def __init__(self, port: int, model: fake_model.FakeModel) -> None:
        """Sign somebody in; nothing runs yet."""
        self.site, self.model = f"http://{HOST}:{port}/api/v1", model
        session = open_session(user=make_care(timezone.now()).manager, now=timezone.now())
        self.headers = {"Authorization": f"Bearer {tokens.issue_pair(session)['access']}"}

    def chat(self) -> Any:
        answer = httpx.post(f"{self.site}/chat/send-message/", json=QUESTION, headers=self.headers, timeout=60)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def get(self, path: str) -> httpx.Response:
        """Ask on a connection of its own, which any of the processes may get."""
        return httpx.get(f"{self.site}/{path}", headers=self.headers, timeout=60)

    def is_up(self) -> bool:
        try:
            return self.get("health/live/").status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with fake_model.running() as model:
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": database_url(),
            "LLM_BASE_URL": model.url,
            "LLM_SECONDS": str(SECONDS),
            "WEB_THREADS": shipped("--blocking-threads"),
            "TMPDIR": str(tmp_path),
        }
        with programs(tmp_path, environment) as running:
            site = Web(running.port(), model)
            size = ("--workers", shipped("--workers"), "--blocking-threads", shipped("--blocking-threads"))
            running.granian("wsgi", int(site.site.split(":")[2].split("/")[0]), *size)
            wait_until(site.is_up, why=running.said)
            yield site


def states() -> set[str]:
    """Return what the server's connections to the database are doing."""
    with psycopg.connect(database_url()) as looking:
        query = "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return {str(state) for (state,) in looking.execute(query).fetchall()}


def test_while_chats_hang_everything_else_is_answered_and_no_transaction_waits(web):
    web.chat()  # The passages are written once, and the processes are warm.
    web.model.asked.clear()
    web.model.answer = fake_model.hangs
    with ThreadPoolExecutor(CHATS) as people:
        chats = [people.submit(web.chat) for _ in range(CHATS)]
        wait_until(lambda: len(web.model.asked) == MOST_PLACES, why=lambda: f"asked {len(web.model.asked)} times")
        answers = [
            web.get(path) for path in ("me/", "medicines/?search=ibu", "chat/history/", "doctors/") * (OTHERS // 4)
        ]
        seen = states()
        # The others go without a model, and everything above came before the deadline of those that hang.
        wait_until(lambda: _waiting(chats) == MOST_PLACES, why=lambda: f"{_waiting(chats)} chats hang")
        assert [each.status_code for each in answers] == [200] * OTHERS
        assert "idle in transaction" not in seen
        said = [each.result() for each in chats]
    assert {each["answer"] for each in said} == {said[0]["answer"]}
    assert "Gout" in said[0]["answer"]
    assert len(web.model.asked) == MOST_PLACES


def _waiting(chats: list[Future[Any]]) -> int:
    return sum(not each.done() for each in chats)


def test_a_model_that_fails_is_left_alone_and_asked_again_after_a_rest(web):
    web.model.answer = fake_model.whole(b"oops", status=500)
    for _ in range(30):
        web.chat()
    processes = int(shipped("--workers"))
    assert FAILURES <= len(web.model.asked) <= FAILURES * processes
    if rounds(0, 1):
        sleep(REST_SECONDS + 1)
        web.model.asked.clear()
        web.model.answer = fake_model.says('{"about": "gout"}')
        for _ in range(10):
            web.chat()
        assert len(web.model.asked) == 10
        assert web.get("chat/health/").json()["language_model"] == "READY"
