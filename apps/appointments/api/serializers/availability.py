"""What the doors of free times answer."""

from typing import Any

from rest_framework import serializers


class SlotOutput(serializers.Serializer[Any]):
    """A time that can be booked."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    free = serializers.IntegerField(help_text="Places left.")


class SlotsOutput(serializers.Serializer[Any]):
    """The free slots of a doctor, and the zone that their times are written in."""

    example = {
        "zone": "America/New_York",
        "slots": [{"starts_at": "2026-11-23T09:00:00-05:00", "ends_at": "2026-11-23T09:20:00-05:00", "free": 1}],
    }

    zone = serializers.CharField(help_text="The doctor's, or the one asked for.")
    doctor_zone = serializers.CharField(required=False, help_text="The doctor's, where another one was asked for.")
    slots = SlotOutput(many=True)


class AvailabilityOutput(serializers.Serializer[Any]):
    """When a doctor can be booked next."""

    doctor = serializers.UUIDField()
    time_zone = serializers.CharField()
    next_free_at = serializers.DateTimeField(allow_null=True, help_text="Within 30 days; a slot, or a place in line.")
    is_free_today = serializers.BooleanField(help_text="Still today, on the doctor's calendar.")


class AvailabilitiesOutput(serializers.Serializer[Any]):
    """When doctors can be booked next."""

    example = {
        "results": [
            {
                "doctor": "019a9f3c-0000-7000-8000-000000000201",
                "time_zone": "America/New_York",
                "next_free_at": "2026-11-23T09:00:00-05:00",
                "is_free_today": False,
            }
        ]
    }

    results = AvailabilityOutput(many=True)
