"""Absences: in the doctor's zone, hidden from patients, and nothing can be booked meanwhile."""

from datetime import UTC, datetime, time, timedelta

import pytest
from rest_framework.test import APIClient

from apps.appointments.models import Absence, ScheduleRule
from apps.appointments.services.absences import MOST_ABSENCES
from apps.appointments.services.booking import SlotTaken
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of, pointers
from apps.core.ids import uuid7
from apps.core.models import AuditEvent
from apps.hospitals.models import Doctor
from tests.world import make_doctor, make_hospital, make_staff

URL = "/api/v1/doctors/absences/"
MORNING = {"starts_at": "2026-11-23T09:00:00-05:00", "ends_at": "2026-11-23T10:00:00-05:00"}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]


@pytest.fixture
def doctor(doctor) -> Doctor:
    """A doctor in New York with six slots every morning."""
    ScheduleRule.objects.update(from_time=time(9), to_time=time(11))
    return doctor


def post(client, **body):
    return client.post(URL, body, format="json")


def free_on(doctor: Doctor, day: str) -> list[str]:
    answer = APIClient().get(f"/api/v1/doctors/{doctor.pk}/slots/", {"from": day, "to": day})
    return [slot["starts_at"][11:16] for slot in answer.json()["slots"]]


class TestAdding:
    def test_by_moments(self, lena, doctor):
        answer = post(lena, **MORNING, reason="Dentist")
        assert answer.status_code == 201, answer.content
        assert answer.json() == {
            "id": str(Absence.objects.get().pk),
            "doctor": str(doctor.pk),
            "time_zone": "America/New_York",
            "reason": "Dentist",
            **MORNING,
        }
        assert free_on(doctor, "2026-11-23") == ["10:00", "10:20", "10:40"]

    def test_whatever_it_touches_cannot_be_booked(self, lena, doctor, amina):
        post(lena, starts_at="2026-11-23T09:10:00-05:00", ends_at="2026-11-23T09:21:00-05:00")
        assert free_on(doctor, "2026-11-23") == ["09:40", "10:00", "10:20", "10:40"]
        with pytest.raises(SlotTaken):
            book(amina, doctor, at=MONDAY_NINE)

    def test_by_days_of_the_doctors_calendar(self, lena, doctor):
        answer = post(lena, from_date="2026-11-23", to_date="2026-11-24").json()
        assert (answer["starts_at"], answer["ends_at"]) == ("2026-11-23T00:00:00-05:00", "2026-11-25T00:00:00-05:00")
        assert [len(free_on(doctor, f"2026-11-{day}")) for day in (22, 23, 24, 25)] == [6, 0, 0, 6]

    def test_by_one_day(self, lena, doctor):
        assert post(lena, from_date="2026-11-23").json()["ends_at"] == "2026-11-24T00:00:00-05:00"

    @pytest.mark.parametrize(
        ("name", "day", "hours"),
        [
            ("America/New_York", "2027-03-14", 23),
            ("America/New_York", "2027-11-07", 25),
            ("Africa/Cairo", "2027-04-30", 23),
            ("Africa/Cairo", "2027-10-28", 25),
            ("Australia/Lord_Howe", "2027-10-03", 23.5),
            ("Australia/Lord_Howe", "2027-04-04", 24.5),
            ("Pacific/Kiritimati", "2027-04-04", 24),
            ("Etc/GMT+12", "2027-04-04", 24),
        ],
    )
    def test_a_day_is_as_long_as_it_is_there(self, name, day, hours):
        doctor = make_doctor("afar", make_hospital("Afar", time_zone=name))
        ScheduleRule.objects.update(from_time=time(0), to_time=time(0))
        post(client_of(doctor.user), from_date=day)
        absence = Absence.objects.get()
        assert absence.ends_at - absence.starts_at == timedelta(hours=hours)
        assert free_on(doctor, day) == []
        around = datetime.fromisoformat(day)
        for beside in (around - timedelta(days=1), around + timedelta(days=1)):
            assert len(free_on(doctor, f"{beside:%Y-%m-%d}")) == 72

    def test_staff_names_the_doctor(self, doctor):
        desk = client_of(make_staff("desk", doctor.hospital))
        assert post(desk, **MORNING, doctor=str(doctor.pk)).status_code == 201
        assert pointers(post(desk, **MORNING)) == [("/doctor", "required")]

    def test_it_is_audited_without_the_reason(self, lena, doctor):
        post(lena, **MORNING, reason="Surgery")
        event = AuditEvent.objects.get(action="absence_added")
        assert (event.actor_id, event.details) == (doctor.user_id, {"doctor_id": str(doctor.pk)})

    def test_there_is_an_end_to_them(self, lena, doctor):
        Absence.objects.bulk_create(
            Absence(doctor=doctor, starts_at=NOW, ends_at=NOW + timedelta(minutes=1)) for _ in range(MOST_ABSENCES)
        )
        assert post(lena, **MORNING).json()["code"] == "too_many_absences"


class TestBadInput:
    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({}, "/starts_at", "required"),
            ({"from_date": None}, "/from_date", "null"),
            ({"starts_at": MORNING["starts_at"]}, "/ends_at", "required"),
            ({"to_date": "2026-11-23"}, "/starts_at", "required"),
            (MORNING | {"from_date": "2026-11-23"}, "/from_date", "given_twice"),
            (MORNING | {"to_date": "2026-11-23"}, "/to_date", "given_twice"),
            (MORNING | {"starts_at": "2026-11-23T09:00:00"}, "/starts_at", "no_offset"),
            (MORNING | {"starts_at": MORNING["ends_at"]}, "/ends_at", "ends_before_start"),
            (MORNING | {"ends_at": "2026-11-23T08:00:00-05:00"}, "/ends_at", "ends_before_start"),
            ({"from_date": "2026-11-24", "to_date": "2026-11-23"}, "/to_date", "ends_before_start"),
            ({"from_date": "2026-11-18", "to_date": "2026-11-19"}, "/to_date", "in_the_past"),
            ({"from_date": "2026-11-23", "to_date": "2029-11-23"}, "/to_date", "too_long"),
            ({"from_date": "1999-01-01", "to_date": "2026-12-01"}, "/from_date", "out_of_range"),
            ({"from_date": "2026-12-01", "to_date": "9999-12-31"}, "/to_date", "out_of_range"),
            ({"from_date": "2026-02-30"}, "/from_date", "invalid"),
            (MORNING | {"reason": "x" * 201}, "/reason", "max_length"),
            (MORNING | {"affected": "x"}, "/affected", "invalid_choice"),
        ],
        ids=lambda value: repr(value)[:60],
    )
    def test_is_400_with_its_pointer(self, lena, body, pointer, code):
        assert (pointer, code) in pointers(post(lena, **body))
        assert not Absence.objects.exists()

    @pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
    def test_the_ends_of_the_calendar(self, lena, moment):
        for body in (MORNING | {"starts_at": moment}, MORNING | {"ends_at": moment}):
            assert post(lena, **body).status_code == 400

    @pytest.mark.parametrize("parameters", [{"from": "x"}, {"to": "x"}, {"doctor": "x"}, {"reason": "x"}])
    def test_a_filter_that_cannot_be_read(self, lena, parameters):
        assert [pointer for pointer, _ in pointers(lena.get(URL, parameters))] == [f"?{name}" for name in parameters]


class TestKeeping:
    @pytest.fixture
    def absence(self, lena) -> str:
        return str(post(lena, **MORNING, reason="Dentist").json()["id"])

    def test_part_of_it_changes(self, lena, doctor, absence):
        changed = lena.patch(f"{URL}{absence}/", {"ends_at": "2026-11-23T09:20:00-05:00"}, format="json").json()
        assert (changed["reason"], changed["starts_at"]) == ("Dentist", MORNING["starts_at"])
        assert len(free_on(doctor, "2026-11-23")) == 5
        assert lena.patch(f"{URL}{absence}/", {"reason": ""}, format="json").json()["reason"] == ""
        days = lena.patch(f"{URL}{absence}/", {"from_date": "2026-11-22", "to_date": "2026-11-22"}, format="json")
        assert days.json()["starts_at"] == "2026-11-22T00:00:00-05:00"

    def test_it_is_taken_back(self, lena, doctor, absence):
        assert lena.delete(f"{URL}{absence}/").status_code == 204
        assert len(free_on(doctor, "2026-11-23")) == 6

    def test_a_stale_copy_is_412(self, lena, absence):
        tag = lena.get(f"{URL}{absence}/")["ETag"]
        lena.patch(f"{URL}{absence}/", {"reason": ""}, format="json")
        assert lena.delete(f"{URL}{absence}/", HTTP_IF_MATCH=tag).status_code == 412
        assert lena.patch(f"{URL}{absence}/", {"reason": "x"}, format="json", HTTP_IF_MATCH=tag).status_code == 412

    def test_a_list_has_what_touches_the_time_asked_for(self, lena, absence):
        assert len(lena.get(URL, {"from": "2026-11-23T14:59:00Z"}).json()["results"]) == 1
        assert lena.get(URL, {"from": "2026-11-23T15:00:00Z"}).json()["results"] == []
        assert len(lena.get(URL, {"to": "2026-11-23T14:01:00Z"}).json()["results"]) == 1
        assert lena.get(URL, {"to": "2026-11-23T14:00:00Z"}).json()["results"] == []

    @pytest.mark.parametrize("method", ["get", "patch", "delete"])
    def test_that_of_a_colleague_is_as_absent_as_none(self, doctor, absence, method):
        stranger = client_of(make_doctor("omar", doctor.hospital).user)
        for each in (absence, uuid7()):
            assert getattr(stranger, method)(f"{URL}{each}/").status_code == 404
        assert stranger.get(URL).json()["results"] == []
        assert post(stranger, **MORNING, doctor=str(doctor.pk)).status_code == 404

    def test_a_patient_never_reads_why(self, doctor, absence, amina):
        patient = client_of(amina)
        assert patient.get(URL).status_code == 403
        assert patient.get(f"{URL}{absence}/").status_code == 403
        pages = [patient.get(f"/api/v1/doctors/{doctor.pk}/{page}") for page in ("", "slots/")]
        assert all(b"Dentist" not in page.content for page in pages)

    def test_moments_are_kept_in_utc(self, absence):
        assert Absence.objects.get().starts_at == datetime(2026, 11, 23, 14, tzinfo=UTC)
