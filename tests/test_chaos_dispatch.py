"""Reminders survive their worker: killed at random, again and again, it loses none and repeats none unnoticed."""

import os
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from django.utils import timezone
from kombu import Connection

from apps.core.testing.proofs import dice, rounds
from apps.core.testing.services import throwaway_valkey
from apps.core.testing.smtp import SmtpServer, smtp_server
from apps.notifications.choices import DeliveryState
from apps.notifications.models import Delivery, Notification
from apps.reminders.choices import DoseState, PlanState
from apps.reminders.models import ActionPlan, Dose
from config.celery import app
from tests.care import Care, make_care
from tests.programs import Programs, database_url, programs, wait_until

DOSES = 1_000
KILLS = 5
BEAT = ("reminders.dispatch_due_doses", "notifications.deliver")


class Beat:
    """Wakes the jobs as beat does, only oftener."""

    def __init__(self, broker: str, queue: str) -> None:
        self._broker = Connection(broker)
        self._queue = queue
        self._next = 0.0

    def tick(self) -> None:
        """Send the jobs off, twice a second."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 0.5
        for task in BEAT:
            app.send_task(task, connection=self._broker, queue=self._queue, ignore_result=True, expires=10)

    def close(self) -> None:
        """Hang up."""
        self._broker.release()


def make_due_doses(care: Care, *, now: datetime) -> None:
    """Give the patient this many plans, each with one dose that fell due a minute ago."""
    plans = [
        ActionPlan(
            patient=care.patient,
            relationship=care.relationship,
            generation=1,
            state=PlanState.ACTIVE,
            schedule={"kind": "INTERVAL", "hours": 24},
            time_zone="UTC",
            promised_doses=1,
            activated_at=now,
        )
        for _ in range(DOSES)
    ]
    for plan in plans:
        plan.seal_texts(action="Aspirin", dosage_text="daily")
    due = now - timedelta(minutes=1)
    window = {"due_at": due, "local_date": due.date(), "misses_at": due + timedelta(days=1), "next_reminder_at": due}
    ActionPlan.objects.bulk_create(plans)
    Dose.objects.bulk_create(Dose(plan=plan, number=1, **window) for plan in plans)


def survive(running: Programs, beat: Beat, mail: SmtpServer, random: Random) -> None:
    """Kill the worker's whole process group at random moments, start another each time, and let the last one finish."""
    for kill in range(KILLS):
        goal = len(mail.taken) + random.randrange(1, DOSES // KILLS)

        def is_time(kill: int = kill, goal: int = goal) -> bool:
            beat.tick()
            if kill == 0:  # The first falls among the first: doses have been claimed, and messages too.
                return Dose.objects.filter(state=DoseState.DUE).exists()
            return len(mail.taken) >= goal

        worker = running.worker()
        wait_until(is_time, why=running.said, pause=0.02)
        time.sleep(random.uniform(0, 0.1))
        running.kill(worker)
    running.worker()

    def is_done() -> bool:
        beat.tick()
        return Delivery.objects.filter(state=DeliveryState.SENT).count() >= DOSES

    wait_until(is_done, why=running.said)


@pytest.mark.chaos
@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_five_times_delivers_every_dose_and_repeats_none_unnoticed(tmp_path: Path):
    for turn in range(rounds(1, 20)):
        random = dice(f"chaos dispatch {turn}")
        make_due_doses(make_care(timezone.now(), name=f"turn{turn}_"), now=timezone.now())
        logs = tmp_path / str(turn)
        logs.mkdir()
        with throwaway_valkey() as valkey, smtp_server() as mail:
            environment = {
                "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
                "DATABASE_URL": database_url(),
                "REDIS_URL": valkey.url,
                "EMAIL_URL": mail.url,
                "CELERY_QUEUE": f"chaos-{os.getpid()}-{turn}",
                "DELIVERY_LEASE_SECONDS": "2",
            }
            beat = Beat(valkey.url, environment["CELERY_QUEUE"])
            try:
                with programs(logs, environment) as running:
                    survive(running, beat, mail, random)
            finally:
                beat.close()
        judge(mail)
        ActionPlan.objects.update(state=PlanState.COMPLETED)
        Delivery.objects.all().delete()
        Notification.objects.all().delete()


def judge(mail: SmtpServer) -> None:
    """See that each dose went out, and what went out twice is known to the ledger as such."""
    ledger = {f"<{pk}@careloop.example>": may for pk, may in Delivery.objects.values_list("pk", "may_be_repeated")}
    assert len(ledger) == Delivery.objects.values("subject_id").distinct().count() == DOSES
    assert mail.passed_on.keys() == ledger.keys()
    repeated = [key for key, times in Counter(taken.key for taken in mail.taken).items() if times > 1]
    assert all(ledger[key] for key in repeated)
    assert Notification.objects.count() == DOSES
    assert not Dose.objects.filter(plan__state=PlanState.ACTIVE).exclude(state=DoseState.DUE, reminders_sent=1).exists()
