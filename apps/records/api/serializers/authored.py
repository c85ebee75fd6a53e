"""What every row that a treating doctor writes says of itself."""

from typing import Any

from rest_framework import serializers


class AuthoredOutput(serializers.Serializer[Any]):
    """Whose it is, which doctor wrote it, and where."""

    example: dict[str, Any]

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    doctor = serializers.UUIDField(source="doctor_id")
    doctor_name = serializers.CharField(source="doctor.user.name")
    hospital = serializers.UUIDField(source="hospital_id", allow_null=True)
    appointment = serializers.UUIDField(source="appointment_id", allow_null=True)
