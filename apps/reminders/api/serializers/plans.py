"""Plans: entered, changed, activated, looked at."""

from typing import Any

from rest_framework import serializers

from apps.core.http.fields import AnyCaseChoiceField
from apps.recommendations.doors import SafetyOutput
from apps.reminders.api.serializers.fields import NOTE_ID, PATIENT_ID, PLAN_ID, ScheduleField, ZoneField
from apps.reminders.choices import PlanState, Times

TWICE_DAILY = {"kind": "WALL_CLOCK", "times": ["08:00", "20:00"], "recurrence": {"every": "DAY"}}
MOST_DOSES_SHOWN = 200


CHECKED: dict[str, Any] = {
    "knowledge_version": "2026.11.1",
    "findings": [
        {
            "type": "interaction",
            "severity": "MODERATE",
            "subject": "aspirin",
            "with": "Sertraline 50 mg",
            "condition": None,
            "message": "aspirin with Sertraline 50 mg: more bleeding.",
            "source": "British National Formulary",
        }
    ],
    "not_checked": [{"kind": "fact", "subject": "egfr", "reason": "needed for aspirin"}],
    "is_critical": False,
    "override_reason": "",
}


class ResumePlanInput(serializers.Serializer[Any]):
    """Why the plan runs although a critical danger is known."""

    example: dict[str, Any] = {"override_reason": "The benefit is greater; INR is checked every week."}

    override_reason = serializers.CharField(
        max_length=500,
        required=False,
        default="",
        allow_blank=True,
        help_text="Of the licensed doctor, where a finding is CRITICAL; kept with the findings.",
    )


class ChangeDraftInput(serializers.Serializer[Any]):
    """What a plan says and how it is followed up."""

    example: dict[str, Any] = {"dosage_text": "1 tablet three times daily for 5 days"}

    action = serializers.CharField(max_length=500, help_text="What to do. Encrypted at rest.")
    dosage_text = serializers.CharField(
        max_length=500, help_text="How often, in words; read as `parse-dosage/` reads it. Encrypted at rest."
    )
    schedule = ScheduleField(required=False, help_text="Goes before what the text says.")
    duration_days = serializers.IntegerField(min_value=1, max_value=1825, required=False, allow_null=True)
    total_doses = serializers.IntegerField(min_value=1, max_value=2000, required=False, allow_null=True)
    nag_minutes = serializers.IntegerField(min_value=5, max_value=1440, required=False)
    escalate_after = serializers.IntegerField(
        min_value=0, max_value=100, required=False, help_text="Unanswered nags until a caregiver is told; 0 is never."
    )
    is_time_critical = serializers.BooleanField(required=False, help_text="Reminded of in quiet hours too.")


class EnterPlanInput(ChangeDraftInput, ResumePlanInput):
    """A doctor's own plan for a patient."""

    example = {
        "patient": PATIENT_ID,
        "action": "Amlodipine 5 mg: 1 tablet twice daily",
        "dosage_text": "1 tablet twice daily for 10 days",
        "activate": True,
    }

    patient = serializers.UUIDField()
    activate = serializers.BooleanField(default=False, help_text="At once, instead of a draft.")


class PreviewQuery(serializers.Serializer[Any]):
    """For how long, where the draft does not say or is to be overruled."""

    duration_days = serializers.IntegerField(min_value=1, max_value=1825, required=False, default=None)
    total_doses = serializers.IntegerField(min_value=1, max_value=2000, required=False, default=None)


class ActivatePlanInput(PreviewQuery, ResumePlanInput):
    """For how long, and why although a critical danger is known."""

    example = {"duration_days": 5}


class ChangeZoneInput(serializers.Serializer[Any]):
    """Where the patient is, and by which clock the doses are taken from now on."""

    example = {"time_zone": "Asia/Tokyo", "times": "LOCAL", "preview": True}

    time_zone = ZoneField(max_length=64)
    times = AnyCaseChoiceField(
        choices=Times.choices, help_text="HOME keeps the moments, LOCAL the times of day on the clocks there."
    )
    preview = serializers.BooleanField(default=False, help_text="Show the doses, change nothing.")


class ActionPlanOutput(serializers.Serializer[Any]):
    """Something to do repeatedly."""

    example = {
        "id": PLAN_ID,
        "patient": PATIENT_ID,
        "note": NOTE_ID,
        "state": "ACTIVE",
        "action": "Aspirin 75 mg: 1 tablet twice daily for 5 days",
        "dosage_text": "1 tablet twice daily for 5 days",
        "schedule": TWICE_DAILY,
        "duration_days": 5,
        "total_doses": None,
        "time_zone": "Asia/Dhaka",
        "promised_doses": 10,
        "added_doses": 0,
        "end_date": "2026-11-25",
        "nag_minutes": 60,
        "escalate_after": 3,
        "is_time_critical": False,
        "safety_check": CHECKED,
        "activated_at": "2026-11-20T09:40:00Z",
        "ended_at": None,
        "created_at": "2026-11-20T09:31:00Z",
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    note = serializers.UUIDField(source="note_id", allow_null=True)
    state = serializers.ChoiceField(choices=PlanState.choices, source="current_state")
    action = serializers.CharField()
    dosage_text = serializers.CharField()
    schedule = ScheduleField()
    duration_days = serializers.IntegerField(allow_null=True)
    total_doses = serializers.IntegerField(allow_null=True)
    time_zone = serializers.CharField()
    promised_doses = serializers.IntegerField()
    added_doses = serializers.IntegerField(help_text="One for each dose missed.")
    end_date = serializers.DateField(allow_null=True, help_text="Of the last dose, in the plan's zone.")
    nag_minutes = serializers.IntegerField()
    escalate_after = serializers.IntegerField()
    is_time_critical = serializers.BooleanField()
    safety_check = SafetyOutput(
        allow_null=True, help_text="Of the text as it stands: when it was drafted, changed, activated or resumed last."
    )
    activated_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class PlannedDoseOutput(serializers.Serializer[Any]):
    """A dose as it would be."""

    number = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    local_date = serializers.DateField()
    misses_at = serializers.DateTimeField(allow_null=True)
    was_due_at = serializers.DateTimeField(allow_null=True, help_text="When the same dose is due now.")


class PreviewOutput(serializers.Serializer[Any]):
    """A plan's calendar as it would be."""

    example = {
        "time_zone": "Asia/Dhaka",
        "dose_count": 10,
        "end_date": "2026-11-25",
        "doses": [
            {
                "number": 1,
                "due_at": "2026-11-20T14:00:00Z",
                "local_date": "2026-11-20",
                "misses_at": "2026-11-20T20:00:00Z",
                "was_due_at": None,
            }
        ],
    }

    time_zone = serializers.CharField()
    dose_count = serializers.IntegerField()
    end_date = serializers.DateField(allow_null=True)
    doses = PlannedDoseOutput(many=True, help_text="The first 200.")
