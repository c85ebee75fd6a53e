"""Quiet hours: whether a moment lies inside them on a wall clock, and when they end."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.core.zones import instant


def quiet_until(moment: datetime, *, begins: time, ends: time, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours around `moment` end (UTC), None when it is not quiet then.

    The hours may pass midnight; `begins` belongs to them, `ends` does not. Equal times are no hours at all.
    """
    local = moment.astimezone(zone)
    wall = local.time()
    is_quiet = begins <= wall < ends if begins < ends else begins != ends and (wall >= begins or wall < ends)
    if not is_quiet:
        return None
    day = local.date() if wall < ends else local.date() + timedelta(days=1)
    # In the hour that an autumn night has twice, the end may already lie behind: a second later is asked again.
    return max(instant(day, ends, zone), moment.astimezone(UTC) + timedelta(seconds=1))
