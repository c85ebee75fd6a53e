"""What happened is told upwards exactly when it was committed, once, and however often the telling fails at first."""

import contextlib
import importlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from prometheus_client import REGISTRY

from apps.core import outbox, tasks, wakeups
from apps.core.ids import uuid7
from apps.core.models import AuditEvent, OutboxEvent
from apps.core.outbox import LONGEST_WAIT, listen, publish, relay_outbox
from apps.core.testing.services import throwaway_valkey
from apps.core.wakeups import wake_after_commit

TOPIC = "test.happened"


@pytest.fixture
def now() -> datetime:
    """A moment after everything that these tests publish."""
    return datetime.now(tz=UTC) + timedelta(minutes=1)


@pytest.fixture
def listener() -> Iterator[Callable[..., None]]:
    """Register listeners of the test's own topic; none of them is left behind."""
    yield lambda act, topic=TOPIC: listen(topic, act)
    outbox._listeners.pop(TOPIC, None)


@pytest.fixture
def woken(monkeypatch) -> list[str]:
    """The jobs that are woken, instead of by the broker."""
    jobs: list[str] = []
    monkeypatch.setattr(wakeups, "_senders", [jobs.append])
    return jobs


def write(event: OutboxEvent) -> None:
    """Leave something in the database, as a listener does."""
    AuditEvent.objects.create(action="heard", subject_id=event.pk)


def fail(event: OutboxEvent) -> None:
    raise LookupError("sentinel-4711 of somebody's text")


def fail_in_the_database(event: OutboxEvent) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def heard() -> list[UUID]:
    return list(AuditEvent.objects.filter(action="heard").order_by("id").values_list("subject_id", flat=True))


@pytest.mark.django_db
class TestRelaying:
    def test_a_listener_gets_the_event_with_its_ids(self, listener, now):
        events: list[OutboxEvent] = []
        listener(events.append)
        one, two = uuid7(), uuid7()
        publish(TOPIC, note_id=one, patient_ids=[one, two])
        assert relay_outbox(now=now) == 1
        assert events[0].ids == {"note_id": str(one), "patient_ids": [str(one), str(two)]}

    def test_an_event_is_relayed_once(self, listener, now):
        listener(write)
        publish(TOPIC)
        assert [relay_outbox(now=now) for _ in range(2)] == [1, 0]
        assert heard() == [OutboxEvent.objects.get().pk]
        assert OutboxEvent.objects.get().relayed_at == now

    def test_the_oldest_comes_first(self, listener, now):
        listener(write)
        for _ in range(5):
            publish(TOPIC)
        relay_outbox(now=now)
        assert heard() == list(OutboxEvent.objects.order_by("id").values_list("pk", flat=True))

    def test_a_run_has_an_end(self, listener, now):
        listener(write)
        for _ in range(5):
            publish(TOPIC)
        assert [relay_outbox(now=now, limit=2) for _ in range(4)] == [2, 2, 1, 0]

    def test_who_registers_twice_is_told_once(self, listener, now):
        listener(write)
        listener(write)
        publish(TOPIC)
        relay_outbox(now=now)
        assert len(heard()) == 1

    def test_nobody_listening_is_no_failure(self, now):
        publish(TOPIC)
        assert relay_outbox(now=now) == 1

    def test_the_job_relays(self, listener):
        listener(write)
        publish(TOPIC)
        tasks.relay_outbox()
        assert len(heard()) == 1


@pytest.mark.django_db
class TestFailing:
    def test_what_other_listeners_wrote_is_undone_with_it(self, listener, now):
        listener(write)
        listener(fail)
        publish(TOPIC)
        assert relay_outbox(now=now) == 0
        assert heard() == []
        assert OutboxEvent.objects.get().relayed_at is None

    def test_the_next_event_is_relayed_all_the_same(self, listener, now):
        publish(TOPIC)
        first = OutboxEvent.objects.get()
        listener(lambda event: fail(event) if event.pk == first.pk else write(event))
        publish(TOPIC)
        assert relay_outbox(now=now) == 1
        assert heard() == [OutboxEvent.objects.exclude(pk=first.pk).get().pk]

    def test_a_listener_that_fails_in_the_database_stops_nothing_either(self, listener, now):
        listener(fail_in_the_database)
        publish(TOPIC)
        publish("test.another")
        assert relay_outbox(now=now) == 1
        assert OutboxEvent.objects.get(topic=TOPIC).last_failure == "DataError"

    def test_it_is_tried_again_after_longer_and_longer_waits(self, listener, now):
        listener(fail)
        publish(TOPIC)
        waits = []
        for _ in range(14):
            relay_outbox(now=now)
            event = OutboxEvent.objects.get()
            waits.append(event.retry_at - now)
            assert relay_outbox(now=event.retry_at - timedelta(microseconds=1)) == 0
            assert OutboxEvent.objects.get().attempts == event.attempts
            now = event.retry_at
        assert waits[:4] == [timedelta(seconds=seconds) for seconds in (2, 4, 8, 16)]
        assert waits[-1] == LONGEST_WAIT

    def test_it_is_relayed_once_the_listener_recovers(self, listener, now):
        failing = [True]
        listener(lambda event: fail(event) if failing else write(event))
        publish(TOPIC)
        relay_outbox(now=now)
        failing.clear()
        assert relay_outbox(now=now + timedelta(seconds=2)) == 1
        assert len(heard()) == 1

    @pytest.mark.parametrize("attempts", [40, 50, 2_000])
    def test_after_any_number_of_failures_it_stops_no_other(self, listener, now, attempts):
        listener(fail)
        publish(TOPIC)
        OutboxEvent.objects.update(attempts=attempts)
        publish("test.another")
        assert relay_outbox(now=now) == 1
        assert OutboxEvent.objects.get(topic=TOPIC).retry_at == now + LONGEST_WAIT

    def test_the_row_keeps_the_kind_of_failure_and_no_text(self, listener, now):
        listener(fail)
        publish(TOPIC)
        relay_outbox(now=now)
        assert OutboxEvent.objects.get().last_failure == "LookupError"


@pytest.mark.django_db(transaction=True)
class TestTransactions:
    def test_nothing_is_published_when_the_transaction_rolls_back(self, woken, now):
        with transaction.atomic():
            publish(TOPIC)
            transaction.set_rollback(True)
        assert relay_outbox(now=now) == 0
        assert woken == []

    def test_effect_and_mark_appear_together(self, listener, now):
        seen = []

        def look_from_outside(event: OutboxEvent) -> None:
            write(event)
            with ThreadPoolExecutor(1) as pool:
                seen.append(pool.submit(_state_seen_by_others).result(30))

        listener(look_from_outside)
        publish(TOPIC)
        relay_outbox(now=now)
        seen.append(_state_seen_by_others())
        assert seen == [(0, False), (1, True)]

    def test_two_relays_share_the_work(self, listener, now):
        inside, finish = threading.Event(), threading.Event()

        def slow_at_first(event: OutboxEvent) -> None:
            write(event)
            if not inside.is_set():
                inside.set()
                assert finish.wait(30)

        listener(slow_at_first)
        for _ in range(5):
            publish(TOPIC)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(_relay_in_thread, now)
            try:
                assert inside.wait(30)
                assert relay_outbox(now=now) == 4  # Neither waits for the held event nor takes it.
            finally:
                finish.set()
            assert first.result(30) == 1
        assert sorted(heard()) == sorted(OutboxEvent.objects.values_list("pk", flat=True))

    def test_many_relays_at_once_relay_each_event_once(self, listener, now):
        listener(write)
        OutboxEvent.objects.bulk_create([OutboxEvent(topic=TOPIC, ids={}) for _ in range(40)])
        gate = threading.Barrier(4)

        def rush() -> int:
            gate.wait(30)
            return _relay_in_thread(now)

        with ThreadPoolExecutor(4) as pool:
            relayed = [future.result(60) for future in [pool.submit(rush) for _ in range(4)]]
        assert sum(relayed) == len(heard()) == len(set(heard())) == 40


def _relay_in_thread(now: datetime) -> int:
    try:
        return relay_outbox(now=now)
    finally:
        connection.close()


def _state_seen_by_others() -> tuple[int, bool]:
    try:
        return len(heard()), OutboxEvent.objects.filter(relayed_at__isnull=False).exists()
    finally:
        if threading.current_thread() is not threading.main_thread():
            connection.close()


@pytest.mark.django_db(transaction=True)
class TestWakingUp:
    def test_a_job_is_woken_once_a_transaction(self, woken):
        with transaction.atomic():
            for job in ("outbox", "deliveries", "outbox", "deliveries", "outbox"):
                wake_after_commit(job)
            assert woken == []
        assert woken == ["outbox", "deliveries"]

    def test_the_next_transaction_wakes_it_again(self, woken):
        for _ in range(2):
            with transaction.atomic():
                publish(TOPIC)
        assert woken == ["outbox", "outbox"]

    def test_without_a_transaction_it_is_woken_at_once(self, woken):
        publish(TOPIC)
        assert woken == ["outbox"]

    def test_what_was_undone_to_a_savepoint_wakes_nobody(self, woken):
        with transaction.atomic():
            with transaction.atomic():
                wake_after_commit("outbox")
                transaction.set_rollback(True)
            wake_after_commit("deliveries")
        assert woken == ["deliveries"]

    def test_what_follows_an_undone_savepoint_wakes_all_the_same(self, woken):
        with transaction.atomic():
            with transaction.atomic():
                wake_after_commit("outbox")
                transaction.set_rollback(True)
            wake_after_commit("outbox")
        assert woken == ["outbox"]


# --- The real broker, one that is away, and one that never answers ----------------------------------------


@pytest.fixture
def broker_at(monkeypatch) -> Iterator[Callable[[str], None]]:
    """Send wake-ups to the broker of that address."""
    # By its name: no app imports config, but this test is about how the two fit together.
    celery = importlib.import_module("config.celery")

    def use(url: str) -> None:
        monkeypatch.setattr(celery.app.conf, "broker_url", url)
        celery._wakeup_connection.cache_clear()

    yield use
    celery._wakeup_connection.cache_clear()


@pytest.fixture
def black_hole() -> Iterator[tuple[str, Callable[[], int]]]:
    """The address of a broker that never says a word, and how many connections waited for one."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        server.setblocking(False)

        def count() -> int:
            """Return how many connections the kernel took that nobody ever accepted."""
            number = 0
            with contextlib.suppress(BlockingIOError):
                while True:
                    server.accept()[0].close()
                    number += 1
            return number

        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0", count


@pytest.fixture
def nobody() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"redis://127.0.0.1:{port}/0"


def missed(job: str) -> float:
    return REGISTRY.get_sample_value("careloop_missed_wakeups_total", {"job": job}) or 0.0


@pytest.mark.django_db(transaction=True)
class TestTheBroker:
    def test_a_wake_up_is_one_message_for_a_worker(self, broker_at):
        with throwaway_valkey() as valkey:
            broker_at(valkey.url)
            with transaction.atomic():
                publish(TOPIC)
                publish(TOPIC)
            with redis.Redis.from_url(valkey.url) as client:
                messages = client.lrange(settings.CELERY_TASK_DEFAULT_QUEUE, 0, -1)
        assert [json.loads(message)["headers"]["task"] for message in messages] == ["core.relay_outbox"]

    def test_a_broker_that_is_away_fails_no_request_and_is_counted(self, broker_at, nobody, booking, signed_in):
        broker_at(nobody)
        before = missed("deliveries")
        assert signed_in.post("/api/v1/appointments/", booking, format="json").status_code == 201
        assert missed("deliveries") == before + 1

    def test_a_broker_that_never_answers_is_asked_once_a_transaction(self, broker_at, black_hole):
        url, tries = black_hole
        broker_at(url)
        jobs = ("outbox", "deliveries", "doses")
        before = [missed(job) for job in jobs]
        with transaction.atomic():
            for job in jobs:
                wake_after_commit(job)
        assert tries() == 1
        assert [missed(job) for job in jobs] == [count + 1 for count in before]

    def test_it_is_waited_for_as_long_as_one_time_out(self, broker_at, black_hole):
        celery = importlib.import_module("config.celery")
        assert celery.WAKEUP_TIMEOUT_SECONDS == 0.2
        broker_at(black_hole[0])
        options = celery._wakeup_connection().transport_options
        assert options == {"socket_timeout": 0.2, "socket_connect_timeout": 0.2, "max_retries": 0}

    def test_no_word_of_anybody_is_sent(self, broker_at):
        one = uuid7()
        with throwaway_valkey() as valkey:
            broker_at(valkey.url)
            publish(TOPIC, patient_id=one)
            with redis.Redis.from_url(valkey.url) as client:
                message = client.lindex(settings.CELERY_TASK_DEFAULT_QUEUE, 0)
        assert str(one) not in message.decode()
        assert json.loads(message)["headers"]["argsrepr"] == "()"

    def test_a_missed_wake_up_stands_in_the_log(self, broker_at, nobody, log):
        broker_at(nobody)
        publish(TOPIC)
        assert "wake-up not sent" in log.getvalue()
