"""What reminders hear from the floors below; each listener is idempotent."""

from uuid import UUID

from django.utils import timezone

from apps.core import outbox
from apps.core.models import OutboxEvent
from apps.reminders.services.drafting import request_draft
from apps.reminders.services.plans import cancel_outdated_plans


def register() -> None:
    """Listen to written notes and raised generations."""
    outbox.listen("records.note_written", draft_from_note)
    outbox.listen("records.sealed_note_written", draft_from_note)
    outbox.listen("care.generation_raised", close_outdated)


def draft_from_note(event: OutboxEvent) -> None:
    """Queue the drafting of plans from a new note, or tell its author that nobody here can read it."""
    request_draft(note_id=UUID(event.ids["note_id"]), now=timezone.now())


def close_outdated(event: OutboxEvent) -> None:
    """Write down that the relationship's older plans are cancelled; they have been since its generation rose."""
    cancel_outdated_plans(now=timezone.now(), relationship_id=UUID(event.ids["relationship_id"]))
