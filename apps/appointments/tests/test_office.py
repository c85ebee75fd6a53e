"""The admin's pages of appointments: the day, the doctor, the figures, and nothing that is written about a visit."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from apps.accounts.choices import Role
from apps.appointments.models import Appointment
from apps.appointments.selectors import office_figures
from apps.appointments.services.requesting import request_appointment
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book
from apps.hospitals.models import Department, Doctor
from tests.little_cast import signed_in_to_admin
from tests.world import make_doctor, make_patient, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]
PAGE = "/admin/appointments/appointment/"
DAY = timedelta(days=1)


@pytest.fixture
def office(db) -> Client:
    return signed_in_to_admin(make_user("ada", Role.ADMIN, is_staff=True, is_superuser=True))


def visits(doctor: Doctor, *statuses: str, at=MONDAY_NINE) -> list[Appointment]:
    rows = []
    for number, status in enumerate(statuses):
        make_patient(user := make_user(f"{doctor.user.username}-{at:%d%H}-{number}"))
        row = book(user, doctor, at=at + number * timedelta(minutes=20))
        Appointment.objects.filter(pk=row.pk).update(status=status, notes="Bring it", cancelled_reason="Flu")
        rows.append(row)
    return rows


def shown(office: Client, query: str) -> set[str]:
    answer = office.get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    return {str(row.pk) for row in answer.context["cl"].result_list}


def test_a_day_a_doctor_and_a_state_at_a_time(office, doctor):
    monday = visits(doctor, "CONFIRMED", "NO_SHOW")
    other = make_doctor("omar", doctor.hospital)
    tuesday = visits(other, "CONFIRMED", at=MONDAY_NINE + DAY)
    with time_machine.travel(MONDAY_NINE, tick=False):
        office = signed_in_to_admin(make_user("bea", Role.ADMIN, is_staff=True, is_superuser=True))
        assert shown(office, "day=today") == {str(row.pk) for row in monday}
        assert shown(office, "day=tomorrow") == {str(row.pk) for row in tuesday}
        assert shown(office, "day=yesterday") == set()
        assert shown(office, "day=week") == {str(row.pk) for row in monday + tuesday}
        assert shown(office, "day=today&status__exact=NO_SHOW") == {str(monday[1].pk)}
        assert shown(office, f"doctor__id__exact={other.pk}") == {str(row.pk) for row in tuesday}


def test_what_is_written_about_a_visit_is_not_shown(office, doctor):
    (row,) = visits(doctor, "CANCELLED")
    for page in (office.get(PAGE), office.get(f"{PAGE}{row.pk}/change/")):
        assert not any(word in page.content.decode() for word in ("A cough", "Bring it", "Flu"))


def test_the_figures_of_the_house_count(doctor):
    visits(doctor, "CONFIRMED", "COMPLETED", "CANCELLED", "NO_SHOW", "COMPLETED")
    heart = Department.objects.create(hospital=doctor.hospital, name="Heart")
    make_patient(user := make_user("amina"))
    place = {"hospital_id": doctor.hospital_id, "department_id": heart.pk}
    at = MONDAY_NINE + 9 * DAY
    request_appointment(actor=user, **place, requested_time=at, patient_id=None, reason="", now=NOW)
    evening = MONDAY_NINE + timedelta(hours=14.5)  # Monday still, where the doctor works; Tuesday for the server.
    figures = office_figures(now=evening)
    assert (figures.today, figures.waiting) == (4, 1)
    assert figures.no_show_percent == pytest.approx(100 / 3)
    assert office_figures(now=NOW).today == 0


def test_an_empty_house_has_figures_too(db):
    assert office_figures(now=NOW) == (0, 0, 0.0)
