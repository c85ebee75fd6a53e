"""`manage.py rotate_signing_key`: a new key for access and refresh tokens."""

import base64
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.core.crypto import read_key_ring

KEY_BYTES = 48


class Command(BaseCommand):
    """Prints the next value of SIGNING_KEYS: keys live in the environment, so a person (or a vault) puts it there."""

    help = (
        "Print the next SIGNING_KEYS, in three steps with a restart of every process after each: a fresh key behind "
        "the present one (all know it, none signs with it yet); --use-new puts it in front; --drop-old, once the "
        "longest refresh token has expired, keeps the front one alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--use-new` and `--drop-old`."""
        step = parser.add_mutually_exclusive_group()
        step.add_argument("--use-new", action="store_true", help="Sign with the key that stands last.")
        step.add_argument("--drop-old", action="store_true", help="Keep only the key that signs now.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the ring, and nothing else, on standard output."""
        present, *others = filter(None, (entry.strip() for entry in settings.SIGNING_KEYS.split(",")))
        if options["use_new"]:
            ring = [*others[-1:], present, *others[:-1]]
        elif options["drop_old"]:
            ring = [present]
        else:
            kid = f"{timezone.now():%Y%m%d%H%M%S}"
            ring = [present, f"{kid}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"]
        read_key_ring(",".join(ring))
        self.stderr.write("Set SIGNING_KEYS to the line below and restart web, stream and workers.")
        self.stdout.write(",".join(ring))
