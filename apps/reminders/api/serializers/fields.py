"""Fields that several doors of plans share."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from apps.core.errors import Text
from apps.core.http.problems import BadParameter
from apps.core.zones import zone_names
from apps.recommendations.dosage import Schedule
from apps.reminders.schedule import UnusableSchedule, read_schedule

Query = TypeVar("Query", bound=serializers.Serializer[Any])
PLAN_ID = "019a9f3c-0000-7000-8000-000000000751"
DOSE_ID = "019a9f3c-0000-7000-8000-000000000801"
PATIENT_ID = "019a9f3c-0000-7000-8000-000000000301"
NOTE_ID = "019a9f3c-0000-7000-8000-000000000601"

REASONS: Mapping[str, Text] = {
    "no_object": gettext_lazy("Give an object."),
    "unknown_kind": gettext_lazy("Give WALL_CLOCK, INTERVAL or AS_NEEDED."),
    "unknown_recurrence": gettext_lazy("Give DAY, WEEKDAYS, N_DAYS or MONTH."),
    "how_many_times": gettext_lazy("Give 1 to 24 times of day."),
    "no_time_of_day": gettext_lazy("Give times of day such as 08:00."),
    "repeated": gettext_lazy("Give each time once."),
    "no_weekdays": gettext_lazy("Name at least one day, such as MONDAY."),
    "out_of_range": gettext_lazy("Give a number that makes sense here."),
}


@extend_schema_field(
    {
        "type": "object",
        "description": "`WALL_CLOCK` with `times` and a `recurrence` (`DAY`, `WEEKDAYS` with `days`, `N_DAYS` with "
        "`n`, `MONTH` with `day`), `INTERVAL` with `hours`, or `AS_NEEDED` with `minimum_gap_hours` and "
        "`maximum_per_day`.",
        "properties": {"kind": {"type": "string", "enum": ["WALL_CLOCK", "INTERVAL", "AS_NEEDED"]}},
        "required": ["kind"],
        "additionalProperties": True,
    }
)
class ScheduleField(serializers.Field[Any, Any, Any, Any]):
    """A schedule, as `parse-dosage/` answers it."""

    def to_internal_value(self, value: Any) -> Schedule:
        """Return the schedule; refuses what is none, naming the part of it."""
        try:
            return read_schedule(value)
        except UnusableSchedule as failure:
            error: Any = serializers.ErrorDetail(str(REASONS[failure.code]), code=failure.code)
            for part in reversed(failure.field.split("/") if failure.field else []):
                error = {part: error}
            raise serializers.ValidationError(error) from failure

    def to_representation(self, value: Any) -> Any:
        """Return the stored JSON."""
        return value


class ZoneField(serializers.CharField):
    """An IANA zone."""

    def to_internal_value(self, value: Any) -> str:
        """Return the name; refuses one that no zone has."""
        name = super().to_internal_value(value)
        if name not in zone_names():
            raise serializers.ValidationError(_("There is no time zone of this name. Use a name such as Europe/Paris."))
        return name


def query_of(request: Request, serializer_class: type[Query]) -> dict[str, Any]:
    """Return the validated query parameters; raises BadParameter for bad and for unknown ones, paging apart."""
    serializer = serializer_class(data=request.query_params)
    known = {*serializer.fields, "cursor", "page_size", "with_count"}
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise BadParameter({name: _("There is no such parameter here.") for name in unknown})
    if not serializer.is_valid():
        raise BadParameter(serializer.errors)
    return dict(serializer.validated_data)
