"""The audit log only grows, and whoever changes it behind the database's back is found out by name."""

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from apps.core import audit, tasks
from apps.core.audit import GENESIS, Fault, seal_audit, verify_audit
from apps.core.context import CallContext, current_call, enter_call
from apps.core.ids import uuid7
from apps.core.models import AuditEvent, AuditSeal, AuditUnsealed

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
EVENTS, SEALS = "core_auditevent", "core_auditseal"


@pytest.fixture
def recorded(db) -> list[AuditEvent]:
    """Ten events, oldest first."""
    return [audit.record(f"act_{number}", actor_id=uuid7(), details={"number": number}) for number in range(10)]


@pytest.fixture
def sealed(recorded) -> list[AuditEvent]:
    assert seal_audit(now=NOW) == 10
    return recorded


@pytest.fixture
def tamper(db) -> Callable[..., None]:
    """Run a statement with a table's triggers off, as somebody with the owner's password could."""

    def run(table: str, sql: str, *parameters) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(sql, parameters)
            assert cursor.rowcount == 1
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return run


def faults(now: datetime = NOW) -> list[Fault]:
    return list(verify_audit(now=now))


class TestRecording:
    def test_an_event_tells_who_did_what_to_whom_from_where(self, person):
        patient = person.managements.get().patient
        before = current_call()
        enter_call(CallContext("trace-4711", "203.0.113.7", "agent " * 100))
        try:
            event = audit.record("looked", actor_id=person.pk, subject=patient, concerns_id=patient.pk)
        finally:
            enter_call(before)
        event.refresh_from_db()
        assert (event.action, event.actor_id, event.concerns_id) == ("looked", person.pk, patient.pk)
        assert (event.subject_type, event.subject_id) == ("patients.patient", patient.pk)
        assert (event.trace_id, event.address, len(event.agent)) == ("trace-4711", "203.0.113.7", 200)

    def test_a_request_leaves_its_own_trace_id(self, person, signed_in):
        answer = signed_in.post("/api/v1/auth/logout/")
        assert AuditEvent.objects.get(action="signed_out").trace_id == answer["X-Request-ID"]

    def test_many_concerned_are_one_statement(self, db, django_assert_num_queries):
        concerned = [uuid7() for _ in range(3)]
        with django_assert_num_queries(1):
            audit.record_each("looked", actor_id=None, concerns_ids=concerned, details={"what": "notes"})
        rows = AuditEvent.objects.filter(action="looked", details={"what": "notes"})
        assert set(rows.values_list("concerns_id", flat=True)) == set(concerned)
        assert AuditUnsealed.objects.count() == 3

    def test_nobody_concerned_is_no_statement(self, db, django_assert_num_queries):
        with django_assert_num_queries(0):
            audit.record_each("looked", actor_id=None, concerns_ids=[])

    def test_an_event_goes_with_its_transaction(self, db):
        with transaction.atomic():
            audit.record("undone", actor_id=None)
            transaction.set_rollback(True)
        assert not AuditEvent.objects.filter(action="undone").exists()
        assert not AuditUnsealed.objects.exists()

    def test_no_writer_can_forget_the_queue(self, db):
        event = AuditEvent(action="by_hand")
        AuditEvent.objects.bulk_create([event])
        assert AuditUnsealed.objects.get().event_id == event.pk


class TestOnlyGrowing:
    @pytest.mark.parametrize("table", [EVENTS, SEALS])
    @pytest.mark.parametrize("verb", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
    def test_the_database_refuses(self, sealed, table, verb):
        column = "action" if table == EVENTS else "hash"
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(verb.format(table, column))
        assert AuditEvent.objects.count() == AuditSeal.objects.count() == 10

    def test_our_own_models_are_refused_as_well(self, sealed):
        sealed[0].action = "something_else"
        for act in (sealed[0].save, sealed[0].delete, AuditSeal.objects.all().delete):
            with pytest.raises(ProgrammingError), transaction.atomic():
                act()


class TestSealing:
    def test_it_links_every_event_in_order(self, sealed):
        seals = list(AuditSeal.objects.all())
        assert [seal.event_id for seal in seals] == [event.pk for event in sealed]
        assert [seal.position for seal in seals] == list(range(1, 11))
        assert bytes(seals[0].previous_hash) == GENESIS
        assert [bytes(seal.previous_hash) for seal in seals[1:]] == [bytes(seal.hash) for seal in seals[:-1]]
        assert not AuditUnsealed.objects.exists()
        assert not faults()

    def test_a_second_time_does_nothing(self, sealed):
        assert seal_audit(now=NOW) == 0
        assert AuditSeal.objects.count() == 10

    def test_it_goes_on_where_it_stopped(self, recorded):
        assert [seal_audit(now=NOW, limit=4) for _ in range(4)] == [4, 4, 2, 0]
        audit.record("one_more", actor_id=None)
        assert seal_audit(now=NOW) == 1
        assert not faults()

    def test_a_removed_event_does_not_stop_it(self, recorded, tamper):
        tamper(EVENTS, f"DELETE FROM {EVENTS} WHERE id = %s", recorded[3].pk)
        assert seal_audit(now=NOW) == 9
        assert faults() == [Fault(None, recorded[3].pk, "the event is gone and was never sealed")]


@pytest.mark.django_db(transaction=True)
class TestSealersAtOnce:
    def test_while_one_seals_another_does_nothing(self):
        audit.record("act", actor_id=None)
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                assert seal_audit(now=NOW) == 1
                assert pool.submit(_seal_in_thread).result(30) == 0
            audit.record("act", actor_id=None)
            assert pool.submit(_seal_in_thread).result(30) == 1
        assert not faults()

    def test_many_make_one_chain(self):
        AuditEvent.objects.bulk_create([AuditEvent(action="act") for _ in range(60)])
        gate = threading.Barrier(4)

        def rush() -> int:
            gate.wait(30)
            return sum(_seal_in_thread(limit=5) for _ in range(20))

        with ThreadPoolExecutor(4) as pool:
            linked = sum(future.result(60) for future in [pool.submit(rush) for _ in range(4)])
        linked += seal_audit(now=NOW)
        assert linked == AuditSeal.objects.count() == 60
        assert not faults()


def _seal_in_thread(limit: int = 5_000) -> int:
    try:
        return seal_audit(now=NOW, limit=limit)
    finally:
        connection.close()


CHANGES = {
    "action": "'act_x'",
    "at": "at + interval '1 microsecond'",
    "actor_id": "gen_random_uuid()",
    "subject_type": "'patients.patient'",
    "subject_id": "gen_random_uuid()",
    "concerns_id": "gen_random_uuid()",
    "tenant_id": "gen_random_uuid()",
    "address": "'203.0.113.8'",
    "agent": "'another'",
    "trace_id": "'another'",
    "details": """'{"number": 5}'""",
}


class TestVerifying:
    def test_every_column_of_an_event_is_held(self, sealed):
        assert set(CHANGES) | {"id"} == {field.attname for field in AuditEvent._meta.concrete_fields}

    @pytest.mark.parametrize("column", CHANGES)
    def test_a_changed_event_is_named(self, sealed, tamper, column):
        tamper(EVENTS, f"UPDATE {EVENTS} SET {column} = {CHANGES[column]} WHERE id = %s", sealed[4].pk)
        assert faults() == [Fault(5, sealed[4].pk, "the event or its link was changed")]

    @pytest.mark.parametrize("column", ["hash", "previous_hash"])
    @pytest.mark.parametrize("byte", [0, 31])
    def test_one_flipped_byte_of_a_link_is_named(self, sealed, tamper, column, byte):
        flipped = f"set_byte({column}, {byte}, get_byte({column}, {byte}) # 1)"
        tamper(SEALS, f"UPDATE {SEALS} SET {column} = {flipped} WHERE position = 3")
        assert faults() == [Fault(3, sealed[2].pk, "the event or its link was changed")]

    def test_a_removed_event_is_named(self, sealed, tamper):
        tamper(EVENTS, f"DELETE FROM {EVENTS} WHERE id = %s", sealed[6].pk)
        assert faults() == [Fault(7, sealed[6].pk, "the event is gone")]

    def test_a_removed_link_is_named_by_the_one_after_it(self, sealed, tamper):
        tamper(SEALS, f"DELETE FROM {SEALS} WHERE position = 4")
        found = faults()
        assert found[0] == Fault(4, sealed[4].pk, "a link is missing before this one")

    def test_a_removed_last_link_leaves_its_event_unsealed(self, sealed, tamper):
        tamper(SEALS, f"DELETE FROM {SEALS} WHERE position = 10")
        later = sealed[9].at + timedelta(seconds=61)
        assert faults(later) == [Fault(None, sealed[9].pk, "unsealed for more than 60 seconds")]

    def test_only_the_first_of_several_is_named(self, sealed, tamper):
        for event in (sealed[7], sealed[2]):
            tamper(EVENTS, f"UPDATE {EVENTS} SET action = 'x' WHERE id = %s", event.pk)
        assert [fault.position for fault in faults()] == [3]

    def test_who_seals_anew_after_a_change_is_found_at_the_next_link(self, sealed, tamper):
        tamper(EVENTS, f"UPDATE {EVENTS} SET action = 'x' WHERE id = %s", sealed[4].pk)
        seal = AuditSeal.objects.get(position=5)
        forged = audit.link_hash(bytes(seal.previous_hash), AuditEvent.objects.get(pk=sealed[4].pk))
        tamper(SEALS, f"UPDATE {SEALS} SET hash = %s WHERE position = 5", forged)
        assert [fault.position for fault in faults()] == [6]

    def test_an_event_may_wait_a_minute_and_no_longer(self, recorded):
        oldest = recorded[0]
        assert faults(oldest.at + timedelta(seconds=60)) == []
        assert faults(oldest.at + timedelta(seconds=60, microseconds=1))[0] == Fault(
            None, oldest.pk, "unsealed for more than 60 seconds"
        )

    def test_who_empties_the_queue_hides_nothing(self, recorded):
        AuditUnsealed.objects.all().delete()
        assert seal_audit(now=NOW) == 0
        assert len(faults(recorded[-1].at + timedelta(minutes=2))) == 10

    def test_a_chain_longer_than_a_batch_is_checked_to_its_end(self, db, tamper):
        events = AuditEvent.objects.bulk_create([AuditEvent(action="act") for _ in range(2_001)])
        assert seal_audit(now=NOW) == 2_001
        assert not faults()
        tamper(EVENTS, f"UPDATE {EVENTS} SET action = 'x' WHERE id = %s", events[-1].pk)
        assert faults() == [Fault(2_001, events[-1].pk, "the event or its link was changed")]


class TestCommandAndTask:
    @pytest.fixture
    def broken(self, sealed, tamper) -> AuditEvent:
        tamper(EVENTS, f"UPDATE {EVENTS} SET action = 'x' WHERE id = %s", sealed[4].pk)
        return sealed[4]

    def test_the_command_says_that_the_log_is_whole(self, sealed):
        out = io.StringIO()
        call_command("verify_audit", stdout=out)
        assert "whole" in out.getvalue()

    def test_the_command_fails_and_names_the_fault(self, broken):
        told = io.StringIO()
        with pytest.raises(CommandError) as failure:
            call_command("verify_audit", stderr=told)
        assert failure.value.returncode == 1
        assert f"link 5: event {broken.pk}" in told.getvalue()

    def test_the_daily_job_is_loud(self, broken, log):
        tasks.verify_audit()
        assert '"level": "critical"' in log.getvalue()

    def test_the_daily_job_is_silent_about_a_whole_log(self, sealed, log):
        tasks.verify_audit()
        assert log.getvalue() == ""
