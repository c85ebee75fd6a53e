"""When doses fall due, when they are missed, and what an answer changes: the whole rule of doses. Pure.

`reading` turns stored or foreign JSON into a schedule, `calendar` lays doses out, `answering` says what follows from an
answer. Decisions:
- Wall-clock times follow the clocks. An hour that does not exist moves forward, one that comes twice counts once, a
  date that was skipped altogether has no dose. A dose moved over midnight still belongs to its day.
- Two doses are never closer than half the shortest spacing that the schedule has. The usual advice for a forgotten
  dose, "skip it when the next one is nearer", has the same limit. Where a change of clocks or of zone would bring two
  closer, the later one is left out; a late answer moves the next dose just as far as that takes, and no other.
- As needed: the daily maximum counts the last 24 hours, as leaflets do, so neither midnight nor a change of the clocks
  gives a second day's doses.
"""

from .answering import available_from, postponed
from .calendar import Calendar, Occurrence, doses_promised, shortest_gap
from .reading import WEEKDAYS, UnusableSchedule, read_schedule

__all__ = [
    "WEEKDAYS",
    "Calendar",
    "Occurrence",
    "UnusableSchedule",
    "available_from",
    "doses_promised",
    "postponed",
    "read_schedule",
    "shortest_gap",
]
