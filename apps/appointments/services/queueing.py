"""Standing in line: the next place of a doctor's day, numbered, with the time it is expected to be called."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.appointments.selectors import QUEUE_WINDOW, calendar_of_doctor, last_serials, taken_times
from apps.appointments.services.booking import confirm_booked, explain_patient, insert_unless_taken, parties_of
from apps.appointments.services.calendars import share_calendar
from apps.appointments.slots import DAY, Calendar, Kind, Place, next_place
from apps.core.errors import InvalidInput, RuleRefused
from apps.hospitals.models import Doctor
from apps.patients.models import Patient


class QueueFull(RuleRefused):
    """Every place of the day was given out."""

    code = "queue_full"
    detail = _("The line of that day is full. Choose another day.")


def join_queue(
    *, actor: User, doctor_id: UUID, day: date, patient_id: UUID | None, reason: str, now: datetime
) -> Appointment:
    """Take the next place of a doctor's line for a patient whom the actor manages, and confirm it at once.

    `day` is a date of the doctor's calendar, from tomorrow to seven days ahead. A place is never given twice,
    whoever left it. Raises NotFound, InvalidInput, QueueFull, PatientBusy, AlreadyBookedThatDay and
    NotWithYourself. Announces `appointment_confirmed`.
    """
    patient, doctor = parties_of(actor=actor, doctor_id=doctor_id, patient_id=patient_id)
    with transaction.atomic():
        share_calendar(doctor.pk)
        stand_behind_the_others(doctor=doctor, day=day)
        appointment = take_place(patient=patient, doctor=doctor, day=day, now=now, reason=reason)
        confirm_booked(actor=actor, appointment=appointment, doctor=doctor, now=now)
    return appointment


def _check_day(calendar: Calendar, day: date, now: datetime) -> None:
    today = now.astimezone(calendar.zone).date()
    first, last = (timedelta(days=number) for number in QUEUE_WINDOW)
    if not first <= day - today <= last:
        raise InvalidInput("date", _("Give a day from tomorrow to seven days ahead."), code="out_of_window")
    if not calendar.ranges_of_day(day, Kind.QUEUE):
        raise InvalidInput("date", _("The doctor has no line on that day."), code="no_queue")


def stand_behind_the_others(*, doctor: Doctor, day: date) -> None:
    """Let one at a time read the last place given out, until the transaction ends: rivals all want the next one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"queue:{doctor.pk}:{day}"])


def take_place(*, patient: Patient, doctor: Doctor, day: date, now: datetime, **words: str) -> Appointment:
    """Insert the next place of a day's line, with what is said about it (`reason`, `notes`).

    Part of the transaction that shares the doctor's calendar and stands behind the others. Raises InvalidInput,
    QueueFull, and what the patient's own calendar has against it.
    """
    calendar = calendar_of_doctor(doctor, since=now)
    _check_day(calendar, day, now)
    last_serial = last_serials([doctor.pk], day, day).get((doctor.pk, day), 0)
    taken = taken_times(doctor, *_bounds(calendar, day))
    while place := next_place(calendar, day, taken, last_serial=last_serial):
        wanted = _appointment(patient, doctor, place, words)
        if insert_unless_taken(wanted):
            return wanted
        explain_patient(patient=patient, doctor=doctor, wanted=place)
        last_serial = place.serial  # Something else came to stand there meanwhile.
    raise QueueFull


def _bounds(calendar: Calendar, day: date) -> tuple[datetime, datetime]:
    ranges = calendar.ranges_of_day(day, Kind.QUEUE)
    return ranges[0][0] - DAY, ranges[-1][1] + DAY


def _appointment(patient: Patient, doctor: Doctor, place: Place, words: Mapping[str, str]) -> Appointment:
    return Appointment(
        patient=patient,
        doctor=doctor,
        hospital_id=doctor.hospital_id,
        department_id=doctor.department_id,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        local_date=place.local_date,
        serial=place.serial,
        **words,
    )
