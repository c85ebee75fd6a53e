"""What the doors of patients take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.accounts.choices import Role
from apps.core.zones import validate_zone
from apps.patients.choices import CareSource, Sex


class RegisterInput(serializers.Serializer[Any]):
    """A person signing up."""

    example = {
        "email": "amina@careloop.example",
        "password": "a long enough password",
        "first_name": "Amina",
        "last_name": "Rahman",
        "phone": "+15550100001",
        "time_zone": "Asia/Dhaka",
        "consent": True,
    }

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100, required=False, default="")
    phone = serializers.RegexField(r"^\+?[0-9 ()-]{7,20}$", required=False, default="")
    time_zone = serializers.CharField(max_length=64, required=False, default="UTC", help_text="IANA name.")
    consent = serializers.BooleanField(help_text="Must be true: that you agree to the terms.")
    role = serializers.CharField(required=False, write_only=True, help_text="PATIENT, or left out.")

    def validate_consent(self, consent: bool) -> bool:  # noqa: FBT001 - DRF calls it
        """Refuse to go on without consent."""
        if not consent:
            raise serializers.ValidationError(_("Without your consent nothing can be stored about you."))
        return consent

    def validate_role(self, role: str) -> str:
        """Refuse every role that nobody gives to themselves."""
        if role.upper() != Role.PATIENT:
            raise serializers.ValidationError(_("Only patients sign up here."))
        return role

    def validate_time_zone(self, name: str) -> str:
        """Refuse what is no IANA zone."""
        validate_zone(name)
        return name


class PatientOutput(serializers.Serializer[Any]):
    """A person cared for."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000301",
        "first_name": "Amina",
        "last_name": "Rahman",
        "birth_date": "1984-03-02",
        "sex": "FEMALE",
        "phone": "+15550100001",
        "time_zone": "Asia/Dhaka",
    }

    id = serializers.UUIDField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    birth_date = serializers.DateField(allow_null=True)
    sex = serializers.ChoiceField(choices=Sex.choices)
    phone = serializers.CharField()
    time_zone = serializers.CharField()


class ChooseDoctorInput(serializers.Serializer[Any]):
    """Which doctor shall treat which patient."""

    example = {
        "patient": "019a9f3c-0000-7000-8000-000000000301",
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "notes": "Follow-up after surgery",
    }

    patient = serializers.UUIDField()
    doctor = serializers.UUIDField()
    notes = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class CareRelationshipOutput(serializers.Serializer[Any]):
    """That a doctor treats a patient."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000401",
        "patient": "019a9f3c-0000-7000-8000-000000000301",
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "doctor_name": "Lena Okafor",
        "source": "CHOICE",
        "started_at": "2026-11-20T09:00:00Z",
        "ends_at": None,
        "ended_at": None,
        "notes": "Follow-up after surgery",
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    doctor = serializers.UUIDField(source="doctor_id")
    doctor_name = serializers.CharField(source="doctor.user.name")
    source = serializers.ChoiceField(choices=CareSource.choices)  # type: ignore[assignment] # DRF's own `source`
    started_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    notes = serializers.CharField()
