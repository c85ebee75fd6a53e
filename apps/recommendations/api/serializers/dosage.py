"""What the doors of advice take and answer."""

from typing import Any

from rest_framework import serializers


class ParseDosageInput(serializers.Serializer[Any]):
    """A dosage as a person wrote it."""

    example = {"text": "1 tablet twice daily for 5 days"}
    text = serializers.CharField(max_length=1000)


class DosageOutput(serializers.Serializer[Any]):
    """What the text says; `schedule` is null where nothing can be said, because a guess could harm."""

    example = {
        "doses_per_day": 2,
        "interval_hours": None,
        "interval_hours_max": None,
        "duration_days": 5,
        "as_needed": False,
        "food": None,
        "times_of_day": ["08:00", "20:00"],
        "days_of_week": [],
        "dose": 1,
        "dose_max": None,
        "dose_unit": "tablet",
        "max_per_day": None,
        "steps": [],
        "schedule": {"kind": "WALL_CLOCK", "times": ["08:00", "20:00"], "recurrence": {"every": "DAY"}},
    }

    doses_per_day = serializers.FloatField(allow_null=True)
    interval_hours = serializers.FloatField(allow_null=True)
    interval_hours_max = serializers.FloatField(allow_null=True)
    duration_days = serializers.IntegerField(allow_null=True)
    as_needed = serializers.BooleanField()
    food = serializers.CharField(allow_null=True)
    times_of_day = serializers.ListField(child=serializers.CharField())
    days_of_week = serializers.ListField(child=serializers.CharField())
    dose = serializers.FloatField(allow_null=True)
    dose_max = serializers.FloatField(allow_null=True)
    dose_unit = serializers.CharField(allow_null=True)
    max_per_day = serializers.DictField(allow_null=True, help_text="Of what is taken as needed: amount and unit.")
    steps = serializers.ListField(child=serializers.DictField())
    schedule = serializers.DictField(allow_null=True)
