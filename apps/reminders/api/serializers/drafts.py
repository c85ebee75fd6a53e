"""What became of drafting plans from a note."""

from typing import Any

from rest_framework import serializers

from apps.reminders.api.serializers.fields import NOTE_ID
from apps.reminders.choices import DraftState


class PlanDraftOutput(serializers.Serializer[Any]):
    """The drafting of plans from one note; the drafts themselves are `action-plans/?note=`."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000741",
        "note": NOTE_ID,
        "state": "DRAFTED",
        "not_drafted": ["Warfarin: as discussed", "If the pain returns: ibuprofen 400 mg every 8 hours"],
        "created_at": "2026-11-20T09:31:00Z",
    }

    id = serializers.UUIDField()
    note = serializers.UUIDField(source="note_id")
    state = serializers.ChoiceField(
        choices=DraftState.choices,
        help_text="FAILED: it was tried and could not be read. END_TO_END: only the readers' own devices can read it.",
    )
    not_drafted = serializers.ListField(
        child=serializers.CharField(),
        help_text="Lines about medicines, doses or orders that became neither a plan nor a task: stopped, past, "
        "conditional or not understood. Look at them.",
    )
    created_at = serializers.DateTimeField()
