"""The whole loop over real HTTP, with what `make run` starts; and what was written stays between two people."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import redis

from apps.core.launcher.ports import HOST
from apps.core.testing.services import throwaway_valkey
from apps.core.testing.smtp import SmtpServer, smtp_server
from apps.overview.tour import DEMO_PASSWORD, NOTE, Step, Tour
from tests.dumps import dump_of, stands_in
from tests.programs import PATIENCE, Programs, empty_database, programs, wait_until

# With its dose: the medicine alone stands in the knowledge base too, which the database keeps for searching.
SENTINELS = ("Sore throat for three days", "Amoxicillin 500 mg", "1 tablet every 8 hours", "Drink plenty of water")


@dataclass(frozen=True)
class Service:
    """The running service, and all the places where it keeps or says something."""

    running: Programs
    site: str
    database: str
    broker: str
    mail: SmtpServer

    def answers(self) -> bool:
        """Tell whether the web server is ready."""
        try:
            return httpx.get(f"{self.site}/api/v1/health/ready/", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def places(self) -> dict[str, bytes]:
        """Return everything that a thief could carry away, by where it lay."""
        with redis.Redis.from_url(self.broker) as valkey:
            in_valkey = b"\n".join(key + b" " + (valkey.dump(key) or b"") for key in valkey.scan_iter())
        mails = "\n".join(taken.message.as_string() + taken.body for taken in self.mail.taken)
        return {
            "database": dump_of(self.database),
            "Valkey": in_valkey,
            "logs": self.running.said().encode(),
            "mails": mails.encode(),
        }


@contextmanager
def service(logs: Path) -> Iterator[Service]:
    """Run what `make run` runs, on a database and servers of its own, with the demo data in it."""
    with empty_database() as database, throwaway_valkey() as valkey, smtp_server() as mail:
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "DATABASE_URL": database,
            "REDIS_URL": valkey.url,
            "EMAIL_URL": mail.url,
            "CELERY_QUEUE": "journey",
        }
        with programs(logs, environment) as running:
            web, stream = running.port(), running.port()
            site = running.environment["SITE_URL"] = f"http://{HOST}:{web}"
            running.environment["STREAM_URL"] = f"http://{HOST}:{stream}"
            running.run("migrate", "manage.py", "migrate", "--verbosity", "0")
            running.run("demo", "manage.py", "load_demo_data")
            running.granian("wsgi", web, "--blocking-threads", "1")
            running.granian("asgi", stream, "--workers-kill-timeout", "3")
            running.worker()
            running.celery("beat", "--loglevel", "INFO", "-s", str(logs / "beat-schedule"))
            started = Service(running, site, database, valkey.url, mail)
            wait_until(started.answers, why=running.said)
            yield started


def address_of_the_doctors_stream(site: str) -> str:
    """Sign in as the demo doctor, and return a one-time address of the live stream."""
    with httpx.Client(base_url=f"{site}/api/v1/", timeout=30) as http:
        login = http.post("auth/login/", json={"identifier": "doctor", "password": DEMO_PASSWORD}).json()
        answer = http.post("notifications/stream/", headers={"Authorization": f"Bearer {login['access']}"})
        return str(answer.json()["url"])


def first_topic(url: str) -> str:
    """Read the stream up to its first notification, and return what that is about."""
    with httpx.stream("GET", url, timeout=PATIENCE) as lines:
        return next(
            str(json.loads(line.removeprefix("data: "))["topic"])
            for line in lines.iter_lines()
            if line.startswith("data: ") and line != "data: {}"  # The first event has no news.
        )


def beat_has_run(database: str) -> bool:
    """Tell whether the audit log was sealed: nothing but beat ever asks for that."""
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM core_auditseal").fetchone()
        return row is not None and row[0] > 0


def secrets_of(steps: list[Step]) -> list[str]:
    """Return the tokens that were handed out on the way, and what the doctor wrote."""
    tokens = [step.answer[kind] for step in steps for kind in ("access", "refresh") if kind in step.answer]
    assert all(sentinel in NOTE for sentinel in SENTINELS)
    assert len(tokens) == 6
    return [*SENTINELS, *tokens]


def test_the_loop_closes_and_nothing_that_was_written_is_found_where_it_should_not_be(tmp_path: Path):
    with service(tmp_path) as running, ThreadPoolExecutor(1) as reader:
        heard = reader.submit(first_topic, address_of_the_doctors_stream(running.site))
        tour = Tour(running.site)
        with tour.http:
            steps = list(tour.walk())
        assert tour.adherence == 1.0
        assert heard.result(PATIENCE) == "plan_drafted"
        written_to = [taken for taken in running.mail.taken if taken.recipient.startswith("nadia.")]
        assert "Time for your dose" in [taken.message["Subject"] for taken in written_to]
        assert len(running.mail.taken) == len(running.mail.passed_on)
        wait_until(lambda: beat_has_run(running.database), why=running.running.said)
        places = running.places()

    # What is no secret is found, so that not finding the others means something.
    assert stands_in("Tourist", places["database"])
    assert b"journey" in places["Valkey"]
    assert b"reminders.dispatch_due_doses" in places["logs"]
    found = [
        (secret, place) for secret in secrets_of(steps) for place, heap in places.items() if stands_in(secret, heap)
    ]
    assert found == []
