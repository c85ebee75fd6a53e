"""Rescheduling: one transaction, and whatever refuses it leaves the old time."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.models import Appointment, ScheduleRule
from apps.appointments.services.booking import AlreadyBookedThatDay, PatientBusy, SlotTaken
from apps.appointments.services.lifecycle import IllegalTransition, NoticeOver
from apps.appointments.services.moving import NoPlaceInLine, PlaceInLine, move_in_line, reschedule_appointment
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of, refuse, someone, written
from apps.core.errors import InvalidInput, NotAllowed, NotFound
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.hospitals.models import Doctor, Hospital
from apps.notifications.models import Delivery
from apps.patients.models import CareRelationship
from tests.world import make_doctor, make_hospital, make_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]
SLOT, DAY = timedelta(minutes=20), timedelta(days=1)


def move(actor: User, booked: Appointment, at=MONDAY_NINE + DAY, *, now=NOW) -> Appointment:
    return reschedule_appointment(actor=actor, appointment_id=booked.pk, starts_at=at, now=now)


@pytest.mark.parametrize("at", [MONDAY_NINE + DAY, MONDAY_NINE + SLOT, MONDAY_NINE + 7 * DAY])
def test_it_has_its_new_time_and_gives_the_old_one_back(amina, booked, doctor, at):
    move(amina, booked, at)
    row = Appointment.objects.get(pk=booked.pk)
    assert (row.starts_at, row.ends_at, row.local_date) == (at, at + SLOT, at.date())
    assert (row.status, row.move_count) == ("CONFIRMED", 1)
    assert book(someone("omar"), doctor).starts_at == MONDAY_NINE


def test_every_move_is_told_and_audited(amina, booked):
    move(amina, booked)
    move(amina, booked, MONDAY_NINE + 2 * DAY)
    told = Delivery.objects.filter(topic="appointment_moved", subject_id=booked.pk, user=amina)
    assert sorted(told.values_list("sequence", flat=True)) == [1, 2]
    assert AuditEvent.objects.filter(action="appointment_moved", subject_id=booked.pk).count() == 2


def test_the_right_to_treat_lasts_until_after_it(amina, booked):
    move(amina, booked)
    assert CareRelationship.objects.get().ends_at == MONDAY_NINE + DAY + SLOT + 30 * DAY


def test_to_where_it_is_nothing_happens(amina, booked):
    before = written()
    assert move(amina, booked, MONDAY_NINE).move_count == 0
    assert written() == before


@pytest.mark.parametrize("who", ["amina", "staff"])
def test_the_patient_and_the_staff_may(amina, booked, doctor, who):
    actor = amina if who == "amina" else make_staff("desk", doctor.hospital)
    assert move(actor, booked).move_count == 1


def test_an_independent_doctor_may_and_an_employed_one_not(amina, booked, doctor):
    refuse(NotAllowed, move, doctor.user, booked)
    independent = make_doctor("ines", None)
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert move(independent.user, book(amina, independent, at=at), at + SLOT).move_count == 1


def test_the_patient_only_until_the_notice_and_the_staff_whenever(amina, booked, doctor):
    Hospital.objects.update(cancellation_notice_hours=24)
    last = MONDAY_NINE - DAY
    refuse(NoticeOver, move, amina, booked, now=last + timedelta(seconds=1))
    assert move(amina, booked, now=last).move_count == 1
    soon = MONDAY_NINE + DAY - timedelta(minutes=1)
    desk = make_staff("desk", doctor.hospital)
    assert move(desk, booked, MONDAY_NINE + 2 * DAY, now=soon).move_count == 2


def test_what_was_overbooked_gets_a_seat_of_its_own(amina, booked, doctor):
    Appointment.objects.update(is_overbooked=True, overbooking_reason="Emergency")
    moved = move(amina, booked)
    assert (moved.is_overbooked, moved.overbooking_reason) == (False, "")


@pytest.mark.parametrize("who", ["stranger", "colleague", "foreign staff", "admin"])
def test_nobody_else(booked, doctor, who):
    people = {
        "stranger": lambda: someone("omar"),
        "colleague": lambda: make_doctor("omar", doctor.hospital).user,
        "foreign staff": lambda: make_staff("omar", make_hospital("Away")),
        "admin": lambda: make_user("ada", Role.ADMIN),
    }
    refuse(NotFound, move, people[who](), booked)


@pytest.mark.parametrize("at", [NOW - DAY, MONDAY_NINE + SLOT / 2, MONDAY_NINE + timedelta(hours=15)])
def test_where_there_is_no_slot(amina, booked, at):
    refuse(InvalidInput, move, amina, booked, at)


def test_where_somebody_is(amina, booked, doctor):
    book(someone("omar"), doctor, at=MONDAY_NINE + DAY)
    refuse(SlotTaken, move, amina, booked)


def test_where_the_patient_is_or_on_a_day_with_this_doctor(amina, booked, doctor):
    book(amina, make_doctor("omar", doctor.hospital), at=MONDAY_NINE + 2 * DAY)
    book(amina, doctor, at=MONDAY_NINE + DAY)
    refuse(PatientBusy, move, amina, booked, MONDAY_NINE + 2 * DAY)
    refuse(AlreadyBookedThatDay, move, amina, booked, MONDAY_NINE + DAY + SLOT)


@pytest.mark.parametrize("status", ["CHECKED_IN", "COMPLETED", "CANCELLED", "NO_SHOW", "REQUESTED", "REJECTED"])
def test_only_what_is_confirmed(amina, booked, status):
    Appointment.objects.update(status=status)
    refuse(IllegalTransition, move, amina, booked)


def test_not_with_a_doctor_who_left(amina, booked):
    Doctor.objects.update(is_active=False)
    refuse(IllegalTransition, move, amina, booked)


def test_not_a_place_in_line(amina, booked):
    Appointment.objects.update(serial=1)
    refuse(PlaceInLine, move, amina, booked)


def test_a_slot_does_not_move_into_a_line(amina, booked):
    with pytest.raises(NoPlaceInLine):
        move_in_line(actor=amina, appointment_id=booked.pk, day=(MONDAY_NINE + DAY).date(), now=NOW)


def test_the_door(amina, booked):
    address = f"/api/v1/appointments/{booked.pk}/reschedule/"
    both = {"starts_at": "2026-11-24T09:00:00-05:00", "date": "2026-11-24"}
    assert client_of(amina).post(address, both, format="json").json()["errors"][0]["code"] == "given_twice"
    answer = client_of(amina).post(address, {"starts_at": "2026-11-24T09:00:00-05:00"}, format="json")
    assert (answer.status_code, answer.json()["starts_at"]) == (200, "2026-11-24T14:00:00Z")
    answer = client_of(amina).post(address, {}, format="json")
    assert answer.json()["errors"][0]["pointer"] == "/starts_at"


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_moves_in_opposite_directions_and_bookings_never_overlap(doctor):
    """Two patients each want the other's slot while others want both: nobody loses a time without another."""
    ScheduleRule.objects.filter(doctor=doctor).update(capacity=1)
    pair, others = [someone(f"p{number}") for number in range(2)], [someone(f"o{number}") for number in range(4)]
    for number in range(rounds(5, 100)):
        times = [MONDAY_NINE + number * DAY, MONDAY_NINE + number * DAY + SLOT]
        rows = [book(user, doctor, at=at) for user, at in zip(pair, times, strict=True)]
        acts = [partial(move, user, row, at) for user, row, at in zip(pair, rows, reversed(times), strict=True)]
        acts += [partial(book, user, doctor, at=at) for user, at in zip(others, times * 2, strict=True)]
        answers = race(acts)
        assert {type(each).__name__ for each in answers} <= {"Appointment", "SlotTaken"}
        live = Appointment.objects.live().filter(starts_at__in=times)
        assert len({each.starts_at for each in live}) == live.count() == 2
        assert {each.status for each in Appointment.objects.filter(pk__in=[row.pk for row in rows])} == {"CONFIRMED"}
        live.update(status="CANCELLED")
