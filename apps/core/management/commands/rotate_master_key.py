"""`manage.py rotate_master_key`: everything that is sealed, sealed again under the first key of the ring."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core import crypto, sealing

REMAINING = "Rows are still sealed under another key (they were locked, do not open, or their key is not in the ring)"


class Command(BaseCommand):
    """Re-seals in batches, shows progress, and says which old keys nothing needs any more."""

    help = (
        "Seal everything under the first key of MASTER_KEYS. Add a new key behind the present one and restart every "
        "process, so that all know it; put it in front and restart again; then run this (again after an interruption). "
        "A key may leave the ring when this says that no row needs it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Re-seal every column; raise CommandError, naming what remains, while another key is still needed."""
        for column in sealing.sealed_columns():
            done = 0
            for count in sealing.reseal(column):
                done += count
                self.stdout.write(f"{column.name}: {done} rows", ending="\r")
            self.stdout.write(f"{column.name}: {done} rows re-sealed")
        present, *old = crypto.read_key_ring(settings.MASTER_KEYS)
        needed = self._needed()
        for kid in old:
            self.stdout.write(f"key {kid}: {sum(rows for _, key, rows in needed if key == kid)} rows need it")
        remaining = [f"{name}: {rows} under key {kid}" for name, kid, rows in needed if kid != present]
        if remaining:
            raise CommandError(f"{REMAINING}: {'; '.join(remaining)}. Run again.")
        self.stdout.write("Every row is sealed under the first key; the others may leave the ring.")

    def _needed(self) -> list[tuple[str, str, int]]:
        """Return (column, key id, number of rows) for every key that something is sealed under."""
        counted = ((column.name, sealing.rows_by_key(column)) for column in sealing.sealed_columns())
        return [(name, kid, rows) for name, by_key in counted for kid, rows in by_key.items()]
