"""What the doors of notes take and answer."""

from typing import Any

from rest_framework import serializers

from apps.accounts.choices import Custody
from apps.core.http.synonyms import SynonymSerializer

LONGEST_NOTE = 65_536


class WriteNoteInput(SynonymSerializer):
    """A note about a patient whom the caller treats."""

    example = {
        "patient": "019a9f3c-0000-7000-8000-000000000301",
        "text": "Angina is unlikely.\nAspirin 75 mg: 1 tablet once daily for 5 days\n- Bring the ECG of last year",
        "replaces_plans": True,
    }
    synonyms = {"content": "text"}

    patient = serializers.UUIDField()
    text = serializers.CharField(max_length=LONGEST_NOTE, help_text="At most 64 KiB; encrypted before it is stored.")
    replaces_plans = serializers.BooleanField(
        default=True, help_text="End this relationship's open plans; the plan drafted from this note replaces them."
    )
    activates_plans = serializers.BooleanField(
        default=False,
        help_text="Activate the plans drafted from this note at once where it says for how long; others stay drafts.",
    )


class NoteOutput(serializers.Serializer[Any]):
    """A note, opened for a reader."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000601",
        "patient": "019a9f3c-0000-7000-8000-000000000301",
        "author": "019a9f3c-0000-7000-8000-000000000002",
        "custody": "SERVER",
        "replaces_plans": True,
        "text": "Angina is unlikely.\nAspirin 75 mg: 1 tablet once daily for 5 days",
        "created_at": "2026-11-20T09:30:00Z",
    }

    id = serializers.UUIDField(source="note.id")
    patient = serializers.UUIDField(source="note.patient_id")
    author = serializers.UUIDField(source="note.author_id")
    custody = serializers.ChoiceField(
        source="note.custody",
        choices=Custody.choices,
        help_text="SERVER: this service can open it for its readers. CLIENT: end-to-end, it cannot.",
    )
    replaces_plans = serializers.BooleanField(source="note.replaces_plans")
    text = serializers.CharField()
    created_at = serializers.DateTimeField(source="note.created_at")
