"""Celery doors of the core: relay, seal, expire, verify."""

import logging

from celery import shared_task
from django.utils import timezone

from apps.core import audit, budgets, files, idempotency, outbox

logger = logging.getLogger(__name__)


@shared_task(name="core.relay_outbox")
def relay_outbox() -> None:
    """Hand waiting outbox events to their listeners."""
    outbox.relay_outbox(now=timezone.now())


@shared_task(name="core.seal_audit")
def seal_audit() -> None:
    """Link new audit rows to the hash chain."""
    audit.seal_audit(now=timezone.now())


@shared_task(name="core.expire")
def expire() -> None:
    """Remove what has outlived its use."""
    idempotency.expire_stored_answers(now=timezone.now())
    budgets.expire_budgets(now=timezone.now())


@shared_task(name="core.verify_audit")
def verify_audit() -> None:
    """Check the audit log once a day and say loudly what is wrong with it."""
    for fault in audit.verify_audit():
        logger.critical("audit log is broken", extra={"event_id": str(fault.event_id), "what": fault.what})


@shared_task(name="core.sweep_files")
def sweep_files() -> None:
    """Delete bytes that no row owns and those of removed files."""
    files.sweep_files(now=timezone.now())
