"""What the doors of private calendars answer."""

from typing import Any

from rest_framework import serializers


class FeedOutput(serializers.Serializer[Any]):
    """Whether there is a private calendar address, and since when; the address itself is not kept."""

    example = {"is_on": True, "made_at": "2026-11-20T09:00:00Z"}
    is_on = serializers.BooleanField()
    made_at = serializers.DateTimeField(allow_null=True)


class NewFeedOutput(serializers.Serializer[Any]):
    """The private address, shown once. Whoever has it reads the calendar."""

    example = {"url": "https://careloop.example/api/v1/appointments/calendar/Vb3mD0c9.ics"}
    url = serializers.URLField()
