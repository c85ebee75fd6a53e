"""What the doors of absences take and answer."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.http.fields import MomentField
from apps.core.zones import zone
from apps.hospitals.doors import affected_field


class AbsenceInput(serializers.Serializer[Any]):
    """From when to when: moments, or whole days of the doctor's calendar."""

    example = {"from_date": "2026-12-24", "to_date": "2026-12-26", "reason": "Holidays", "affected": "MOVE"}

    doctor = serializers.UUIDField(required=False, allow_null=True, help_text="Left out: yourself. Staff names one.")
    starts_at = MomentField(required=False)
    ends_at = MomentField(required=False)
    from_date = serializers.DateField(required=False, help_text="First day away, on the doctor's calendar.")
    to_date = serializers.DateField(required=False, help_text="Last day away; `from_date` by default.")
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Patients never see it.")
    affected = affected_field()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a beginning or an end that is given twice, or not at all."""
        if "from_date" in attrs and not {"to_date", "ends_at"} & set(attrs) and not self.partial:
            attrs["to_date"] = attrs["from_date"]
        for moment, day in (("starts_at", "from_date"), ("ends_at", "to_date")):
            if moment in attrs and day in attrs:
                raise serializers.ValidationError({day: [_("Give a moment or a day, not both.")]}, code="given_twice")
            if not self.partial and moment not in attrs and day not in attrs:
                raise serializers.ValidationError({moment: [_("Give a moment or a day.")]}, code="required")
        return attrs


class AbsenceOutput(serializers.Serializer[Any]):
    """A time in which a doctor is away, on the doctor's clock."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000651",
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "time_zone": "America/New_York",
        "starts_at": "2026-12-24T00:00:00-05:00",
        "ends_at": "2026-12-27T00:00:00-05:00",
        "reason": "Holidays",
    }

    id = serializers.UUIDField()
    doctor = serializers.UUIDField(source="doctor_id")
    time_zone = serializers.CharField(source="doctor.zone_name")
    starts_at = serializers.SerializerMethodField()
    ends_at = serializers.SerializerMethodField()
    reason = serializers.CharField()

    def get_starts_at(self, absence: Any) -> datetime:
        """Return the beginning on the doctor's clock."""
        return self._local(absence, absence.starts_at)

    def get_ends_at(self, absence: Any) -> datetime:
        """Return the end on the doctor's clock."""
        return self._local(absence, absence.ends_at)

    def _local(self, absence: Any, moment: datetime) -> datetime:
        return moment.astimezone(zone(absence.doctor.zone_name))
