"""What reminders tell the people on call: how late the oldest due dose is."""

from datetime import datetime

from apps.core.health import Probe, ProbeResult, register_probe
from apps.reminders.choices import DoseState
from apps.reminders.models import Dose

LATEST_SECONDS = 120


def register() -> None:
    """Add the probe behind `health/dispatch/`."""
    register_probe(Probe("dispatch", ask_dispatch))


def ask_dispatch(now: datetime) -> ProbeResult:
    """Tell how many seconds ago the oldest dose fell due that nobody was reminded of yet."""
    waiting = Dose.objects.open(now=now).filter(state=DoseState.SCHEDULED, next_reminder_at__lte=now)
    oldest = waiting.order_by("next_reminder_at").values_list("next_reminder_at", flat=True).first()
    seconds = int((now - oldest).total_seconds()) if oldest else 0
    return ProbeResult(is_well=seconds <= LATEST_SECONDS, facts={"oldest_due_seconds": seconds})
