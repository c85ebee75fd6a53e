"""Caregivers."""

from typing import Any

from rest_framework import serializers

from apps.accounts.doors import ConsentField


class ChooseCaregiverInput(serializers.Serializer[Any]):
    """Who shall be told of missed doses, and that the patient wants it."""

    example = {"email": "omar@careloop.example", "consent": True}

    email = serializers.EmailField(max_length=254, help_text="Of their own login, confirmed.")
    consent = ConsentField()


class CaregiverOutput(serializers.Serializer[Any]):
    """Who is told of a patient's missed doses."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000321",
        "patient": "019a9f3c-0000-7000-8000-000000000301",
        "email": "omar@careloop.example",
        "consented_at": "2026-11-20T09:00:00Z",
    }

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    email = serializers.EmailField(source="user.email", help_text="By which the caregiver was chosen.")
    consented_at = serializers.DateTimeField()
