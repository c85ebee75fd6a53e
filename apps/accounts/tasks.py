"""Celery doors of accounts."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from apps.accounts.services import codes


@shared_task(name="accounts.expire")
def expire() -> None:
    """Remove codes and browser sessions that have outlived their use."""
    codes.expire_codes(now=timezone.now())
    call_command("clearsessions")
