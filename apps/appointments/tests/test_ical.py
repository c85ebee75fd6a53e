"""Visits in people's calendars, read by two parsers that know nothing of each other, and never why a visit is."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.appointments.ical import Entry, write_calendar, zone_definition
from apps.appointments.models import Appointment, CalendarFeed
from apps.appointments.services.lifecycle import cancel_appointment
from apps.appointments.services.moving import reschedule_appointment
from apps.appointments.services.requesting import request_appointment
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of, someone
from apps.core.models import AuditEvent
from apps.hospitals.models import Department, Doctor, Hospital
from tests.world import make_patient, make_staff, make_user

SLOT, DAY = timedelta(minutes=20), timedelta(days=1)
ZONES = [
    "America/New_York",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Asia/Kathmandu",
    "Europe/Dublin",
    "Africa/Casablanca",
    "UTC",
]


def entry(starts_at: datetime, zone_name: str = "UTC") -> Entry:
    return Entry(
        "1@careloop", 1, "A; b, c\nd é", "Ward", starts_at, starts_at + SLOT, zone_name, "CONFIRMED", starts_at
    )


class TestZones:
    @pytest.mark.parametrize("name", ZONES)
    def test_the_definition_says_what_the_zone_says_all_through_two_years(self, name):
        """The definition is interpreted here as RFC 5545, 3.6.5 has it: the latest onset before a moment counts."""
        onsets = []
        for observance in zone_definition(name, 2026, 2027).subcomponents:
            before, after = observance["TZOFFSETFROM"].td, observance["TZOFFSETTO"].td
            again = observance.get("RDATE")
            times = [observance["DTSTART"].dt, *([each.dt for each in again.dts] if again else [])]
            onsets += [(time.replace(tzinfo=UTC) - before, after) for time in times]
        onsets.sort()
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        while moment.year < 2028:
            latest = [after for at, after in onsets if at <= moment][-1]
            assert latest == moment.astimezone(ZoneInfo(name)).utcoffset(), moment
            moment += timedelta(minutes=30)

    @pytest.mark.parametrize("name", ZONES)
    @pytest.mark.parametrize("month", [1, 3, 4, 7, 10, 11])
    def test_a_visit_is_where_it_is_for_a_parser_of_its_own_kind(self, name, month):
        at = datetime(2026, month, 29, 11, 30, tzinfo=UTC)
        text = write_calendar([entry(at, name)], name="X", method="PUBLISH", organizer="a@b.example").decode()
        if name != "UTC":  # Which needs no definition, and other parsers read it without one.
            assert vobject.readOne(text).vevent.dtstart.value == at
        event = next(iter(icalendar.Calendar.from_ical(text).walk("VEVENT")))
        assert event.decoded("dtstart") == at
        assert event.decoded("dtend") - event.decoded("dtstart") == SLOT

    def test_words_of_any_kind_survive(self):
        text = write_calendar([entry(NOW)], name="X", method="PUBLISH", organizer="a@b.example")
        assert max(len(line) for line in text.split(b"\r\n")) <= 75
        assert vobject.readOne(text.decode()).vevent.summary.value == "A; b, c\nd é"


@pytest.fixture
def doctor(fixed_present, doctor) -> Doctor:
    """The doctor, made in the present that the visits are read in."""
    return doctor


@pytest.fixture
def amina(doctor) -> User:
    return someone("amina")


def read(answer) -> dict[str, Any]:
    """Return the entries by their UID, when both parsers agree about them."""
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    text = answer.content.decode()
    events = {str(event["UID"]): event for event in icalendar.Calendar.from_ical(text).walk("VEVENT")}
    others = getattr(vobject.readOne(text), "vevent_list", [])
    assert {each.uid.value: each.dtstart.value for each in others} == {
        uid: event.decoded("dtstart") for uid, event in events.items()
    }
    return events


def ics(user: User, booked: Appointment):
    return client_of(user).get(f"/api/v1/appointments/{booked.pk}/ics/")


class TestOneVisit:
    def test_says_when_where_and_with_whom_and_never_why(self, amina, booked, doctor):
        Appointment.objects.update(department=Department.objects.create(hospital=doctor.hospital, name="Oncology"))
        answer = ics(amina, booked)
        (event,) = read(answer).values()
        assert event.decoded("dtstart") == MONDAY_NINE
        assert event["DTSTART"].params["TZID"] == "America/New_York"
        assert (event["UID"], event["STATUS"], event["SEQUENCE"]) == (f"{booked.pk}@careloop", "CONFIRMED", 1)
        assert "Lena" in event["SUMMARY"]
        assert event["LOCATION"] == "Riverside"
        assert not re.search(rb"cough|oncology", answer.content, re.IGNORECASE)
        assert "attachment" in answer["Content-Disposition"]
        assert answer["Cache-Control"] == "no-store"

    def test_a_change_has_the_same_uid_and_a_higher_sequence(self, amina, booked):
        before = read(ics(amina, booked))
        reschedule_appointment(actor=amina, appointment_id=booked.pk, starts_at=MONDAY_NINE + DAY, now=NOW)
        after = read(ics(amina, booked))
        (uid,) = before
        assert list(after) == [uid]
        assert after[uid]["SEQUENCE"] > before[uid]["SEQUENCE"]
        assert after[uid].decoded("dtstart") == MONDAY_NINE + DAY

    def test_a_cancellation_takes_it_out(self, amina, booked):
        before = read(ics(amina, booked))
        cancel_appointment(actor=amina, appointment_id=booked.pk, reason="A secret", now=NOW)
        answer = ics(amina, booked)
        (event,) = read(answer).values()
        assert event["STATUS"] == "CANCELLED"
        assert event["SEQUENCE"] > before[str(event["UID"])]["SEQUENCE"]
        assert icalendar.Calendar.from_ical(answer.content)["METHOD"] == "CANCEL"
        assert b"secret" not in answer.content

    def test_a_doctor_sees_initials(self, doctor, booked):
        (event,) = read(ics(doctor.user, booked)).values()
        assert event["SUMMARY"] == "Visit of A. P."

    def test_a_request_is_tentative(self, amina, doctor):
        heart = Department.objects.create(hospital=doctor.hospital, name="Heart")
        asked = request_appointment(
            actor=amina,
            hospital_id=doctor.hospital_id,
            department_id=heart.pk,
            requested_time=MONDAY_NINE,
            patient_id=None,
            reason="A cough",
            now=NOW,
        )
        (event,) = read(ics(amina, asked)).values()
        assert (event["STATUS"], event["SEQUENCE"]) == ("TENTATIVE", 0)

    def test_is_not_there_for_a_stranger(self, booked):
        assert ics(make_user("omar"), booked).status_code == 404


@pytest.fixture
def address(amina) -> str:
    answer = client_of(amina).post("/api/v1/appointments/feed/")
    assert answer.status_code == 201
    return answer.json()["url"].partition("8000")[2]


def subscribe(address: str, **headers):
    return APIClient().get(address, **headers)


class TestFeed:
    def test_everybody_with_the_address_reads_it_and_changes_arrive(self, amina, doctor, booked, address):
        first, second = book(amina, doctor, at=MONDAY_NINE + DAY), booked
        assert set(read(subscribe(address))) == {f"{first.pk}@careloop", f"{second.pk}@careloop"}
        reschedule_appointment(actor=amina, appointment_id=first.pk, starts_at=MONDAY_NINE + 2 * DAY, now=NOW)
        cancel_appointment(actor=amina, appointment_id=second.pk, reason="", now=NOW)
        events = read(subscribe(address))
        moved, cancelled = events[f"{first.pk}@careloop"], events[f"{second.pk}@careloop"]
        assert (moved["SEQUENCE"], moved.decoded("dtstart")) == (2, MONDAY_NINE + 2 * DAY)
        assert (cancelled["SEQUENCE"], cancelled["STATUS"]) == (2, "CANCELLED")

    def test_holds_nothing_clinical_and_nobody_elses(self, booked, doctor, address):
        make_patient(other := make_user("omar"))
        book(other, doctor, at=MONDAY_NINE + SLOT)
        answer = subscribe(address)
        assert len(read(answer)) == 1
        assert b"cough" not in answer.content

    def test_a_doctors_holds_the_visits_and_a_clerks_not_the_hospitals(self, booked, doctor):
        counts = {}
        for who, user in {"doctor": doctor.user, "clerk": make_staff("desk", doctor.hospital)}.items():
            url = client_of(user).post("/api/v1/appointments/feed/").json()["url"]
            counts[who] = len(read(subscribe(url.partition("8000")[2])))
        assert counts == {"doctor": 1, "clerk": 0}

    def test_an_empty_one_is_a_calendar_too(self, address):
        assert read(subscribe(address)) == {}

    def test_the_same_visits_are_the_same_bytes(self, booked, address):
        first = subscribe(address)
        assert subscribe(address).content == first.content
        again = subscribe(address, HTTP_IF_NONE_MATCH=first["ETag"])
        assert (again.status_code, again.content) == (304, b"")

    def test_only_a_hash_of_the_address_is_kept_and_it_is_shown_once(self, amina, address):
        token = address.rpartition("/")[2].removesuffix(".ics")
        feed = CalendarFeed.objects.get()
        assert token.encode() not in bytes(feed.token_hash)
        assert set(AuditEvent.objects.filter(action="calendar_feed_made").values_list("details", flat=True)[0]) == set()
        shown = client_of(amina).get("/api/v1/appointments/feed/")
        assert shown.json()["is_on"] is True
        assert token not in shown.content.decode()

    def test_a_new_one_ends_the_old_one(self, amina, address):
        client_of(amina).post("/api/v1/appointments/feed/")
        assert subscribe(address).status_code == 404

    def test_revoked_it_is_gone_like_one_that_never_was(self, amina, address):
        client = client_of(amina)
        assert [client.delete("/api/v1/appointments/feed/").status_code for _ in range(2)] == [204, 204]
        never = subscribe("/api/v1/appointments/calendar/never.ics")
        gone = subscribe(address)
        assert (
            (gone.status_code, gone.json()["code"]) == (never.status_code, never.json()["code"]) == (404, "not_found")
        )
        assert client.get("/api/v1/appointments/feed/").json() == {"is_on": False, "made_at": None}

    def test_it_ends_with_the_login(self, amina, booked, address):
        User.objects.filter(pk=amina.pk).update(is_active=False)
        assert subscribe(address).status_code == 404

    def test_a_doctors_ends_with_the_hospital(self, doctor):
        url = client_of(doctor.user).post("/api/v1/appointments/feed/").json()["url"].partition("8000")[2]
        Hospital.objects.update(status="SUSPENDED")
        assert subscribe(url).status_code == 404

    def test_costs_the_same_for_many(self, amina, doctor, booked, address, django_assert_num_queries):
        for number in range(1, 6):
            book(amina, doctor, at=MONDAY_NINE + number * DAY)
        with django_assert_num_queries(2):
            assert len(read(subscribe(address))) == 6
