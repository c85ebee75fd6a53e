"""A place in line on another day: a new one, the old number is nobody's, and a refusal leaves everything."""

from datetime import date, time, timedelta
from functools import partial

import pytest

from apps.accounts.models import User
from apps.appointments.models import Absence, Appointment, ScheduleRule
from apps.appointments.services.booking import AlreadyBookedThatDay, PatientBusy
from apps.appointments.services.lifecycle import IllegalTransition, NoticeOver
from apps.appointments.services.moving import move_in_line
from apps.appointments.services.queueing import QueueFull
from apps.appointments.tests.cast import MONDAY, MONDAY_NINE, NOW, book, client_of, join, refuse, someone, written
from apps.core.errors import InvalidInput, NotAllowed, NotFound
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.hospitals.models import Doctor, Hospital
from apps.notifications.models import Delivery
from apps.patients.models import CareRelationship
from tests.world import make_doctor, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]
DAY, PLACE = timedelta(days=1), timedelta(minutes=10)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def doctor(doctor) -> Doctor:
    """A doctor in New York with a line of six places every day, 09:00 to 10:00."""
    ScheduleRule.objects.update(kind="QUEUE", slot_minutes=10, from_time=time(9), to_time=time(10))
    return doctor


def move(actor: User, row: Appointment, day: date = TUESDAY, *, now=NOW) -> Appointment:
    return move_in_line(actor=actor, appointment_id=row.pk, day=day, now=now)


@pytest.fixture
def standing(amina, doctor) -> Appointment:
    return join(amina, doctor)


class TestThePlace:
    def test_is_the_next_one_of_the_other_day(self, amina, standing, doctor):
        join(someone("omar"), doctor, TUESDAY)
        moved = move(amina, standing)
        assert (moved.local_date, moved.serial, moved.starts_at) == (TUESDAY, 2, MONDAY_NINE + DAY + PLACE)
        assert (moved.status, moved.reason, moved.number) == ("CONFIRMED", "A cough", "APT-20261124-002")

    def test_that_was_left_is_kept_and_given_to_nobody(self, amina, standing, doctor):
        move(amina, standing)
        standing.refresh_from_db()
        assert (standing.status, standing.serial, standing.cancelled_reason) == (
            "CANCELLED",
            1,
            "Moved to another day.",
        )
        assert join(someone("omar"), doctor).serial == 2

    def test_that_was_left_is_not_come_back_to(self, amina, standing):
        assert move(amina, move(amina, standing), MONDAY).serial == 2

    def test_is_told_once_and_audited_and_gives_the_right_to_treat(self, amina, standing):
        moved = move(amina, standing)
        told = Delivery.objects.filter(user=amina).exclude(topic="appointment_confirmed")
        assert list(told.values_list("topic", "subject_id")) == [("appointment_moved", moved.pk)]
        events = AuditEvent.objects.filter(subject_id__in=[standing.pk, moved.pk]).order_by("pk")
        assert [event.action for event in events][1:] == ["appointment_cancelled", "appointment_moved"]
        assert CareRelationship.objects.get().ends_at == moved.ends_at + 30 * DAY

    def test_of_the_same_day_stays(self, amina, standing):
        before = written()
        assert move(amina, standing, MONDAY) == standing
        assert written() == before


class TestRefused:
    def test_for_strangers_and_employed_doctors(self, standing, doctor):
        refuse(NotFound, move, someone("omar"), standing)
        refuse(NotAllowed, move, doctor.user, standing)

    def test_once_the_notice_is_over_but_not_for_staff(self, amina, standing, doctor):
        Hospital.objects.update(cancellation_notice_hours=24)
        late = MONDAY_NINE - DAY + timedelta(seconds=1)
        refuse(NoticeOver, move, amina, standing, now=late)
        assert move(make_staff("desk", doctor.hospital), standing, now=late).serial == 1

    @pytest.mark.parametrize("day", [MONDAY - 3 * DAY, MONDAY + 5 * DAY], ids=["today", "too far"])
    def test_outside_of_the_window(self, amina, standing, day):
        refuse(InvalidInput, move, amina, standing, day)

    def test_where_there_is_no_line(self, amina, standing):
        ScheduleRule.objects.filter(weekday=1).delete()
        refuse(InvalidInput, move, amina, standing)

    def test_where_the_line_is_full(self, amina, standing, doctor):
        Absence.objects.create(doctor=doctor, starts_at=MONDAY_NINE + DAY, ends_at=MONDAY_NINE + 2 * DAY)
        refuse(QueueFull, move, amina, standing)

    def test_where_the_patient_is_or_stands_already(self, amina, standing, doctor):
        elsewhere = make_doctor("marco", doctor.hospital)
        booked = book(amina, elsewhere, at=MONDAY_NINE + DAY)
        refuse(PatientBusy, move, amina, standing)
        booked.delete()
        join(amina, doctor, TUESDAY)
        refuse(AlreadyBookedThatDay, move, amina, standing)

    @pytest.mark.parametrize("status", ["CHECKED_IN", "COMPLETED", "CANCELLED", "NO_SHOW"])
    def test_unless_it_is_confirmed(self, amina, standing, status):
        Appointment.objects.update(status=status)
        refuse(IllegalTransition, move, amina, standing)


def test_the_door(amina, standing):
    address = f"/api/v1/appointments/{standing.pk}/reschedule/"
    client = client_of(amina)
    start = client.post(address, {"starts_at": "2026-11-24T09:00:00-05:00"}, format="json")
    assert (start.status_code, start.json()["code"]) == (409, "place_in_line")
    answer = client.post(address, {"date": "2026-11-24"}, format="json")
    assert (answer.status_code, answer.json()["number"]) == (200, "APT-20261124-001")
    assert answer.json()["id"] != str(standing.pk)
    nothing = client.post(address, {}, format="json")
    assert (nothing.status_code, nothing.json()["errors"][0]["pointer"]) == (400, "/starts_at")


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_moves_in_opposite_directions_and_newcomers_each_get_a_place_of_their_own(doctor):
    """Two lines change places while others join both: nobody loses a place without another, no number is used twice."""
    people = [someone(f"p{number}") for number in range(4)]
    newcomers = [someone(f"n{number}") for number in range(2)]
    for _number in range(rounds(3, 100)):
        days = [MONDAY, MONDAY, TUESDAY, TUESDAY]
        rows = [join(user, doctor, day) for user, day in zip(people, days, strict=True)]
        acts = [partial(move, user, row, day) for user, row, day in zip(people, rows, reversed(days), strict=True)]
        acts += [partial(join, user, doctor, day) for user, day in zip(newcomers, (MONDAY, TUESDAY), strict=True)]
        answers = race(acts)
        assert {type(each).__name__ for each in answers} <= {"Appointment", "QueueFull"}
        live = list(Appointment.objects.live().filter(patient__managements__user__in=people))
        assert len(live) == len(people)
        places = list(Appointment.objects.values_list("local_date", "serial"))
        assert len(places) == len(set(places))
        Appointment.objects.all().delete()
