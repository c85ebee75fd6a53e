"""What the clinical record tells people: that something is there, never what."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import KeyPair, User
from apps.accounts.services.client_keys import fingerprint_of
from apps.notifications.choices import Kind
from apps.notifications.topics import Message, Text, Topic, register_topic
from apps.patients.querysets import correspondents_of
from apps.records.models import Annotation, HealthRecord, Note, OrderedTest, Prescription, RecordShare, Visit

# Of each topic: whose ids it is about, the title and the words.
WORDS: dict[str, tuple[Any, Text, Text]] = {
    "note_written": (Note, _("Your doctor wrote a note"), _("Sign in to read it.")),
    "note_shared": (Note, _("A note was shared with you"), _("Sign in to read it.")),
    "record_assigned": (HealthRecord, _("A health record is assigned to you"), _("Sign in to look at it.")),
    "record_added": (HealthRecord, _("A health record was added"), _("Sign in to look at it.")),
    "record_shared": (RecordShare, _("A health record was shared with you"), _("Sign in to look at it.")),
    "prescription_issued": (Prescription, _("Your doctor issued a prescription"), _("Sign in to read it.")),
    "visit_written": (Visit, _("Your doctor wrote about a visit"), _("Sign in to read it.")),
    "test_resulted": (OrderedTest, _("A test has a result"), _("Sign in to read it.")),
    "record_annotated": (Annotation, _("A doctor commented on a health record"), _("Sign in to read it.")),
}


def register() -> None:
    """Make the topics of records known."""
    for name, (model, title, body) in WORDS.items():
        rows = model.objects
        register_topic(Topic(name, _renderer(rows, Message(title, body)), rows.visible_to, kind=Kind.RECORDS))
    register_topic(Topic("reader_keys_changed", _render_new_keys, _keys_of_correspondents_of))


def _renderer(rows: Any, message: Message) -> Callable[[Sequence[UUID]], Mapping[UUID, Message]]:
    def render(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
        return dict.fromkeys(rows.filter(pk__in=subject_ids).values_list("pk", flat=True), message)

    return render


def _keys_of_correspondents_of(reader: User) -> QuerySet[KeyPair]:
    return KeyPair.objects.filter(holder_id__in=correspondents_of(reader.pk, now=timezone.now()))


def _render_new_keys(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    """Return the words about new keys; whose they are and how to tell them, in the inbox only."""
    pairs = {pair.pk: pair for pair in KeyPair.objects.filter(pk__in=subject_ids)}
    names = {user.pk: user.name for user in User.objects.filter(pk__in={pair.holder_id for pair in pairs.values()})}
    return {
        pk: Message(
            _("Somebody with whom you exchange notes has new keys"),
            _("Sign in, and compare the fingerprint over another channel before you trust them."),
            detail=f"{names.get(pair.holder_id, '')}: {fingerprint_of(pair)}",
        )
        for pk, pair in pairs.items()
    }
