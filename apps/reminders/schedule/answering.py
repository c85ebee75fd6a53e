"""What follows from an answer: the next dose after a late one, and when an as-needed dose may be taken again."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from apps.recommendations.dosage import AsNeeded, Schedule

from .calendar import shortest_gap

A_DAY = timedelta(hours=24)


def postponed(schedule: Schedule, *, taken_at: datetime, due: Iterable[datetime]) -> list[datetime]:
    """Return the new times of the doses that a late answer brought too close, in order; the others stay as they are.

    `due` are the times of the open doses that follow. Each is moved only as far as the shortest gap needs.
    """
    moved, last, gap = [], taken_at, shortest_gap(schedule)
    for moment in due:
        if moment >= last + gap:
            break
        last += gap
        moved.append(last)
    return moved


def available_from(rule: AsNeeded, taken: Sequence[datetime]) -> datetime | None:
    """Return from when on another dose may be taken after those taken (oldest first); None when nothing limits it.

    The gap counts from the last one; the daily maximum counts every 24 hours, not calendar days.
    """
    limits = [taken[-1] + timedelta(hours=rule.minimum_gap_hours)] if taken and rule.minimum_gap_hours else []
    most = rule.maximum_per_day
    if most and len(taken) >= most:
        limits.append(taken[-most] + A_DAY)
    return max(limits, default=None)
