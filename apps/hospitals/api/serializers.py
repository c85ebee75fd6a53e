"""What the doors of hospitals answer."""

from typing import Any

from rest_framework import serializers

from apps.hospitals.choices import HospitalStatus


class HospitalOutput(serializers.Serializer[Any]):
    """A hospital as the public sees it."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000101",
        "name": "Riverside General",
        "email": "contact@riverside.careloop.example",
        "phone": "+15550100100",
        "address": "1 River Street",
        "city": "Springfield",
        "time_zone": "America/New_York",
        "status": "APPROVED",
    }

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()
    phone = serializers.CharField()
    address = serializers.CharField()
    city = serializers.CharField()
    time_zone = serializers.CharField(help_text="IANA name.")
    status = serializers.ChoiceField(choices=HospitalStatus.choices)


class DepartmentOutput(serializers.Serializer[Any]):
    """A department of a hospital."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000151",
        "hospital": "019a9f3c-0000-7000-8000-000000000101",
        "name": "Cardiology",
        "description": "Heart and circulation.",
    }

    id = serializers.UUIDField()
    hospital = serializers.UUIDField(source="hospital_id")
    name = serializers.CharField()
    description = serializers.CharField()


class DoctorOutput(serializers.Serializer[Any]):
    """A doctor as the public sees one: no e-mail, phone or licence number."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000201",
        "name": "Lena Okafor",
        "specialization": "Cardiology",
        "qualification": "MD",
        "bio": "Twenty years of looking after hearts.",
        "hospital": "019a9f3c-0000-7000-8000-000000000101",
        "hospital_name": "Riverside General",
        "department": "019a9f3c-0000-7000-8000-000000000151",
        "time_zone": "America/New_York",
        "is_verified": True,
    }

    id = serializers.UUIDField()
    name = serializers.CharField(source="user.name")
    specialization = serializers.CharField()
    qualification = serializers.CharField()
    bio = serializers.CharField()
    hospital = serializers.UUIDField(source="hospital_id", allow_null=True)
    hospital_name = serializers.CharField(source="hospital.name", default=None, allow_null=True)
    department = serializers.UUIDField(source="department_id", allow_null=True)
    time_zone = serializers.CharField(source="zone_name")
    is_verified = serializers.SerializerMethodField(help_text="Licence checked by the hospital or an administrator.")

    def get_is_verified(self, doctor: Any) -> bool:
        """Return whether somebody checked this doctor's licence."""
        return bool(doctor.status == "APPROVED")
