"""The directory knows who is free: next free times, `?available=`, and as many queries for ten rows as for one."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.appointments.models import Absence, ScheduleRule
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of
from apps.hospitals.models import Doctor
from tests.world import make_doctor, make_patient, make_user

URL = "/api/v1/doctors/"
DAY = timedelta(days=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]


@pytest.fixture
def doctor(doctor) -> Doctor:
    """A doctor in New York with one slot on Mondays."""
    ScheduleRule.objects.exclude(weekday=0).delete()
    ScheduleRule.objects.update(from_time=time(9), to_time=time(9, 20))
    return doctor


def listed(**parameters) -> list[tuple[str, str | None]]:
    answer = APIClient().get(URL, parameters)
    assert answer.status_code == 200, answer.content
    return [(each["id"], each["next_free_at"]) for each in answer.json()["results"]]


def test_a_doctor_is_shown_with_the_next_free_time(doctor):
    expected = (str(doctor.pk), "2026-11-23T09:00:00-05:00")
    assert listed() == [expected]
    one = APIClient().get(f"{URL}{doctor.pk}/").json()
    assert (one["id"], one["next_free_at"]) == expected


def test_what_changes_by_itself_refuses_no_writer_and_is_never_a_304(doctor):
    """A booking, between reading and writing, is no change that the writer should have seen."""
    office = client_of(make_user("office", Role.ADMIN))
    url = f"{URL}{doctor.pk}/"
    read = office.get(url)
    amina = make_user("amina")
    make_patient(amina)
    book(amina, doctor)
    assert office.get(url).json()["next_free_at"] != read.json()["next_free_at"]
    again = office.get(url, headers={"If-None-Match": read["ETag"]})
    assert (again.status_code, again["ETag"]) == (200, read["ETag"])
    changed = office.patch(url, {"bio": "Listens."}, "json", headers={"If-Match": read["ETag"]})
    assert (changed.status_code, changed.json()["next_free_at"]) == (200, "2026-11-30T09:00:00-05:00")
    stale = office.patch(url, {"bio": "Talks."}, "json", headers={"If-Match": read["ETag"]})
    assert stale.status_code == 412
    assert office.delete(url, headers={"If-Match": changed["ETag"]}).status_code == 204


@pytest.mark.parametrize("available", ["next", "NEXT", "true"])
def test_who_has_no_time_at_all_is_left_out(doctor, available):
    assert len(listed(available=available)) == 1
    ScheduleRule.objects.update(is_active=False)
    assert listed(available=available) == []
    assert listed() == [(str(doctor.pk), None)]


def test_who_is_away_or_full_is_left_out(doctor):
    Absence.objects.create(doctor=doctor, starts_at=NOW, ends_at=NOW + 40 * DAY)
    assert listed(available="next") == []


def test_today_is_the_doctors_today(doctor):
    for moment, count in ((MONDAY_NINE - timedelta(hours=10), 0), (MONDAY_NINE - timedelta(hours=8), 1)):
        with time_machine.travel(moment, tick=False):
            assert len(listed(available="today")) == count
    with time_machine.travel(MONDAY_NINE + timedelta(seconds=1), tick=False):
        assert listed(available="today") == []


@pytest.mark.parametrize(
    ("name", "moment"), [("Pacific/Kiritimati", "2026-11-22T10:30"), ("Etc/GMT+12", "2026-11-23T20:59")]
)
def test_also_at_the_ends_of_the_world(doctor, name, moment):
    type(doctor.hospital).objects.update(time_zone=name)
    with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=UTC), tick=False):
        assert len(listed(available="today")) == 1


def test_who_is_full_today_is_not_free_today(doctor):
    amina = make_user("amina")
    make_patient(amina)
    book(amina, doctor)
    with time_machine.travel(MONDAY_NINE - timedelta(hours=1), tick=False):
        assert listed(available="today") == []
        assert listed(available="next") == [(str(doctor.pk), "2026-11-30T09:00:00-05:00")]


def test_pages_lead_to_everybody_who_is_free(doctor):
    for number in range(5):
        other = make_doctor(f"d{number}", None)
        if number % 2:
            Absence.objects.create(doctor=other, starts_at=NOW - DAY, ends_at=NOW + 40 * DAY)
    address, found = f"{URL}?available=next&page_size=2", []
    while address:
        page = APIClient().get(address).json()
        found += [each["id"] for each in page["results"]]
        address = page["next"]
    away = set(Absence.objects.values_list("doctor", flat=True))
    free = {str(pk) for pk in Doctor.objects.exclude(pk__in=away).values_list("pk", flat=True)}
    assert sorted(found) == sorted(free)
    assert len(free) == 4


@pytest.mark.parametrize("parameters", [{"available": "x"}, {"available": "today", "with_count": "true"}])
def test_what_cannot_be_asked(db, parameters):
    answer = APIClient().get(URL, parameters)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"?{list(parameters)[-1]}"


@pytest.mark.parametrize("available", [{}, {"available": "next"}])
def test_ten_doctors_cost_what_one_costs(doctor, available, django_assert_num_queries):
    with django_assert_num_queries(4):
        assert len(listed(**available)) == 1
    for number in range(9):
        make_doctor(f"d{number}", None)
    with django_assert_num_queries(4):
        assert len(listed(**available)) == 10
