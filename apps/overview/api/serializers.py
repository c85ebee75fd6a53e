"""What the overview answers."""

from typing import Any

from rest_framework import serializers


class SummaryAppointment(serializers.Serializer[Any]):
    """An appointment to come."""

    id = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    time_zone = serializers.CharField(source="doctor.zone_name")
    doctor_name = serializers.CharField(source="doctor.user.name")


class SummaryPlan(serializers.Serializer[Any]):
    """A plan that is running."""

    id = serializers.UUIDField()
    action = serializers.CharField()


class SummaryTally(serializers.Serializer[Any]):
    """Doses so far."""

    due = serializers.IntegerField()
    taken = serializers.IntegerField()
    missed = serializers.IntegerField()
    skipped = serializers.IntegerField()


class PatientSummaryOutput(serializers.Serializer[Any]):
    """A patient at a glance."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000301",
        "name": "Amina Rahman",
        "birth_date": "1984-03-02",
        "upcoming_appointments": [
            {
                "id": "019a9f3c-0000-7000-8000-000000000501",
                "starts_at": "2026-11-23T14:00:00Z",
                "time_zone": "America/New_York",
                "doctor_name": "Lena Okafor",
            }
        ],
        "open_plans": [{"id": "019a9f3c-0000-7000-8000-000000000751", "action": "Aspirin 75 mg: 1 tablet at night"}],
        "doses": {"due": 10, "taken": 9, "missed": 1, "skipped": 0},
    }

    id = serializers.UUIDField(source="patient.id")
    name = serializers.CharField(source="patient.name")
    birth_date = serializers.DateField(source="patient.birth_date", allow_null=True)
    upcoming_appointments = SummaryAppointment(source="appointments", many=True)
    open_plans = SummaryPlan(source="plans", many=True)
    doses = SummaryTally(source="tally")
