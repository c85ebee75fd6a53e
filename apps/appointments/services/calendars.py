"""The lock on a doctor's calendar: bookings share it, whoever changes when the doctor works holds it alone."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.messages import tell_of_calendar
from apps.appointments.selectors import calendar_of_doctor
from apps.appointments.services.settling import AppointmentsAffected, settle
from apps.core.errors import InvalidInput, NotAllowed, NotFound
from apps.hospitals.models import Doctor

P = ParamSpec("P")
R = TypeVar("R")
MOST_TRIES = 5
DEADLOCK, SERIALIZATION = "40P01", "40001"


def again_after_deadlock(act: Callable[P, R]) -> Callable[P, R]:
    """Repeat an act that the database ended to resolve a deadlock, each time in a transaction (or savepoint) anew."""

    @wraps(act)
    def acting(*args: P.args, **kwargs: P.kwargs) -> R:
        for _try in range(MOST_TRIES - 1):
            try:
                with transaction.atomic():
                    return act(*args, **kwargs)
            except OperationalError as failure:
                if getattr(failure.__cause__, "sqlstate", None) not in {DEADLOCK, SERIALIZATION}:
                    raise
        with transaction.atomic():
            return act(*args, **kwargs)

    return acting


def share_calendar(doctor_id: UUID) -> None:
    """Keep the doctor's calendar as it is until the transaction ends; bookings share this, a change waits for them.

    The foreign key of the appointment takes this very lock on insert. Taken before the rules are read, it
    makes them still true when the appointment is there.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM hospitals_doctor WHERE id = %s FOR KEY SHARE", [doctor_id])


def doctor_to_schedule(*, actor: User, doctor_id: UUID | None) -> Doctor:
    """Return the doctor whose calendar the actor keeps: the actor, one of the actor's hospital, any for an admin.

    Raises NotAllowed for who keeps none, InvalidInput when staff names nobody, and NotFound.
    """
    if actor.role not in {Role.DOCTOR, Role.HOSPITAL, Role.ADMIN}:
        raise NotAllowed
    if doctor_id is None and actor.role != Role.DOCTOR:
        raise InvalidInput("doctor", _("Say whose calendar this is."), code="required")
    named = Q(user=actor) if doctor_id is None else Q(pk=doctor_id)
    doctor = Doctor.objects.visible_to(actor).filter(named).first()
    if doctor is None:
        raise NotFound
    return doctor


@contextmanager
def changing_calendar(*, actor: User, doctor_id: UUID, affected: str, now: datetime) -> Iterator[Doctor]:
    """Lock the doctor's calendar, let the caller write, then settle what the change would orphan.

    Raises as `changing_calendars`.
    """
    with changing_calendars(actor=actor, doctor_ids=[doctor_id], affected=affected, now=now) as (doctor,):
        yield doctor


@contextmanager
def changing_calendars(
    *, actor: User, doctor_ids: Collection[UUID], affected: str, now: datetime
) -> Iterator[list[Doctor]]:
    """Do so for several doctors, locked by id: a change of their zone moves all their weeks.

    What was outside of the schedule before is not the change's doing. Raises AppointmentsAffected, for all doctors
    together, and NowhereToMove; then nothing is written.
    """
    with transaction.atomic():
        rows = Doctor.objects.select_for_update(of=("self",)).select_related("hospital", "user")
        doctors = list(rows.filter(pk__in=doctor_ids).order_by("pk"))
        calendars = [calendar_of_doctor(doctor, since=now) for doctor in doctors]
        yield doctors
        staying = []
        for doctor, before in zip(doctors, calendars, strict=True):
            after = calendar_of_doctor(doctor, since=now)
            if before != after:
                staying += settle(actor=actor, doctor=doctor, before=before, after=after, choice=affected, now=now)
                tell_of_calendar(doctor, changed_by=actor, now=now)
        if staying:
            raise AppointmentsAffected(actor, staying)
