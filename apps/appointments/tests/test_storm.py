"""Sixty-four real connections at once: bookings, moves in opposite directions, cancellations, overbooking, edits."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.appointments.models import Appointment, ScheduleRule
from apps.appointments.selectors import doctor_free_slots
from apps.appointments.services.schedules import change_rule
from apps.appointments.services.settling import AppointmentsAffected
from apps.appointments.tests.cast import client_of
from apps.appointments.tests.test_races import booking, overlaps, told
from apps.core.testing.proofs import dice, race, rounds
from apps.hospitals.models import Doctor
from apps.patients.models import HospitalRegistration
from tests.little_cast import signed_in_to_admin
from tests.world import make_doctor, make_hospital, make_patient, make_staff, make_user

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]
CONNECTIONS, SLOTS, SEATS = 64, 4, 2
REFUSALS = {
    "slot_taken",
    "patient_busy",
    "already_booked_that_day",
    "illegal_transition",
}

# Asked of the table itself: more live rows of one doctor at one moment than there are seats, but for the overbooked.
CROWDED = """
SELECT count(*) FROM (
    SELECT a.id FROM appointments_appointment a JOIN appointments_appointment b
        ON a.doctor_id = b.doctor_id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
    WHERE a.status IN ('CONFIRMED', 'CHECKED_IN') AND b.status IN ('CONFIRMED', 'CHECKED_IN')
      AND NOT a.is_overbooked AND NOT b.is_overbooked
    GROUP BY a.id HAVING count(*) > %s
) AS crowded
"""


class Storm:
    """Two doctors with four slots each that everybody wants."""

    def __init__(self, now: datetime) -> None:
        """Make everybody."""
        self.now = now
        hospital = make_hospital("Riverside")
        self.doctors = [make_doctor(name, hospital) for name in ("lena", "omar")]
        ScheduleRule.objects.filter(doctor=self.doctors[1]).update(capacity=SEATS)
        self.users = [make_user(f"p{number}") for number in range(40)]
        self.patients = [make_patient(user) for user in self.users]
        HospitalRegistration.objects.bulk_create(
            HospitalRegistration(patient=patient, hospital=hospital) for patient in self.patients
        )
        self.clients = [client_of(user, now=now) for user in self.users]
        self.desk = client_of(make_staff("desk", hospital), now=now)
        self.admin = make_user("ada", Role.ADMIN, is_staff=True, is_superuser=True)
        self.office = signed_in_to_admin(self.admin)
        self.rule_id = ScheduleRule.objects.filter(doctor=self.doctors[1])[0].pk

    def times(self, day: int) -> list[tuple[Doctor, datetime]]:
        """Return the eight slots of one round."""
        date = (self.now + timedelta(days=day)).date()
        wanted = [
            doctor_free_slots(doctor, first=date, last=date, now=self.now)[18 : 18 + SLOTS] for doctor in self.doctors
        ]
        return [(doctor, slot.starts_at) for doctor, own in zip(self.doctors, wanted, strict=True) for slot in own]

    def acts(self, day: int, chance: Random) -> list[Callable[[], Any]]:
        """Return what everybody does at once in a round."""
        times = self.times(day)
        held = self._first_come(times, chance)
        acts = [*self._moves(held, times), *self._cancellations(held[:4]), *self._edits(held[4:6], day)]
        acts += [self._overbooking(chance.choice(self.patients), *chance.choice(times)) for _ in range(8)]
        while len(acts) < CONNECTIONS:
            acts.append(booking(chance.choice(self.clients), *chance.choice(times)))
        chance.shuffle(acts)
        return acts

    def _first_come(self, times: list[tuple[Doctor, datetime]], chance: Random) -> list[tuple[APIClient, Appointment]]:
        """Let one patient have each slot before the storm."""
        chosen = chance.sample(range(len(self.clients)), len(times))
        rows = [booking(self.clients[number], *time)().json() for number, time in zip(chosen, times, strict=True)]
        return [
            (self.clients[number], Appointment.objects.get(pk=row["id"]))
            for number, row in zip(chosen, rows, strict=True)
        ]

    def _moves(self, held: list[tuple[APIClient, Appointment]], times: list[tuple[Doctor, datetime]]) -> Iterator[Any]:
        """Yield moves of neighbours into each other's slot, and of the last one out of the storm."""
        for position, (client, row) in enumerate(held):
            _doctor, at = times[position ^ 1]
            at = at + timedelta(hours=3) if position == len(held) - 1 else at
            path = f"/api/v1/appointments/{row.pk}/reschedule/"
            yield partial(client.post, path, {"starts_at": at.isoformat()}, format="json")

    def _cancellations(self, held: list[tuple[APIClient, Appointment]]) -> Iterator[Any]:
        for client, row in held:
            yield partial(client.post, f"/api/v1/appointments/{row.pk}/cancel/", {}, format="json")

    def _edits(self, held: list[tuple[APIClient, Appointment]], day: int) -> Iterator[Any]:
        """Yield what an administrator does: cancelling from the admin's page, and changing a week."""
        for _client, row in held:
            yield partial(self._cancel_in_admin, row)
        for capacity in (SEATS, SEATS + 1):
            yield partial(self._change_week, capacity)

    def _cancel_in_admin(self, row: Appointment) -> Any:
        office = Client()
        office.cookies = self.office.cookies
        answer = office.post(
            "/admin/appointments/appointment/", {"action": "cancel", "_selected_action": [str(row.pk)]}
        )
        answer.status_code = 200 if answer.status_code == 302 else answer.status_code
        return answer

    def _change_week(self, capacity: int) -> Any:
        """Change the seats of one weekday; None where appointments stood in the way."""
        facts = {"affected": "REFUSE", "changes": {"capacity": capacity}}
        try:
            return change_rule(actor=self.admin, rule_id=self.rule_id, **facts, now=self.now)
        except AppointmentsAffected:
            return None

    def _overbooking(self, patient: Any, doctor: Doctor, at: datetime) -> Callable[[], Any]:
        body = {
            "doctor": str(doctor.pk),
            "patient": str(patient.pk),
            "starts_at": at.isoformat(),
            "overbooking_reason": "In great pain",
        }
        return partial(self.desk.post, "/api/v1/appointments/", body, format="json")


def crowded() -> int:
    with connection.cursor() as cursor:
        cursor.execute(CROWDED, [SEATS + 1])
        return int(cursor.fetchone()[0])


def test_sixty_four_at_once_never_overlap_and_every_loser_is_told_why(transactional_db, now):
    storm, chance = Storm(now), dice("sixty-four")
    outcomes: set[str] = set()
    for number in range(rounds(3, 100)):
        answers = race(storm.acts(2 + number % 50, chance))
        codes = told([each for each in answers if each is not None and not isinstance(each, ScheduleRule)])
        outcomes |= set(codes)
        assert set(codes) <= REFUSALS | {"done"}, codes
        assert overlaps() == 0
        assert crowded() == 0
        assert not Appointment.objects.filter(is_overbooked=True, overbooking_reason="").exists()
        Appointment.objects.live().update(status="CANCELLED")
    assert {"done", "slot_taken"} <= outcomes
    assert Appointment.objects.filter(is_overbooked=True).exists()
    assert Appointment.objects.filter(move_count__gt=0).exists()
