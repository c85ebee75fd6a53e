"""Things to do once."""

from typing import Any

from rest_framework import serializers

from apps.reminders.api.serializers.fields import NOTE_ID, PATIENT_ID


class AddTaskInput(serializers.Serializer[Any]):
    """What a doctor asks a patient to do."""

    example = {"patient": PATIENT_ID, "task": "Bring the ECG of last year"}

    patient = serializers.UUIDField()
    task = serializers.CharField(max_length=500)


class ChecklistItemOutput(serializers.Serializer[Any]):
    """Something to do once."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000761",
        "patient": PATIENT_ID,
        "note": NOTE_ID,
        "task": "Bring the ECG of last year",
        "is_open": True,
        "done_at": None,
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    note = serializers.UUIDField(source="note_id", allow_null=True)
    task = serializers.CharField()
    is_open = serializers.BooleanField(help_text="Neither done nor replaced by a newer note.")
    done_at = serializers.DateTimeField(allow_null=True)


class TickInput(serializers.Serializer[Any]):
    """Done, or not done again."""

    example = {"is_done": True}
    is_done = serializers.BooleanField()
