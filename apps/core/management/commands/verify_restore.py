"""`manage.py verify_restore`: can a restored copy be worked with, or is a part of the backup missing?"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.core import crypto, sealing
from apps.core.audit import verify_audit
from apps.core.models import StoredFile


class Command(BaseCommand):
    """Looks at what a backup consists of: tables, audit chain, master keys, files. Changes nothing."""

    help = (
        "After a restore: are all migrations in the database, is the audit log whole, do the master keys of the "
        "environment open what is sealed, and are the private files there? Exit status 1 names what is missing."
    )

    def add_arguments(self, parser: Any) -> None:
        """Let a restore without the file store be looked at too."""
        parser.add_argument("--without-files", action="store_true", help="Do not look for the private files.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print every fault; raise CommandError when there is one."""
        faults = [*_lacking_migrations(), *_audit_faults(), *_keys_that_do_not_open()]
        if not options["without_files"]:
            faults += _lacking_files()
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"This copy is not whole: {len(faults)} fault(s).")
        self.stdout.write("This copy is whole: tables, audit log, keys and files.")


def _lacking_migrations() -> Iterator[str]:
    executor = MigrationExecutor(connection)
    for migration, _is_backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield f"migration {migration} is not in this database: run manage.py migrate"


def _audit_faults() -> Iterator[str]:
    for fault in verify_audit():
        where = f"link {fault.position}" if fault.position else "outside the chain"
        yield f"audit log, {where}: event {fault.event_id}: {fault.what}"


def _keys_that_do_not_open() -> Iterator[str]:
    """Yield each column whose rows need a key that is not in the ring, or that a key of that name does not open."""
    ring = settings.MASTER_KEYS.strip()
    present = crypto.read_key_ring(ring) if ring else {}  # Without any key each row is told of, too.
    for column in sealing.sealed_columns():
        for kid, rows in sealing.rows_by_key(column).items():
            if kid not in present:
                yield f"{column.name}: {rows} row(s) need the master key {kid!r}, which is not in MASTER_KEYS"
            elif not _opens(column, kid):
                yield f"{column.name}: the master key {kid!r} is another one than these rows were sealed under"


def _opens(column: sealing.SealedColumn, kid: str) -> bool:
    """Return whether the newest row under that key opens."""
    header = crypto.header_of(kid)
    rows = column.model._default_manager.exclude(**{column.column: None}).order_by("-pk")
    newest = next((row for row in rows.iterator() if bytes(getattr(row, column.column)).startswith(header)), None)
    try:
        return newest is None or bool(crypto.unseal(getattr(newest, column.column), place=column.place(newest)) or True)
    except crypto.CannotOpen:
        return False


def _lacking_files() -> list[str]:
    store = storages["private"]
    kept = StoredFile.objects.filter(removed_at=None).values_list("key", flat=True)
    lacking = sum(not store.exists(key) for key in kept.iterator())
    return [f"{lacking} of {kept.count()} private files are not in the store"] if lacking else []
