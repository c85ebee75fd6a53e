"""Reminding of visits: a day and two hours before, once each, of the time that the visit has now."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.appointments.services.moving import reschedule_appointment
from apps.appointments.services.reminding import remind_of_visits
from apps.appointments.tests.cast import MONDAY_NINE, book
from apps.core.testing.proofs import race
from apps.notifications.models import Delivery, Notification
from apps.notifications.topics import topic_named
from apps.patients.choices import Relation
from apps.patients.models import Management, Patient
from tests.world import make_patient, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
DAY_BEFORE, HOURS_BEFORE = "appointment_day_before", "appointment_hours_before"


def told() -> list[tuple[str, int]]:
    """Return (topic, sequence) of every reminder."""
    reminders = Delivery.objects.filter(topic__in=[DAY_BEFORE, HOURS_BEFORE])
    return sorted(reminders.values_list("topic", "sequence"))


def test_a_day_before_and_two_hours_before_each_once(booked):
    assert remind_of_visits(now=MONDAY_NINE - DAY - SECOND) == 0
    assert [remind_of_visits(now=MONDAY_NINE - DAY) for _ in range(2)] == [1, 0]
    assert told() == [(DAY_BEFORE, 0)]
    assert remind_of_visits(now=MONDAY_NINE - 2 * HOUR - SECOND) == 0
    assert [remind_of_visits(now=MONDAY_NINE - 2 * HOUR) for _ in range(2)] == [1, 0]
    assert told() == [(DAY_BEFORE, 0), (HOURS_BEFORE, 0)]
    assert Notification.objects.filter(topic__in=[DAY_BEFORE, HOURS_BEFORE]).count() == 2


def test_a_beat_that_comes_late_gives_the_one_that_is_due(booked):
    assert remind_of_visits(now=MONDAY_NINE - HOUR) == 1
    assert told() == [(HOURS_BEFORE, 0)]
    assert remind_of_visits(now=MONDAY_NINE) == 0


def test_who_booked_within_the_day_knows_already(amina, doctor):
    with time_machine.travel(MONDAY_NINE - 20 * HOUR, tick=False):
        book(amina, doctor, now=MONDAY_NINE - 20 * HOUR)
    assert remind_of_visits(now=MONDAY_NINE - 19 * HOUR) == 0
    assert remind_of_visits(now=MONDAY_NINE - HOUR) == 1


def test_a_moved_visit_is_reminded_of_again(amina, booked):
    remind_of_visits(now=MONDAY_NINE - DAY)
    later = MONDAY_NINE + 2 * DAY
    reschedule_appointment(actor=amina, appointment_id=booked.pk, starts_at=later, now=MONDAY_NINE - DAY)
    assert remind_of_visits(now=MONDAY_NINE - HOUR) == 0
    assert remind_of_visits(now=later - DAY) == 1
    assert told() == [(DAY_BEFORE, 0), (DAY_BEFORE, 1)]


@pytest.mark.parametrize("status", sorted(set(Status.values) - {"CONFIRMED"}))
def test_of_nothing_but_what_is_confirmed(booked, status):
    Appointment.objects.update(status=status)
    assert remind_of_visits(now=MONDAY_NINE - HOUR) == 0


def test_everybody_who_manages_the_patient_is_told(booked):
    Management.objects.create(patient=booked.patient, user=make_user("mother"), relation=Relation.PARENT)
    remind_of_visits(now=MONDAY_NINE - DAY)
    assert set(Delivery.objects.filter(topic=DAY_BEFORE).values_list("user__username", flat=True)) == {
        "amina",
        "mother",
    }


def test_it_is_said_in_the_patients_own_zone(booked):
    message = topic_named(DAY_BEFORE).render([booked.pk])[booked.pk]
    assert "15:00 CET (Europe/Paris)" in str(message.body)
    assert "09:00 EST (America/New_York)" in str(message.body)
    assert "cough" not in f"{message.title}{message.body}{message.detail}"


def test_a_patient_in_the_doctors_zone_is_told_one_time(booked):
    Patient.objects.update(time_zone="America/New_York")
    body = str(topic_named(DAY_BEFORE).render([booked.pk])[booked.pk].body)
    assert body.count("09:00") == 1


class TestStillWanted:
    @pytest.mark.parametrize(
        ("topic", "before", "is_wanted"),
        [
            (DAY_BEFORE, DAY, True),
            (DAY_BEFORE, DAY + SECOND, False),
            (HOURS_BEFORE, 2 * HOUR, True),
            (HOURS_BEFORE, 2 * HOUR + SECOND, False),
            (HOURS_BEFORE, timedelta(), False),
        ],
    )
    def test_only_while_the_visit_is_that_near(self, booked, topic, before, is_wanted):
        with time_machine.travel(MONDAY_NINE - before, tick=False):
            assert topic_named(topic).still_wanted([booked.pk]) == ({booked.pk} if is_wanted else set())

    def test_never_of_a_visit_that_was_cancelled(self, booked):
        Appointment.objects.update(status="CANCELLED")
        with time_machine.travel(MONDAY_NINE - HOUR, tick=False):
            assert topic_named(DAY_BEFORE).still_wanted([booked.pk]) == set()


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_remind_once(doctor):
    for number in range(6):
        make_patient(user := make_user(f"p{number}"))
        book(user, doctor, at=MONDAY_NINE + number * timedelta(minutes=20))
    at = datetime(2026, 11, 22, 16, tzinfo=UTC)
    counts = race([lambda: remind_of_visits(now=at, batch=2)] * 4)
    counts.append(remind_of_visits(now=at))
    assert sum(counts) == 6
    assert told() == [(DAY_BEFORE, 0)] * 6
