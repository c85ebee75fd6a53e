"""Booking a slot: what it makes, and every reason for which it is refused, leaving nothing behind."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.choices import Status
from apps.appointments.models import Appointment, ScheduleRule
from apps.appointments.services.booking import NotWithYourself, SlotTaken
from apps.appointments.services.lifecycle import cancel_appointment
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of, someone, written
from apps.core.errors import InvalidInput, NotFound, RuleRefused
from apps.core.ids import uuid7
from apps.core.models import AuditEvent
from apps.hospitals.models import Department, Doctor, Hospital
from apps.notifications.models import Delivery, Notification
from apps.patients.choices import Relation
from apps.patients.models import CareRelationship, HospitalRegistration, Management, Patient
from tests.world import make_doctor, make_hospital, make_patient, make_user

pytestmark = pytest.mark.usefixtures("fixed_present")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SLOT = 20 * MINUTE


@pytest.fixture
def doctor(hospital) -> Doctor:
    return make_doctor("lena", hospital, Department.objects.create(hospital=hospital, name="Heart"))


@pytest.fixture
def amina(fixed_present, db) -> User:
    return make_user("amina")


@pytest.fixture
def patient(amina) -> Patient:
    return make_patient(amina)


@pytest.fixture
def omar(db) -> User:
    return someone("omar")


@pytest.mark.usefixtures("patient")
class TestBooked:
    def test_is_confirmed_at_once_and_complete(self, amina, patient, doctor):
        row = Appointment.objects.get(pk=book(amina, doctor).pk)
        assert (row.status, row.patient, row.doctor, row.reason) == ("CONFIRMED", patient, doctor, "A cough")
        assert (row.hospital, row.department, row.seat) == (doctor.hospital, doctor.department, 0)
        assert (row.starts_at, row.ends_at) == (MONDAY_NINE, MONDAY_NINE + SLOT)
        assert (row.local_date, row.cancelled_reason) == (date(2026, 11, 23), "")

    @pytest.mark.parametrize(
        ("zone", "starts_at", "local_date"),
        [
            ("America/New_York", "2026-11-24T02:00Z", "2026-11-23"),
            ("Asia/Tokyo", "2026-11-23T21:00Z", "2026-11-24"),
            ("Pacific/Kiritimati", "2026-11-23T16:00Z", "2026-11-24"),
            ("Etc/GMT+12", "2026-11-24T09:00Z", "2026-11-23"),
        ],
    )
    def test_falls_on_the_doctors_day(self, amina, zone, starts_at, local_date):
        doctor = make_doctor("afar", make_hospital("Afar", time_zone=zone))
        booked = book(amina, doctor, at=datetime.fromisoformat(starts_at))
        assert booked.local_date.isoformat() == local_date

    def test_with_an_independent_doctor_names_no_hospital(self, amina):
        booked = book(amina, make_doctor("solo", None))
        assert (booked.hospital, booked.department) == (None, None)

    def test_gives_the_right_to_treat_until_thirty_days_after_the_visit(self, amina, patient, doctor):
        book(amina, doctor)
        care = CareRelationship.objects.get()
        assert (care.patient, care.doctor, care.source, care.started_at) == (patient, doctor, "APPOINTMENT", NOW)
        assert care.ends_at == MONDAY_NINE + SLOT + 30 * DAY

    def test_a_setting_says_for_how_long(self, amina, doctor, settings):
        settings.APPOINTMENT_RELATIONSHIP_DAYS = 7
        book(amina, doctor)
        assert CareRelationship.objects.get().ends_at == MONDAY_NINE + SLOT + 7 * DAY

    def test_a_later_visit_extends_it(self, amina, doctor):
        book(amina, doctor)
        book(amina, doctor, at=MONDAY_NINE + 7 * DAY)
        assert CareRelationship.objects.get().ends_at == MONDAY_NINE + SLOT + 37 * DAY

    def test_makes_the_hospital_know_the_patient(self, amina, patient, doctor):
        book(amina, doctor)
        book(amina, doctor, at=MONDAY_NINE + 7 * DAY)
        registration = HospitalRegistration.objects.get()
        assert (registration.hospital, registration.patient) == (doctor.hospital, patient)

    def test_is_audited_without_the_reason(self, amina, patient, doctor):
        booked = book(amina, doctor, reason="Chest pain")
        event = AuditEvent.objects.get(action="appointment_booked")
        assert (event.actor_id, event.subject_id, event.concerns_id) == (amina.pk, booked.pk, patient.pk)
        assert (event.tenant_id, event.details) == (doctor.hospital_id, {})

    def test_is_told_to_everybody_who_manages_the_patient(self, amina, patient, doctor, omar):
        Management.objects.create(user=omar, patient=patient, relation=Relation.GUARDIAN)
        booked = book(amina, doctor)
        for model, person in ((Notification, "recipient"), (Delivery, "user")):
            told = model.objects.filter(topic="appointment_confirmed", subject_id=booked.pk)
            assert {getattr(row, person) for row in told} == {amina, omar}


class TestForWhom:
    def test_is_oneself_unless_said(self, amina, patient, doctor):
        make_patient(amina, relation=Relation.PARENT)
        assert book(amina, doctor).patient == patient

    def test_may_be_a_dependant(self, amina, patient, doctor):
        children = [make_patient(amina, relation=Relation.PARENT) for _ in range(2)]
        for nth, child in enumerate(children):
            assert book(amina, doctor, patient_id=child.pk, at=MONDAY_NINE + nth * SLOT).patient == child

    def test_is_never_a_patient_that_one_was_before(self, amina, patient, doctor):
        """A record that was handed over, and is only looked after now, is not oneself."""
        Management.objects.update(ended_at=NOW)
        Management.objects.create(user=amina, patient=patient, relation=Relation.GUARDIAN)
        with pytest.raises(NotFound):
            book(amina, doctor)

    def test_parent_and_child_may_come_one_after_the_other(self, amina, patient, doctor):
        child = make_patient(amina, relation=Relation.PARENT)
        book(amina, doctor)
        assert book(amina, doctor, patient_id=child.pk, at=MONDAY_NINE + SLOT)

    def test_may_be_any_login_that_is_a_patient(self, doctor):
        colleague = make_doctor("colleague", doctor.hospital)
        own = make_patient(colleague.user)
        assert book(colleague.user, doctor).patient == own

    def test_a_doctor_may_treat_the_own_child(self, doctor):
        child = make_patient(doctor.user, relation=Relation.PARENT)
        assert book(doctor.user, doctor, patient_id=child.pk).patient == child


@pytest.mark.usefixtures("patient")
class TestSeats:
    def test_are_as_many_as_the_schedule_says(self, doctor):
        ScheduleRule.objects.update(capacity=3)
        guests = [make_user(f"guest{number}") for number in range(4)]
        for guest in guests:
            make_patient(guest)
        assert {book(guest, doctor).seat for guest in guests[:3]} == {0, 1, 2}
        with pytest.raises(SlotTaken):
            book(guests[3], doctor)

    def test_a_cancelled_one_is_free_again_for_the_same_patient_too(self, amina, doctor, omar):
        booked = book(amina, doctor)
        cancel_appointment(actor=amina, appointment_id=booked.pk, reason="", now=NOW)
        again = book(amina, doctor)
        cancel_appointment(actor=amina, appointment_id=again.pk, reason="", now=NOW)
        assert book(omar, doctor).starts_at == booked.starts_at

    @pytest.mark.parametrize("status", [Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED])
    def test_only_live_appointments_hold_them(self, amina, omar, doctor, status):
        book(amina, doctor)
        Appointment.objects.update(status=status)
        assert book(omar, doctor)

    def test_one_may_begin_as_another_ends(self, amina, omar, doctor):
        book(amina, doctor)
        assert book(omar, doctor, at=MONDAY_NINE + SLOT)
        assert book(amina, make_doctor("solo", None), at=MONDAY_NINE + SLOT)


def _somebody_came_first(amina, omar, doctor):
    book(omar, doctor)


def _a_longer_visit_overlaps(amina, omar, doctor):
    book(omar, doctor)
    Appointment.objects.update(starts_at=MONDAY_NINE - MINUTE, ends_at=MONDAY_NINE + MINUTE)


def _patient_is_elsewhere(amina, omar, doctor):
    book(amina, make_doctor("solo", None))


def _patient_is_elsewhere_for_a_moment(amina, omar, doctor):
    elsewhere = make_doctor("solo", None)
    ScheduleRule.objects.filter(doctor=elsewhere).update(slot_minutes=5)
    book(amina, elsewhere, at=MONDAY_NINE + 15 * MINUTE)


def _patient_comes_that_day(amina, omar, doctor):
    book(amina, doctor, at=MONDAY_NINE + 5 * SLOT)


def _patient_has_this_very_slot(amina, omar, doctor):
    book(amina, doctor)


@pytest.mark.usefixtures("patient")
class TestRefused:
    """Each refusal names its reason and leaves nothing half-written, by the service and through the door."""

    @pytest.mark.parametrize(
        ("before", "code"),
        [
            (_somebody_came_first, "slot_taken"),
            (_a_longer_visit_overlaps, "slot_taken"),
            (_patient_is_elsewhere, "patient_busy"),
            (_patient_is_elsewhere_for_a_moment, "patient_busy"),
            (_patient_comes_that_day, "already_booked_that_day"),
            (_patient_has_this_very_slot, "already_booked_that_day"),
        ],
    )
    def test_by_a_rule(self, amina, omar, doctor, before, code):
        before(amina, omar, doctor)
        client = client_of(amina)
        then = written()
        with pytest.raises(RuleRefused) as refusal:
            book(amina, doctor)
        answer = client.post("/api/v1/appointments/", _body(doctor), format="json")
        assert (refusal.value.code, answer.status_code, answer.json()["code"]) == (code, 409, code)
        assert written() == then

    def test_with_oneself(self, doctor, amina):
        own = make_patient(doctor.user)
        Management.objects.create(user=amina, patient=own, relation=Relation.GUARDIAN)
        then = written()
        for actor in (doctor.user, amina):
            with pytest.raises(NotWithYourself) as refusal:
                book(actor, doctor, patient_id=own.pk)
        assert (refusal.value.status, refusal.value.code) == (409, "not_with_yourself")
        assert written() == then

    def test_with_a_doctor_who_is_not_there(self, amina, doctor):
        with pytest.raises(NotFound):
            book(amina, doctor, doctor_id=uuid7())

    @pytest.mark.parametrize("columns", [{"is_active": False}, {"status": "PENDING"}, {"status": "REJECTED"}])
    def test_with_a_doctor_who_does_not_practise(self, amina, doctor, columns):
        Doctor.objects.update(**columns)
        with pytest.raises(NotFound):
            book(amina, doctor)

    def test_at_a_suspended_hospital(self, amina, doctor):
        Hospital.objects.update(status="SUSPENDED")
        with pytest.raises(NotFound):
            book(amina, doctor)

    @pytest.mark.parametrize("role", [Role.PATIENT, Role.HOSPITAL, Role.ADMIN])
    def test_for_somebody_elses_patient(self, patient, doctor, role):
        with pytest.raises(NotFound):
            book(make_user("stranger", role), doctor, patient_id=patient.pk)

    def test_for_a_patient_managed_no_more(self, amina, patient, doctor):
        Management.objects.update(ended_at=NOW)
        for patient_id in (patient.pk, None):
            with pytest.raises(NotFound):
                book(amina, doctor, patient_id=patient_id)

    def test_for_oneself_when_one_is_no_patient(self, doctor):
        with pytest.raises(NotFound):
            book(make_user("clerk", Role.HOSPITAL), doctor)

    @pytest.mark.parametrize(
        ("starts_at", "code"),
        [
            (NOW, "in_the_past"),
            (NOW - MINUTE, "in_the_past"),
            (MONDAY_NINE - 7 * DAY, "in_the_past"),
            (datetime(1, 1, 1, tzinfo=UTC), "in_the_past"),
            (MONDAY_NINE + MINUTE, "no_such_slot"),
            (MONDAY_NINE + timedelta(microseconds=1), "no_such_slot"),
            (MONDAY_NINE + timedelta(hours=13), "no_such_slot"),  # 22:00, when the day is over.
            (MONDAY_NINE - timedelta(hours=4), "no_such_slot"),  # 05:00, before it begins.
            (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "no_such_slot"),
            (datetime(9999, 12, 31, tzinfo=UTC), "no_such_slot"),
            (datetime(9999, 12, 30, 14, tzinfo=UTC), "no_such_slot"),
        ],
    )
    def test_at_a_time_that_is_no_slot(self, amina, doctor, starts_at, code):
        with pytest.raises(InvalidInput) as refusal:
            book(amina, doctor, at=starts_at)
        assert (refusal.value.field, refusal.value.code) == ("starts_at", code)
        assert not Appointment.objects.exists()

    def test_in_the_hour_that_clocks_leave_out(self, amina, doctor):
        ScheduleRule.objects.update(from_time="02:00", to_time="03:00")
        a_week_before = datetime(2027, 3, 7, 7, tzinfo=UTC)  # 02:00 on a Sunday.
        assert book(amina, doctor, at=a_week_before)
        for minutes in range(-60, 61, 20):
            with pytest.raises(InvalidInput):
                book(amina, doctor, at=a_week_before + 7 * DAY + minutes * MINUTE)

    def test_beside_the_schedules_validity(self, amina, doctor):
        ScheduleRule.objects.update(valid_to=date(2026, 11, 22))
        with pytest.raises(InvalidInput):
            book(amina, doctor)


def _body(with_doctor: Doctor, **changes: Any) -> dict[str, Any]:
    return {"doctor": str(with_doctor.pk), "starts_at": "2026-11-23T09:00:00-05:00", "reason": "A cough"} | changes


UNUSABLE: dict[str, list[Any]] = {
    "starts_at": [
        *(None, "", "tomorrow", 0, 1_795_000_000, 1e300, True, [], {}, "2026-11-23", "09:00"),
        *("2026-13-45T09:00:00Z", "2026-11-23T25:00:00Z", "2026-11-23T09:00:00+25:00", "2026-11-23T09:00:00Z" * 99),
        *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "1900-01-01T00:00:00Z"),
        *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "9999-12-31T00:00:00+00:00", "10000-01-01T00:00:00Z"),
        *("-2026-11-23T09:00:00Z", "２０２６-11-23T09:00:00Z"),
    ],
    "doctor": [None, "", "x", -7, [], {}, "019a9f3c"],
    "patient": ["", "x", 2**128, [], {}],
    "reason": [None, "x" * 501, [], {}],
}


@pytest.mark.usefixtures("patient")
class TestDoor:
    @pytest.fixture
    def post(self, amina):
        client = client_of(amina)
        return lambda body, **headers: client.post("/api/v1/appointments/", body, format="json", **headers)

    def test_answers_what_was_booked(self, post, doctor, patient):
        answer = post(_body(doctor))
        assert answer.status_code == 201
        shown = answer.json()
        wanted = {
            "status": "CONFIRMED",
            "starts_at": "2026-11-23T14:00:00Z",
            "ends_at": "2026-11-23T14:20:00Z",
            "time_zone": "America/New_York",
            "local_date": "2026-11-23",
            "doctor": str(doctor.pk),
            "doctor_name": "Lena Person",
            "patient": str(patient.pk),
            "hospital": str(doctor.hospital_id),
            "department": str(doctor.department_id),
            "reason": "A cough",
        }
        assert {name: shown[name] for name in wanted} == wanted
        assert (answer["Cache-Control"], answer["ETag"][0]) == ("no-store", '"')

    @pytest.mark.parametrize(
        "starts_at",
        ["2026-11-23T14:00:00Z", "2026-11-23T14:00Z", "2026-11-23T23:00:00+09:00", "2026-11-23 09:00-05:00"],
    )
    def test_takes_the_same_moment_in_any_offset(self, post, doctor, starts_at):
        assert post(_body(doctor, starts_at=starts_at)).json()["starts_at"] == "2026-11-23T14:00:00Z"

    @pytest.mark.parametrize("starts_at", ["2026-11-23T09:00:00", "2026-11-23 09:00", "2026-11-23T09:00:00.000"])
    def test_a_time_without_offset_is_400(self, post, doctor, starts_at):
        answer = post(_body(doctor, starts_at=starts_at))
        assert answer.status_code == 400
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/starts_at", "no_offset")]

    @pytest.mark.parametrize(
        ("field", "value"),
        [(field, value) for field, values in UNUSABLE.items() for value in values],
        ids=lambda part: repr(part)[:40],
    )
    def test_what_cannot_be_used_is_400_and_writes_nothing(self, post, doctor, field, value):
        then = written()
        answer = post(_body(doctor, **{field: value}))
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert {error["pointer"] for error in answer.json()["errors"]} == {f"/{field}"}
        assert written() == then

    def test_a_nul_is_400_too(self, post, doctor):
        assert post(_body(doctor, reason="nul \x00")).status_code == 400

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
    @pytest.mark.parametrize("starts_at", ["9999-12-31T23:59:59Z", "9999-12-31T00:00:00Z", "9999-12-30T00:00:00Z"])
    def test_the_end_of_all_calendars_is_400_in_every_zone(self, post, doctor, zone, starts_at):
        Hospital.objects.update(time_zone=zone)
        assert post(_body(doctor, starts_at=starts_at)).status_code == 400

    @pytest.mark.parametrize("body", [[], [1], "text", 7, None])
    def test_a_body_that_is_no_object_is_400(self, post, body):
        assert post(body).status_code == 400

    @pytest.mark.parametrize("field", ["doctor", "patient"])
    def test_an_id_that_nobody_has_is_404(self, post, doctor, field):
        answer = post(_body(doctor, **{field: str(uuid7())}))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_a_repeated_request_books_once(self, post, doctor):
        first = post(_body(doctor), HTTP_IDEMPOTENCY_KEY="once")
        then = written()
        again = post(_body(doctor), HTTP_IDEMPOTENCY_KEY="once")
        assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
        assert written() == then

    def test_a_refusal_is_not_remembered_under_the_key(self, post, doctor, omar):
        held = book(omar, doctor)
        assert post(_body(doctor), HTTP_IDEMPOTENCY_KEY="again").status_code == 409
        cancel_appointment(actor=omar, appointment_id=held.pk, reason="", now=NOW)
        assert post(_body(doctor), HTTP_IDEMPOTENCY_KEY="again").status_code == 201
