"""Absences: times in which a doctor is away, by moments or by whole days of the doctor's calendar."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.models import Absence
from apps.appointments.selectors import LAST_YEAR
from apps.appointments.services.calendars import again_after_deadlock, changing_calendar, doctor_to_schedule
from apps.appointments.slots import DAY
from apps.core import audit
from apps.core.errors import InvalidInput, NotFound, RuleRefused
from apps.core.zones import instant, zone
from apps.hospitals.models import Doctor

LONGEST_ABSENCE = timedelta(days=731)
MOST_ABSENCES = 500


class TooManyAbsences(RuleRefused):
    """Nobody is away so often."""

    code = "too_many_absences"
    detail = _("This doctor has 500 absences to come already.")


@again_after_deadlock
def add_absence(
    *,
    actor: User,
    doctor_id: UUID | None,
    starts: datetime | date,
    ends: datetime | date,
    reason: str,
    affected: str,
    now: datetime,
) -> Absence:
    """Let a doctor (the actor without `doctor_id`) be away; dates are whole days of the doctor's, both included.

    Raises NotAllowed, NotFound, InvalidInput, TooManyAbsences, AppointmentsAffected and NowhereToMove.
    """
    doctor = doctor_to_schedule(actor=actor, doctor_id=doctor_id)
    with changing_calendar(actor=actor, doctor_id=doctor.pk, affected=affected, now=now) as locked:
        if locked.absences.filter(ends_at__gt=now).count() >= MOST_ABSENCES:
            raise TooManyAbsences
        starts_at, ends_at = _moments(locked, starts, ends, now)
        absence = Absence.objects.create(doctor=locked, starts_at=starts_at, ends_at=ends_at, reason=reason)
        _record("absence_added", actor, absence, locked)
    return absence


@again_after_deadlock
def change_absence(
    *,
    actor: User,
    absence_id: UUID,
    starts: datetime | date | None,
    ends: datetime | date | None,
    reason: str | None,
    affected: str,
    now: datetime,
    precondition: Callable[[Absence], None] | None = None,
) -> Absence:
    """Change an absence of a calendar that the actor keeps; None leaves a part as it is. Raises as `add_absence`."""
    doctor_id = _kept_by(actor, absence_id).doctor_id
    with changing_calendar(actor=actor, doctor_id=doctor_id, affected=affected, now=now) as doctor:
        absence = _reread(absence_id, precondition)
        if starts or ends:
            absence.starts_at, absence.ends_at = _moments(
                doctor, starts or absence.starts_at, ends or absence.ends_at, now
            )
        absence.reason = absence.reason if reason is None else reason
        absence.save(update_fields=["starts_at", "ends_at", "reason", "updated_at"])
        _record("absence_changed", actor, absence, doctor)
    return absence


@again_after_deadlock
def remove_absence(
    *, actor: User, absence_id: UUID, now: datetime, precondition: Callable[[Absence], None] | None = None
) -> None:
    """Take an absence back; breaks nothing. Raises NotFound."""
    doctor_id = _kept_by(actor, absence_id).doctor_id
    with changing_calendar(actor=actor, doctor_id=doctor_id, affected="REFUSE", now=now) as doctor:
        absence = _reread(absence_id, precondition)
        _record("absence_removed", actor, absence, doctor)
        absence.delete()


def _moments(
    doctor: Doctor, starts: datetime | date, ends: datetime | date, now: datetime
) -> tuple[datetime, datetime]:
    """Return the absence in UTC; raises InvalidInput for what is over, reversed or absurdly long."""
    first_name = "starts_at" if isinstance(starts, datetime) else "from_date"
    last_name = "ends_at" if isinstance(ends, datetime) else "to_date"
    for name, value in ((first_name, starts), (last_name, ends)):
        if not 2000 <= value.year <= LAST_YEAR:
            raise InvalidInput(name, _("Give a time between 2000 and 2100."), code="out_of_range")
    starts_at = starts if isinstance(starts, datetime) else _midnight(starts, doctor)
    ends_at = ends if isinstance(ends, datetime) else _midnight(ends + DAY, doctor)
    if ends_at <= starts_at:
        raise InvalidInput(last_name, _("Give an end after the start."), code="ends_before_start")
    if ends_at <= now:
        raise InvalidInput(last_name, _("This time is over."), code="in_the_past")
    if ends_at - starts_at > LONGEST_ABSENCE:
        raise InvalidInput(last_name, _("An absence lasts two years at most."), code="too_long")
    return starts_at, ends_at


def _midnight(day: date, doctor: Doctor) -> datetime:
    return instant(day, time(0), zone(doctor.zone_name))


def _kept_by(actor: User, absence_id: UUID) -> Absence:
    absences = Absence.objects.all() if actor.role == Role.ADMIN else Absence.objects.visible_to(actor)
    absence = absences.filter(pk=absence_id).first()
    if absence is None:
        raise NotFound
    return absence


def _reread(absence_id: UUID, precondition: Callable[[Absence], None] | None) -> Absence:
    absence = Absence.objects.select_related("doctor__hospital").filter(pk=absence_id).first()
    if absence is None:
        raise NotFound
    if precondition:
        precondition(absence)
    return absence


def _record(action: str, actor: User, absence: Absence, doctor: Doctor) -> None:
    details = {"doctor_id": str(doctor.pk)}
    audit.record(action, actor_id=actor.pk, subject=absence, tenant_id=doctor.hospital_id, details=details)
