"""A web process is killed in the middle of booking: retried with the same key, there is one appointment."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from subprocess import Popen
from typing import Any

import httpx
import psycopg
import pytest
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.appointments.models import Appointment
from apps.appointments.selectors import doctor_free_slots
from apps.core.launcher.ports import HOST
from apps.core.testing.proofs import dice, rounds, wait_until_blocked
from apps.notifications.models import Notification
from tests.programs import Programs, database_url, programs, wait_until
from tests.world import make_doctor, make_hospital, make_patient, make_user

pytestmark = [pytest.mark.chaos, pytest.mark.proof, pytest.mark.django_db(transaction=True)]


class Web:
    """The web server, and one patient at it."""

    def __init__(self, running: Programs) -> None:
        """Make the patient; nothing runs yet."""
        self.running, self.port = running, running.port()
        self.site = f"http://{HOST}:{self.port}/api/v1"
        now = timezone.now()
        make_patient(user := make_user("amina"))
        self.token = tokens.issue_pair(open_session(user=user, now=now))["access"]
        self.doctor = make_doctor("lena", make_hospital("Riverside"))
        first = (now + timedelta(days=2)).date()
        self.slots = doctor_free_slots(self.doctor, first=first, last=first + timedelta(days=30), now=now)

    def start(self) -> Popen[bytes]:
        """Start the server and wait until it answers."""
        process = self.running.granian("wsgi", self.port, "--blocking-threads", "2")
        wait_until(self._answers, why=self.running.said)
        return process

    def book(self, slot: Any, key: str) -> httpx.Response | None:
        """Ask for the slot under the key; None when the answer was lost."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        body = {"doctor": str(self.doctor.pk), "starts_at": slot.starts_at.isoformat()}
        try:
            return httpx.post(f"{self.site}/appointments/", json=body, headers=headers, timeout=60)
        except httpx.HTTPError:
            return None

    def book_until_answered(self, slot: Any, key: str) -> httpx.Response:
        """Ask again, as a client does whose answer was lost, while the first try is still being taken back."""
        answers: list[httpx.Response] = []

        def is_answered() -> bool:
            answer = self.book(slot, key)
            if answer is not None and answer.json().get("code") != "request_in_progress":
                answers.append(answer)
            return bool(answers)

        wait_until(is_answered, why=self.running.said)
        return answers[0]

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.site}/health/live/", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": database_url()}
    with programs(tmp_path, environment) as running:
        yield Web(running)


def in_background(web: Web, slot: Any, key: str) -> threading.Thread:
    thread = threading.Thread(target=web.book, args=(slot, key))
    thread.start()
    return thread


def judge(web: Web, slot: Any, key: str) -> None:
    """Ask twice more under the same key: the same appointment, once in the table and once told."""
    first, again = web.book_until_answered(slot, key), web.book(slot, key)
    assert again is not None
    assert (first.status_code, again.status_code) == (201, 201), first.content
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Appointment.objects.filter(starts_at=slot.starts_at).count() == 1
    told = Notification.objects.filter(topic="appointment_confirmed", subject_id=first.json()["id"])
    assert told.count() == 1


def test_killed_between_the_booking_and_its_commit(web):
    """The table of inboxes is locked, so the appointment is there, uncommitted, when the process dies."""
    server, slot = web.start(), web.slots[0]
    with psycopg.connect(database_url()) as holder:
        holder.execute("LOCK TABLE notifications_notification IN EXCLUSIVE MODE")
        asking = in_background(web, slot, "the key")
        wait_until_blocked()
        web.running.kill(server)
        asking.join()
    assert not Appointment.objects.exists()
    web.start()
    judge(web, slot, "the key")


def test_killed_at_random_moments(web):
    chance: Random = dice("killed booking")
    for number in range(rounds(1, 20)):
        server, slot = web.start(), web.slots[50 * (number + 1)]
        asking = in_background(web, slot, f"key {number}")
        time.sleep(chance.uniform(0, 0.15))
        web.running.kill(server)
        asking.join()
        again = web.start()
        judge(web, slot, f"key {number}")
        web.running.kill(again)
