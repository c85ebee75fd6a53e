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
        "Print the next SIGNING_KEYS: a fresh key in front, the present one behind it. Restart with it; once the "
        "longest refresh token has expired, run with --drop-old and restart again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--drop-old`."""
        parser.add_argument("--drop-old", action="store_true", help="Keep only the key that signs now.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the ring, and nothing else, on standard output."""
        entries = settings.SIGNING_KEYS.split(",")
        if options["drop_old"]:
            ring = entries[:1]
        else:
            kid = f"{timezone.now():%Y%m%d%H%M%S}"
            ring = [f"{kid}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}", *entries[:1]]
        read_key_ring(",".join(ring))
        self.stderr.write("Set SIGNING_KEYS to the line below and restart web and stream, one after the other.")
        self.stdout.write(",".join(ring))
