"""Celery doors of reminders."""

from celery import shared_task
from django.utils import timezone

from apps.reminders.services import dispatching, drafting, rolling_over


@shared_task(name="reminders.dispatch_due_doses")
def dispatch_due_doses() -> None:
    """Remind of what is due."""
    dispatching.dispatch_due_doses(now=timezone.now())


@shared_task(name="reminders.roll_over_missed_doses")
def roll_over_missed_doses() -> None:
    """Mark what was missed, extend and lapse plans."""
    rolling_over.roll_over_missed_doses(now=timezone.now())


@shared_task(name="reminders.draft_plans")
def draft_plans() -> None:
    """Draft plans from notes."""
    # One at a time: a language model may take half a minute, and a note's lease begins when the note is taken.
    while drafting.draft_plans(now=timezone.now(), limit=1):
        pass
