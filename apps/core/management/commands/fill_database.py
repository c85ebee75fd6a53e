"""`manage.py fill_database`: the step of `make run` between an answering database and a useful one."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Migrates, and loads the demo data into an empty database; in one process, because each start costs a second."""

    help = "Bring the tables up to date, and put the demo data into an empty database."
    requires_system_checks: list[str] = []  # The tables may not exist yet.

    def handle(self, *args: Any, **options: Any) -> None:
        """Do both. Raises what the two commands raise."""
        call_command("migrate", verbosity=0)
        call_command("load_demo_data", if_empty=True, stdout=self.stdout)
