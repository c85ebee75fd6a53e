"""The probes of the bare service: is the database there and migrated, does the broker answer."""

from datetime import datetime

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.core.health import Probe, ProbeResult, register_probe

BROKER_TIMEOUT_SECONDS = 0.5


def ask_database(now: datetime) -> ProbeResult:
    """Tell whether the database answers a query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ProbeResult(is_well=True)


def ask_migrations(now: datetime) -> ProbeResult:
    """Tell whether every migration of this code has been applied; remembered once it is so."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            return ProbeResult(is_well=False, facts={"pending": len(pending)})
        _migrated.append(True)
    return ProbeResult(is_well=True)


_migrated: list[bool] = []  # Migrations never become unapplied under a running process.


def ask_broker(now: datetime) -> ProbeResult:
    """Tell whether the broker answers within half a second; without it reminders wait, but requests work."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=BROKER_TIMEOUT_SECONDS, socket_connect_timeout=BROKER_TIMEOUT_SECONDS
    )
    try:
        return ProbeResult(is_well=bool(client.ping()))
    finally:
        client.close()


register_probe(Probe("database", ask_database, is_vital=True))
register_probe(Probe("migrations", ask_migrations, is_vital=True))
register_probe(Probe("broker", ask_broker))
