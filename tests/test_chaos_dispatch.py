"""Reminders survive whatever happens to the house: none is lost, none repeated unnoticed (`make chaos`, in full)."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

import httpx
import pytest
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.appointments.selectors import doctor_free_slots
from apps.core.launcher.ports import HOST
from apps.core.launcher.servers import RunningServer
from apps.core.testing.proofs import dice, rounds
from apps.core.testing.services import throwaway_postgres
from tests.care import Care, make_care
from tests.chaos import CONCURRENCY, Count, House, count, house, hurt, make_due_doses
from tests.programs import programs

pytestmark = [pytest.mark.chaos, pytest.mark.proof, pytest.mark.django_db(transaction=True)]
logger = logging.getLogger(__name__)

DOSES = rounds(200, 2_000)
KILLS = rounds(2, 5)
AS_PROMISED = Count(lost=0, repeated_by_key=0, repeated=0, unmarked=0, told_twice=0)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory) -> Iterator[RunningServer]:
    """A database server that may be killed, with the tables in it."""
    with throwaway_postgres(durable=True) as server:
        environment = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": server.url}
        with programs(tmp_path_factory.mktemp("tables"), environment) as running:
            running.run("migrate", "manage.py", "migrate", "--verbosity", "0")
        yield server


def test_killed_flushed_and_restarted_it_loses_none_and_repeats_none_unnoticed(postgres, tmp_path: Path):
    for turn in range(rounds(1, 20)):
        with house(tmp_path / str(turn), postgres) as hurt_house:
            make_due_doses(make_care(timezone.now(), name=f"turn{turn}_"), DOSES, now=timezone.now())
            hurt(hurt_house, doses=DOSES, kills=KILLS, random=dice(f"chaos dispatch {turn}"))
            hurt_house.wait_until_told()
            found = count(hurt_house, doses=DOSES)
        logger.info("run %s of %s doses, %s kills: %s", turn + 1, DOSES, KILLS, found)
        assert (found.lost, found.repeated_by_key, found.unmarked, found.told_twice) == (0, 0, 0, 0)
        # Of each killed process the one message that was in the air; the killed database is one death more.
        assert found.repeated <= (KILLS + 1) * CONCURRENCY


def test_two_beats_and_three_workers_do_what_one_does(postgres, tmp_path: Path):
    with house(tmp_path / "many", postgres) as many:
        make_due_doses(make_care(timezone.now(), name="many_"), DOSES, now=timezone.now())
        many.start(workers=3, beats=2)
        many.wait_until_told()
        assert count(many, doses=DOSES) == AS_PROMISED


DOWN_SECONDS = rounds(5, 60)


class Load:
    """One person who goes on using the API: looks into the inbox, books, and writes down what was answered."""

    def __init__(self, care: Care, site: str) -> None:
        """Sign the patient in, and look up what can be booked."""
        now = timezone.now()
        access = tokens.issue_pair(open_session(user=care.manager, now=now))["access"]
        self.http = httpx.Client(base_url=f"{site}/api/v1/", headers={"Authorization": f"Bearer {access}"}, timeout=30)
        self.doctor = care.doctor
        first = (now + timedelta(days=2)).date()
        slots = doctor_free_slots(self.doctor, first=first, last=first + timedelta(days=60), now=now)
        self.slots = [slot for slot in slots if (slot.starts_at.hour, slot.starts_at.minute) == (15, 0)]  # One a day.
        self.answers: Counter[int] = Counter()
        self.slowest = 0.0

    def go_on(self, is_over: Event) -> None:
        """Ask and ask until it is over."""
        while not is_over.is_set():
            self._ask("GET", "notifications/")
            if self.slots:
                starts_at = self.slots.pop().starts_at.isoformat()
                self._ask("POST", "appointments/", {"doctor": str(self.doctor.pk), "starts_at": starts_at})
            time.sleep(0.2)

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> None:
        began = time.monotonic()
        self.answers[self.http.request(method, path, json=body).status_code] += 1
        self.slowest = max(self.slowest, time.monotonic() - began)


def is_up(site: str) -> bool:
    """Tell whether the web server answers."""
    try:
        return httpx.get(f"{site}/api/v1/health/ready/", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def test_without_a_broker_the_api_answers_and_afterwards_the_backlog_empties(postgres, tmp_path: Path):
    with house(tmp_path / "down", postgres) as hurt_house:
        care = make_care(timezone.now(), name="down_")
        site = f"http://{HOST}:{start_web(hurt_house)}"
        hurt_house.wait_until(lambda: is_up(site))
        load, is_over = Load(care, site), Event()
        hurt_house.start()
        with load.http, ThreadPoolExecutor(1) as person:
            using = person.submit(load.go_on, is_over)
            hurt_house.valkey.kill()
            make_due_doses(care, DOSES, now=timezone.now())
            time.sleep(DOWN_SECONDS)
            assert httpx.get(f"{site}/api/v1/health/dispatch/", timeout=10).status_code == 503
            hurt_house.valkey.start()
            hurt_house.wait_until_told()
            is_over.set()
            using.result(60)
        booked = load.answers.pop(201)
        logger.info("broker away for %s s: answers %s, slowest %.2f s", DOWN_SECONDS, load.answers, load.slowest)
        assert set(load.answers) == {200}
        assert booked > 0
        told = {taken.message["Subject"] for taken in hurt_house.mail.taken}
        assert {"Time for your dose", "Your appointment is confirmed"} <= told
        keys = [taken.key for taken in hurt_house.mail.taken]
        assert len(keys) == len(set(keys)) == DOSES + booked


def start_web(hurt_house: House) -> int:
    """Start the web server, and return its port."""
    port = hurt_house.running.port()
    hurt_house.running.granian("wsgi", port, "--blocking-threads", "2")
    return port
