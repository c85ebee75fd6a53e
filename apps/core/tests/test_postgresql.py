"""The house's own connection: a server that went away is noticed without asking, moments are what Django reads."""

import contextlib
import time
from datetime import UTC, datetime
from unittest import mock

import psycopg
import pytest
from django.db import connection, connections

from apps.core import audit
from apps.core.models import AuditEvent


@pytest.fixture
def other():
    """Give a connection of its own, which may be cut."""
    other = connections.create_connection("default")
    other.ensure_connection()
    yield other
    other.close()


@pytest.mark.django_db
def test_a_silent_server_is_not_asked(other):
    with mock.patch.object(psycopg.Cursor, "execute", side_effect=AssertionError("asked")):
        assert other.is_usable()


@pytest.mark.django_db
def test_a_server_that_hung_up_is_noticed_before_anything_is_asked(other):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [other.connection.info.backend_pid])
    assert not other.is_usable()
    other.health_check_enabled, other.health_check_done = True, False
    with other.cursor() as cursor:  # Connects again.
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_a_server_that_only_said_something_is_asked(other):
    with other.cursor() as cursor:
        cursor.execute("LISTEN anything")
    with contextlib.closing(connections.create_connection("default")) as third, third.cursor() as cursor:
        cursor.execute("NOTIFY anything")
    deadline = time.monotonic() + 5
    with mock.patch.object(psycopg.Cursor, "execute", autospec=True, side_effect=psycopg.Cursor.execute) as asked:
        while not asked.called and time.monotonic() < deadline:
            assert other.is_usable()
    assert asked.called


def test_no_connection_is_no_use():
    assert not connections.create_connection("default").is_usable()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment", [datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(1999, 1, 1, 1, 2, 3, 45, tzinfo=UTC)]
)
def test_moments_are_read_in_utc(moment):
    event = audit.record("opened", actor_id=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz, NULL::timestamptz", [moment])
        read, none = cursor.fetchone()
    assert (read, read.tzinfo, none) == (moment, UTC, None)
    assert AuditEvent.objects.get(pk=event.pk).at == event.at


@pytest.mark.django_db
def test_rows_that_are_kept_at_the_server_are_read_too():
    written = [audit.record("opened", actor_id=None) for _ in range(3)]
    read = AuditEvent.objects.order_by("pk").iterator(chunk_size=1)
    assert [(each.pk, each.at) for each in read] == [(each.pk, each.at) for each in written]
