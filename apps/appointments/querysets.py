"""How schedules and appointments are asked for."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Case, Q, When
from django.db.models.functions import Coalesce

from apps.accounts.choices import Role
from apps.appointments.choices import KEPT, LIVE, Status
from apps.hospitals.querysets import held_by_doctor, staffed_by
from apps.patients.querysets import managed_patient

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from apps.accounts.models import User
    from apps.appointments.models import Absence, Appointment, Rating, ScheduleRule

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9000, 1, 1)


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments of every state."""

    def visible_to(self, user: "User") -> "AppointmentQuerySet":
        """Return those of patients the user manages, of the user as a doctor, and of the user's hospital."""
        return self.filter(managed_patient(user) | self._held_by(user))

    def held_by(self, user: "User") -> "AppointmentQuerySet":
        """Return those of the user as a doctor, and of the hospital that the user is active staff of."""
        return self.filter(self._held_by(user))

    def of_patients_of(self, user: "User") -> "AppointmentQuerySet":
        """Return those of the patients whom the user manages."""
        return self.filter(managed_patient(user))

    def of_doctor(self, user: "User") -> "AppointmentQuerySet":
        """Return those of the user as a doctor."""
        return self.filter(held_by_doctor(user))

    def of_hospital_of(self, user: "User") -> "AppointmentQuerySet":
        """Return those of the hospital that the user is active staff of."""
        return self.filter(staffed_by(user, "hospital__"))

    def of_day(self, day: date) -> "AppointmentQuerySet":
        """Return those of one date of their doctor's calendar."""
        return self.filter(local_date=day)

    def from_day(self, day: date) -> "AppointmentQuerySet":
        """Return those of that date of their doctor's calendar, or later.

        Their start is bounded too, by what that date can be anywhere: the index of a list begins there.
        """
        return self.filter(local_date__gte=day, starts_at__gt=_midnight(day) - timedelta(days=1))

    def to_day(self, day: date) -> "AppointmentQuerySet":
        """Return those of that date of their doctor's calendar, or earlier; the index ends there."""
        return self.filter(local_date__lte=day, starts_at__lt=_midnight(day) + timedelta(days=2))

    def kept(self) -> "AppointmentQuerySet":
        """Return those that a day is made of: neither asked for only, nor given up."""
        return self.filter(status__in=KEPT)

    def awaited(self, *, now: datetime) -> "AppointmentQuerySet":
        """Return those that may still take place: live or asked for, and not over."""
        return self.filter(_awaited(now))

    def past(self, *, now: datetime) -> "AppointmentQuerySet":
        """Return all that is not awaited."""
        return self.exclude(_awaited(now))

    def _held_by(self, user: "User") -> Q:
        return held_by_doctor(user) | staffed_by(user, "hospital__")

    def live(self) -> "AppointmentQuerySet":
        """Return those that hold a doctor's and a patient's time."""
        return self.filter(status__in=LIVE)

    def between(self, starts: datetime, ends: datetime) -> "AppointmentQuerySet":
        """Return those that overlap the time from `starts` to `ends`.

        None lasts longer than a day (a constraint says so), which bounds the index scan: history costs nothing.
        """
        return self.filter(starts_at__gt=starts - timedelta(days=1), starts_at__lt=ends, ends_at__gt=starts)

    def upcoming(self, *, now: datetime) -> "AppointmentQuerySet":
        """Return the live ones that have not ended, soonest first."""
        return self.live().filter(ends_at__gt=now).order_by("starts_at", "id")

    def to_reassign_for(self, user: "User", *, now: datetime) -> "AppointmentQuerySet":
        """Return the live ones to come whose doctor may not practise now: an administrator's, or a hospital's own."""
        practising = apps.get_model("hospitals", "Doctor").objects.practising()
        waiting = self.upcoming(now=now).exclude(doctor__in=practising)
        return waiting if user.role == Role.ADMIN else waiting.filter(staffed_by(user, "hospital__"))


def _midnight(day: date) -> datetime:
    """Return the beginning of the date in UTC, or of the nearest date from which there is room to count."""
    return datetime.combine(min(max(day, FIRST_DAY), LAST_DAY), time(), tzinfo=UTC)


def _awaited(now: datetime) -> Q:
    return Q(status__in=(*LIVE, Status.REQUESTED), ends_at__gt=now)


def calendar_of(user: "User") -> Q:
    """Return "a row of a doctor whose calendar this user keeps": the doctor's own, or that of the hospital's staff."""
    return held_by_doctor(user) | staffed_by(user, "doctor__hospital__")


class ScheduleRuleQuerySet(models.QuerySet["ScheduleRule"]):
    """Weekly ranges of doctors."""

    def visible_to(self, user: "User") -> "ScheduleRuleQuerySet":
        """Return those of the user as a doctor, and of the doctors of the hospital that the user is active staff of."""
        return self.filter(calendar_of(user))

    def in_force(self) -> "ScheduleRuleQuerySet":
        """Return the rules that are not switched off."""
        return self.filter(is_active=True)

    def in_zone(self) -> "ScheduleRuleQuerySet":
        """Bring along, as `zone_name`, the zone that the wall-clock times are meant in."""
        return self.annotate(zone_name=Coalesce("doctor__hospital__time_zone", "doctor__time_zone"))


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Times in which doctors are away."""

    def visible_to(self, user: "User") -> "AbsenceQuerySet":
        """Return those of the user as a doctor, and of the doctors of the hospital that the user is active staff of."""
        return self.filter(calendar_of(user))

    def between(self, starts: datetime, ends: datetime) -> "AbsenceQuerySet":
        """Return those that overlap the time from `starts` to `ends`."""
        return self.filter(starts_at__lt=ends, ends_at__gt=starts)


class RatingQuerySet(models.QuerySet["Rating"]):
    """What patients think of doctors: public, but for who they are."""

    def visible_to(self, user: "User | AnonymousUser") -> "RatingQuerySet":
        """Return all, with the first names they are shown under, and as `is_mine` whether the user may change each."""
        mine = Case(When(managed_patient(user), then=True), default=False)
        return self.select_related("patient").annotate(is_mine=mine)
