"""What the clinical record tells people: that something is there, never what."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.notifications.topics import Message, Topic, register_topic
from apps.records.models import Note


def register() -> None:
    """Make the topics of records known."""
    register_topic(Topic("note_written", render=_render_notes))


def _render_notes(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    found = Note.objects.filter(pk__in=subject_ids).values_list("pk", flat=True)
    message = Message(_("Your doctor wrote a note"), _("Sign in to read it."))
    return dict.fromkeys(found, message)
