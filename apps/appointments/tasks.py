"""Celery doors of appointments."""

from celery import shared_task
from django.utils import timezone

from apps.appointments.services import closing, reminding


@shared_task(name="appointments.close_overdue")
def close_overdue() -> None:
    """Close requests that nobody answered and visits that were missed."""
    closing.close_overdue(now=timezone.now())


@shared_task(name="appointments.remind_of_visits")
def remind_of_visits() -> None:
    """Remind of visits."""
    reminding.remind_of_visits(now=timezone.now())
