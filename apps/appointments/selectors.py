"""Free times of doctors, from rules, absences and live appointments, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, DateField, DateTimeField, Max, Q, QuerySet, SmallIntegerField, UUIDField, Value
from django.db.models.functions import Cast, Coalesce

from apps.appointments.choices import KEPT, LIVE, RuleKind, Status
from apps.appointments.models import Absence, Appointment, LeftPlace, ScheduleRule
from apps.appointments.models.ratings import MOST_STARS
from apps.appointments.slots import (
    DAY,
    Calendar,
    Rule,
    Slot,
    Taken,
    days,
    free_slots,
    next_place,
    slots_of_day,
)
from apps.core.prepared import Given, PreparedQuestion
from apps.core.zones import instant, zone
from apps.hospitals.models import Doctor

LONGEST_SPAN = timedelta(days=62)
LAST_YEAR = 2100  # Nobody books further, and the arithmetic of dates stays away from where calendars end.
QUEUE_WINDOW = (1, 7)  # A place in a line is taken from tomorrow on, seven days ahead at most.
HORIZON = timedelta(days=30)
COUNTERS = ("today", "today_waiting", "today_completed", "tomorrow", "upcoming", "completed")


def calendar_of_doctor(doctor: Doctor, *, since: datetime | None = None) -> Calendar:
    """Return the doctor's rules, and the absences that end after `since` (none without it). One or two queries.

    The zone is read with the rules: under the lock of the calendar both are as the last change left them, while the
    doctor may have been read before the lock.
    """
    rows = _RULES.all(doctor=doctor.pk)
    zone_name: str = rows[0][0] if rows else doctor.zone_name
    rules = tuple(Rule(*row) for _zone, *row in rows)
    absences = doctor.absences.filter(ends_at__gt=since) if since else ()
    return Calendar(zone(zone_name), rules, tuple(each.as_taken() for each in absences))


def doctor_slots(doctor: Doctor, *, first: date, last: date) -> list[Slot]:
    """Return every slot of the doctor's schedule from `first` to `last` (local dates), taken or not. One query."""
    return list(slots_between(calendar_of_doctor(doctor), first, last))


def slots_between(calendar: Calendar, first: date, last: date) -> Iterator[Slot]:
    """Yield every slot of a calendar from `first` to `last` (local dates), by start, taken or not."""
    for day in days(first, last):
        yield from slots_of_day(calendar.rules, day, calendar.zone)


def doctor_free_slots(
    doctor: Doctor, *, first: date, last: date, now: datetime, seen_in: ZoneInfo | None = None
) -> list[Slot]:
    """Return the slots that can still be booked from `first` to `last`, dates in the zone `seen_in`. Two queries.

    Without `seen_in` the dates are the doctor's own.
    """
    if seen_in is None:
        slots = doctor_slots(doctor, first=first, last=last)
    else:
        # Zones are 26 hours apart at most, so a date elsewhere touches the days beside it here.
        begins, ends = instant(first, datetime.min.time(), seen_in), instant(last + DAY, datetime.min.time(), seen_in)
        around = doctor_slots(doctor, first=first - 2 * DAY, last=last + 2 * DAY)
        slots = [slot for slot in around if begins <= slot.starts_at < ends]
    if not slots:
        return []
    return list(free_slots(slots, taken_times(doctor, slots[0].starts_at, slots[-1].ends_at), not_before=now))


def local_today(doctor: Doctor, *, now: datetime) -> date:
    """Return which date it is for the doctor."""
    return now.astimezone(zone(doctor.zone_name)).date()


def doctor_counters(doctor: Doctor, *, now: datetime) -> dict[str, int]:
    """Return how many visits each list of the doctor's dashboard holds, by the names of COUNTERS. One query."""
    today = local_today(doctor, now=now)
    of_today, live = Q(local_date=today), Q(status__in=LIVE)
    kept = Q(status__in=KEPT)
    counted = {
        "today": of_today & kept,
        "today_waiting": of_today & live,
        "today_completed": of_today & Q(status=Status.COMPLETED),
        "tomorrow": Q(local_date=today + DAY) & kept,
        "upcoming": live & Q(ends_at__gt=now),
        "completed": Q(status=Status.COMPLETED),
    }
    counts = {name: Count("pk", filter=counted[name]) for name in COUNTERS}
    return dict(Appointment.objects.filter(doctor=doctor).order_by().aggregate(**counts))


class OfficeFigures(NamedTuple):
    """What an administrator sees first."""

    today: int
    waiting: int
    no_show_percent: float


def office_figures(*, now: datetime) -> OfficeFigures:
    """Return how many visits today has, how many requests have no doctor, and how many visits in a hundred were missed.

    Today is the date where each doctor works, the share that of the last 30 days. Three queries.
    """
    around = Appointment.objects.filter(starts_at__gt=now - 2 * DAY, starts_at__lt=now + 2 * DAY).kept().order_by()
    near = around.values_list("local_date", Coalesce("doctor__hospital__time_zone", "doctor__time_zone"))
    days = near.annotate(count=Count("pk"))
    today = sum(count for day, zone_name, count in days if day == now.astimezone(zone(zone_name)).date())
    waiting = Appointment.objects.filter(status=Status.REQUESTED, doctor=None).count()
    month = Appointment.objects.filter(starts_at__gt=now - 30 * DAY, starts_at__lt=now)
    counted = month.order_by().aggregate(
        missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
        over=Count("pk", filter=Q(status__in=[Status.NO_SHOW, Status.COMPLETED])),
    )
    return OfficeFigures(today, waiting, 100 * counted["missed"] / (counted["over"] or 1))


def rating_breakdown(doctor: Doctor) -> dict[str, Any]:
    """Return how many gave the doctor five stars, four, and so on, with percentages to one decimal. One query."""
    given = dict(doctor.ratings.order_by().values_list("stars").annotate(count=Count("pk")))
    whole = sum(given.values())
    rows = [
        {"stars": stars, "count": (count := given.get(stars, 0)), "percentage": round(100 * count / (whole or 1), 1)}
        for stars in range(MOST_STARS, 0, -1)
    ]
    return {"rating_average": doctor.rating_average, "rating_count": doctor.rating_count, "breakdown": rows}


def taken_times(doctor: Doctor, starts: datetime, ends: datetime) -> list[Taken]:
    """Return what of the doctor's time appointments and absences use up between two moments. One query."""
    return [Taken(*row) for _doctor, *row in _TAKEN.all(doctor=doctor.pk, starts=starts, ends=ends)]


def taken_of(doctor_ids: Sequence[UUID], starts: datetime, ends: datetime) -> Mapping[UUID, list[Taken]]:
    """Return the same for several doctors at once, without what is overbooked: it takes no seat. One query."""
    taken: defaultdict[UUID, list[Taken]] = defaultdict(list)
    for doctor_id, *row in _taken(Q(doctor__in=doctor_ids), starts, ends):
        taken[doctor_id].append(Taken(*row))
    return taken


def _taken(doctors: Q, starts: Any, ends: Any) -> QuerySet[Appointment, tuple[Any, ...]]:
    columns = ("doctor_id", "starts_at", "ends_at", "seat", "serial", "local_date")
    held = Appointment.objects.live().filter(doctors, is_overbooked=False).between(starts, ends).values_list(*columns)
    absent: QuerySet[Absence, tuple[object, ...]] = (
        Absence.objects.filter(doctors)
        .between(starts, ends)
        .annotate(
            seat=Cast(Value(None), SmallIntegerField()),
            serial=Cast(Value(None), SmallIntegerField()),
            local_date=Cast(Value(None), DateField()),
        )
        .order_by()
        .values_list(*columns)
    )
    return held.order_by().union(absent, all=True)


def _rules() -> QuerySet[ScheduleRule, tuple[Any, ...]]:
    in_force = ScheduleRule.objects.in_force().in_zone().filter(doctor=Given("doctor", UUIDField()))
    return in_force.order_by().values_list("zone_name", *(column.name for column in fields(Rule)))


# Every look at a doctor's calendar, and every booking, asks these two.
_RULES = PreparedQuestion(_rules)
_TAKEN = PreparedQuestion(
    lambda: _taken(
        Q(doctor=Given("doctor", UUIDField())), Given("starts", DateTimeField()), Given("ends", DateTimeField())
    )
)


def last_serials(doctor_ids: Iterable[UUID], first: date, last: date) -> Mapping[tuple[UUID, date], int]:
    """Return the highest place ever given out, for each doctor and local date that has one. One query.

    Places that were left count too, by an appointment that was cancelled or moved away: none is used again.
    """
    asked = {"doctor__in": list(doctor_ids), "local_date__range": (first, last), "serial__gt": 0}
    held, left = Appointment.objects.filter(**asked), LeftPlace.objects.filter(**asked)
    highest: dict[tuple[UUID, date], int] = {}
    for doctor_id, day, serial in _highest(held).union(_highest(left), all=True):
        highest[doctor_id, day] = max(serial, highest.get((doctor_id, day), 0))
    return highest


def _highest(places: QuerySet[Any]) -> QuerySet[Any, Any]:
    highest: QuerySet[Any, Any] = (
        places.order_by().values_list("doctor_id", "local_date").annotate(highest=Max("serial"))
    )
    return highest


def next_free(doctor_ids: Sequence[UUID], *, now: datetime, horizon: timedelta = HORIZON) -> dict[UUID, datetime]:
    """Return when each doctor can be booked next, slot or place in line; who is full or away is left out.

    Four queries at most, however many doctors; days are looked at only until a free time is found.
    """
    doctors = Doctor.objects.filter(pk__in=doctor_ids).select_related("hospital")
    calendars = _calendars(list(doctors))
    taken = taken_of(list(calendars), now, now + horizon + 2 * DAY) if calendars else {}
    queues = [pk for pk, each in calendars.items() if any(rule.kind == RuleKind.QUEUE for rule in each.rules)]
    serials = last_serials(queues, (now - DAY).date(), (now + 9 * DAY).date()) if queues else {}
    found = {}
    for pk, calendar in calendars.items():
        today = now.astimezone(calendar.zone).date()
        used = taken.get(pk, [])
        slots = slots_between(calendar, today, today + horizon)
        first_slot = next((slot.starts_at for slot in free_slots(slots, used, not_before=now)), None)
        lines = (today + number * DAY for number in range(QUEUE_WINDOW[0], QUEUE_WINDOW[1] + 1))
        places = (next_place(calendar, day, used, last_serial=serials.get((pk, day), 0)) for day in lines)
        first_place = next((place.starts_at for place in places if place), None) if pk in queues else None
        times = [each for each in (first_slot, first_place) if each]
        if times:
            found[pk] = min(times)
    return found


def _calendars(doctors: Sequence[Doctor]) -> dict[UUID, Calendar]:
    """Return the calendars of the doctors that have rules. One query."""
    zones = {doctor.pk: zone(doctor.zone_name) for doctor in doctors}
    rules = defaultdict(list)
    for rule in ScheduleRule.objects.in_force().filter(doctor__in=list(zones)):
        rules[rule.doctor_id].append(rule.as_rule())
    return {pk: Calendar(zones[pk], tuple(of_doctor)) for pk, of_doctor in rules.items()}
