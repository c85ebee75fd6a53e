"""Health doors tell a load balancer what to do and a person on call why, even when everything is on fire."""

import json
import socket
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from apps.core import health, probes
from apps.core.health import Probe, ProbeResult, probe_named, register_probe
from apps.core.http.problems import CONTENT_TYPE

LIVE, READY, DISPATCH = (f"/api/v1/health/{name}/" for name in ("live", "ready", "dispatch"))


@pytest.fixture
def probe() -> Iterator[Callable[..., None]]:
    """Register a probe for the length of one test."""
    before = dict(health._probes)
    yield lambda name, ask, **kwargs: register_probe(Probe(name, ask, **kwargs))
    health._probes.clear()
    health._probes.update(before)


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def database_away(transactional_db, closed_port) -> Iterator[None]:
    """Let this process look for its database where nobody listens."""
    before = connection.settings_dict
    connection.close()
    connection.settings_dict = {**before, "HOST": "127.0.0.1", "PORT": closed_port}
    yield
    connection.close()
    connection.settings_dict = before


@pytest.fixture
def broker_away(settings, closed_port) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port}/0"


def fail(now):
    raise LookupError("sentinel-4711")


class TestLive:
    def test_it_asks_nothing(self, anonymous):  # Without `db`, a query would fail.
        answer = anonymous.get(LIVE)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    def test_it_lives_without_a_database(self, database_away, anonymous):
        assert anonymous.get(LIVE).status_code == 200


class TestReady:
    def test_a_working_service_gets_traffic(self, db, anonymous):
        answer = anonymous.get(READY)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert {"database", "migrations", "broker", "dispatch"} <= set(answer.json()["probes"])

    def test_without_a_database_it_gets_none_and_says_why(self, database_away, anonymous):
        answer = anonymous.get(READY)
        assert answer.status_code == 503
        assert answer["Content-Type"] == "application/json"
        body = answer.json()
        assert body["status"] == "unwell"
        assert body["probes"]["database"] == {"is_well": False, "failure": "OperationalError"}
        assert body["probes"]["broker"] == {"is_well": True}

    def test_unapplied_migrations_keep_traffic_away(self, db, anonymous, monkeypatch):
        monkeypatch.setattr(probes, "_migrated", [])
        MigrationRecorder.Migration.objects.filter(app="core").latest("name").delete()
        answer = anonymous.get(READY)
        assert answer.status_code == 503
        assert answer.json()["probes"]["migrations"] == {"is_well": False, "pending": 1}

    def test_that_all_are_applied_is_remembered(self, db, anonymous, django_assert_num_queries):
        anonymous.get(READY)
        with django_assert_num_queries(0):
            assert probe_named("migrations").ask(None).is_well

    def test_without_a_broker_it_works_and_tells(self, db, anonymous, broker_away):
        answer = anonymous.get(READY)
        assert answer.status_code == 200
        assert answer.json()["probes"]["broker"] == {"is_well": False, "failure": "ConnectionError"}

    def test_a_broken_probe_only_reports(self, db, anonymous, probe):
        probe("broken", fail)
        answer = anonymous.get(READY)
        assert answer.status_code == 200
        assert answer.json()["probes"]["broken"] == {"is_well": False, "failure": "LookupError"}
        assert "sentinel" not in answer.content.decode()

    def test_a_broken_vital_probe_decides(self, db, anonymous, probe):
        probe("broken", fail, is_vital=True)
        assert anonymous.get(READY).status_code == 503

    def test_lateness_is_told_and_does_not_decide(self, db, anonymous, probe):
        probe("dispatch", lambda now: ProbeResult(False, {"oldest_due_seconds": 300}))
        answer = anonymous.get(READY)
        assert answer.status_code == 200
        assert answer.json()["probes"]["dispatch"] == {"is_well": False, "oldest_due_seconds": 300}


class TestDispatch:
    def test_it_is_well_when_nothing_is_late_and_the_broker_answers(self, db, anonymous):
        answer = anonymous.get(DISPATCH)
        assert (answer.status_code, set(answer.json()["probes"])) == (200, {"dispatch", "broker"})

    def test_late_reminders_are_503(self, db, anonymous, probe):
        probe("dispatch", lambda now: ProbeResult(False, {"oldest_due_seconds": 300}))
        answer = anonymous.get(DISPATCH)
        assert answer.status_code == 503
        assert answer.json()["probes"]["dispatch"]["oldest_due_seconds"] == 300

    def test_a_broker_that_is_away_is_503(self, db, anonymous, broker_away):
        answer = anonymous.get(DISPATCH)
        assert (answer.status_code, answer.json()["probes"]["broker"]["is_well"]) == (503, False)

    def test_other_broken_probes_do_not_matter_here(self, db, anonymous, probe):
        probe("broken", fail, is_vital=True)
        assert anonymous.get(DISPATCH).status_code == 200


class TestProbes:
    def test_a_second_probe_of_a_name_replaces_the_first(self, probe):
        probe("broker", fail)
        assert probe_named("broker").ask is fail

    def test_an_unknown_name_is_an_error(self):
        with pytest.raises(KeyError):
            probe_named("nobody registered this")


class TestTheRestWithoutADatabase:
    @pytest.mark.parametrize("path", ["me/", "doctors/", "appointments/"])
    def test_it_is_not_available_right_now(self, signed_in, database_away, path):
        answer = signed_in.get(f"/api/v1/{path}")
        assert (answer.status_code, answer["Content-Type"]) == (503, CONTENT_TYPE)
        assert json.loads(answer.content)["code"] == "unavailable"


class TestMetrics:
    @pytest.mark.parametrize("token", ["", "metrics-token"])
    @pytest.mark.parametrize(
        "given", [None, "", "Bearer", "Bearer ", "Bearer wrong", "metrics-tokens", "Bearer Zo\xeb"]
    )
    def test_a_stranger_finds_nothing(self, anonymous, settings, token, given):
        settings.METRICS_TOKEN = token
        headers = {} if given is None else {"Authorization": given}
        answer = anonymous.get("/metrics", headers=headers)
        assert (answer.status_code, answer.content) == (404, b"")

    def test_who_holds_the_token_reads_them(self, anonymous, settings):
        settings.METRICS_TOKEN = "metrics-token"
        answer = anonymous.get("/metrics", headers={"Authorization": "Bearer metrics-token"})
        assert answer.status_code == 200
        assert b"careloop_missed_wakeups" in answer.content

    def test_they_are_open_at_home_unless_a_token_is_set(self, anonymous, settings):
        settings.ENVIRONMENT = "local"
        assert anonymous.get("/metrics").status_code == 200
        settings.METRICS_TOKEN = "metrics-token"
        assert anonymous.get("/metrics").status_code == 404

    def test_production_without_a_token_shows_nobody(self, anonymous, settings):
        settings.ENVIRONMENT = "production"
        assert anonymous.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404

    def test_they_tell_what_the_probes_know(self, db, anonymous, probe, settings):
        settings.ENVIRONMENT = "local"
        probe("kettle", lambda now: ProbeResult(is_well=False, facts={"degrees": 42, "colour": "red"}))
        page = anonymous.get("/metrics").content.decode()
        assert 'careloop_probe_is_well{probe="kettle"} 0.0' in page
        assert "careloop_kettle_degrees 42.0" in page
        assert "careloop_dispatch_oldest_due_seconds 0.0" in page
        assert "red" not in page
