"""Standing in line: places in order, numbered, never given twice, never past the end of the day's ranges."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from apps.appointments.models import Absence, Appointment, ScheduleRule
from apps.appointments.services.booking import AlreadyBookedThatDay, NotWithYourself, PatientBusy
from apps.appointments.services.lifecycle import cancel_appointment
from apps.appointments.services.queueing import QueueFull
from apps.appointments.tests.cast import MONDAY, MONDAY_NINE, NOW, book, client_of, join, someone, written
from apps.core.errors import InvalidInput, NotFound
from apps.core.ids import uuid7
from apps.core.models import AuditEvent
from apps.hospitals.models import Doctor
from apps.notifications.models import Notification
from apps.patients.models import CareRelationship, HospitalRegistration
from tests.world import make_doctor, make_hospital, make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]
DAY = timedelta(days=1)
MINUTES = timedelta(minutes=1)


@pytest.fixture
def doctor(doctor) -> Doctor:
    """A doctor in New York with a line of six places every day, 09:00 to 10:00."""
    ScheduleRule.objects.update(kind="QUEUE", slot_minutes=10, from_time=time(9), to_time=time(10))
    return doctor


class TestAPlace:
    def test_is_confirmed_at_once_and_complete(self, amina, doctor):
        row = Appointment.objects.get(pk=join(amina, doctor).pk)
        assert (row.status, row.doctor, row.hospital, row.reason) == ("CONFIRMED", doctor, doctor.hospital, "A cough")
        assert (row.starts_at, row.ends_at) == (MONDAY_NINE, MONDAY_NINE + 10 * MINUTES)
        assert (row.local_date, row.serial, row.number) == (MONDAY, 1, "APT-20261123-001")

    def test_comes_with_what_every_booking_does(self, amina, doctor):
        booked = join(amina, doctor)
        assert CareRelationship.objects.get().ends_at == booked.ends_at + 30 * DAY
        assert HospitalRegistration.objects.count() == 1
        assert AuditEvent.objects.get(action="appointment_booked").subject_id == booked.pk
        assert Notification.objects.get().topic == "appointment_confirmed"

    def test_is_behind_those_who_came_before(self, doctor):
        places = [join(someone(f"p{number}"), doctor) for number in range(6)]
        assert [place.number for place in places] == [f"APT-20261123-00{number}" for number in range(1, 7)]
        assert [place.starts_at for place in places] == [MONDAY_NINE + number * 10 * MINUTES for number in range(6)]

    def test_each_day_has_a_line_of_its_own(self, amina, doctor):
        assert [join(amina, doctor, day=MONDAY + number * DAY).serial for number in range(3)] == [1, 1, 1]

    def test_runs_through_the_ranges_of_the_day(self, doctor):
        ScheduleRule.objects.create(
            doctor=doctor, weekday=0, kind="QUEUE", slot_minutes=30, from_time=time(14), to_time=time(15)
        )
        places = [join(someone(f"p{number}"), doctor) for number in range(8)]
        assert [(place.serial, place.starts_at) for place in places[5:]] == [
            (6, MONDAY_NINE + 50 * MINUTES),
            (7, MONDAY_NINE + 300 * MINUTES),
            (8, MONDAY_NINE + 330 * MINUTES),
        ]

    def test_that_was_left_is_never_given_again(self, amina, doctor):
        first = join(amina, doctor)
        cancel_appointment(actor=amina, appointment_id=first.pk, reason="", now=NOW)
        assert join(amina, doctor).serial == 2

    def test_passes_over_an_absence(self, amina, doctor):
        Absence.objects.create(
            doctor=doctor, starts_at=MONDAY_NINE, ends_at=MONDAY_NINE + 15 * MINUTES, reason="Meeting"
        )
        assert join(amina, doctor).serial == 3

    def test_passes_over_what_stands_there_of_another_kind(self, amina, doctor):
        other = someone("omar").managements.get().patient
        Appointment.objects.create(
            patient=other,
            doctor=doctor,
            starts_at=MONDAY_NINE,
            ends_at=MONDAY_NINE + 10 * MINUTES,
            local_date=MONDAY,
        )
        assert join(amina, doctor).serial == 2

    @pytest.mark.parametrize(
        ("name", "day", "expected"),
        [
            ("America/New_York", "2027-03-14", "2027-03-14T07:00Z"),
            ("America/New_York", "2026-11-01", "2026-11-01T07:00Z"),
            ("Africa/Cairo", "2026-04-24", "2026-04-23T23:00Z"),
            ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T15:30Z"),
            ("Pacific/Kiritimati", "2026-11-23", "2026-11-22T12:00Z"),
            ("Etc/GMT+12", "2026-11-23", "2026-11-23T14:00Z"),
        ],
    )
    def test_is_estimated_on_the_doctors_clock(self, amina, name, day, expected):
        doctor, day = make_doctor("afar", make_hospital("Afar", time_zone=name)), date.fromisoformat(day)
        ScheduleRule.objects.update(kind="QUEUE", slot_minutes=30, from_time=time(2), to_time=time(3, 30))
        now = datetime.combine(day - 2 * DAY, time(12), tzinfo=UTC)
        with time_machine.travel(now, tick=False):
            booked = join(amina, doctor, day=day, now=now)
        assert (booked.starts_at, booked.local_date) == (datetime.fromisoformat(expected), day)


class TestRefused:
    def refuse(self, refusal, user, doctor, **wanted) -> str:
        before = written()
        with pytest.raises(refusal) as told:
            join(user, doctor, **wanted)
        assert written() == before
        return told.value.code

    def test_a_full_line(self, doctor):
        for number in range(6):
            join(someone(f"p{number}"), doctor)
        assert self.refuse(QueueFull, someone("late"), doctor) == "queue_full"

    @pytest.mark.parametrize("days", [-400, -1, 0, 8, 400])
    def test_today_and_beyond_seven_days(self, amina, doctor, days):
        code = self.refuse(InvalidInput, amina, doctor, day=NOW.date() + days * DAY)
        assert code == "out_of_window"

    @pytest.mark.parametrize("days", [1, 7])
    def test_tomorrow_and_seven_days_ahead_are_not(self, amina, doctor, days):
        assert join(amina, doctor, day=NOW.date() + days * DAY).serial == 1

    def test_tomorrow_is_the_doctors(self, amina, doctor):
        type(doctor.hospital).objects.update(time_zone="Pacific/Kiritimati")  # It is Saturday there already.
        assert self.refuse(InvalidInput, amina, doctor, day=date(2026, 11, 21)) == "out_of_window"
        assert join(amina, doctor, day=date(2026, 11, 28)).serial == 1

    def test_a_day_without_a_line(self, amina, doctor):
        ScheduleRule.objects.filter(weekday=0).update(kind="SLOTS")
        assert self.refuse(InvalidInput, amina, doctor) == "no_queue"

    def test_a_slot_of_a_line(self, amina, doctor):
        with pytest.raises(InvalidInput, match="no_such_slot"):
            book(amina, doctor)

    def test_twice_on_one_day(self, amina, doctor):
        join(amina, doctor)
        self.refuse(AlreadyBookedThatDay, amina, doctor)

    def test_where_the_patient_is_elsewhere(self, amina, doctor):
        book(amina, make_doctor("omar", doctor.hospital))
        self.refuse(PatientBusy, amina, doctor)

    def test_with_yourself(self, doctor):
        make_patient(doctor.user)
        self.refuse(NotWithYourself, doctor.user, doctor)

    def test_for_a_stranger_and_with_nobody(self, amina, doctor):
        stranger = someone("omar").managements.get().patient_id
        assert self.refuse(NotFound, amina, doctor, patient_id=stranger) == "not_found"
        assert self.refuse(NotFound, amina, doctor, doctor_id=uuid7()) == "not_found"

    def test_with_a_doctor_who_may_not_be_booked(self, amina, doctor):
        Doctor.objects.update(is_active=False)
        self.refuse(NotFound, amina, doctor)


class TestTheDoor:
    URL = "/api/v1/appointments/"

    def test_answers_place_and_number(self, amina, doctor):
        body = {"doctor": str(doctor.pk), "date": "2026-11-23"}
        answer = client_of(amina).post(self.URL, body, format="json")
        assert answer.status_code == 201, answer.content
        shown = answer.json()
        assert (shown["serial"], shown["number"], shown["status"]) == (1, "APT-20261123-001", "CONFIRMED")
        assert (shown["starts_at"], shown["local_date"]) == ("2026-11-23T14:00:00Z", "2026-11-23")

    def test_takes_the_fields_of_system_002(self, amina, doctor):
        body = {"doctor": str(doctor.pk), "appointment_date": "2026-11-23", "patient_notes": "A cough"}
        assert client_of(amina).post(self.URL, body, format="json").json()["reason"] == "A cough"

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({}, "/starts_at", "required"),
            ({"date": "2026-11-23", "starts_at": "2026-11-23T14:00:00Z"}, "/date", "given_twice"),
            ({"date": "2026-02-30"}, "/date", "invalid"),
            ({"appointment_date": "x"}, "/appointment_date", "invalid"),
            ({"date": None}, "/date", "null"),
            ({"date": "9999-12-31"}, "/date", "out_of_window"),
            ({"date": "0001-01-01"}, "/date", "out_of_window"),
        ],
    )
    def test_bad_input_is_400_with_its_pointer(self, amina, doctor, body, pointer, code):
        answer = client_of(amina).post(self.URL, {"doctor": str(doctor.pk), **body}, format="json")
        assert answer.status_code == 400
        assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [(pointer, code)]
