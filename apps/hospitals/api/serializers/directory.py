"""What the directory answers beside profiles."""

from typing import Any

from rest_framework import serializers

from apps.hospitals.doors import DOCTOR_EXAMPLE, DoctorOutput


class SpecializationOutput(serializers.Serializer[Any]):
    """A specialization and how many doctors of it may be booked."""

    example = {"specialization": "Cardiology", "count": 12}

    specialization = serializers.CharField()
    count = serializers.IntegerField()


class DiseaseInput(serializers.Serializer[Any]):
    """A disease."""

    example = {"disease": "High blood pressure"}
    disease = serializers.CharField(min_length=2, max_length=100)


class RecommendedOutput(serializers.Serializer[Any]):
    """Doctors for a disease, at most ten."""

    example = {"disease": "High blood pressure", "count": 1, "doctors": [DOCTOR_EXAMPLE]}

    disease = serializers.CharField()
    count = serializers.IntegerField()
    doctors = DoctorOutput(many=True)
