"""What the inbox doors answer."""

from typing import Any

from rest_framework import serializers

from apps.notifications.choices import Channel, DeliveryState


class NotificationOutput(serializers.Serializer[Any]):
    """One entry of the inbox."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000901",
        "topic": "dose_due",
        "subject_id": "019a9f3c-0000-7000-8000-000000000801",
        "title": "Time for your dose",
        "body": "Take 1 tablet of amoxicillin",
        "read_at": None,
        "created_at": "2026-11-20T08:00:04Z",
    }

    id = serializers.UUIDField()
    topic = serializers.CharField()
    subject_id = serializers.UUIDField(help_text="What it is about: the id of a dose, an appointment, a note.")
    title = serializers.CharField()
    body = serializers.CharField()
    read_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class DeliveryOutput(serializers.Serializer[Any]):
    """One message that did, or did not, leave the house."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000911",
        "channel": "EMAIL",
        "sequence": 0,
        "state": "SENT",
        "attempts": 1,
        "sent_at": "2026-11-20T08:00:06Z",
        "may_be_repeated": False,
        "last_failure": "",
        "created_at": "2026-11-20T08:00:04Z",
    }

    id = serializers.UUIDField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    sequence = serializers.IntegerField()
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attempts = serializers.IntegerField()
    sent_at = serializers.DateTimeField(allow_null=True)
    may_be_repeated = serializers.BooleanField()
    last_failure = serializers.CharField()
    created_at = serializers.DateTimeField()


class MarkedOutput(serializers.Serializer[Any]):
    """How many notifications were marked."""

    example = {"marked": 3}
    marked = serializers.IntegerField()


class UnreadCountOutput(serializers.Serializer[Any]):
    """How many notifications are unread."""

    example = {"unread": 3}
    unread = serializers.IntegerField()


class StreamOutput(serializers.Serializer[Any]):
    """A one-time address of the live stream."""

    example = {"url": "http://127.0.0.1:8001/stream/6cN0...Zw/", "expires_in_seconds": 60}
    url = serializers.CharField()
    expires_in_seconds = serializers.IntegerField()
