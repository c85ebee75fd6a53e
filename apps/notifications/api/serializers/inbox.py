"""What the inbox doors answer."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from apps.notifications.choices import OPEN_STATES, Channel, DeliveryState, Reason
from apps.notifications.models import Delivery


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
        "state": "PENDING",
        "reason": "QUIET",
        "explanation": "Your quiet hours: it waits until they are over.",
        "attempts": 0,
        "next_attempt_at": "2026-11-20T06:00:00Z",
        "sent_at": None,
        "delivered_at": None,
        "may_be_repeated": False,
        "last_failure": "",
        "created_at": "2026-11-20T08:00:04Z",
    }

    id = serializers.UUIDField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    sequence = serializers.IntegerField()
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True, help_text="Why it waits, or why not.")
    explanation = serializers.CharField(help_text="The same in words, for people.")
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.SerializerMethodField(help_text="Until when it waits; null once it is settled.")
    sent_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True, help_text="When the provider said that it had arrived.")
    may_be_repeated = serializers.BooleanField(help_text="The provider's answer was lost once: it may come twice.")
    last_failure = serializers.CharField()
    created_at = serializers.DateTimeField()

    def get_next_attempt_at(self, delivery: Delivery) -> datetime | None:
        """Return when it is tried next."""
        return delivery.next_attempt_at if delivery.state in OPEN_STATES else None


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
