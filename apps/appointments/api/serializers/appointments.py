"""What the doors of appointments take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.appointments.api.serializers.synonyms import SynonymSerializer
from apps.appointments.choices import Status
from apps.core.http.fields import MomentField


class BookAppointmentInput(SynonymSerializer):
    """Which slot of which doctor (`starts_at`), or which day's line (`date`), and for whom."""

    example = {
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "starts_at": "2026-11-23T09:00:00-05:00",
        "reason": "Chest feels tight on stairs",
    }
    synonyms = {"appointment_date": "date", "patient_notes": "reason"}

    doctor = serializers.UUIDField()
    starts_at = MomentField(required=False, help_text="The start of a free slot.")
    date = serializers.DateField(required=False, help_text="A day of the doctor's with a line: tomorrow to 7 days on.")
    patient = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="Left out: yourself.")
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is neither a slot nor a line, or both."""
        if "starts_at" in attrs and "date" in attrs:
            raise serializers.ValidationError({"date": [_("Give `starts_at` or `date`, not both.")]}, "given_twice")
        if "starts_at" not in attrs and "date" not in attrs:
            raise serializers.ValidationError({"starts_at": [_("Give `starts_at`, or `date` for a line.")]}, "required")
        return attrs


class CancelInput(serializers.Serializer[Any]):
    """Why, if you like to say."""

    example = {"reason": "Feeling better"}
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class AppointmentOutput(serializers.Serializer[Any]):
    """An appointment as its patient, its doctor and the hospital see it."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000501",
        "status": "CONFIRMED",
        "starts_at": "2026-11-23T14:00:00Z",
        "ends_at": "2026-11-23T14:20:00Z",
        "time_zone": "America/New_York",
        "local_date": "2026-11-23",
        "serial": None,
        "number": None,
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "doctor_name": "Lena Okafor",
        "patient": "019a9f3c-0000-7000-8000-000000000301",
        "patient_name": "Amina Rahman",
        "hospital": "019a9f3c-0000-7000-8000-000000000101",
        "department": "019a9f3c-0000-7000-8000-000000000151",
        "reason": "Chest feels tight on stairs",
        "cancelled_reason": "",
        "created_at": "2026-11-20T09:00:00Z",
    }

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Status.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    time_zone = serializers.CharField(source="doctor.zone_name", help_text="Of the doctor's calendar.")
    local_date = serializers.DateField()
    serial = serializers.IntegerField(allow_null=True, help_text="The place in the day's line, from 1.")
    number = serializers.CharField(allow_null=True, help_text="What that place is called by; `starts_at` is estimated.")
    doctor = serializers.UUIDField(source="doctor_id")
    doctor_name = serializers.CharField(source="doctor.user.name")
    patient = serializers.UUIDField(source="patient_id")
    patient_name = serializers.CharField(source="patient.name")
    hospital = serializers.UUIDField(source="hospital_id", allow_null=True)
    department = serializers.UUIDField(source="department_id", allow_null=True)
    reason = serializers.CharField()
    cancelled_reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class ReassignmentOutput(serializers.Serializer[Any]):
    """An appointment to come whose doctor may not practise now; without the patient's reason."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000501",
        "status": "CONFIRMED",
        "starts_at": "2026-11-23T14:00:00Z",
        "ends_at": "2026-11-23T14:20:00Z",
        "local_date": "2026-11-23",
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "hospital": "019a9f3c-0000-7000-8000-000000000101",
        "department": "019a9f3c-0000-7000-8000-000000000151",
        "patient": "019a9f3c-0000-7000-8000-000000000301",
    }

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Status.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    local_date = serializers.DateField()
    doctor = serializers.UUIDField(source="doctor_id")
    hospital = serializers.UUIDField(source="hospital_id", allow_null=True)
    department = serializers.UUIDField(source="department_id", allow_null=True)
    patient = serializers.UUIDField(source="patient_id")
