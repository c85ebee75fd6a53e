"""Overbooking: staff beside the seats, with a reason that the table itself demands, and no loophole for anybody."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.appointments.models import Absence, Appointment, ScheduleRule
from apps.appointments.services.booking import AlreadyBookedThatDay, NotWithYourself, PatientBusy, SlotTaken
from apps.appointments.services.overbooking import DoctorAway, overbook
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of, refuse, someone
from apps.core.errors import InvalidInput, NotAllowed, NotFound
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race
from apps.hospitals.models import Doctor
from apps.patients.models import HospitalRegistration, Patient
from apps.patients.services.care import choose_doctor
from tests.world import make_doctor, make_hospital, make_patient, make_staff, make_user

pytestmark = pytest.mark.django_db
SLOT, DAY = timedelta(minutes=20), timedelta(days=1)


def registered(name: str, doctor: Doctor) -> Patient:
    patient = make_patient(make_user(name))
    HospitalRegistration.objects.create(patient=patient, hospital=doctor.hospital)
    return patient


@pytest.fixture
def amina(doctor) -> Patient:
    return registered("amina", doctor)


@pytest.fixture
def full(doctor) -> Appointment:
    make_patient(other := make_user("omar"))
    return book(other, doctor)


def squeeze(actor: User, doctor: Doctor, patient: Patient, **changes) -> Appointment:
    wanted = {"starts_at": MONDAY_NINE, "overbooking_reason": "In great pain", "reason": "A tooth"}
    return overbook(actor=actor, doctor_id=doctor.pk, patient_id=patient.pk, now=NOW, **wanted | changes)


def test_staff_puts_a_patient_beside_a_full_slot(full, desk, doctor, amina):
    squeezed = squeeze(desk, doctor, amina)
    row = Appointment.objects.get(pk=squeezed.pk)
    assert (row.starts_at, row.ends_at, row.status) == (full.starts_at, full.ends_at, "CONFIRMED")
    assert (row.is_overbooked, row.overbooking_reason, row.hospital) == (True, "In great pain", doctor.hospital)
    event = AuditEvent.objects.get(action="appointment_overbooked")
    assert (event.subject_id, event.actor_id, event.details) == (row.pk, desk.pk, {})


def test_where_a_seat_is_free_it_is_taken_like_any_other(desk, doctor, amina):
    booked = squeeze(desk, doctor, amina)
    assert (booked.is_overbooked, booked.overbooking_reason) == (False, "")
    with pytest.raises(SlotTaken):
        book(someone("omar"), doctor)


def test_it_takes_nobodys_seat(full, desk, doctor, amina):
    squeeze(desk, doctor, amina)
    ScheduleRule.objects.update(capacity=2)
    assert book(someone("ben"), doctor).seat == 1


def test_an_independent_doctor_may_with_a_patient_of_theirs(amina):
    doctor = make_doctor("ines", None)
    at = MONDAY_NINE + DAY
    book(someone("omar"), doctor, at=at)
    refuse(NotFound, squeeze, doctor.user, doctor, amina, starts_at=at)
    choose_doctor(actor=amina.managements.get().user, patient_id=amina.pk, doctor_id=doctor.pk, now=NOW)
    assert squeeze(doctor.user, doctor, amina, starts_at=at).is_overbooked


def test_nobody_else_may(full, doctor, amina):
    people = [
        amina.managements.get().user,
        doctor.user,
        make_doctor("ines", doctor.hospital).user,
        make_staff("far", make_hospital("Away")),
    ]
    for person in people:
        refuse(NotAllowed, squeeze, person, doctor, amina)


def test_not_for_a_patient_whom_the_hospital_does_not_know(full, desk, doctor):
    refuse(NotFound, squeeze, desk, doctor, make_patient(make_user("ben")))


def test_not_for_a_doctor_who_left(full, desk, doctor, amina):
    Doctor.objects.update(is_active=False)
    refuse(NotFound, squeeze, desk, doctor, amina)


def test_the_patients_own_calendar_still_counts(full, desk, doctor, amina):
    user = amina.managements.get().user
    other = make_doctor("ines", doctor.hospital)
    held = book(user, other)
    refuse(PatientBusy, squeeze, desk, doctor, amina)
    Appointment.objects.filter(pk=held.pk).update(status="CANCELLED")
    book(user, doctor, at=MONDAY_NINE + SLOT)
    refuse(AlreadyBookedThatDay, squeeze, desk, doctor, amina)


def test_not_the_doctor_and_not_outside_of_the_schedule_and_not_into_an_absence(full, desk, doctor, amina):
    own = make_patient(doctor.user)
    HospitalRegistration.objects.create(patient=own, hospital=doctor.hospital)
    refuse(NotWithYourself, squeeze, desk, doctor, own)
    refuse(InvalidInput, squeeze, desk, doctor, amina, starts_at=MONDAY_NINE + SLOT / 2)
    refuse(InvalidInput, squeeze, desk, doctor, amina, starts_at=NOW - DAY)
    Absence.objects.create(doctor=doctor, starts_at=MONDAY_NINE, ends_at=MONDAY_NINE + SLOT)
    refuse(DoctorAway, squeeze, desk, doctor, amina)


@pytest.mark.parametrize("columns", [{"overbooking_reason": ""}, {"overbooking_reason": " "}, {"is_overbooked": False}])
def test_the_table_itself_demands_the_reason(full, desk, doctor, amina, columns):
    squeezed = squeeze(desk, doctor, amina)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=squeezed.pk).update(**columns)


class TestDoor:
    @pytest.fixture
    def body(self, doctor, amina) -> dict[str, str]:
        return {
            "doctor": str(doctor.pk),
            "patient": str(amina.pk),
            "starts_at": MONDAY_NINE.isoformat(),
            "overbooking_reason": "In great pain",
        }

    @pytest.fixture(autouse=True)
    def _present(self, time_machine):
        time_machine.move_to(NOW, tick=False)

    def test_books(self, full, desk, body):
        answer = client_of(desk).post("/api/v1/appointments/", body, format="json")
        assert answer.status_code == 201
        assert (answer.json()["is_overbooked"], answer.json()["overbooking_reason"]) == (True, "In great pain")

    def test_refuses_the_patient(self, full, amina, body):
        client = client_of(amina.managements.get().user)
        assert client.post("/api/v1/appointments/", body, format="json").status_code == 403

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"overbooking_reason": "  "}, "/overbooking_reason"),
            ({"overbooking_reason": "x" * 201}, "/overbooking_reason"),
            ({"patient": None}, "/patient"),
            ({"starts_at": None}, "/starts_at"),
        ],
    )
    def test_refuses_what_is_incomplete(self, full, desk, body, changes, pointer):
        answer = client_of(desk).post("/api/v1/appointments/", body | changes, format="json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_a_patient_squeezed_in_twice_at_once_comes_once(doctor, desk, amina):
    book(someone("omar"), doctor)
    other = make_doctor("ines", doctor.hospital)
    answers = race([lambda whom=whom: squeeze(desk, whom, amina) for whom in (doctor, other) * 4])
    assert sum(isinstance(each, Appointment) for each in answers) == 1
    assert {type(each).__name__ for each in answers} <= {"Appointment", "AlreadyBookedThatDay", "PatientBusy"}
