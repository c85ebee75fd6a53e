"""A house to be hurt: servers of its own, due doses in it, a mail server that counts, and hands that kill and count."""

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from subprocess import Popen

import redis
from django.db import InterfaceError, OperationalError, connection

from apps.core.launcher.servers import RunningServer
from apps.core.testing.services import throwaway_valkey
from apps.core.testing.smtp import SmtpServer, smtp_server
from apps.notifications.choices import OPEN_STATES
from apps.notifications.models import Delivery, Notification
from apps.reminders.choices import DoseState, PlanState
from apps.reminders.models import ActionPlan, Dose
from tests.care import Care
from tests.programs import Programs, programs, wait_until

CONCURRENCY = 2  # Processes of a worker, as `make run` has it: so many messages are in the air at once.


@dataclass
class House:
    """What runs, what may be hurt, and what came out."""

    running: Programs
    postgres: RunningServer
    valkey: RunningServer
    mail: SmtpServer

    def start(self, *, workers: int = 1, beats: int = 1) -> list[Popen[bytes]]:
        """Start workers and beats."""
        started = [self.running.worker() for _ in range(workers)]
        return started + [self.running.hurried_beat(number) for number in range(beats)]

    def flush_broker(self) -> None:
        """Empty the broker, as one does who takes it for a cache."""
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()

    def restart_database(self) -> None:
        """Kill the database in the middle of everything, and start it again: it recovers from its log."""
        self.postgres.kill()
        self.postgres.start()

    def wait_until(self, is_so: Callable[[], bool], *, pause: float = 0.05) -> None:
        """Return as soon as it is so; a database that is away just now has not said so."""

        def ask() -> bool:
            try:
                return is_so()
            except (OperationalError, InterfaceError):
                connection.close()
                return False

        wait_until(ask, why=self.running.said, pause=pause)

    def wait_until_told(self) -> None:
        """Return once every due dose was told of and nothing waits to be sent."""
        waiting = Dose.objects.filter(state=DoseState.SCHEDULED, plan__state=PlanState.ACTIVE)
        unsent = Delivery.objects.filter(state__in=OPEN_STATES)
        self.wait_until(lambda: not waiting.exists() and not unsent.exists(), pause=0.2)


@contextlib.contextmanager
def on_database(url: str) -> Iterator[None]:
    """Let this process's models live in another database for a while."""
    before = connection.settings_dict
    named = connection.settings_dict | dict(zip(("USER", "PASSWORD", "HOST", "PORT", "NAME"), _parts(url), strict=True))
    connection.close()
    connection.settings_dict = named
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = before


def _parts(url: str) -> tuple[str, str, str, str, str]:
    credentials, _, place = url.removeprefix("postgres://").rpartition("@")
    (user, _, password), (address, _, name) = credentials.partition(":"), place.partition("/")
    host, _, port = address.partition(":")
    return user, password, host, port, name


@contextlib.contextmanager
def house(logs: Path, postgres: RunningServer) -> Iterator[House]:
    """Bring up a house on this database, with a broker and a mail server of its own; nothing works in it yet."""
    logs.mkdir()
    with throwaway_valkey() as valkey, smtp_server() as mail, on_database(postgres.url):
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "EMAIL_URL": mail.url,
            "CELERY_QUEUE": f"chaos-{os.getpid()}-{logs.name}",
            "DELIVERY_LEASE_SECONDS": "5",
        }
        with programs(logs, environment) as running:
            yield House(running, postgres, valkey, mail)
        ActionPlan.objects.update(state=PlanState.COMPLETED)
        Delivery.objects.all().delete()
        Notification.objects.all().delete()


def make_due_doses(care: Care, count: int, *, now: datetime) -> None:
    """Give the patient this many plans, each with one dose that fell due a minute ago."""
    columns = {"schedule": {"kind": "INTERVAL", "hours": 24}, "time_zone": "UTC", "promised_doses": 1}
    plans = [
        ActionPlan(
            patient=care.patient,
            relationship=care.relationship,
            generation=1,
            state=PlanState.ACTIVE,
            activated_at=now,
            **columns,
        )
        for _ in range(count)
    ]
    for plan in plans:
        plan.seal_texts(action="Aspirin", dosage_text="daily")
        plan.seal_safety({})
    due = now - timedelta(minutes=1)
    window = {"due_at": due, "local_date": due.date(), "misses_at": due + timedelta(days=1), "next_reminder_at": due}
    ActionPlan.objects.bulk_create(plans)
    Dose.objects.bulk_create(Dose(plan=plan, number=1, **window) for plan in plans)


def hurt(house: House, *, doses: int, kills: int, random: Random) -> None:
    """Kill worker and beat, and all that they started, at random moments; once flush the broker, once the database."""
    for kill in range(kills):
        working = house.start()
        # Spread over the whole work: the first falls among the first messages, the last among the last.
        goal = doses * kill // kills + random.randrange(1, doses // kills)
        house.wait_until(lambda goal=goal: len(house.mail.taken) >= goal, pause=0.01)
        if kill == kills // 3:
            house.flush_broker()
        if kill == kills // 2:
            house.restart_database()
        for process in working:
            house.running.kill(process)
    house.start()


@dataclass(frozen=True)
class Count:
    """What came out in the end."""

    lost: int
    repeated_by_key: int
    repeated: int
    unmarked: int
    told_twice: int

    def __str__(self) -> str:
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in vars(self).items())


def count(house: House, *, doses: int) -> Count:
    """Compare what the mail server got with the ledger, the inbox and the doses."""
    ledger = {f"<{pk}@careloop.example>": may for pk, may in Delivery.objects.values_list("pk", "may_be_repeated")}
    times = Counter(taken.key for taken in tuple(house.mail.taken))
    subjects = Delivery.objects.values("subject_id").distinct().count()
    repeated = [key for key, often in times.items() if often > 1]
    odd = Dose.objects.filter(plan__state=PlanState.ACTIVE).exclude(state=DoseState.DUE, reminders_sent=1).count()
    return Count(
        lost=doses - len(ledger.keys() & times.keys()) + doses - min(doses, Notification.objects.count()),
        repeated_by_key=len(house.mail.passed_on) - doses,
        repeated=sum(times[key] - 1 for key in repeated),
        unmarked=sum(not ledger[key] for key in repeated),
        told_twice=len(ledger) - subjects + Notification.objects.count() - doses + odd,
    )
