"""Everything that can happen to appointments, in any order: what must always hold, holds after every step."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from apps.accounts.models import User
from apps.appointments.choices import LIVE, TRANSITIONS, RuleKind, Status, Weekday
from apps.appointments.models import Appointment, ScheduleRule
from apps.appointments.selectors import calendar_of_doctor, doctor_slots
from apps.appointments.services.absences import add_absence
from apps.appointments.services.booking import book_appointment
from apps.appointments.services.closing import close_overdue
from apps.appointments.services.lifecycle import (
    cancel_appointment,
    check_in,
    complete_appointment,
    mark_no_show,
)
from apps.appointments.services.moving import reschedule_appointment
from apps.appointments.services.overbooking import overbook
from apps.appointments.services.queueing import join_queue
from apps.appointments.services.requesting import (
    assign_doctor,
    confirm_request,
    reject_request,
    request_appointment,
)
from apps.appointments.tests.test_races import overlaps
from apps.core.errors import DomainError
from apps.core.testing.proofs import rounds
from apps.hospitals.models import Department, Doctor
from apps.patients.models import HospitalRegistration, Patient
from tests.world import make_doctor, make_hospital, make_patient, make_staff, make_user

pytestmark = [pytest.mark.proof, pytest.mark.django_db]
BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)
FEW = st.integers(0, 2)
ANY = st.integers(0, 40)
DAYS = st.integers(0, 4)


class Cast:
    """Two doctors with slots and a line each day, three patients, the desk."""

    def __init__(self) -> None:
        """Make everybody."""
        self.hospital = make_hospital("Riverside")
        self.heart = Department.objects.create(hospital=self.hospital, name="Heart")
        self.doctors = [make_doctor(name, self.hospital, self.heart) for name in ("lena", "omar")]
        ScheduleRule.objects.all().delete()
        for doctor in self.doctors:
            ScheduleRule.objects.bulk_create(self._week(doctor))
        self.users = [make_user(f"p{number}") for number in range(3)]
        self.patients = [make_patient(user) for user in self.users]
        for patient in self.patients:
            HospitalRegistration.objects.create(patient=patient, hospital=self.hospital)
        self.desk = make_staff("desk", self.hospital)

    def _week(self, doctor: Doctor) -> list[ScheduleRule]:
        slots = {"from_time": time(9), "to_time": time(10), "slot_minutes": 20, "capacity": 1}
        line = {"from_time": time(11), "to_time": time(11, 30), "slot_minutes": 10, "kind": RuleKind.QUEUE}
        return [ScheduleRule(doctor=doctor, weekday=day, **rule) for day in Weekday.values for rule in (slots, line)]


class Life(RuleBasedStateMachine):
    """One run: the rows begin empty, time only goes on."""

    cast: Cast

    def __init__(self) -> None:
        """Begin."""
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.now = BEGIN
        self.seen: dict[Any, Any] = {}
        self.refusals_that_wrote = 0
        self.places: dict[Any, set[int]] = defaultdict(set)

    def teardown(self) -> None:
        """Take everything back."""
        transaction.savepoint_rollback(self.savepoint)

    # --- What can happen ----------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 5, 20]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def the_nightly_job_runs(self) -> None:
        close_overdue(now=self.now)

    @rule(who=FEW, whom=ANY, days=DAYS, nth=FEW)
    def book(self, who: int, whom: int, days: int, nth: int) -> None:
        wanted = {"doctor_id": self._doctor(whom).pk, "patient_id": None, "reason": "A cough"}
        self._try(book_appointment, actor=self._user(who), starts_at=self._slot(whom, days, nth), **wanted)

    @rule(who=FEW, whom=ANY, days=DAYS)
    def queue(self, who: int, whom: int, days: int) -> None:
        day = (self.now + timedelta(days=1 + days)).date()
        wanted = {"doctor_id": self._doctor(whom).pk, "patient_id": None, "reason": ""}
        self._try(join_queue, actor=self._user(who), day=day, **wanted)

    @rule(who=FEW, whom=ANY, days=DAYS, nth=FEW)
    def overbook(self, who: int, whom: int, days: int, nth: int) -> None:
        wanted = {"patient_id": self.cast.patients[who].pk, "overbooking_reason": "In great pain", "reason": ""}
        doctor_id, at = self._doctor(whom).pk, self._slot(whom, days, nth)
        self._try(overbook, actor=self.cast.desk, doctor_id=doctor_id, starts_at=at, **wanted)

    @rule(who=FEW, whom=ANY, days=DAYS, nth=FEW)
    def request(self, who: int, whom: int, days: int, nth: int) -> None:
        place = {"hospital_id": self.cast.hospital.pk, "department_id": self.cast.heart.pk}
        at = self._slot(whom, days, nth)
        wanted = {"requested_time": at, "patient_id": None, "reason": ""}
        self._try(request_appointment, actor=self._user(who), **place, **wanted)

    @precondition(lambda self: self.seen)
    @rule(which=ANY, whom=ANY, days=DAYS, nth=FEW, at_once=st.booleans())
    def assign(self, which: int, whom: int, days: int, nth: int, at_once: bool) -> None:
        at = self._slot(whom, days, nth) if at_once else None
        self._try(
            assign_doctor,
            actor=self.cast.desk,
            appointment_id=self._row(which),
            doctor_id=self._doctor(whom).pk,
            confirmed_time=at,
        )

    @precondition(lambda self: self.seen)
    @rule(which=ANY, by=ANY)
    def confirm(self, which: int, by: int) -> None:
        self._try(confirm_request, actor=self._anybody(by), appointment_id=self._row(which), confirmed_time=None)

    @precondition(lambda self: self.seen)
    @rule(which=ANY, by=ANY)
    def reject(self, which: int, by: int) -> None:
        self._try(reject_request, actor=self._anybody(by), appointment_id=self._row(which), reason="Full")

    @precondition(lambda self: self.seen)
    @rule(which=ANY, by=ANY, whom=ANY, days=DAYS, nth=FEW)
    def move(self, which: int, by: int, whom: int, days: int, nth: int) -> None:
        at = self._slot(whom, days, nth)
        self._try(reschedule_appointment, actor=self._anybody(by), appointment_id=self._row(which), starts_at=at)

    @precondition(lambda self: self.seen)
    @rule(which=ANY, by=ANY)
    def cancel(self, which: int, by: int) -> None:
        self._try(cancel_appointment, actor=self._anybody(by), appointment_id=self._row(which), reason="")

    @precondition(lambda self: self.seen)
    @rule(which=ANY, by=ANY, act=st.sampled_from([check_in, complete_appointment, mark_no_show]))
    def record(self, which: int, by: int, act: Callable[..., Any]) -> None:
        self._try(act, actor=self._anybody(by), appointment_id=self._row(which))

    @rule(whom=ANY, days=DAYS, affected=st.sampled_from(["REFUSE", "MOVE", "CANCEL"]))
    def be_away(self, whom: int, days: int, affected: str) -> None:
        starts = self.now + timedelta(days=days)
        away = {"starts": starts, "ends": starts + timedelta(hours=6), "reason": "", "affected": affected}
        self._try(add_absence, actor=self.cast.desk, doctor_id=self._doctor(whom).pk, **away)

    # --- What must hold -----------------------------------------------------------------------------------

    @invariant()
    def nobody_is_in_two_places_and_no_seat_is_held_twice(self) -> None:
        assert overlaps() == 0

    @invariant()
    def a_refusal_leaves_every_row_as_it_was(self) -> None:
        assert self.refusals_that_wrote == 0

    @invariant()
    def rows_stay_and_take_only_legal_steps(self) -> None:
        rows = {row["id"]: row for row in Appointment.objects.values()}
        assert set(self.seen) <= set(rows)
        for pk, before in self.seen.items():
            assert rows[pk]["status"] in _reachable(before["status"]), (before["status"], rows[pk]["status"])
            assert rows[pk]["move_count"] >= before["move_count"]
        for row in rows.values():
            if row["serial"] and (row["id"] not in self.seen or self.seen[row["id"]]["serial"] != row["serial"]):
                self._new_place(row)
        self.seen = rows

    @invariant()
    def one_live_appointment_per_patient_doctor_and_day(self) -> None:
        live = [(row["patient_id"], row["doctor_id"], row["local_date"]) for row in self._live()]
        assert len(live) == len(set(live))

    @invariant()
    def what_is_live_stands_where_the_doctor_works_and_is_not_away(self) -> None:
        for doctor in self.cast.doctors:
            calendar = calendar_of_doctor(doctor, since=BEGIN - timedelta(days=2))
            for row in Appointment.objects.live().filter(doctor=doctor, starts_at__gt=self.now):
                assert calendar.covers(row.as_taken()), row
                assert not calendar.is_absent(row.starts_at, row.ends_at), row

    @invariant()
    def what_is_overbooked_says_why_and_what_is_asked_for_has_no_seat(self) -> None:
        for row in self.seen.values():
            assert row["is_overbooked"] == bool(row["overbooking_reason"].strip())
            assert row["doctor_id"] or row["status"] not in {*LIVE, Status.COMPLETED, Status.NO_SHOW}

    # --- Who and what -------------------------------------------------------------------------------------

    def _try(self, act: Callable[..., Any], **facts: Any) -> None:
        """Do it; a refusal leaves every row as it was."""
        before = list(Appointment.objects.order_by("pk").values())
        try:
            with transaction.atomic():
                act(**facts, now=self.now)
        except DomainError:
            after = list(Appointment.objects.order_by("pk").values())
            self.refusals_that_wrote += after != before

    def _new_place(self, row: dict[str, Any]) -> None:
        line = self.places[row["doctor_id"], row["local_date"]]
        assert row["serial"] not in line, "a place is never used again"
        line.add(row["serial"])

    def _live(self) -> list[dict[str, Any]]:
        return [row for row in self.seen.values() if row["status"] in LIVE]

    def _doctor(self, number: int) -> Doctor:
        return self.cast.doctors[number % 2]

    def _user(self, number: int) -> User:
        return self.cast.users[number]

    def _anybody(self, number: int) -> User:
        everybody = [self.cast.desk, self.cast.desk, *self.cast.users, *(each.user for each in self.cast.doctors)]
        return everybody[number % len(everybody)]

    def _row(self, number: int) -> Any:
        return sorted(self.seen)[number % len(self.seen)]

    def _slot(self, whom: int, days: int, nth: int) -> datetime:
        day = (self.now + timedelta(days=days)).date()
        return doctor_slots(self._doctor(whom), first=day, last=day)[nth].starts_at


def _reachable(state: str) -> set[str]:
    """Return where one step may lead."""
    return {state, *TRANSITIONS[state]}


def test_whatever_happens_the_rules_hold(db):
    Life.cast = Cast()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=rounds(10, 300),
            stateful_step_count=rounds(25, 50),
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM appointments_appointment")
        assert cursor.fetchone() == (0,)
    assert Patient.objects.count() == 3
