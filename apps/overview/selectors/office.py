"""The house day by day, of all people together, for the first page of the admin: counts, and nobody's name."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Q

from apps.appointments.choices import LIVE, Status
from apps.appointments.models import Appointment
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import DoctorApplication, Hospital
from apps.reminders.models import Dose
from apps.reminders.querysets import tallies

DAYS_BACK = 14
DAYS_AHEAD = 7


class DayOfVisits(NamedTuple):
    """What became of the appointments of one date, where each doctor works."""

    day: date
    completed: int
    missed: int
    cancelled: int
    to_come: int


class DayOfDoses(NamedTuple):
    """How many doses of one date, where each patient is, were due and are settled, and how many of them were taken."""

    day: date
    due: int
    taken: int


class Waiting(NamedTuple):
    """How many hospitals and doctors wait for an administrator's decision."""

    hospitals: int
    applications: int


def visits_by_day(*, now: datetime) -> list[DayOfVisits]:
    """Return two weeks of appointments and the week to come, oldest first, days without any included. One query."""
    first, last = now.date() - timedelta(days=DAYS_BACK - 1), now.date() + timedelta(days=DAYS_AHEAD)
    counted = (
        Appointment.objects.from_day(first)
        .to_day(last)
        .order_by()
        .values_list("local_date")
        .annotate(
            completed=Count("pk", filter=Q(status=Status.COMPLETED)),
            missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
            cancelled=Count("pk", filter=Q(status=Status.CANCELLED)),
            to_come=Count("pk", filter=Q(status__in=LIVE)),
        )
    )
    found = {day: counts for day, *counts in counted}
    return [DayOfVisits(day, *found.get(day, (0, 0, 0, 0))) for day in _days(first, last)]


def doses_by_day(*, now: datetime) -> list[DayOfDoses]:
    """Return two weeks of settled doses, oldest first, days without any included. One query."""
    first, last = now.date() - timedelta(days=DAYS_BACK - 1), now.date()
    doses = Dose.objects.counted().filter(local_date__range=(first, last)).order_by()
    counted: Iterable[Mapping[str, Any]] = doses.values("local_date").annotate(**tallies())
    found = {row["local_date"]: (row["due"], row["taken"]) for row in counted}
    return [DayOfDoses(day, *found.get(day, (0, 0))) for day in _days(first, last)]


def waiting_for_decision() -> Waiting:
    """Return how many approvals wait. Two queries."""
    hospitals = Hospital.objects.filter(status=HospitalStatus.PENDING).order_by().count()
    return Waiting(hospitals, DoctorApplication.objects.waiting().order_by().count())


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
