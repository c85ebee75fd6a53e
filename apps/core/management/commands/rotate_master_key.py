"""`manage.py rotate_master_key`: everything that is sealed, sealed again under the first key of the ring."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core import crypto, sealing


class Command(BaseCommand):
    """Re-seals in batches, shows progress, and says which old keys nothing needs any more."""

    help = (
        "Seal everything under the first key of MASTER_KEYS. Put a new key in front, restart, run this (again after "
        "an interruption); a key may leave the ring when this says that no row needs it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Re-seal every column; raise CommandError while an old key is still needed."""
        for column in sealing.sealed_columns():
            done = 0
            for count in sealing.reseal(column):
                done += count
                self.stdout.write(f"{column.name}: {done} rows", ending="\r")
            self.stdout.write(f"{column.name}: {done} rows re-sealed")
        present, *old = crypto.read_key_ring(settings.MASTER_KEYS)
        needed = self._needed()
        for kid in old:
            self.stdout.write(f"key {kid}: {needed.pop(kid, 0)} rows need it")
        needed.pop(present, None)
        if any(self._needed().get(kid) for kid in old) or needed:
            raise CommandError(f"Rows are still sealed under another key: {needed or 'locked just now'}. Run again.")
        self.stdout.write("Every row is sealed under the first key; the others may leave the ring.")

    def _needed(self) -> dict[str, int]:
        total: dict[str, int] = {}
        for column in sealing.sealed_columns():
            for kid, count in sealing.rows_by_key(column).items():
                total[kid] = total.get(kid, 0) + count
        return total
