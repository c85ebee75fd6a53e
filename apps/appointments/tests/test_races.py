"""Nobody is booked twice: real connections with real tokens race for seats, days and patients."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.appointments.models import Appointment, ScheduleRule
from apps.appointments.selectors import doctor_free_slots
from apps.appointments.tests.cast import client_of, someone
from apps.core.testing.proofs import dice, race, rounds
from apps.hospitals.models import Doctor
from apps.notifications.models import Notification
from apps.patients.models import CareRelationship
from tests.world import make_doctor

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

# Asked of the table itself, in other words than the constraints that forbid it.
OVERLAPS = """
SELECT count(*) FROM appointments_appointment a JOIN appointments_appointment b ON a.id < b.id
WHERE a.status IN ('CONFIRMED', 'CHECKED_IN') AND b.status IN ('CONFIRMED', 'CHECKED_IN')
  AND ((a.doctor_id = b.doctor_id AND a.seat = b.seat AND NOT a.is_overbooked AND NOT b.is_overbooked)
       OR a.patient_id = b.patient_id)
  AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
"""


@pytest.fixture
def colleague(doctor) -> Doctor:
    return make_doctor("omar", doctor.hospital)


@pytest.fixture
def crowd(transactional_db, now) -> list[APIClient]:
    """Thirty-two patients, each signed in."""
    return [client_of(someone(f"patient{number}"), now=now) for number in range(32)]


@pytest.fixture
def noon_in(now) -> Callable[..., datetime]:
    """Return a doctor's slot around noon, so many days ahead: far from where days and clocks change."""

    def slot(doctor: Doctor, days: int, *, nth: int = 0) -> datetime:
        day = (now + timedelta(days=days)).date()
        return doctor_free_slots(doctor, first=day, last=day, now=now)[18 + nth].starts_at

    return slot


def booking(client: APIClient, doctor: Doctor, at: datetime) -> Callable[[], Any]:
    body = {"doctor": str(doctor.pk), "starts_at": at.isoformat()}
    return partial(client.post, "/api/v1/appointments/", body, format="json")


def told(answers: list[Any]) -> Counter[str]:
    """Count the answers: `booked`, or the code of the refusal; anything unexpected by its own name."""
    return Counter(_outcome(answer) for answer in answers)


def _outcome(answer: Any) -> str:
    if isinstance(answer, Exception):
        return repr(answer)
    if answer.status_code in {200, 201}:
        return "done"
    return str(answer.json()["code"] if answer.status_code == 409 else answer.content)


def overlaps() -> int:
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return int(cursor.fetchone()[0])


def test_of_thirty_two_for_one_slot_exactly_one_gets_it(crowd, doctor, noon_in):
    for number in range(1, rounds(3, 50) + 1):
        at = noon_in(doctor, number)
        assert told(race([booking(client, doctor, at) for client in crowd])) == {"done": 1, "slot_taken": 31}
        # The losers' transactions left nothing of what goes with a booking.
        assert Appointment.objects.count() == Notification.objects.count() == number
        winners = set(Appointment.objects.values_list("patient", flat=True))
        assert set(CareRelationship.objects.values_list("patient", flat=True)) == winners


def test_of_thirty_two_for_three_seats_exactly_three_get_one(crowd, doctor, noon_in):
    ScheduleRule.objects.update(capacity=3)
    for number in range(1, rounds(2, 50) + 1):
        at = noon_in(doctor, number)
        assert told(race([booking(client, doctor, at) for client in crowd])) == {"done": 3, "slot_taken": 29}
        seats = Appointment.objects.filter(starts_at=at).values_list("seat", flat=True)
        assert sorted(seats) == [0, 1, 2]
    assert overlaps() == 0


def test_a_patient_asking_two_doctors_for_the_same_time_gets_one(crowd, doctor, colleague, noon_in):
    for number in range(1, rounds(3, 50) + 1):
        at = noon_in(doctor, number)
        asked = [booking(crowd[0], whom, at) for whom in (doctor, colleague)] * 8
        answers = told(race(asked))
        assert answers["done"] == 1
        assert set(answers) <= {"done", "patient_busy", "already_booked_that_day"}
        assert Appointment.objects.count() == number
    assert overlaps() == 0


def test_a_patient_asking_for_many_times_of_a_day_gets_one(crowd, doctor, noon_in):
    for number in range(1, rounds(3, 50) + 1):
        times = [noon_in(doctor, number, nth=nth) for nth in range(12)]
        answers = told(race([booking(crowd[0], doctor, at) for at in times]))
        assert answers == {"done": 1, "already_booked_that_day": 11}


def test_an_appointment_is_cancelled_once(crowd, doctor, noon_in):
    for number in range(1, rounds(2, 30) + 1):
        booked = booking(crowd[0], doctor, noon_in(doctor, number))().json()
        path = f"/api/v1/appointments/{booked['id']}/cancel/"
        answers = race([partial(crowd[0].post, path, {}, format="json")] * 8)
        assert told(answers) == {"done": 1, "illegal_transition": 7}
        assert Notification.objects.filter(topic="appointment_cancelled").count() == number


def test_in_a_storm_of_bookings_and_cancellations_nobody_is_in_two_places(crowd, doctor, colleague, noon_in):
    """Everybody wants the same few seats again and again; whoever has one may give it back meanwhile."""
    ScheduleRule.objects.filter(doctor=colleague).update(capacity=2)
    chance = dice("storm")
    times = [(whom, noon_in(whom, days, nth=nth)) for whom in (doctor, colleague) for days in (1, 2) for nth in (0, 1)]
    for _ in range(rounds(4, 100)):
        asked = [booking(chance.choice(crowd[:12]), *chance.choice(times)) for _ in range(24)]
        held = list(Appointment.objects.live().select_related("doctor__user").order_by("id")[:4])
        asked += [_cancelling(appointment, crowd) for appointment in held]
        chance.shuffle(asked)
        answers = told(race(asked))
        assert set(answers) <= {"done", "slot_taken", "patient_busy", "already_booked_that_day", "illegal_transition"}
        assert overlaps() == 0
    assert Appointment.objects.live().exists()


def _cancelling(appointment: Appointment, crowd: list[APIClient]) -> Callable[[], Any]:
    number = int(appointment.patient.first_name.removeprefix("Patient"))
    path = f"/api/v1/appointments/{appointment.pk}/cancel/"
    return partial(crowd[number].post, path, {}, format="json")
