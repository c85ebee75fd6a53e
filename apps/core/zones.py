"""Time zones by their IANA names, from the pinned tzdata, and when a wall-clock time really is."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# The pinned wheel, not whatever the machine has: two machines must agree on when a dose is due.
reset_tzpath(to=[])


@cache
def zone_names() -> frozenset[str]:
    """Return every IANA zone name known here."""
    return frozenset(available_timezones())


def validate_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA zone."""
    if name not in zone_names():
        raise ValidationError(_("There is no time zone of this name. Use an IANA name such as Europe/Paris."))


def zone(name: str) -> ZoneInfo:
    """Return the zone of a stored name."""
    return ZoneInfo(name)


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the moment (UTC) of a wall-clock time: in a gap the first moment after it, in a fold the earlier one."""
    local = datetime.combine(day, wall, tzinfo=zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    # In a gap Python keeps the offset of before: what it names lies as far after the jump as
    # the wall time lies inside the gap. The jump itself is where offsets before and after meet.
    before, after = local.utcoffset(), local.replace(fold=1).utcoffset()
    return _jump(moment, zone) if after != before else moment


def _jump(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the first whole minute (UTC) at which the zone has the offset that it has at `moment`."""
    wanted = moment.astimezone(zone).utcoffset()
    step = timedelta(minutes=1)
    while (moment - step).astimezone(zone).utcoffset() == wanted:
        moment -= step
    return moment
