"""Rotating the master key while people work, killed half way and begun again: nothing becomes unreadable."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import pytest
from django.core.management import CommandError
from django.db import connection, transaction

from apps.core import sealing
from apps.core.testing.proofs import race, rounds, wait_until_blocked
from tests.programs import database_url, programs, wait_until
from tests.sealed import Stock, plans, rotate, rows_under, unreadable

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

BATCH, PLANS = 10, 45
GATE = 0x47617465  # "Gate" in ASCII.
# Holds the rotation up in the middle of a batch: at one row, until the gate is opened.
HOLD_UP = """
CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock({gate}); RETURN NEW; END $$;
CREATE TRIGGER wait_at_the_gate BEFORE UPDATE ON reminders_actionplan
FOR EACH ROW WHEN (OLD.id = '{row}') EXECUTE FUNCTION wait_at_the_gate()
"""
# manage.py, but for the size of a batch.
IN_SMALL_BATCHES = f"""
import sys
from django.core.management import execute_from_command_line
from apps.core import sealing
sealing.reseal.__kwdefaults__["batch"] = {BATCH}
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def key(kid: str) -> str:
    return f"{kid}:{base64.b64encode(kid.encode().ljust(32, b'.')).decode()}"


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setitem(sealing.reseal.__kwdefaults__, "batch", BATCH)


def until(done: threading.Event, act: Callable[[], None]) -> int:
    """Do it again and again until it is done, and return how often."""
    times = 0
    while not done.is_set() or not times:
        act()
        times += 1
    return times


def test_whoever_reads_and_writes_meanwhile_notices_nothing(now, settings):
    for turn in range(rounds(1, 6)):
        stock, done = Stock(now, name=f"r{turn}_", plans=PLANS), threading.Event()
        settings.MASTER_KEYS = f"{key(f'k{turn}')},{settings.MASTER_KEYS}"

        def rotate_under_load(done: threading.Event = done) -> None:
            try:
                for _ in range(3):
                    with suppress(CommandError):  # A row that was locked just now.
                        rotate()
            finally:
                done.set()

        work = [lambda act=act, done=done: until(done, act) for act in stock.acts]
        nothing, *times = race([rotate_under_load, *work])
        assert nothing is None
        assert all(isinstance(each, int) for each in times), times
        rotate()
        settings.MASTER_KEYS = key(f"k{turn}")
        assert unreadable() == []


def test_a_row_that_is_locked_is_named_and_sealed_the_next_time(now, settings):
    Stock(now)
    settings.MASTER_KEYS = f"{key('next')},{settings.MASTER_KEYS}"
    with transaction.atomic():
        plans().select_for_update().first()
        (refusal,) = race([rotate])
    assert isinstance(refusal, CommandError)
    assert "reminders.actionplan.action_sealed: 1 under key test" in str(refusal)
    rotate()
    assert rows_under("test") == {}


@contextmanager
def gate(row: UUID) -> Iterator[None]:
    """Hold everybody up who changes this row, until the block is left."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_UP.format(gate=GATE, row=row))
        cursor.execute("SELECT pg_advisory_lock(%s)", [GATE])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [GATE])
            wait_until(lambda: _is_alone(cursor), why=lambda: "the killed program's connection stays")
            cursor.execute("DROP FUNCTION wait_at_the_gate() CASCADE")


def _is_alone(cursor) -> bool:
    cursor.execute(OTHERS)
    return cursor.fetchone() == (0,)


def test_killed_in_the_middle_of_a_batch_it_is_begun_again(now, settings, tmp_path):
    for turn in range(rounds(1, 5)):
        Stock(now, name=f"r{turn}_", plans=PLANS)
        before, settings.MASTER_KEYS = settings.MASTER_KEYS, f"{key(f'k{turn}')},{settings.MASTER_KEYS}"
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "DATABASE_URL": database_url(),
            "MASTER_KEYS": settings.MASTER_KEYS,
        }
        rows = list(plans().values_list("pk", flat=True))
        in_the_way = len(rows) - 5
        with programs(tmp_path, environment) as running, gate(rows[in_the_way]):
            program = running.start("rotate", "-c", IN_SMALL_BATCHES, "rotate_master_key")
            wait_until_blocked()
            running.kill(program)
        old, new = before.partition(":")[0], f"k{turn}"
        done = in_the_way // BATCH * BATCH  # The batch that was held up is undone, those before it are not.
        assert rows_under(new)["reminders.actionplan.action_sealed"] == done
        assert rows_under(old)["reminders.actionplan.action_sealed"] == len(rows) - done
        assert unreadable() == []
        rotate()
        assert rows_under(old) == {}
        settings.MASTER_KEYS = key(new)
        assert unreadable() == []
