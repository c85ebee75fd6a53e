"""What the doors of plans and doses take and answer."""

from typing import Any

from rest_framework import serializers

from apps.core.http.fields import MomentField
from apps.reminders.choices import DoseState, Outcome, PlanState

PLAN_ID = "019a9f3c-0000-7000-8000-000000000751"
PATIENT_ID = "019a9f3c-0000-7000-8000-000000000301"


class ActivatePlanInput(serializers.Serializer[Any]):
    """For how long, where the note does not say."""

    example = {"duration_days": 5}

    duration_days = serializers.IntegerField(min_value=1, max_value=1825, required=False, default=None)
    total_doses = serializers.IntegerField(min_value=1, max_value=2000, required=False, default=None)


class ActionPlanOutput(serializers.Serializer[Any]):
    """Something to do repeatedly."""

    example = {
        "id": PLAN_ID,
        "patient": PATIENT_ID,
        "note": "019a9f3c-0000-7000-8000-000000000601",
        "state": "ACTIVE",
        "action": "Aspirin 75 mg: 1 tablet twice daily for 5 days",
        "dosage_text": "1 tablet twice daily for 5 days",
        "schedule": {"kind": "WALL_CLOCK", "times": ["08:00", "20:00"], "recurrence": {"every": "DAY"}},
        "duration_days": 5,
        "time_zone": "Asia/Dhaka",
        "promised_doses": 10,
        "added_doses": 0,
        "activated_at": "2026-11-20T09:40:00Z",
        "ended_at": None,
        "created_at": "2026-11-20T09:31:00Z",
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    note = serializers.UUIDField(source="note_id", allow_null=True)
    state = serializers.ChoiceField(choices=PlanState.choices)
    action = serializers.CharField()
    dosage_text = serializers.CharField()
    schedule = serializers.DictField()
    duration_days = serializers.IntegerField(allow_null=True)
    time_zone = serializers.CharField()
    promised_doses = serializers.IntegerField()
    added_doses = serializers.IntegerField()
    activated_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ChecklistItemOutput(serializers.Serializer[Any]):
    """Something to do once."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000761",
        "patient": PATIENT_ID,
        "note": "019a9f3c-0000-7000-8000-000000000601",
        "task": "Bring the ECG of last year",
        "done_at": None,
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    note = serializers.UUIDField(source="note_id")
    task = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True)


class TickInput(serializers.Serializer[Any]):
    """Done, or not done again."""

    example = {"is_done": True}
    is_done = serializers.BooleanField()


class DoseOutput(serializers.Serializer[Any]):
    """One dose."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000801",
        "plan": PLAN_ID,
        "patient": PATIENT_ID,
        "number": 1,
        "state": "DUE",
        "action": "Aspirin 75 mg: 1 tablet twice daily for 5 days",
        "due_at": "2026-11-20T14:00:00Z",
        "local_date": "2026-11-20",
        "time_zone": "Asia/Dhaka",
        "misses_at": "2026-11-20T20:00:00Z",
        "reminders_sent": 1,
        "makes_up_for": None,
        "taken_at": None,
        "skip_reason": "",
    }

    id = serializers.UUIDField()
    plan = serializers.UUIDField(source="plan_id")
    patient = serializers.UUIDField(source="plan.patient_id")
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=DoseState.choices)
    action = serializers.CharField(source="plan.action")
    due_at = serializers.DateTimeField()
    local_date = serializers.DateField()
    time_zone = serializers.CharField(source="plan.time_zone")
    misses_at = serializers.DateTimeField(help_text="From when on it counts as missed.")
    reminders_sent = serializers.IntegerField()
    makes_up_for = serializers.UUIDField(source="makes_up_for_id", allow_null=True)
    taken_at = serializers.DateTimeField(allow_null=True)
    skip_reason = serializers.CharField()


class CheckInInput(serializers.Serializer[Any]):
    """What became of the dose; nothing at all means taken now."""

    example = {"outcome": "TAKEN"}

    outcome = serializers.CharField(required=False, default=Outcome.TAKEN.value, help_text="TAKEN or SKIPPED.")
    at = MomentField(required=False, allow_null=True, default=None, help_text="When it was taken; now by default.")
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)

    def validate_outcome(self, outcome: str) -> Outcome:
        """Return the outcome, whatever case it came in."""
        field = serializers.ChoiceField(choices=Outcome.choices)
        return Outcome(field.to_internal_value(outcome.upper()))


class AdherenceOutput(serializers.Serializer[Any]):
    """How much of what was due a patient has taken."""

    example = {
        "patient": PATIENT_ID,
        "patient_name": "Amina Rahman",
        "due": 10,
        "taken": 9,
        "missed": 1,
        "skipped": 0,
        "streak": 4,
        "rate": 0.9,
    }

    patient = serializers.UUIDField(source="patient_id")
    patient_name = serializers.CharField()
    due = serializers.IntegerField(help_text="Doses answered or missed so far.")
    taken = serializers.IntegerField()
    missed = serializers.IntegerField()
    skipped = serializers.IntegerField()
    streak = serializers.IntegerField(help_text="Doses taken in a row, up to the latest.")
    rate = serializers.FloatField(allow_null=True, help_text="taken / due; null before the first.")
