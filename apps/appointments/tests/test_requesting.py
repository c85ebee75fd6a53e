"""Asking a hospital for an appointment: assigned, confirmed or rejected by the hospital, each by the right person."""

from datetime import time, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.models import Absence, Appointment, ScheduleRule
from apps.appointments.services.booking import AlreadyBookedThatDay, NotWithYourself, PatientBusy, SlotTaken
from apps.appointments.services.lifecycle import IllegalTransition, cancel_appointment, complete_appointment
from apps.appointments.services.requesting import (
    AlreadyRequested,
    NoDoctorYet,
    assign_doctor,
    confirm_request,
    reject_request,
    request_appointment,
)
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of, refuse, someone
from apps.core.errors import InvalidInput, NotAllowed, NotFound
from apps.core.ids import uuid7
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.hospitals.models import Department, Doctor, Hospital
from apps.notifications.models import Notification
from apps.patients.models import CareRelationship
from tests.world import make_doctor, make_hospital, make_patient, make_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]
SLOT = timedelta(minutes=20)
DAY = timedelta(days=1)


@pytest.fixture
def heart(hospital) -> Department:
    return Department.objects.create(hospital=hospital, name="Heart")


@pytest.fixture
def doctor(hospital, heart) -> Doctor:
    doctor = make_doctor("lena", hospital, heart)
    ScheduleRule.objects.update(from_time=time(9), to_time=time(11))
    return doctor


def ask(user: User, heart: Department, **changes) -> Appointment:
    wanted = {
        "hospital_id": heart.hospital_id,
        "department_id": heart.pk,
        "requested_time": MONDAY_NINE,
        "patient_id": None,
        "reason": "A cough",
    }
    return request_appointment(actor=user, **wanted | changes, now=NOW)


@pytest.fixture
def asked(amina, heart) -> Appointment:
    return ask(amina, heart)


def assign(actor: User, asked: Appointment, doctor: Doctor, *, at=None, now=NOW) -> Appointment:
    return assign_doctor(actor=actor, appointment_id=asked.pk, doctor_id=doctor.pk, confirmed_time=at, now=now)


def confirm(actor: User, asked: Appointment, *, at=None, now=NOW) -> Appointment:
    return confirm_request(actor=actor, appointment_id=asked.pk, confirmed_time=at, now=now)


def reject(actor: User, asked: Appointment) -> Appointment:
    return reject_request(actor=actor, appointment_id=asked.pk, reason="Full", now=NOW)


class TestAsking:
    def test_makes_a_request_that_holds_no_time(self, amina, heart, asked):
        row = Appointment.objects.get(pk=asked.pk)
        assert (row.status, row.doctor, row.hospital, row.department) == ("REQUESTED", None, heart.hospital, heart)
        assert (row.starts_at, row.local_date, row.zone_name) == (MONDAY_NINE, MONDAY_NINE.date(), "America/New_York")
        assert not Appointment.objects.live().exists()
        assert not CareRelationship.objects.exists()

    def test_tells_the_active_staff(self, amina, heart, desk):
        gone = make_staff("gone", heart.hospital)
        gone.staff_member.is_active = False
        gone.staff_member.save()
        make_staff("foreign", make_hospital("Away"))
        asked = ask(amina, heart)
        told = Notification.objects.filter(topic="appointment_requested", subject_id=asked.pk)
        assert [each.recipient for each in told] == [desk]

    def test_is_audited_without_the_reason(self, amina, asked):
        event = AuditEvent.objects.get(action="appointment_requested")
        assert (event.actor_id, event.tenant_id, event.details) == (amina.pk, asked.hospital_id, {})

    def test_two_for_one_day_are_refused(self, amina, heart, asked):
        refuse(AlreadyRequested, ask, amina, heart, requested_time=MONDAY_NINE + SLOT)
        assert ask(amina, heart, requested_time=MONDAY_NINE + DAY).status == "REQUESTED"

    def test_another_is_possible_after_the_first_was_answered(self, amina, heart, asked, desk):
        reject(desk, asked)
        assert ask(amina, heart).pk != asked.pk

    @pytest.mark.parametrize(("moment", "code"), [(NOW, "in_the_past"), (NOW.replace(year=2101), "out_of_range")])
    def test_at_a_time_that_cannot_be(self, amina, heart, moment, code):
        assert refuse(InvalidInput, ask, amina, heart, requested_time=moment).code == code

    @pytest.mark.parametrize("status", ["PENDING", "SUSPENDED", "REJECTED"])
    def test_a_hospital_that_is_not_approved_is_absent(self, amina, heart, status):
        Hospital.objects.update(status=status)
        refuse(NotFound, ask, amina, heart)

    def test_a_department_of_another_hospital_is_absent(self, amina, heart):
        other = Department.objects.create(hospital=make_hospital("Away"), name="Heart")
        refuse(NotFound, ask, amina, heart, department_id=other.pk)
        refuse(NotFound, ask, amina, heart, department_id=uuid7())
        refuse(NotFound, ask, amina, heart, hospital_id=uuid7())

    def test_for_a_stranger(self, amina, heart):
        refuse(NotFound, ask, amina, heart, patient_id=someone("omar").managements.get().patient_id)

    def test_the_database_lets_nothing_live_without_a_doctor(self, asked):
        with pytest.raises(IntegrityError, match="only_a_request_has_no_doctor"), transaction.atomic():
            Appointment.objects.update(status="CONFIRMED")


class TestAssigning:
    def test_without_a_time_it_stays_a_request(self, asked, desk, doctor):
        assigned = assign(desk, asked, doctor)
        assert (assigned.status, assigned.doctor) == ("REQUESTED", doctor)
        assert not CareRelationship.objects.exists()

    def test_it_can_be_done_again(self, asked, desk, doctor, hospital):
        assign(desk, asked, doctor)
        other = make_doctor("omar", hospital)
        assert assign(desk, asked, other).doctor == other

    def test_with_a_time_it_is_confirmed(self, asked, desk, doctor, amina):
        confirmed = assign(desk, asked, doctor, at=MONDAY_NINE + SLOT)
        row = Appointment.objects.get(pk=confirmed.pk)
        assert (row.status, row.doctor, row.starts_at) == ("CONFIRMED", doctor, MONDAY_NINE + SLOT)
        assert (row.ends_at, row.seat, row.local_date) == (MONDAY_NINE + 2 * SLOT, 0, MONDAY_NINE.date())
        assert CareRelationship.objects.get().doctor == doctor
        assert Notification.objects.filter(topic="appointment_confirmed", recipient=amina).exists()

    @pytest.mark.parametrize("who", ["foreign", "independent", "inactive", "absent"])
    def test_only_an_active_doctor_of_the_hospital(self, asked, desk, doctor, who):
        other = make_doctor("omar", {"foreign": make_hospital("Away"), "inactive": doctor.hospital}.get(who))
        if who == "inactive":
            Doctor.objects.filter(pk=other.pk).update(is_active=False)
        doctor_id = uuid7() if who == "absent" else other.pk
        refusal = partial(assign_doctor, actor=desk, appointment_id=asked.pk, confirmed_time=None, now=NOW)
        refuse(NotFound, refusal, doctor_id=doctor_id)

    def test_not_the_patient(self, heart, desk, doctor):
        make_patient(doctor.user)
        refuse(NotWithYourself, assign, desk, ask(doctor.user, heart), doctor)

    @pytest.mark.parametrize("at", [MONDAY_NINE - SLOT, MONDAY_NINE + SLOT / 2, NOW - DAY])
    def test_at_a_slot_of_the_doctor(self, asked, desk, doctor, at):
        told = refuse(InvalidInput, assign, desk, asked, doctor, at=at)
        assert told.field == "confirmed_time"

    def test_not_where_somebody_is(self, asked, desk, doctor):
        book(someone("omar"), doctor)
        refuse(SlotTaken, assign, desk, asked, doctor, at=MONDAY_NINE)

    def test_not_in_an_absence(self, asked, desk, doctor):
        Absence.objects.create(doctor=doctor, starts_at=MONDAY_NINE, ends_at=MONDAY_NINE + SLOT)
        refuse(SlotTaken, assign, desk, asked, doctor, at=MONDAY_NINE)

    def test_not_where_the_patient_is(self, asked, desk, doctor, amina, hospital):
        book(amina, make_doctor("omar", hospital))
        refuse(PatientBusy, assign, desk, asked, doctor, at=MONDAY_NINE)

    def test_not_on_a_day_with_this_doctor(self, asked, desk, doctor, amina):
        book(amina, doctor, at=MONDAY_NINE + SLOT)
        refuse(AlreadyBookedThatDay, assign, desk, asked, doctor, at=MONDAY_NINE)

    @pytest.mark.parametrize("status", ["CONFIRMED", "CHECKED_IN", "COMPLETED", "CANCELLED", "REJECTED", "NO_SHOW"])
    @pytest.mark.parametrize("at", [None, MONDAY_NINE + SLOT])
    def test_only_a_request(self, asked, desk, doctor, status, at):
        assign(desk, asked, doctor)
        Appointment.objects.update(status=status)
        refuse(IllegalTransition, assign, desk, asked, doctor, at=at)


class TestConfirming:
    def test_at_the_time_asked_for(self, asked, desk, doctor):
        assign(desk, asked, doctor)
        confirmed = confirm(desk, asked)
        assert (confirmed.status, confirmed.starts_at) == ("CONFIRMED", MONDAY_NINE)

    def test_by_the_assigned_doctor_at_another_time(self, asked, desk, doctor):
        assign(desk, asked, doctor)
        assert confirm(doctor.user, asked, at=MONDAY_NINE + DAY).local_date == (MONDAY_NINE + DAY).date()

    def test_not_without_a_doctor(self, asked, desk):
        refuse(NoDoctorYet, confirm, desk, asked)

    def test_nor_with_one_who_left(self, asked, desk, doctor):
        assign(desk, asked, doctor)
        Doctor.objects.update(is_active=False)
        refuse(NoDoctorYet, confirm, desk, asked)

    def test_not_when_the_time_asked_for_is_over(self, asked, desk, doctor):
        assign(desk, asked, doctor)
        refuse(InvalidInput, confirm, desk, asked, now=MONDAY_NINE)

    @pytest.mark.parametrize("status", ["CONFIRMED", "CANCELLED", "REJECTED"])
    def test_only_a_request(self, asked, desk, doctor, status):
        assign(desk, asked, doctor)
        Appointment.objects.update(status=status)
        refuse(IllegalTransition, confirm, desk, asked)


class TestRejecting:
    def test_tells_the_patient(self, asked, desk, amina):
        rejected = reject(desk, asked)
        assert (rejected.status, rejected.cancelled_reason) == ("REJECTED", "Full")
        assert Notification.objects.filter(topic="appointment_rejected", recipient=amina).exists()

    def test_not_what_was_answered(self, asked, desk, doctor):
        assign(desk, asked, doctor, at=MONDAY_NINE)
        refuse(IllegalTransition, reject, desk, asked)


class TestWho:
    ACTS = {
        "assign": assign,
        "confirm": lambda actor, asked, doctor: confirm(actor, asked),
        "reject": lambda actor, asked, doctor: reject(actor, asked),
    }

    @pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
    @pytest.mark.parametrize(
        "case",
        [
            ("amina", NotAllowed),
            ("stranger", NotFound),
            ("admin", NotFound),
            ("colleague", NotFound),
            ("foreign staff", NotFound),
            ("former staff", NotFound),
        ],
    )
    def test_others_are_refused(self, asked, doctor, desk, act, case):
        who, refusal = case
        hospital = doctor.hospital
        assign(desk, asked, doctor)
        people = {
            "amina": lambda: asked.patient.managements.get().user,
            "stranger": lambda: someone("omar"),
            "admin": lambda: make_user("ada", Role.ADMIN),
            "colleague": lambda: make_doctor("omar", hospital).user,
            "foreign staff": lambda: make_staff("omar", make_hospital("Away")),
            "former staff": lambda: make_staff("omar", hospital),
        }
        actor = people[who]()
        if who == "former staff":
            actor.staff_member.is_active = False
            actor.staff_member.save()
        refuse(refusal, act, actor, asked, doctor)

    @pytest.mark.parametrize("act", [ACTS["assign"], ACTS["reject"]])
    def test_the_assigned_doctor_only_confirms(self, asked, desk, doctor, act):
        assign(desk, asked, doctor)
        refuse(NotAllowed, act, doctor.user, asked, doctor)

    def test_the_patient_may_take_it_back(self, asked, amina):
        cancelled = cancel_appointment(actor=amina, appointment_id=asked.pk, reason="", now=NOW)
        assert cancelled.status == "CANCELLED"

    def test_nobody_completes_a_request(self, asked, desk):
        refuse(IllegalTransition, complete_appointment, actor=desk, appointment_id=asked.pk, now=NOW)


class TestTheDoor:
    URL = "/api/v1/appointments/"

    def body(self, heart: Department) -> dict[str, str]:
        wanted = {"hospital": str(heart.hospital_id), "department": str(heart.pk)}
        return wanted | {"requested_time": "2026-11-23T09:00:00-05:00", "reason": "A cough"}

    def test_the_whole_way(self, amina, heart, desk, doctor):
        answer = client_of(amina).post(self.URL, self.body(heart), format="json")
        shown = answer.json()
        assert (answer.status_code, shown["status"], shown["doctor"], shown["doctor_name"]) == (
            201,
            "REQUESTED",
            None,
            None,
        )
        assert shown["time_zone"] == "America/New_York"
        assert [each["id"] for each in client_of(desk).get(self.URL, {"status": "requested"}).json()["results"]] == [
            shown["id"]
        ]
        address = f"{self.URL}{shown['id']}/"
        assigned = client_of(desk).post(f"{address}assign-doctor/", {"doctor_id": str(doctor.pk)}, format="json")
        assert (assigned.status_code, assigned.json()["doctor_name"]) == (200, "Lena Person")
        confirmed = client_of(doctor.user).post(f"{address}confirm/", {}, format="json")
        assert (confirmed.status_code, confirmed.json()["status"]) == (200, "CONFIRMED")

    def test_rejecting_needs_a_reason(self, asked, desk):
        answer = client_of(desk).post(f"{self.URL}{asked.pk}/reject/", {}, format="json")
        assert answer.json()["errors"][0]["pointer"] == "/reason"
        answer = client_of(desk).post(f"{self.URL}{asked.pk}/reject/", {"reason": "Full"}, format="json")
        assert (answer.status_code, answer.json()["cancelled_reason"]) == (200, "Full")

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ((), {("/doctor", "required"), ("/starts_at", "required")}),
            (("doctor",), {("/starts_at", "required")}),
            (("date",), {("/doctor", "required")}),
            (("hospital",), {("/department", "required"), ("/requested_time", "required")}),
            (("hospital", "department"), {("/requested_time", "required")}),
            (("hospital", "department", "requested_time", "doctor"), {("/doctor", "given_twice")}),
            (("doctor", "starts_at", "hospital"), {("/hospital", "given_twice")}),
        ],
    )
    def test_what_is_none_of_the_three_ways_is_400(self, amina, heart, given, expected):
        every = self.body(heart) | {"doctor": str(uuid7()), "date": "2026-11-23", "starts_at": "2026-11-23T14:00:00Z"}
        answer = client_of(amina).post(self.URL, {name: every[name] for name in given}, format="json")
        assert answer.status_code == 400
        assert {(each["pointer"], each["code"]) for each in answer.json()["errors"]} == expected


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_of_many_requests_for_one_slot_one_is_confirmed(heart, desk, doctor):
    users = [someone(f"p{number}") for number in range(8)]
    for number in range(rounds(3, 50)):
        at = MONDAY_NINE + number * DAY
        asked = [ask(user, heart, requested_time=at) for user in users]
        rivals = someone(f"rival{number}")
        acts = [partial(assign, desk, each, doctor, at=at) for each in asked]
        answers = race([*acts, partial(book, rivals, doctor, at=at)])
        kinds = sorted(type(each).__name__ for each in answers)
        assert kinds == ["Appointment"] + ["SlotTaken"] * 8
        assert Appointment.objects.live().filter(starts_at=at).count() == 1
