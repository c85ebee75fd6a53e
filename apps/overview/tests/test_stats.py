"""Figures of the whole house for an administrator, of a hospital's own for its staff; as many queries for many rows."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.hospitals.models import Doctor
from tests.world import make_doctor, make_hospital

STATS = "/api/v1/dashboard/stats/"


def test_an_administrator_sees_the_whole_house(world, sign_in):
    make_hospital("Third", status="PENDING")
    stats = sign_in("admin").get(STATS).json()
    assert stats["total_users"] == User.objects.count()
    assert stats["total_doctors"] == Doctor.objects.count()
    assert (stats["total_hospitals"], stats["approved_hospitals"], stats["pending_hospitals"]) == (3, 2, 1)
    assert stats["total_appointments"] == Appointment.objects.count()
    assert stats["pending_appointments"] == 3
    assert stats["upcoming_appointments"] == 3


def test_a_hospital_sees_its_own(world, sign_in):
    stats = sign_in("hospital").get(STATS).json()
    home = world.circles["own"].hospital
    assert stats["total_appointments"] == Appointment.objects.filter(hospital=home).count()
    assert stats["total_doctors"] == Doctor.objects.filter(hospital=home).count() == 3
    assert stats["total_users"] == 3 + home.staff.count()
    assert stats["total_patients"] == 2
    assert (stats["total_hospitals"], stats["upcoming_appointments"]) == (1, 2)
    assert sign_in("foreign_hospital").get(STATS).json()["total_patients"] == 1


def test_it_costs_as_many_queries_for_many(world, sign_in):
    client = sign_in("hospital")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(STATS).status_code == 200
        return len(captured)

    before = queries()
    for number in range(5):
        make_doctor(f"doctor{number}", world.circles["own"].hospital)
    assert queries() == before == 6  # The session, and one for each figure or table.
