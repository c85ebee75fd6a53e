"""What the doors of appointments take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.appointments.choices import Status
from apps.core.http.fields import AnyCaseChoiceField, MomentField
from apps.core.http.synonyms import SynonymSerializer

FLOWS = ({"doctor", "starts_at"}, {"doctor", "date"}, {"hospital", "department", "requested_time"})


class BookAppointmentInput(SynonymSerializer):
    """A slot (doctor, starts_at), a place in line (doctor, date), or a request (hospital, department, requested_time).

    And for whom.
    """

    example = {
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "starts_at": "2026-11-23T09:00:00-05:00",
        "reason": "Chest feels tight on stairs",
    }
    synonyms = {"appointment_date": "date", "patient_notes": "reason"}

    doctor = serializers.UUIDField(required=False)
    starts_at = MomentField(required=False, help_text="The start of a free slot.")
    date = serializers.DateField(required=False, help_text="A day of the doctor's with a line: tomorrow to 7 days on.")
    hospital = serializers.UUIDField(required=False)
    department = serializers.UUIDField(required=False)
    requested_time = MomentField(required=False, help_text="When it would suit you; the hospital gives the time.")
    patient = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="Left out: yourself.")
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    overbooking_reason = serializers.CharField(
        max_length=200, required=False, help_text="Of staff: why the patient comes into this slot even if it is full."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is none of the three, naming what is missing or too much."""
        given = set(attrs) & set().union(*FLOWS)
        flow = min(FLOWS, key=lambda names: (len(names ^ given), len(names - given)))
        missing = dict.fromkeys(sorted(flow - given), _("This is needed too."))
        if missing:
            raise serializers.ValidationError({name: [text] for name, text in missing.items()}, "required")
        if given - flow:
            raise serializers.ValidationError(
                {name: [_("Give a slot, a day, or a request to a hospital, not several.")] for name in given - flow},
                "given_twice",
            )
        if "overbooking_reason" in attrs and ("starts_at" not in attrs or not attrs["patient"]):
            name = "patient" if "starts_at" in attrs else "starts_at"
            raise serializers.ValidationError({name: [_("Overbooking needs a slot and a patient.")]}, "required")
        return attrs


class AssignDoctorInput(SynonymSerializer):
    """Which doctor of the hospital, and when; without a time the request stays one."""

    example = {"doctor": "019a9f3c-0000-7000-8000-000000000201", "confirmed_time": "2026-11-23T09:00:00-05:00"}
    synonyms = {"doctor_id": "doctor"}

    doctor = serializers.UUIDField()
    confirmed_time = MomentField(required=False, allow_null=True, default=None, help_text="A free slot of the doctor.")
    notes = serializers.CharField(
        max_length=500, required=False, default="", allow_blank=True, help_text="What to tell the patient."
    )


class ConfirmInput(serializers.Serializer[Any]):
    """When, if not at the time that was asked for."""

    example = {"confirmed_time": "2026-11-23T09:00:00-05:00"}
    confirmed_time = MomentField(required=False, allow_null=True, default=None, help_text="A free slot of the doctor.")


class RescheduleInput(serializers.Serializer[Any]):
    """When instead: the start of another slot, or of a place in line another date."""

    example = {"starts_at": "2026-11-24T09:00:00-05:00"}
    starts_at = MomentField(required=False, help_text="The start of a free slot of the same doctor.")
    date = serializers.DateField(
        required=False, source="day", help_text="Of a place in line: another day of the doctor's with a line."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse neither and both."""
        if len(attrs) != 1:
            code = "given_twice" if attrs else "required"
            raise serializers.ValidationError(
                {"starts_at": [_("Give a start, or of a place in line a date, not both.")]}, code
            )
        return attrs


class RejectRequestInput(serializers.Serializer[Any]):
    """Why; the patient reads it."""

    example = {"reason": "We do not treat this here."}
    reason = serializers.CharField(max_length=500)


class CancelInput(SynonymSerializer):
    """Why, if you like to say."""

    example = {"reason": "Feeling better"}
    synonyms = {"notes": "reason"}

    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class StatusInput(SynonymSerializer):
    """Which state, and what to say with it: the reason of a rejection or cancellation, else a note to the patient."""

    example = {"status": "CANCELLED", "notes": "The doctor is ill."}
    synonyms = {"doctor_notes": "notes"}

    status = AnyCaseChoiceField(choices=Status.choices)
    notes = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a rejection without a reason."""
        if attrs["status"] == Status.REJECTED and not attrs["notes"]:
            raise serializers.ValidationError({"notes": [_("Say why; the patient reads it.")]}, "required")
        return attrs


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
        "notes": "Bring your insurance card.",
        "is_overbooked": False,
        "overbooking_reason": "",
        "created_at": "2026-11-20T09:00:00Z",
    }

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Status.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    time_zone = serializers.CharField(source="zone_name", help_text="The doctor's, or of a request the hospital's.")
    local_date = serializers.DateField()
    serial = serializers.IntegerField(allow_null=True, help_text="The place in the day's line, from 1.")
    number = serializers.CharField(allow_null=True, help_text="What that place is called by; `starts_at` is estimated.")
    doctor = serializers.UUIDField(source="doctor_id", allow_null=True, help_text="Null while nobody is assigned.")
    doctor_name = serializers.CharField(source="doctor.user.name", default=None, allow_null=True)
    patient = serializers.UUIDField(source="patient_id")
    patient_name = serializers.CharField(source="patient.name")
    hospital = serializers.UUIDField(source="hospital_id", allow_null=True)
    department = serializers.UUIDField(source="department_id", allow_null=True)
    reason = serializers.CharField()
    cancelled_reason = serializers.CharField(help_text="Also of a rejection; `unanswered` when nobody answered.")
    notes = serializers.CharField(help_text="What the hospital tells the patient.")
    is_overbooked = serializers.BooleanField(help_text="Whether it stands beside the seats of its slot.")
    overbooking_reason = serializers.CharField()
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
