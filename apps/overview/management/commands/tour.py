"""`manage.py tour`: the loop of care, step by step, against the running server."""

import json
import os
import sys
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.overview.tour import Step, Tour, TourFailed

LONGEST_SHOWN = 300


class Command(BaseCommand):
    """Prints each call, what came back and what it means; exit status 0 only when the loop closed."""

    help = "Walk the whole loop over HTTP against the running server (BASE_URL, or the one `make run` started)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--base-url`."""
        parser.add_argument("--base-url", default=os.environ.get("BASE_URL", settings.SITE_URL))

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk; raise CommandError at the first step that fails."""
        tour = Tour(options["base_url"])
        self.stdout.write(f"Walking the loop of care at {options['base_url']}\n")
        try:
            for number, step in enumerate(tour.walk(), start=1):
                self._show(number, step)
        except TourFailed as failure:
            raise CommandError(f"The loop did not close: {failure}") from failure
        except httpx.HTTPError as failure:
            raise CommandError(f"No answer from {options['base_url']} ({failure}). Is `make run` running?") from failure
        self.stdout.write(
            self._colour("32;1", f"\nThe loop closed. Adherence of the new patient: {tour.adherence:.0%}")
        )

    def _show(self, number: int, step: Step) -> None:
        shown = json.dumps(_without_tokens(step.answer), ensure_ascii=False)
        if len(shown) > LONGEST_SHOWN:
            shown = shown[:LONGEST_SHOWN] + " ..."
        self.stdout.write(f"{self._colour('36;1', f'{number:>2}.')} {self._colour('1', step.meaning)}")
        self.stdout.write(f"    {step.call}  {self._colour('33', str(step.status))}")
        self.stdout.write(self._colour("2", f"    {shown}") + "\n")

    def _colour(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() else text


def _without_tokens(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: "..." if name in {"access", "refresh"} else value for name, value in answer.items()}
