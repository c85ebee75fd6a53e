"""`manage.py load_demo_data`: a small hospital to try everything with."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.accounts.models import User
from apps.overview.demo import PASSWORD, load_demo_data


class Command(BaseCommand):
    """Loads the demo data; idempotent, and refused in production."""

    help = "Load demo logins (admin, hospital, doctor, patient) and data around them. Idempotent."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--if-empty`."""
        parser.add_argument("--if-empty", action="store_true", help="Do nothing when there is any login.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, saying what; raise CommandError in production."""
        if settings.ENVIRONMENT == "production":
            raise CommandError("Demo data is refused in production: its password is known to everyone.")
        if options["if_empty"] and User.objects.exists():
            self.stdout.write("The database has logins: no demo data loaded.")
            return
        load_demo_data(now=timezone.now(), say=lambda line: self.stdout.write(f"  {line}"))
        self.stdout.write(f"Demo data loaded; every password is {PASSWORD}")
