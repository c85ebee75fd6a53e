"""Lists by role: each side sees its own, and a doctor's day is the day where the doctor works."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from apps.accounts.models import User
from apps.appointments.api.serializers.appointments import AppointmentOutput
from apps.appointments.api.views.appointments import AppointmentViewSet
from apps.appointments.models import Appointment, ScheduleRule
from apps.appointments.services.requesting import request_appointment
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of, someone
from apps.core.http.renderers import to_json
from apps.core.http.views import etag_of
from apps.core.ids import uuid7
from apps.core.zones import instant
from apps.hospitals.models import Department
from tests.world import make_doctor, make_hospital, make_patient, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]
SLOT, DAY = timedelta(minutes=20), timedelta(days=1)


def listed(user: User, path: str, *, now=NOW) -> list[str]:
    with time_machine.travel(now, tick=False):
        answer = client_of(user, now=now).get(f"/api/v1/appointments/{path}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def ids(*rows: Appointment) -> list[str]:
    return [str(row.pk) for row in rows]


def test_a_doctor_who_is_a_patient_finds_each_side_on_its_own_list(doctor):
    make_patient(doctor.user)
    colleague = make_doctor("ines", doctor.hospital)
    as_patient = book(doctor.user, colleague)
    as_doctor = book(someone("amina"), doctor, at=MONDAY_NINE + DAY)
    assert listed(doctor.user, "my-appointments/") == ids(as_patient)
    assert listed(doctor.user, "doctor-appointments/") == ids(as_doctor)
    desk = make_staff("desk", doctor.hospital)
    assert listed(desk, "hospital-appointments/") == ids(as_doctor, as_patient)
    assert listed(desk, "my-appointments/") == []
    assert listed(make_staff("far", make_hospital("Away")), "hospital-appointments/") == []


def test_ones_own_split_into_upcoming_and_past(doctor):
    amina = someone("amina")
    rows = [book(amina, doctor, at=MONDAY_NINE + number * DAY) for number in range(4)]
    Appointment.objects.filter(pk=rows[3].pk).update(status="CANCELLED")
    later = rows[1].starts_at
    assert listed(amina, "my-appointments/?when=upcoming", now=later) == ids(rows[1], rows[2])
    assert listed(amina, "my-appointments/?when=PAST", now=later) == ids(rows[3], rows[0])
    assert listed(amina, "my-appointments/?when=past&status=cancelled", now=later) == ids(rows[3])


def test_the_days_are_the_doctors_and_so_are_the_counters(doctor):
    """Half past eleven in the evening in New York: where the server is, tomorrow has begun."""
    monday = [book(someone(f"p{n}"), doctor, at=MONDAY_NINE + n * SLOT) for n in range(4)]
    tuesday = [book(someone(f"q{n}"), doctor, at=MONDAY_NINE + DAY + n * SLOT) for n in range(2)]
    for row, status in zip(monday, ("CANCELLED", "COMPLETED", "NO_SHOW", "CONFIRMED"), strict=True):
        Appointment.objects.filter(pk=row.pk).update(status=status)
    evening = MONDAY_NINE + timedelta(hours=14.5)
    assert listed(doctor.user, "doctor/today/", now=evening) == ids(*monday[1:])
    assert listed(doctor.user, "doctor/tomorrow/", now=evening) == ids(*tuesday)
    assert listed(doctor.user, "doctor/upcoming/", now=evening) == ids(*tuesday)
    assert listed(doctor.user, "doctor/completed/", now=evening) == ids(monday[1])
    with time_machine.travel(evening, tick=False):
        answer = client_of(doctor.user, now=evening).get("/api/v1/appointments/doctor/upcoming/")
    assert answer.json()["counters"] == {
        "today": 3,
        "today_waiting": 1,
        "today_completed": 1,
        "tomorrow": 2,
        "upcoming": 2,
        "completed": 1,
    }


def test_nobody_else_counts(doctor):
    book(someone("amina"), make_doctor("ines", doctor.hospital))
    answer = client_of(doctor.user).get("/api/v1/appointments/doctor/today/")
    assert set(answer.json()["counters"].values()) == {0}


@pytest.mark.parametrize("query", ["when=soon", "unknown=1", "status=GONE", "page_size=0"])
def test_what_cannot_be_asked_is_400(doctor, query):
    answer = client_of(doctor.user).get(f"/api/v1/appointments/my-appointments/?{query}")
    assert answer.status_code == 400


def test_a_row_and_the_resource_itself_are_what_the_serializer_shows(doctor):
    """Both are written by hand; every field, its order and its value are those of the serializer."""
    amina, independent = someone("amina"), make_doctor("ines", None)
    User.objects.filter(pk=independent.user_id).update(first_name="", last_name="")
    rows = [
        book(amina, doctor),
        book(amina, independent, at=MONDAY_NINE + DAY),
        request_appointment(
            actor=amina,
            hospital_id=doctor.hospital_id,
            department_id=Department.objects.create(hospital=doctor.hospital, name="Heart").pk,
            requested_time=MONDAY_NINE + 3 * DAY,
            patient_id=None,
            reason="A cough",
            now=NOW,
        ),
    ]
    Appointment.objects.filter(pk=rows[0].pk).update(serial=7, notes="Bring your card.")
    client = client_of(amina)
    page = client.get("/api/v1/appointments/").json()["results"]
    read = [client.get(f"/api/v1/appointments/{row['id']}/") for row in page]
    written = [AppointmentOutput(Appointment.objects.get(pk=row["id"])).data for row in page]
    assert [to_json(row) for row in page] == [to_json(row) for row in written]
    assert [answer.content for answer in read] == [to_json(row) for row in written]
    # What is shown after a change has the tag that a reader of the row sends back.
    assert [answer.headers["ETag"] for answer in read] == [etag_of(row) for row in written]
    assert len(page) == len(rows)


def test_a_row_that_went_away_while_it_was_looked_for_is_left_out(doctor):
    booked = book(someone("amina"), doctor)
    assert [row["id"] for row in AppointmentViewSet().rows([uuid7(), booked.pk])] == [booked.pk]
    assert AppointmentViewSet().rows([]) == []


@pytest.mark.parametrize("asked", ["from=0001-01-01", "to=9999-12-31", "from=9999-12-31", "to=0001-01-01"])
def test_no_date_is_too_far_to_ask_for(doctor, asked):
    amina = someone("amina")
    booked = book(amina, doctor)
    expected = [] if asked in {"from=9999-12-31", "to=0001-01-01"} else ids(booked)
    assert listed(amina, f"?{asked}") == expected


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "America/New_York"])
def test_the_bounds_of_a_day_hold_every_hour_of_it_anywhere(zone):
    """Fourteen hours ahead of UTC and twelve behind: a visit at the first and at the last hour is of that date."""
    amina = someone("amina")
    early = make_doctor("early", make_hospital("Early", time_zone=zone))
    late = make_doctor("late", make_hospital("Late", time_zone=zone))
    ScheduleRule.objects.update(from_time=time(0), to_time=time(0))
    day = date(2026, 11, 25)
    rows = [
        book(amina, each, at=instant(day, wall, ZoneInfo(zone)))
        for each, wall in ((early, time(0)), (late, time(23, 40)))
    ]
    assert {row.local_date for row in rows} == {day}
    assert sorted(listed(amina, f"?from={day}&to={day}")) == sorted(ids(*rows))
