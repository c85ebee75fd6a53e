"""What people say of how they want to be told."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from apps.core.zones import validate_zone
from apps.notifications.choices import Channel, Kind
from apps.notifications.models import Preferences
from apps.notifications.services.preferences import Choice, QuietHours

EXAMPLE = {
    "channels": {
        "SECURITY": {"EMAIL": True, "SMS": False},
        "DOSES": {"EMAIL": True, "SMS": True},
        "APPOINTMENTS": {"EMAIL": True, "SMS": False},
        "RECORDS": {"EMAIL": False, "SMS": False},
        "GENERAL": {"EMAIL": True, "SMS": False},
    },
    "quiet_hours": {"begins": "22:00:00", "ends": "07:00:00", "time_zone": "Europe/Paris"},
    "allows_detail": False,
}
DETAIL = "E-mails about your own doses may say what is to be taken; they do so to a confirmed address only."


class Ways(serializers.Serializer[Any]):
    """Through which channels messages of one kind go out."""

    EMAIL = serializers.BooleanField(required=False)
    SMS = serializers.BooleanField(required=False)


class Channels(serializers.Serializer[Any]):
    """The ways of each kind of message. Those about the safety of the account always go by e-mail."""

    SECURITY = Ways(required=False)
    DOSES = Ways(required=False)
    APPOINTMENTS = Ways(required=False)
    RECORDS = Ways(required=False)
    GENERAL = Ways(required=False)


class Quiet(serializers.Serializer[Any]):
    """When nothing goes out that can wait: from `begins` on, until `ends`, on the wall clock of the zone."""

    begins = serializers.TimeField()
    ends = serializers.TimeField()
    time_zone = serializers.CharField(max_length=64, validators=[validate_zone], help_text="IANA name.")


class PreferencesInput(serializers.Serializer[Any]):
    """How to be told. What PUT leaves out is as if never chosen, what PATCH leaves out stays."""

    example = EXAMPLE

    channels = Channels(required=False)
    quiet_hours = Quiet(required=False, allow_null=True)
    allows_detail = serializers.BooleanField(required=False, help_text=DETAIL)


class PreferencesOutput(serializers.Serializer[Any]):
    """How one is told."""

    example = EXAMPLE

    channels = Channels()
    quiet_hours = Quiet(allow_null=True)
    allows_detail = serializers.BooleanField(help_text=DETAIL)

    def to_representation(self, kept: Preferences) -> dict[str, Any]:
        """Return every kind with every channel, whatever of it was chosen."""
        quiet = {"begins": kept.quiet_from, "ends": kept.quiet_until, "time_zone": kept.quiet_zone}
        ways = {kind: {way: kept.wants(kind, way) for way in Channel.values} for kind in Kind.values}
        return super().to_representation(
            {
                "channels": ways,
                "quiet_hours": quiet if kept.quiet_from is not None else None,
                "allows_detail": kept.allows_detail,
            }
        )


def choice_of(given: Mapping[str, Any], *, before: Preferences) -> Choice:
    """Return what is chosen now: what was given, and else what was chosen before."""

    def wants(kind: str, channel: str) -> bool:
        ways: Mapping[str, bool] = given.get("channels", {}).get(kind, {})
        return ways.get(channel, before.wants(kind, channel))

    return Choice(
        muted_by_email=[kind for kind in Kind.values if not wants(kind, Channel.EMAIL)],
        wanted_by_sms=[kind for kind in Kind.values if wants(kind, Channel.SMS)],
        quiet_hours=_quiet_hours(given, before),
        allows_detail=given.get("allows_detail", before.allows_detail),
    )


def _quiet_hours(given: Mapping[str, Any], before: Preferences) -> QuietHours | None:
    if "quiet_hours" in given:
        return QuietHours(**given["quiet_hours"]) if given["quiet_hours"] else None
    if before.quiet_from is None or before.quiet_until is None:
        return None
    return QuietHours(before.quiet_from, before.quiet_until, before.quiet_zone)
