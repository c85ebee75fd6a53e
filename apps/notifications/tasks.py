"""Celery doors of notifications."""

from celery import shared_task

from apps.notifications.services.delivering import deliver_pending


@shared_task(name="notifications.deliver")
def deliver() -> None:
    """Send what is due."""
    deliver_pending()
