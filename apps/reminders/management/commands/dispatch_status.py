"""`manage.py dispatch_status`: is anybody waiting to be reminded, and how late were those who were?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.core.health import ask_all
from apps.notifications.selectors import figures_of_channels
from apps.reminders.probes import doses_waiting, lateness


class Command(BaseCommand):
    """Say what a person on call asks first; the exit status is 1 when reminders do not go out in time."""

    help = "Show the oldest due dose, the backlog of doses and messages, and how late the last day's reminders were."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures; raises CommandError when a dose is too late or the broker is away."""
        now = timezone.now()
        asked = ask_all(now)
        dispatch, late = asked["dispatch"][1], lateness(now=now)
        self._say("oldest due dose", f"{dispatch.facts.get('oldest_due_seconds', '?')} s")
        self._say("doses waiting", doses_waiting(now=now))
        for each in figures_of_channels(now=now):
            away = f", provider away ({each.last_failure})" if each.is_away else ""
            self._say(f"{each.channel} waiting", f"{each.waiting}, the oldest {each.oldest_seconds} s{away}")
        self._say("told in 24 h", f"{late.told} doses")
        self._say("lateness", f"half {late.half:.1f} s, 95 % {late.ninety_five:.1f} s, 99 % {late.ninety_nine:.1f} s")
        unwell = [name for name in ("dispatch", "broker") if not asked[name][1].is_well]
        self._say("broker", "away" if "broker" in unwell else "there")
        if unwell:
            raise CommandError(f"Reminders do not go out in time: {' and '.join(unwell)}.")

    def _say(self, what: str, value: object) -> None:
        self.stdout.write(f"{what:18} {value}")
