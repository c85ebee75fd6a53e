"""What the doors of weekly schedules take and answer."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.appointments.choices import RuleKind, Weekday
from apps.appointments.models import ScheduleRule
from apps.appointments.services.schedules import DEFAULT_MINUTES
from apps.appointments.timings import NAMES, Timing, UnreadableTiming, read_timings, weekday_named
from apps.core.errors import InvalidInput
from apps.core.http.fields import AnyCaseChoiceField
from apps.core.http.synonyms import SynonymSerializer
from apps.hospitals.doors import affected_field

UNREADABLE = {
    "unknown_weekday": _("Give a weekday such as monday."),
    "not_a_range": _("Give ranges such as 09:00-12:00."),
    "not_a_time": _("Give times such as 09:00."),
    "ends_before_start": _("Give an end after the start; split a range that passes midnight."),
    "overlap": _("This range overlaps another one of the day."),
}


class WeekdayField(serializers.ChoiceField):
    """A weekday by its English name, in any case, or by its first three letters."""

    default_error_messages = {"unknown_weekday": UNREADABLE["unknown_weekday"]}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[(day.name, day.label) for day in Weekday], **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Return the weekday; refuses numbers, because systems count them differently."""
        try:
            return Weekday(weekday_named(data, ""))
        except UnreadableTiming:
            self.fail("unknown_weekday")

    def to_representation(self, value: Any) -> str:
        """Return the name."""
        return Weekday(value).name


class WallTimeField(serializers.TimeField):
    """A time of day; `24:00`, the end of the day, is stored as 00:00."""

    def to_internal_value(self, value: Any) -> Any:
        """Return the time."""
        is_end_of_day = isinstance(value, str) and value in {"24:00", "24:00:00"} and self.field_name == "to_time"
        return super().to_internal_value("00:00" if is_end_of_day else value)


class ScheduleRuleInput(SynonymSerializer):
    """One range of a week, in wall-clock time of the doctor's zone."""

    example = {
        "weekday": "MONDAY",
        "from_time": "09:00",
        "to_time": "12:00",
        "kind": "SLOTS",
        "slot_minutes": 20,
        "capacity": 1,
        "valid_from": "2026-11-23",
        "valid_to": None,
    }
    synonyms = {
        "day_of_week": "weekday",
        "start_time": "from_time",
        "end_time": "to_time",
        "from": "from_time",
        "to": "to_time",
        "minutes_per_place": "slot_minutes",
    }

    doctor = serializers.UUIDField(required=False, allow_null=True, help_text="Left out: yourself. Staff names one.")
    weekday = WeekdayField()
    from_time = WallTimeField()
    to_time = WallTimeField(help_text="24:00 is the end of the day.")
    kind = AnyCaseChoiceField(choices=RuleKind.choices, default=RuleKind.SLOTS)
    slot_minutes = serializers.IntegerField(
        required=False, min_value=5, max_value=480, help_text="Length of a slot (20), or of a place in a queue (10)."
    )
    capacity = serializers.IntegerField(default=1, min_value=1, max_value=50)
    valid_from = serializers.DateField(default=None, allow_null=True)
    valid_to = serializers.DateField(default=None, allow_null=True)
    is_active = serializers.BooleanField(default=True)
    affected = affected_field()

    def translate(self, name: str, value: Any) -> Any:
        """Return the name of a day that system 002 counts from Sunday = 0."""
        is_number = name == "day_of_week" and str(value) in {"0", "1", "2", "3", "4", "5", "6"}
        return NAMES[(int(value) - 1) % 7] if is_number else value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in the usual length of the kind where a whole rule is given."""
        if not self.partial:
            attrs.setdefault("slot_minutes", DEFAULT_MINUTES[attrs["kind"]])
        return attrs


class TimingsInput(serializers.Serializer[Any]):
    """A whole week in one piece, as system 001 writes it."""

    example: dict[str, Any] = {
        "available_timings": {"monday": ["09:00-12:00", "13:00-17:00"], "friday": ["09:00-12:00"]}
    }

    available_timings = serializers.DictField(help_text="Ranges by weekday; days that are not named have none.")
    kind = AnyCaseChoiceField(choices=RuleKind.choices, default=RuleKind.SLOTS)
    slot_minutes = serializers.IntegerField(required=False, min_value=5, max_value=480)
    capacity = serializers.IntegerField(default=1, min_value=1, max_value=50)
    valid_from = serializers.DateField(default=None, allow_null=True)
    valid_to = serializers.DateField(default=None, allow_null=True)

    def validate_available_timings(self, timings: dict[str, Any]) -> list[Timing]:
        """Return the ranges; raises InvalidInput naming the day and the range that cannot be read."""
        try:
            return read_timings(timings)
        except UnreadableTiming as failure:
            pointer = f"/available_timings{failure.pointer}"
            raise InvalidInput(pointer, UNREADABLE[failure.code], code=failure.code) from failure

    @staticmethod
    def rules_of(given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return one rule for each range of the validated week."""
        shared = {
            name: given[name]
            for name in ("kind", "slot_minutes", "capacity", "valid_from", "valid_to")
            if name in given
        }
        return [
            {"weekday": each.weekday, "from_time": each.from_time, "to_time": each.to_time, **shared}
            for each in given["available_timings"]
        ]


class WeekInput(TimingsInput):
    """A whole week in one piece; what the doctor had before is replaced."""

    doctor = serializers.UUIDField(required=False, allow_null=True, help_text="Left out: yourself. Staff names one.")
    affected = affected_field()


class FirstWeekInput(TimingsInput):
    """The week that a new doctor begins with, if it is known already."""

    available_timings = serializers.DictField(
        required=False, help_text="Ranges by weekday; days that are not named have none."
    )


class ScheduleRuleOutput(serializers.Serializer[Any]):
    """One range of a doctor's week."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000601",
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "time_zone": "America/New_York",
        "weekday": "MONDAY",
        "from_time": "09:00",
        "to_time": "12:00",
        "kind": "SLOTS",
        "slot_minutes": 20,
        "capacity": 1,
        "valid_from": "2026-11-23",
        "valid_to": None,
        "is_active": True,
    }

    id = serializers.UUIDField()
    doctor = serializers.UUIDField(source="doctor_id")
    time_zone = serializers.CharField(source="doctor.zone_name")
    weekday = WeekdayField()
    from_time = serializers.TimeField(format="%H:%M")
    to_time = serializers.TimeField(format="%H:%M", help_text="00:00 is the end of the day.")
    kind = serializers.ChoiceField(choices=RuleKind.choices)
    slot_minutes = serializers.IntegerField()
    capacity = serializers.IntegerField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    is_active = serializers.BooleanField()


class WeekOutput(serializers.Serializer[Any]):
    """The ranges of a doctor's week, by weekday and start."""

    example = {"results": [ScheduleRuleOutput.example]}
    results = ScheduleRuleOutput(many=True)

    @staticmethod
    def of(rules: list[ScheduleRule]) -> dict[str, Any]:
        """Return the rules in their envelope."""
        return {"results": rules}
