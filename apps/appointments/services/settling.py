"""What becomes of live appointments when a doctor's calendar changes under them: none is ever orphaned."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.choices import LIVE, Status
from apps.appointments.messages import tell_about
from apps.appointments.models import Appointment, LeftPlace
from apps.appointments.selectors import LONGEST_SPAN, last_serials, slots_between, taken_times
from apps.appointments.services.auditing import record_act
from apps.appointments.slots import DAY, Calendar, Taken, days, free_seats, free_slots, next_place
from apps.core.errors import RuleRefused
from apps.hospitals.choices import Affected
from apps.hospitals.models import Doctor
from apps.patients.services.care import treat_after_booking


class AppointmentsAffected(RuleRefused):
    """Live appointments stand where the doctor would no longer work."""

    code = "appointments_affected"
    detail = _("Appointments stand in this time. Move or cancel them: repeat with `affected` MOVE or CANCEL.")

    def __init__(self, actor: User, affected: Sequence[Appointment], detail: str | None = None) -> None:
        """List those that the actor may see, and count them all."""
        super().__init__(detail)
        seen = Appointment.objects.visible_to(actor).filter(pk__in=[each.pk for each in affected])
        shown = seen.order_by("starts_at", "id").values("id", "starts_at", "ends_at", "status")
        self.extensions = {"affected_count": len(affected), "appointments": list(shown)}


class NowhereToMove(AppointmentsAffected):
    """There is no free slot to move an appointment to."""

    code = "nowhere_to_move"


@dataclass(frozen=True, slots=True)
class Target:
    """Where an appointment moves to."""

    starts_at: datetime
    ends_at: datetime
    local_date: date
    seat: int = 0
    serial: int | None = None


def settle(
    *, actor: User, doctor: Doctor, before: Calendar, after: Calendar, choice: str, now: datetime
) -> list[Appointment]:
    """Move or cancel the appointments to come that fitted `before` and do not fit `after`; return those that stay.

    What stays stands in the way of the change. Part of the transaction that holds the doctor's calendar. Raises
    NowhereToMove. Announces `appointment_moved` and `appointment_cancelled`.
    """
    to_come = Appointment.objects.live().filter(doctor=doctor, starts_at__gt=now)
    broken = [each.pk for each in to_come if _breaks(each.as_taken(), before, after)]
    # Locked in the order of ids; whoever was cancelled meanwhile is no longer there.
    rows = list(Appointment.objects.live().select_for_update().filter(pk__in=broken).order_by("pk"))
    rows = [each for each in rows if not _reseat(doctor, each, after)]
    if rows and choice == Affected.CANCEL:
        _cancel_all(actor, rows, now)
    elif rows and choice == Affected.MOVE and all(each.status == Status.CONFIRMED for each in rows):
        _move_all(actor, doctor, after, rows, now)
    else:
        return rows
    return []


def _breaks(held: Taken, before: Calendar, after: Calendar) -> bool:
    loses_room = before.covers(held) and not after.covers(held)
    when = (held.starts_at, held.ends_at)
    return loses_room or (after.is_absent(*when) and not before.is_absent(*when))


def _reseat(doctor: Doctor, appointment: Appointment, after: Calendar) -> bool:
    """Give an appointment whose seat is gone another seat at the same time; return whether that was possible."""
    held = appointment.as_taken()
    if held.serial is not None or after.is_absent(held.starts_at, held.ends_at):
        return False
    others = _taken_without([appointment], doctor, held.starts_at, held.ends_at)
    for seat in range(appointment.seat):
        wanted = Taken(held.starts_at, held.ends_at, seat)
        taken = [each for each in others if each.seat == seat]
        if after.covers(wanted) and not taken:
            appointment.seat = seat
            appointment.save(update_fields=["seat", "updated_at"])
            return True
    return False


def _cancel_all(actor: User, rows: Sequence[Appointment], now: datetime) -> None:
    for appointment in rows:
        appointment.status = Status.CANCELLED
        appointment.cancelled_reason = gettext("The doctor's schedule has changed.")
        appointment.save(update_fields=["status", "cancelled_reason", "updated_at"])
        record_act("appointment_cancelled", actor=actor, appointment=appointment)
        tell_about("appointment_cancelled", appointment, now=now)


def _move_all(actor: User, doctor: Doctor, after: Calendar, rows: Sequence[Appointment], now: datetime) -> None:
    """Move each, soonest first, to the next time that the doctor and the patient have; raises NowhereToMove."""
    in_order = sorted(rows, key=lambda each: (each.starts_at, each.pk))
    last = in_order[-1].starts_at + LONGEST_SPAN + DAY
    taken = _taken_without(rows, doctor, in_order[0].starts_at - DAY, last)
    for appointment in in_order:
        target = _first_that_holds(appointment, _targets(doctor, after, appointment, taken, now))
        if target is None:
            raise NowhereToMove(actor, [appointment], gettext("No free time was found to move an appointment to."))
        taken.append(appointment.as_taken())
        treat_after_booking(
            patient=appointment.patient,
            doctor=doctor,
            visit_ends_at=appointment.ends_at,
            days=settings.APPOINTMENT_RELATIONSHIP_DAYS,
            now=now,
        )
        record_act("appointment_moved", actor=actor, appointment=appointment)
        tell_about("appointment_moved", appointment, now=now, sequence=appointment.move_count)


def _taken_without(rows: Sequence[Appointment], doctor: Doctor, starts: datetime, ends: datetime) -> list[Taken]:
    own = {each.as_taken() for each in rows}
    return [each for each in taken_times(doctor, starts, ends) if each not in own]


def _targets(
    doctor: Doctor, after: Calendar, appointment: Appointment, taken: Sequence[Taken], now: datetime
) -> Iterator[Target]:
    """Yield the doctor's next free times, soonest first, of the kind that the appointment has."""
    first = appointment.starts_at.astimezone(after.zone).date()
    last, not_before = first + LONGEST_SPAN, max(now, appointment.starts_at)
    if appointment.serial is None:
        slots = slots_between(after, first, last)
        for slot in free_slots(slots, taken, not_before=not_before):
            yield Target(slot.starts_at, slot.ends_at, slot.local_date, seat=free_seats(slot, taken)[0])
        return
    serials = last_serials([doctor.pk], first, last)
    for day in days(first, last):
        place = next_place(after, day, taken, last_serial=serials.get((doctor.pk, day), 0))
        if place and place.starts_at >= not_before:
            yield Target(place.starts_at, place.ends_at, place.local_date, serial=place.serial)


def _first_that_holds(appointment: Appointment, targets: Iterator[Target]) -> Target | None:
    """Move the appointment to the first target that the patient's own calendar allows, and return it.

    Asked first, because a look is cheap; then the constraints decide, each try in a savepoint of its own.
    """
    others = Appointment.objects.live().filter(patient=appointment.patient_id).exclude(pk=appointment.pk)
    busy = [each.as_taken() for each in others.filter(ends_at__gt=appointment.starts_at)]
    days_here = set(others.filter(doctor=appointment.doctor_id).values_list("local_date", flat=True))
    for target in targets:
        is_busy = any(each.starts_at < target.ends_at and each.ends_at > target.starts_at for each in busy)
        if not is_busy and target.local_date not in days_here and _move(appointment, target):
            return target
    return None


def _move(appointment: Appointment, target: Target) -> bool:
    columns: Mapping[str, Any] = {
        "starts_at": target.starts_at,
        "ends_at": target.ends_at,
        "local_date": target.local_date,
        "seat": target.seat,
        "serial": target.serial,
    }
    try:
        with transaction.atomic():
            _leave_place(appointment)
            Appointment.objects.filter(pk=appointment.pk, status__in=LIVE).update(
                **columns,
                is_overbooked=False,
                overbooking_reason="",
                move_count=F("move_count") + 1,
                updated_at=Now(),
            )
    except IntegrityError:
        return False
    appointment.refresh_from_db()
    return True


def _leave_place(appointment: Appointment) -> None:
    """Keep which place in line the appointment had: the row that said so is about to say another one."""
    if appointment.serial is None or appointment.doctor_id is None:
        return
    left = LeftPlace(doctor_id=appointment.doctor_id, local_date=appointment.local_date, serial=appointment.serial)
    LeftPlace.objects.bulk_create([left], ignore_conflicts=True)
