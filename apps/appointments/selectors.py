"""Free times of a doctor, from rules and live appointments, in a constant number of queries."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from apps.appointments.models import Appointment
from apps.appointments.slots import Rule, Slot, Taken, free_slots, slots_of_day
from apps.core.zones import zone
from apps.hospitals.models import Doctor

LONGEST_SPAN = timedelta(days=62)
LAST_YEAR = 2100  # Nobody books further, and the arithmetic of dates stays away from where calendars end.


def doctor_slots(doctor: Doctor, *, first: date, last: date) -> list[Slot]:
    """Return every slot of the doctor's schedule from `first` to `last` (local dates), taken or not. One query."""
    rules = [rule.as_rule() for rule in doctor.schedule_rules.all()]
    return list(_slots(rules, doctor, first, last))


def _slots(rules: list[Rule], doctor: Doctor, first: date, last: date) -> Iterator[Slot]:
    day = first
    while day <= last:
        yield from slots_of_day(rules, day, zone(doctor.zone_name))
        day += timedelta(days=1)


def doctor_free_slots(doctor: Doctor, *, first: date, last: date, now: datetime) -> list[Slot]:
    """Return the slots that can still be booked from `first` to `last` (local dates). Two queries."""
    slots = doctor_slots(doctor, first=first, last=last)
    if not slots:
        return []
    return list(free_slots(slots, taken_times(doctor, slots[0].starts_at, slots[-1].ends_at), not_before=now))


def taken_times(doctor: Doctor, starts: datetime, ends: datetime) -> list[Taken]:
    """Return what of the doctor's time is used up between two moments."""
    held = Appointment.objects.live().filter(doctor=doctor).between(starts, ends)
    return [Taken(*row) for row in held.values_list("starts_at", "ends_at", "seat")]
