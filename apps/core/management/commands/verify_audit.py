"""`manage.py verify_audit`: is the audit log whole?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.audit import verify_audit


class Command(BaseCommand):
    """Names the first broken link of the chain and every event left unsealed; exit status 1 when there is any."""

    help = "Check the audit log's hash chain: names the first broken link and rows unsealed for more than 60 s."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print every fault; raise CommandError when there is one."""
        faults = list(verify_audit())
        for fault in faults:
            where = f"link {fault.position}" if fault.position else "outside the chain"
            self.stderr.write(f"{where}: event {fault.event_id}: {fault.what}")
        if faults:
            raise CommandError(f"The audit log is not whole: {len(faults)} fault(s).")
        self.stdout.write("The audit log is whole.")
