"""Another time zone moves a doctor's whole week: no live appointment is orphaned by it, whoever changes it."""

from datetime import time, timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from apps.accounts.choices import Role
from apps.appointments.choices import Status
from apps.appointments.models import Appointment, LeftPlace, ScheduleRule
from apps.appointments.selectors import calendar_of_doctor, last_serials
from apps.appointments.services.booking import book_appointment
from apps.appointments.services.queueing import join_queue
from apps.appointments.services.schedules import change_rule
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of, someone, written
from apps.core.errors import DomainError
from apps.core.testing.proofs import race, rounds, wait_until_blocked
from apps.hospitals.models import Doctor, Hospital
from apps.hospitals.services.registering import change_hospital
from tests.world import make_doctor, make_hospital, make_staff, make_user

SLOT, DAY = timedelta(minutes=20), timedelta(days=1)


def orphans() -> list[Appointment]:
    """Return the live appointments to come for which their doctor's calendar has no room."""
    live = Appointment.objects.live().select_related("doctor__hospital")
    return [each for each in live if not calendar_of_doctor(each.doctor, since=NOW).covers(each.as_taken())]


@pytest.fixture
def hospital(hospital) -> Hospital:
    """A hospital in New York with two doctors, each with six slots every day from 09:00 to 11:00."""
    for name in ("lena", "marco"):
        make_doctor(name, hospital)
    ScheduleRule.objects.update(from_time=time(9), to_time=time(11))
    return hospital


@pytest.fixture
def booked(hospital) -> list[Appointment]:
    """Monday at nine with each of the two."""
    doctors = Doctor.objects.order_by("pk")
    return [book(someone(f"patient{number}"), doctor) for number, doctor in enumerate(doctors)]


@pytest.mark.usefixtures("fixed_present")
class TestChanging:
    @pytest.mark.parametrize("role", [Role.HOSPITAL, Role.ADMIN])
    def test_a_hospitals_zone_lists_what_it_would_break_at_every_doctor(self, hospital, booked, role):
        actor = make_staff("hana", hospital) if role == Role.HOSPITAL else make_user("office", Role.ADMIN)
        before = written()
        answer = client_of(actor).patch(f"/api/v1/hospitals/{hospital.pk}/", {"time_zone": "Asia/Tokyo"}, "json")
        assert (answer.status_code, answer.json()["code"]) == (409, "appointments_affected")
        assert answer.json()["affected_count"] == 2
        if role == Role.HOSPITAL:
            assert {each["id"] for each in answer.json()["appointments"]} == {str(each.pk) for each in booked}
        hospital.refresh_from_db()
        assert hospital.time_zone == "America/New_York"
        assert {**written(), "AuditEvent": 0} == {**before, "AuditEvent": 0}

    def test_moves_them_by_choice(self, hospital, booked):
        staff = client_of(make_staff("hana", hospital))
        change = {"time_zone": "America/Chicago", "affected": "move"}
        assert staff.patch(f"/api/v1/hospitals/{hospital.pk}/", change, "json").status_code == 200
        assert orphans() == []
        moved = set(Appointment.objects.values_list("starts_at", "status"))
        assert moved == {(MONDAY_NINE + timedelta(hours=1), Status.CONFIRMED)}  # Nine o'clock, an hour later.

    def test_cancels_them_by_choice(self, hospital, booked):
        staff = client_of(make_staff("hana", hospital))
        change = {"time_zone": "Asia/Tokyo", "affected": "CANCEL"}
        assert staff.patch(f"/api/v1/hospitals/{hospital.pk}/", change, "json").status_code == 200
        assert set(Appointment.objects.values_list("status", flat=True)) == {Status.CANCELLED}

    def test_what_is_no_change_of_zone_breaks_nothing(self, hospital, booked):
        staff = client_of(make_staff("hana", hospital))
        for change in ({"city": "Lagos"}, {"time_zone": "America/New_York"}):
            assert staff.patch(f"/api/v1/hospitals/{hospital.pk}/", change, "json").status_code == 200

    @pytest.mark.parametrize("door", ["doctors/profile/", "doctors/{}/", "hospitals/doctors/{}/"])
    def test_an_independent_doctors_zone_is_kept_too_at_every_door(self, db, door):
        doctor = make_doctor("lena", None)
        book(someone("amina"), doctor)
        ScheduleRule.objects.update(from_time=time(13), to_time=time(16))
        actor = doctor.user if "profile" in door else make_user("office", Role.ADMIN)
        path = f"/api/v1/{door.format(doctor.pk)}"
        refused = client_of(actor).patch(path, {"time_zone": "Asia/Tokyo"}, "json")
        assert (refused.status_code, refused.json()["code"]) == (409, "appointments_affected")
        moved = client_of(actor).patch(path, {"time_zone": "Asia/Tokyo", "affected": "MOVE"}, "json")
        assert (moved.status_code, orphans()) == (200, [])

    def test_the_own_zone_of_an_employed_doctor_moves_nothing(self, hospital, booked):
        lena = Doctor.objects.get(user__username="lena")
        answer = client_of(lena.user).patch("/api/v1/doctors/profile/", {"time_zone": "Asia/Tokyo"}, "json")
        assert (answer.status_code, orphans()) == (200, [])


@pytest.mark.usefixtures("fixed_present")
class TestPlacesInLine:
    def test_a_place_is_not_used_again_when_its_appointment_moved_away(self, hospital):
        doctor = Doctor.objects.get(user__username="lena")
        ScheduleRule.objects.filter(doctor=doctor).update(kind="QUEUE", slot_minutes=20)
        monday = MONDAY_NINE.date()

        def join(name: str) -> Appointment:
            wanted = {"doctor_id": doctor.pk, "day": monday, "patient_id": None, "reason": ""}
            return join_queue(actor=someone(name), **wanted, now=NOW)

        first, second = join("amina"), join("bilal")
        assert (first.serial, second.serial) == (1, 2)
        # The day begins later: both places have another time, and the appointments go to the end of the line or on.
        rule = ScheduleRule.objects.get(doctor=doctor, weekday=0)
        change_rule(actor=doctor.user, rule_id=rule.pk, changes={"is_active": False}, affected="MOVE", now=NOW)
        assert set(Appointment.objects.values_list("local_date", flat=True)) == {monday + DAY}
        assert set(LeftPlace.objects.values_list("local_date", "serial")) == {(monday, 1), (monday, 2)}
        change_rule(actor=doctor.user, rule_id=rule.pk, changes={"is_active": True}, affected="REFUSE", now=NOW)
        assert last_serials([doctor.pk], monday, monday) == {(doctor.pk, monday): 2}
        assert join("chen").number == "APT-20261123-003"


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture
    def hospital(self, transactional_db) -> Hospital:
        """Two doctors again, with the whole week that doctors begin with."""
        hospital = make_hospital("Riverside")
        for name in ("lena", "marco"):
            make_doctor(name, hospital)
        return hospital

    def test_a_change_of_zone_and_bookings_leave_no_orphan(self, hospital):
        doctors, crowd = list(Doctor.objects.order_by("pk")), [someone(f"patient{number}") for number in range(6)]
        actor = make_staff("hana", hospital)
        for number in range(rounds(8, 80)):
            at = MONDAY_NINE + (number % 20) * DAY - timedelta(hours=3)  # 06:00 in New York, nowhere to the west.
            acts = [
                partial(
                    book_appointment,
                    actor=user,
                    doctor_id=doctors[n % 2].pk,
                    starts_at=at + (n // 2) * SLOT,
                    patient_id=None,
                    reason="",
                    now=NOW,
                )
                for n, user in enumerate(crowd)
            ]
            change = partial(change_hospital, actor=actor, hospital=hospital, time_zone="America/Denver", now=NOW)
            acts.insert(number % 7, partial(change, affected=("REFUSE", "CANCEL")[number % 2]))
            answers = race(acts)
            assert [each for each in answers if isinstance(each, Exception) and not isinstance(each, DomainError)] == []
            assert orphans() == []
            Appointment.objects.live().update(status=Status.CANCELLED)
            Hospital.objects.update(time_zone="America/New_York")

    def test_a_booking_that_waited_for_the_change_reads_the_new_zone(self, hospital):
        """The interleaving that orphans: the booking has read its doctor before the change commits."""
        user, actor = someone("amina"), make_staff("hana", hospital)
        doctor = Doctor.objects.select_related("hospital").order_by("pk")[0]

        def change() -> None:
            with transaction.atomic():
                change_hospital(actor=actor, hospital=hospital, time_zone="America/Denver", now=NOW)
                wait_until_blocked()

        def book_late() -> Appointment:
            while not is_locked(doctor):
                pass
            return book(user, doctor, at=MONDAY_NINE - timedelta(hours=3))

        changed, told = race([change, book_late])
        assert changed is None
        assert (type(told).__name__, told.code) == ("InvalidInput", "no_such_slot")


def is_locked(doctor: Doctor) -> bool:
    """Return whether somebody holds the doctor's calendar alone."""
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SELECT 1 FROM hospitals_doctor WHERE id = %s FOR KEY SHARE SKIP LOCKED", [doctor.pk])
        return cursor.fetchone() is None
