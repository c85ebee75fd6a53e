"""The life of an appointment: every state and every target, who moves it, and who is told."""

from datetime import timedelta
from itertools import product

import pytest

from apps.accounts.choices import Role
from apps.appointments.choices import LIVE, TRANSITIONS, Status
from apps.appointments.models import Appointment
from apps.appointments.services import lifecycle
from apps.appointments.services.lifecycle import (
    IllegalTransition,
    NoticeOver,
    TooEarly,
    TooLate,
    cancel_appointment,
    check_in,
    complete_appointment,
    mark_no_show,
)
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of, written
from apps.core.errors import NotAllowed
from apps.core.models import AuditEvent
from apps.hospitals.models import Hospital, StaffMember
from apps.notifications.models import Delivery, Notification
from tests.little_cast import signed_in_to_admin
from tests.world import make_doctor, make_hospital, make_patient, make_staff, make_user

LEGAL = {
    ("REQUESTED", "CONFIRMED"),
    ("REQUESTED", "REJECTED"),
    ("REQUESTED", "CANCELLED"),
    ("CONFIRMED", "CHECKED_IN"),
    ("CONFIRMED", "COMPLETED"),
    ("CONFIRMED", "CANCELLED"),
    ("CONFIRMED", "NO_SHOW"),
    ("CHECKED_IN", "COMPLETED"),
    ("CHECKED_IN", "CANCELLED"),
    ("NO_SHOW", "COMPLETED"),
}
EVERY = set(product(Status.values, Status.values))


@pytest.fixture
def sign_in(now):
    return lambda user: client_of(user, now=now)


def in_state(booked: Appointment, state: str) -> Appointment:
    Appointment.objects.filter(pk=booked.pk).update(status=state)
    return booked


class TestTable:
    def test_every_state_has_a_row(self):
        assert set(TRANSITIONS) == set(Status.values)

    @pytest.mark.parametrize(("state", "target"), sorted(LEGAL))
    def test_a_legal_move_is_made_and_audited(self, booked, doctor, state, target):
        lifecycle.move(actor=doctor.user, appointment_id=in_state(booked, state).pk, target=Status(target))
        booked.refresh_from_db()
        assert booked.status == target
        event = AuditEvent.objects.get(action=f"appointment_{target.lower()}")
        assert (event.actor_id, event.subject_id) == (doctor.user_id, booked.pk)
        assert (event.concerns_id, event.tenant_id) == (booked.patient_id, doctor.hospital_id)

    @pytest.mark.parametrize(("state", "target"), sorted(EVERY - LEGAL))
    def test_every_other_move_is_refused_and_changes_nothing(self, booked, doctor, state, target):
        in_state(booked, state)
        then = written()
        with pytest.raises(IllegalTransition) as refusal:
            lifecycle.move(actor=doctor.user, appointment_id=booked.pk, target=Status(target))
        assert (refusal.value.status, refusal.value.code) == (409, "illegal_transition")
        booked.refresh_from_db()
        assert booked.status == state
        assert written() == then

    def test_live_are_those_that_hold_a_seat(self):
        assert set(LIVE) == {"CONFIRMED", "CHECKED_IN"}


class TestCancelling:
    @pytest.mark.parametrize("state", LIVE)
    def test_keeps_the_row_with_its_reason(self, booked, amina, state):
        in_state(booked, state)
        cancelled = cancel_appointment(actor=amina, appointment_id=booked.pk, reason="Feeling better", now=NOW)
        row = Appointment.objects.get()
        assert cancelled == row
        assert (row.status, row.cancelled_reason, row.reason) == ("CANCELLED", "Feeling better", "A cough")

    def test_is_told_once_to_who_manages_the_patient(self, booked, amina):
        cancel_appointment(actor=amina, appointment_id=booked.pk, reason="Feeling better", now=NOW)
        for model in (Notification, Delivery):
            assert model.objects.filter(topic="appointment_cancelled", subject_id=booked.pk).count() == 1
        assert Notification.objects.get(topic="appointment_cancelled").recipient == amina

    @pytest.mark.parametrize("state", sorted(set(Status.values) - set(LIVE) - {"REQUESTED"}))
    def test_what_is_over_stays_and_nobody_is_told(self, booked, amina, state):
        in_state(booked, state)
        then = written()
        with pytest.raises(IllegalTransition):
            cancel_appointment(actor=amina, appointment_id=booked.pk, reason="Late", now=NOW)
        row = Appointment.objects.get()
        assert (row.status, row.cancelled_reason) == (state, "")
        assert written() == then

    @pytest.mark.parametrize("who", ["patient", "staff"])
    def test_is_open_to_the_patient_and_the_staff(self, booked, amina, doctor, sign_in, who):
        person = amina if who == "patient" else make_staff("clerk", doctor.hospital)
        answer = sign_in(person).post(f"/api/v1/appointments/{booked.pk}/cancel/", {"reason": "Ill"}, format="json")
        assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
        assert answer.json()["cancelled_reason"] == "Ill"

    def test_is_open_to_an_independent_doctor_and_not_to_an_employed_one(self, booked, amina, doctor):
        with pytest.raises(NotAllowed):
            cancel_appointment(actor=doctor.user, appointment_id=booked.pk, reason="", now=NOW)
        independent = make_doctor("ines", None)
        own = book(amina, independent, at=MONDAY_NINE + timedelta(days=1))
        assert (
            cancel_appointment(actor=independent.user, appointment_id=own.pk, reason="", now=NOW).status == "CANCELLED"
        )

    @pytest.mark.parametrize(("hours", "last"), [(0, MONDAY_NINE), (24, MONDAY_NINE - timedelta(days=1))])
    def test_is_open_to_the_patient_until_the_notice_and_to_staff_after_it(self, booked, amina, doctor, hours, last):
        Hospital.objects.update(cancellation_notice_hours=hours)
        late = last + timedelta(seconds=1)
        then = written()
        with pytest.raises(NoticeOver) as refusal:
            cancel_appointment(actor=amina, appointment_id=booked.pk, reason="", now=late)
        assert (refusal.value.status, refusal.value.code, written()) == (409, "notice_over", then)
        desk = make_staff("desk", doctor.hospital)
        assert cancel_appointment(actor=desk, appointment_id=booked.pk, reason="", now=late).status == "CANCELLED"
        Appointment.objects.update(status="CONFIRMED")
        assert cancel_appointment(actor=amina, appointment_id=booked.pk, reason="", now=last).status == "CANCELLED"

    def test_of_a_request_knows_no_notice(self, booked, amina):
        Hospital.objects.update(cancellation_notice_hours=24)
        in_state(booked, "REQUESTED")
        late = MONDAY_NINE - timedelta(hours=1)
        assert cancel_appointment(actor=amina, appointment_id=booked.pk, reason="", now=late).status == "CANCELLED"

    def test_by_delete_is_the_same_and_the_row_stays_readable(self, booked, amina, sign_in):
        client, path = sign_in(amina), f"/api/v1/appointments/{booked.pk}/"
        assert client.delete(path).status_code == 204
        assert client.get(path).json()["status"] == "CANCELLED"
        again = client.delete(path)
        assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")

    def test_is_refused_to_who_saw_an_older_state(self, booked, amina, sign_in):
        client, path = sign_in(amina), f"/api/v1/appointments/{booked.pk}/"
        seen = client.get(path)["ETag"]
        in_state(booked, "CHECKED_IN")
        assert client.delete(path, HTTP_IF_MATCH=seen).status_code == 412
        assert Appointment.objects.get().status == "CHECKED_IN"

    @pytest.mark.parametrize("reason", ["x" * 501, None, [], "nul \x00"])
    def test_with_a_reason_that_cannot_be_kept_is_400(self, booked, amina, sign_in, reason):
        path = f"/api/v1/appointments/{booked.pk}/cancel/"
        assert sign_in(amina).post(path, {"reason": reason}, format="json").status_code == 400
        assert Appointment.objects.get().status == "CONFIRMED"

    def test_from_the_admin_is_told_too_and_no_page_shows_a_reason(self, booked):
        client = signed_in_to_admin(make_user("admin", Role.ADMIN, is_staff=True, is_superuser=True))
        path = "/admin/appointments/appointment/"
        client.post(path, {"action": "cancel", "_selected_action": [booked.pk]})
        assert Appointment.objects.get().status == "CANCELLED"
        assert Notification.objects.filter(topic="appointment_cancelled").count() == 1
        for page in (client.get(path), client.get(f"{path}{booked.pk}/change/")):
            assert page.status_code == 200
            assert "A cough" not in page.content.decode()


class TestCompleting:
    @pytest.mark.parametrize("who", ["doctor", "staff"])
    @pytest.mark.parametrize("state", ["CONFIRMED", "CHECKED_IN", "NO_SHOW"])
    def test_is_done_by_the_doctor_or_the_staff(self, booked, doctor, sign_in, who, state):
        in_state(booked, state)
        person = doctor.user if who == "doctor" else make_staff("clerk", doctor.hospital)
        answer = sign_in(person).post(f"/api/v1/appointments/{booked.pk}/complete/")
        assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETED")

    @pytest.mark.parametrize(("days", "is_done"), [(7, True), (7.01, False)])
    def test_of_a_no_show_within_seven_days(self, booked, doctor, days, is_done):
        in_state(booked, "NO_SHOW")
        now = booked.ends_at + timedelta(days=days)
        if is_done:
            done = complete_appointment(actor=doctor.user, appointment_id=booked.pk, now=now)
            assert done.status == "COMPLETED"
            return
        with pytest.raises(TooLate):
            complete_appointment(actor=doctor.user, appointment_id=booked.pk, now=now)
        assert Appointment.objects.get().status == "NO_SHOW"

    def test_is_refused_to_the_patient(self, booked, amina, sign_in):
        answer = sign_in(amina).post(f"/api/v1/appointments/{booked.pk}/complete/")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        assert Appointment.objects.get().status == "CONFIRMED"

    @pytest.mark.parametrize("who", ["doctor", "staff"])
    def test_is_refused_to_a_patient_who_is_a_doctor_or_staff_elsewhere(self, doctor, sign_in, who):
        elsewhere = make_hospital("Hillside")
        person = make_doctor("omar", elsewhere).user if who == "doctor" else make_staff("clerk", elsewhere)
        make_patient(person)
        own = book(person, doctor)
        assert sign_in(person).post(f"/api/v1/appointments/{own.pk}/complete/").status_code == 403
        assert Appointment.objects.get().status == "CONFIRMED"

    @pytest.mark.parametrize("who", ["colleague", "foreign_staff", "former_staff", "admin", "stranger"])
    def test_is_refused_to_everybody_else(self, booked, doctor, who):
        people = {
            "colleague": lambda: make_doctor("omar", doctor.hospital).user,
            "foreign_staff": lambda: make_staff("clerk", make_hospital("Hillside")),
            "former_staff": lambda: make_staff("clerk", doctor.hospital),
            "admin": lambda: make_user("admin", Role.ADMIN),
            "stranger": lambda: make_user("stranger"),
        }
        person = people[who]()
        StaffMember.objects.filter(hospital=doctor.hospital).update(is_active=False)
        with pytest.raises(NotAllowed):
            complete_appointment(actor=person, appointment_id=booked.pk, now=NOW)

    @pytest.mark.parametrize("state", ["COMPLETED", "CANCELLED"])
    def test_of_what_is_over_is_409(self, booked, doctor, sign_in, state):
        in_state(booked, state)
        answer = sign_in(doctor.user).post(f"/api/v1/appointments/{booked.pk}/complete/")
        assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


MIDNIGHT = MONDAY_NINE - timedelta(hours=9)  # In New York, where the doctor works.


class TestArriving:
    @pytest.mark.parametrize("who", ["doctor", "staff"])
    @pytest.mark.parametrize("at", [MIDNIGHT, MONDAY_NINE, MIDNIGHT + timedelta(days=1)])
    def test_from_the_day_of_the_visit_on(self, booked, doctor, who, at):
        person = doctor.user if who == "doctor" else make_staff("clerk", doctor.hospital)
        assert check_in(actor=person, appointment_id=booked.pk, now=at).status == "CHECKED_IN"

    def test_not_the_day_before(self, booked, doctor):
        with pytest.raises(TooEarly):
            check_in(actor=doctor.user, appointment_id=booked.pk, now=MIDNIGHT - timedelta(seconds=1))
        assert Appointment.objects.get().status == "CONFIRMED"

    def test_is_not_said_by_the_patient(self, booked, amina):
        with pytest.raises(NotAllowed):
            check_in(actor=amina, appointment_id=booked.pk, now=MONDAY_NINE)


class TestNotComing:
    def test_is_recorded_from_the_hour_on(self, booked, doctor):
        with pytest.raises(TooEarly):
            mark_no_show(actor=doctor.user, appointment_id=booked.pk, now=MONDAY_NINE - timedelta(seconds=1))
        assert mark_no_show(actor=doctor.user, appointment_id=booked.pk, now=MONDAY_NINE).status == "NO_SHOW"

    def test_is_not_said_by_the_patient(self, booked, amina):
        with pytest.raises(NotAllowed):
            mark_no_show(actor=amina, appointment_id=booked.pk, now=MONDAY_NINE)
