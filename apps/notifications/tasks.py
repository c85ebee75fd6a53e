"""Celery doors of notifications."""

from celery import shared_task
from django.utils import timezone

from apps.notifications.services import streaming
from apps.notifications.services.delivering import deliver_pending


@shared_task(name="notifications.deliver")
def deliver() -> None:
    """Send what is due."""
    deliver_pending()


@shared_task(name="notifications.expire")
def expire() -> None:
    """Remove addresses of the live stream that are too old."""
    streaming.expire_stream_tickets(now=timezone.now())
