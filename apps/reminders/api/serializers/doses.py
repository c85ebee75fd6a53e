"""Doses: answered, put off, on a calendar."""

from typing import Any

from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField, MomentField
from apps.reminders.api.serializers.fields import DOSE_ID, PATIENT_ID, PLAN_ID
from apps.reminders.choices import DoseState, Outcome


class DoseOutput(serializers.Serializer[Any]):
    """One dose."""

    example = {
        "id": DOSE_ID,
        "plan": PLAN_ID,
        "patient": PATIENT_ID,
        "number": 1,
        "state": "DUE",
        "action": "Aspirin 75 mg: 1 tablet twice daily for 5 days",
        "due_at": "2026-11-20T14:00:00Z",
        "local_date": "2026-11-20",
        "time_zone": "Asia/Dhaka",
        "misses_at": "2026-11-20T20:00:00Z",
        "postponed_from": None,
        "next_reminder_at": "2026-11-20T15:00:00Z",
        "reminders_sent": 1,
        "makes_up_for": None,
        "taken_at": None,
        "skip_reason": "",
    }

    id = serializers.UUIDField()
    plan = serializers.UUIDField(source="plan_id")
    patient = serializers.UUIDField(source="plan.patient_id")
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=DoseState.choices, source="current_state")
    action = serializers.CharField(source="plan.action")
    due_at = serializers.DateTimeField(help_text="As needed: from when on it may be taken.")
    local_date = serializers.DateField()
    time_zone = serializers.CharField(source="plan.time_zone")
    misses_at = serializers.DateTimeField(allow_null=True, help_text="From when on it counts as missed; null is never.")
    postponed_from = serializers.DateTimeField(
        allow_null=True, help_text="When it was due before a late answer to the one before moved it."
    )
    next_reminder_at = serializers.DateTimeField(allow_null=True)
    reminders_sent = serializers.IntegerField()
    makes_up_for = serializers.UUIDField(source="makes_up_for_id", allow_null=True)
    taken_at = serializers.DateTimeField(allow_null=True)
    skip_reason = serializers.CharField()


class CheckInInput(serializers.Serializer[Any]):
    """What became of the dose; nothing at all means taken now."""

    example: dict[str, Any] = {"outcome": "TAKEN"}

    outcome = AnyCaseChoiceField(choices=Outcome.choices, required=False, default=Outcome.TAKEN.value)
    at = MomentField(required=False, allow_null=True, default=None, help_text="When it was taken; now by default.")
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)

    def validate_outcome(self, outcome: str) -> Outcome:
        """Return the outcome as the choice that it is."""
        return Outcome(outcome)


class BatchedCheckInInput(CheckInInput):
    """One check-in of many."""

    dose = serializers.UUIDField()


class CheckInBatchInput(serializers.Serializer[Any]):
    """Several check-ins at once, such as those made without a connection."""

    example = {"answers": [{"dose": DOSE_ID, "outcome": "TAKEN", "at": "2026-11-20T14:05:00Z"}]}

    answers = serializers.ListField(child=BatchedCheckInInput(), min_length=1, max_length=100)


class BatchedCheckInOutput(serializers.Serializer[Any]):
    """What became of one check-in of many."""

    dose = serializers.UUIDField()
    is_done = serializers.BooleanField()
    state = serializers.ChoiceField(choices=DoseState.choices, allow_null=True)
    code = serializers.CharField(allow_blank=True, help_text="Why it was refused, as the single check-in says it.")
    detail = serializers.CharField(allow_blank=True)


class CheckInBatchOutput(serializers.Serializer[Any]):
    """What became of each, in the order given."""

    example = {
        "results": [
            {"dose": DOSE_ID, "is_done": True, "state": "TAKEN", "code": "", "detail": ""},
            {
                "dose": "019a9f3c-0000-7000-8000-000000000802",
                "is_done": False,
                "state": None,
                "code": "already_checked_in",
                "detail": "This dose was checked in already.",
            },
        ]
    }

    results = BatchedCheckInOutput(many=True)


class SnoozeInput(serializers.Serializer[Any]):
    """For how long; a quarter of an hour by default."""

    example = {"minutes": 15}
    minutes = serializers.IntegerField(min_value=1, max_value=720, required=False, default=15)


class CalendarQuery(serializers.Serializer[Any]):
    """Whose calendar, from which day to which (62 days at most)."""

    patient = serializers.UUIDField(required=False, default=None, help_text="One's own by default.")
    to = serializers.DateField(required=False, default=None, help_text="Last day; 6 days later by default.")


# `from` is a word of the language, so it cannot stand in the class body.
CalendarQuery._declared_fields["from"] = serializers.DateField(
    required=False, default=None, help_text="First day, in the plan's zone; today by default."
)


class CalendarDayOutput(serializers.Serializer[Any]):
    """The doses of one local date."""

    date = serializers.DateField()
    doses = DoseOutput(many=True)


class CalendarOutput(serializers.Serializer[Any]):
    """A patient's doses, day by day; a day without doses is left out."""

    example = {"patient": PATIENT_ID, "days": [{"date": "2026-11-20", "doses": [DoseOutput.example]}]}

    patient = serializers.UUIDField()
    days = CalendarDayOutput(many=True)
