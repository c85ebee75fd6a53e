"""A schedule changes while patients book: real connections, and no live appointment is ever left outside of it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.appointments.models import Absence, Appointment, ScheduleRule
from apps.appointments.selectors import calendar_of_doctor, doctor_free_slots
from apps.appointments.services.absences import add_absence
from apps.appointments.services.booking import book_appointment
from apps.appointments.services.calendars import again_after_deadlock
from apps.appointments.services.queueing import join_queue
from apps.appointments.services.schedules import change_rule, replace_week
from apps.appointments.tests.cast import client_of, someone
from apps.core.errors import DomainError
from apps.core.testing.proofs import dice, race, rounds, wait_until_blocked
from apps.hospitals.models import Doctor
from tests.world import make_doctor

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def crowd(transactional_db) -> list[User]:
    return [someone(f"patient{number}") for number in range(8)]


def free(doctor: Doctor, days: int, now) -> list[Any]:
    day = (now + timedelta(days=days)).date()
    return doctor_free_slots(doctor, first=day, last=day, now=now)[18:26]


def booking(user: User, doctor: Doctor, at, now) -> Callable[[], Any]:
    wanted = {"doctor_id": doctor.pk, "patient_id": None, "starts_at": at, "reason": ""}
    return partial(book_appointment, actor=user, **wanted, now=now)


def orphans(doctor: Doctor, now) -> list[Any]:
    """Return the live appointments to come that the doctor's calendar has no room for."""
    calendar = calendar_of_doctor(Doctor.objects.get(pk=doctor.pk), since=now)
    held = [each.as_taken() for each in Appointment.objects.live().filter(doctor=doctor)]
    return [each for each in held if not calendar.covers(each) or calendar.is_absent(each.starts_at, each.ends_at)]


def unexpected(answers: list[Any]) -> list[Any]:
    return [each for each in answers if isinstance(each, Exception) and not isinstance(each, DomainError)]


def changes(doctor: Doctor, slots: list[Any], now) -> list[Callable[..., Any]]:
    """Return every kind of change that takes the slots away, each still to be told what to do with appointments."""
    actor, weekday = doctor.user, slots[0].local_date.weekday()
    rule = ScheduleRule.objects.get(doctor=doctor, weekday=weekday)
    others = ScheduleRule.objects.filter(doctor=doctor).exclude(pk=rule.pk)
    week = list(others.values("weekday", "from_time", "to_time"))
    return [
        partial(change_rule, actor=actor, rule_id=rule.pk, changes={"is_active": False}, now=now),
        partial(replace_week, actor=actor, doctor_id=None, rules=week, now=now),
        partial(
            add_absence,
            actor=actor,
            doctor_id=None,
            starts=slots[0].starts_at,
            ends=slots[-1].ends_at,
            reason="",
            now=now,
        ),
    ]


def test_a_change_and_bookings_at_once_leave_no_orphan(doctor, crowd, now):
    chance, refused, booked = dice("calendar"), 0, 0
    week = list(ScheduleRule.objects.filter(doctor=doctor).values("weekday", "from_time", "to_time"))
    for number in range(rounds(20, 200)):
        days = 2 + number % 20
        slots = free(doctor, days, now)
        change = partial(chance.choice(changes(doctor, slots, now)), affected=("REFUSE", "MOVE", "CANCEL")[number % 3])
        acts = [booking(user, doctor, slot.starts_at, now) for user, slot in zip(crowd, slots, strict=True)]
        acts.insert(chance.randrange(len(acts)), change)
        answers = race(acts)
        assert unexpected(answers) == []
        assert orphans(doctor, now) == []
        refused += sum(isinstance(each, DomainError) for each in answers)
        booked += sum(isinstance(each, Appointment) for each in answers)
        Absence.objects.all().delete()
        Appointment.objects.live().update(status="CANCELLED")
        replace_week(actor=doctor.user, doctor_id=None, rules=week, affected="REFUSE", now=now)
    assert refused  # Both sides won now and then, or the race proved nothing.
    assert booked


def test_a_booking_waits_for_a_change_and_sees_it(doctor, crowd, now):
    """The interleaving that orphans: the change has looked for appointments, and is about to commit."""
    slot = free(doctor, 3, now)[0]
    rule = ScheduleRule.objects.get(doctor=doctor, weekday=slot.local_date.weekday())

    def change():
        with transaction.atomic():
            change_rule(actor=doctor.user, rule_id=rule.pk, changes={"is_active": False}, affected="REFUSE", now=now)
            wait_until_blocked()  # The booking has read nothing yet: it waits for the calendar.

    def book_late():
        while not _is_locked(doctor):
            pass
        return booking(crowd[0], doctor, slot.starts_at, now)()

    changed, told = race([change, book_late])
    assert changed is None
    assert (type(told).__name__, told.code) == ("InvalidInput", "no_such_slot")
    assert not Appointment.objects.exists()


def _is_locked(doctor: Doctor) -> bool:
    """Return whether somebody holds the doctor's calendar alone."""
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SELECT 1 FROM hospitals_doctor WHERE id = %s FOR KEY SHARE SKIP LOCKED", [doctor.pk])
        return cursor.fetchone() is None


def test_bookings_do_not_wait_for_each_other_nor_for_a_changed_profile(doctor, crowd, now):
    slots = free(doctor, 3, now)
    with transaction.atomic():
        Doctor.objects.filter(pk=doctor.pk).update(bio="Listens.")
        answers = race([booking(user, doctor, slot.starts_at, now) for user, slot in zip(crowd, slots, strict=True)])
    assert unexpected(answers) == []
    assert Appointment.objects.count() == len(crowd)


def test_of_many_equal_rules_one_is_added(doctor, now):
    ScheduleRule.objects.all().delete()
    rule = {"weekday": 0, "from_time": "09:00", "to_time": "10:00"}
    client = client_of(doctor.user, now=now)
    body = rule | {"weekday": "MONDAY"}
    for _ in range(rounds(3, 30)):
        answers = race([partial(client.post, "/api/v1/doctors/schedules/", body, format="json")] * 8)
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
        ScheduleRule.objects.all().delete()


def test_patients_moved_by_two_doctors_at_once_are_in_one_place(crowd, now):
    """Each doctor moves everybody to the same new times; the patients' own constraint decides."""
    for number in range(rounds(5, 50)):
        pair = [make_doctor(f"d{number}{side}", None) for side in "ab"]
        days = 3
        slots = [free(each, days, now) for each in pair]
        for user, mornings, afternoons in zip(crowd, slots[0], reversed(slots[1]), strict=True):
            booking(user, pair[0], mornings.starts_at, now)()
            if mornings.starts_at != afternoons.starts_at:
                booking(user, pair[1], afternoons.starts_at, now)()
        acts = [partial(changes(each, mine, now)[0], affected="MOVE") for each, mine in zip(pair, slots, strict=True)]
        answers = race(acts)
        assert unexpected(answers) == []
        held = Appointment.objects.live().order_by("patient", "starts_at")
        rows = list(held.values_list("patient", "starts_at", "ends_at"))
        assert [one for one, other in pairwise(rows) if one[0] == other[0] and one[2] > other[1]] == []
        assert [orphans(each, now) for each in pair] == [[], []]
        Appointment.objects.live().update(status="CANCELLED")


class TestDeadlocks:
    def test_are_tried_again_inside_of_a_transaction(self, doctor, crowd):
        """Two acts that lock two rows in opposite order: the database ends one, and it succeeds the second time."""
        tries: list[int] = []

        def locking(first: User, second: User) -> Callable[[], Any]:
            @again_after_deadlock
            def act() -> str:
                tries.append(1)
                for user in (first, second):
                    User.objects.select_for_update().get(pk=user.pk)
                    if len(tries) < 3:
                        _pause()
                return "done"

            def inside() -> str:
                with transaction.atomic():
                    return act()

            return inside

        assert race([locking(*crowd[:2]), locking(*crowd[1::-1])]) == ["done", "done"]
        assert len(tries) >= 3  # On a slow day they meet again.

    def test_other_failures_are_not(self, crowd):
        tries: list[int] = []

        @again_after_deadlock
        def act() -> None:
            tries.append(1)
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '10ms'")
                cursor.execute("SELECT pg_sleep(1)")

        with pytest.raises(Exception, match="statement timeout"):
            act()
        assert len(tries) == 1


def _pause() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2)")


def test_a_rule_is_changed_by_one_of_two_with_the_same_copy(doctor, now):
    ScheduleRule.objects.filter(doctor=doctor).exclude(weekday=0).delete()
    for _ in range(rounds(3, 30)):
        rule = ScheduleRule.objects.get(doctor=doctor)
        client: APIClient = client_of(doctor.user, now=now)
        address = f"/api/v1/doctors/schedules/{rule.pk}/"
        tag = client.get(address)["ETag"]
        acts = [
            partial(client.patch, address, {"capacity": 2 + (rule.capacity + n) % 40}, format="json", HTTP_IF_MATCH=tag)
            for n in range(4)
        ]
        assert sorted(answer.status_code for answer in race(acts)) == [200, 412, 412, 412]


def test_of_many_in_one_line_each_place_is_given_once(doctor, now):
    """Twenty-four patients for twelve places, while some who stand there leave."""
    ScheduleRule.objects.filter(doctor=doctor).update(kind="QUEUE", slot_minutes=80)
    users = [someone(f"queuing{number}") for number in range(24)]
    for number in range(rounds(2, 20)):
        day = (now + timedelta(days=2 + number % 5)).date()
        Appointment.objects.live().update(status="CANCELLED")
        given_before = Appointment.objects.filter(local_date=day).count()
        shared = {"doctor_id": doctor.pk, "patient_id": None, "reason": "", "now": now}
        answers = race([partial(join_queue, actor=user, day=day, **shared) for user in users])
        assert unexpected(answers) == []
        places = [each.serial for each in answers if isinstance(each, Appointment)]
        assert sorted(places) == list(range(given_before + 1, 13))
        assert {each.code for each in answers if isinstance(each, DomainError)} == {"queue_full"}
        assert orphans(doctor, now) == []
