"""What the clinical record hears from the floors below; each listener is idempotent."""

from uuid import UUID

from django.utils import timezone

from apps.accounts.models import KeyPair
from apps.core import outbox
from apps.core.models import OutboxEvent
from apps.notifications.services.announcing import announce
from apps.patients.querysets import correspondents_of


def register() -> None:
    """Listen to accounts."""
    outbox.listen("accounts.keys_registered", tell_of_new_keys)


def tell_of_new_keys(event: OutboxEvent) -> None:
    """Tell those with whom the person exchanges notes that the keys are new: only they can tell a theft from a change.

    Announces `reader_keys_changed`.
    """
    now, person = timezone.now(), UUID(event.ids["user_id"])
    pair = KeyPair.objects.current_of(person).first()
    if pair:
        announce("reader_keys_changed", subject_id=pair.pk, recipient_ids=correspondents_of(person, now=now), now=now)
