"""Doctors hear of what the hospital's staff do in their calendar, and not of what they do themselves."""

from datetime import datetime, time, timedelta

import pytest

from apps.accounts.models import User
from apps.appointments.models import ScheduleRule
from apps.appointments.services.absences import add_absence
from apps.appointments.services.lifecycle import cancel_appointment
from apps.appointments.services.moving import reschedule_appointment
from apps.appointments.services.settling import AppointmentsAffected
from apps.appointments.tests.cast import MONDAY_NINE, NOW
from apps.hospitals.models import Doctor
from apps.notifications.models import Delivery, Notification
from apps.notifications.selectors import with_words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]
DAY = timedelta(days=1)


def told(doctor: Doctor) -> list[tuple[str, str]]:
    """Return title and body of each message, oldest first."""
    inbox = Notification.objects.filter(recipient=doctor.user).order_by("pk")
    return [(str(entry.title), str(entry.body)) for entry in with_words(inbox, reader=doctor.user)]


def away(actor: User, doctor: Doctor, *, days: int = 30, now: datetime = NOW) -> None:
    starts = now + timedelta(days=days)
    add_absence(
        actor=actor, doctor_id=doctor.pk, starts=starts, ends=starts + DAY, reason="", affected="REFUSE", now=now
    )


def test_of_a_visit_that_staff_moved_and_cancelled(desk, doctor, booked):
    moved = reschedule_appointment(actor=desk, appointment_id=booked.pk, starts_at=MONDAY_NINE + DAY, now=NOW)
    cancel_appointment(actor=desk, appointment_id=moved.pk, reason="", now=NOW + timedelta(minutes=5))
    assert told(doctor) == [
        ("Your hospital changed a visit of yours", "24 Nov 2026, 09:00 EST (America/New_York): Cancelled")
    ]
    assert Delivery.objects.filter(user=doctor.user, topic="visit_changed").count() == 2


def test_of_an_absence_that_staff_entered_once_a_minute(desk, doctor):
    away(desk, doctor)
    away(desk, doctor, days=40)
    assert told(doctor) == [("Your schedule was changed", "Your hospital changed your working hours or your absences.")]
    away(desk, doctor, days=50, now=NOW + timedelta(minutes=1))
    assert len(told(doctor)) == 2


def test_not_of_what_they_or_patients_do(amina, doctor, booked):
    away(doctor.user, doctor)
    cancel_appointment(actor=amina, appointment_id=booked.pk, reason="", now=NOW)
    assert told(doctor) == []


def test_not_of_a_change_that_is_refused(desk, doctor, booked):
    with pytest.raises(AppointmentsAffected):
        away(desk, doctor, days=3)
    assert told(doctor) == []
    assert ScheduleRule.objects.filter(from_time=time(6)).exists()
