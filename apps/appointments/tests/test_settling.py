"""A change of a doctor's calendar orphans no live appointment: it refuses, moves or cancels, by choice."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.choices import Status
from apps.appointments.models import Absence, Appointment, ScheduleRule
from apps.appointments.services.absences import add_absence, change_absence
from apps.appointments.services.lifecycle import cancel_appointment
from apps.appointments.services.schedules import add_rule, change_rule, remove_rule, replace_week
from apps.appointments.services.settling import AppointmentsAffected, NowhereToMove
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, client_of, someone, written
from apps.core.models import AuditEvent
from apps.hospitals.models import Doctor
from apps.notifications.models import Delivery, Notification
from apps.patients.models import CareRelationship
from tests.world import make_doctor, make_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]
SLOT = timedelta(minutes=20)
DAY = timedelta(days=1)


@pytest.fixture
def doctor(doctor) -> Doctor:
    """A doctor in New York with six slots every day, 09:00 to 11:00."""
    ScheduleRule.objects.update(from_time=time(9), to_time=time(11))
    return doctor


@pytest.fixture
def monday(doctor) -> ScheduleRule:
    return ScheduleRule.objects.get(doctor=doctor, weekday=0)


@pytest.fixture
def booked(amina, doctor) -> Appointment:
    """Monday, 09:20."""
    return book(amina, doctor, at=MONDAY_NINE + SLOT)


def change(doctor: Doctor, rule: ScheduleRule, *, affected: str = "REFUSE", actor: User | None = None, **changes):
    return change_rule(actor=actor or doctor.user, rule_id=rule.pk, changes=changes, affected=affected, now=NOW)


def be_away(doctor: Doctor, start: datetime, end: datetime, *, affected: str = "REFUSE") -> Absence:
    return add_absence(actor=doctor.user, doctor_id=None, starts=start, ends=end, reason="", affected=affected, now=NOW)


def orphans() -> int:
    """Count the live appointments that lie outside of the working time of their doctor, or in an absence."""
    found = 0
    for each in Appointment.objects.live().select_related("doctor__hospital"):
        zone = each.starts_at.astimezone(datetime.fromisoformat("2026-11-23T00:00:00-05:00").tzinfo)
        rules = ScheduleRule.objects.in_force().filter(
            doctor=each.doctor, weekday=each.local_date.weekday(), from_time__lte=zone.time(), capacity__gt=each.seat
        )
        fits = any((zone + (each.ends_at - each.starts_at)).time() <= rule.to_time for rule in rules)
        away = Absence.objects.filter(doctor=each.doctor).between(each.starts_at, each.ends_at).exists()
        found += away or not fits
    return found


CHANGES = {
    "shortened": {"to_time": time(9, 20)},
    "begun later": {"from_time": time(9, 40)},
    "another day": {"weekday": 1, "from_time": time(12), "to_time": time(14)},
    "a queue": {"kind": "QUEUE", "slot_minutes": 10},
    "switched off": {"is_active": False},
    "over before": {"valid_to": date(2026, 11, 22)},
    "begun after": {"valid_from": date(2026, 11, 24)},
}


class TestRefusing:
    @pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
    def test_a_change_of_a_rule(self, doctor, monday, booked, changes):
        before = written()
        with pytest.raises(AppointmentsAffected) as told:
            change(doctor, monday, **changes)
        assert [each["id"] for each in told.value.extensions["appointments"]] == [booked.pk]
        monday.refresh_from_db()
        assert (monday.from_time, monday.to_time, monday.weekday, monday.is_active) == (time(9), time(11), 0, True)
        assert written() == before

    def test_removing_it(self, doctor, monday, booked):
        with pytest.raises(AppointmentsAffected):
            remove_rule(actor=doctor.user, rule_id=monday.pk, affected="REFUSE", now=NOW)
        assert ScheduleRule.objects.filter(pk=monday.pk).exists()

    def test_replacing_the_week(self, doctor, booked):
        with pytest.raises(AppointmentsAffected):
            replace_week(actor=doctor.user, doctor_id=None, rules=[], affected="REFUSE", now=NOW)
        assert ScheduleRule.objects.count() == 7

    def test_an_absence(self, doctor, booked):
        with pytest.raises(AppointmentsAffected):
            be_away(doctor, booked.starts_at + SLOT / 2, booked.ends_at + DAY)
        assert not Absence.objects.exists()

    def test_a_longer_absence(self, doctor, booked):
        absence = be_away(doctor, booked.ends_at, booked.ends_at + DAY)
        with pytest.raises(AppointmentsAffected):
            change_absence(
                actor=doctor.user,
                absence_id=absence.pk,
                starts=booked.starts_at,
                ends=None,
                reason=None,
                affected="REFUSE",
                now=NOW,
            )

    def test_an_earlier_queue_that_shifts_the_places_of_a_line(self, doctor, monday, amina):
        monday.delete()
        line = {"weekday": 0, "kind": "QUEUE", "slot_minutes": 10}
        evening = {"from_time": time(18), "to_time": time(19)}
        add_rule(actor=doctor.user, doctor_id=None, rule=line | evening, affected="REFUSE", now=NOW)
        starts = datetime(2026, 11, 23, 23, tzinfo=UTC)
        Appointment.objects.create(
            patient=amina.managements.get().patient,
            doctor=doctor,
            starts_at=starts,
            ends_at=starts + timedelta(minutes=10),
            local_date=starts.date(),
            serial=1,
        )
        morning = {"from_time": time(8), "to_time": time(9)}
        with pytest.raises(AppointmentsAffected):
            add_rule(actor=doctor.user, doctor_id=None, rule=line | morning, affected="REFUSE", now=NOW)
        night = {"from_time": time(20), "to_time": time(21)}
        add_rule(actor=doctor.user, doctor_id=None, rule=line | night, affected="REFUSE", now=NOW)
        with pytest.raises(AppointmentsAffected):  # Longer places end later, the first one too.
            change(doctor, ScheduleRule.objects.get(kind="QUEUE", from_time=time(18)), slot_minutes=15)


class TestNotAffected:
    @pytest.mark.parametrize(
        "changes",
        [
            {"to_time": time(9, 40)},
            {"from_time": time(8), "to_time": time(20)},
            {"slot_minutes": 30},
            {"capacity": 3},
            {"valid_from": date(2026, 11, 23), "valid_to": date(2026, 11, 23)},
        ],
        ids=repr,
    )
    def test_what_keeps_the_time_passes(self, doctor, monday, booked, changes):
        change(doctor, monday, **changes)
        assert Appointment.objects.live().get() == booked

    def test_an_absence_beside_it_passes(self, doctor, booked):
        be_away(doctor, booked.ends_at, booked.ends_at + DAY)
        be_away(doctor, booked.starts_at - DAY, booked.starts_at)

    @pytest.mark.parametrize("status", [Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW])
    def test_what_does_not_live_is_asked_no_more(self, doctor, monday, booked, status):
        Appointment.objects.update(status=status)
        change(doctor, monday, is_active=False)

    def test_nor_what_has_begun(self, doctor, monday, booked):
        now = booked.starts_at
        change_rule(actor=doctor.user, rule_id=monday.pk, changes={"is_active": False}, affected="REFUSE", now=now)

    def test_nor_what_lay_outside_of_the_schedule_before(self, doctor, monday, booked):
        Appointment.objects.update(starts_at=booked.starts_at + 5 * SLOT * 3, ends_at=booked.ends_at + 5 * SLOT * 3)
        change(doctor, monday, is_active=False)

    def test_but_an_absence_that_meets_it_there_is(self, doctor, booked):
        Appointment.objects.update(starts_at=booked.starts_at + 9 * SLOT, ends_at=booked.ends_at + 9 * SLOT)
        with pytest.raises(AppointmentsAffected):
            be_away(doctor, booked.starts_at + 9 * SLOT, booked.ends_at + 9 * SLOT)

    def test_a_seat_that_goes_is_exchanged_for_one_that_stays(self, doctor, monday, amina):
        change(doctor, monday, capacity=3)
        booked = book(amina, doctor)
        Appointment.objects.update(seat=2)
        change(doctor, monday, capacity=1)
        booked.refresh_from_db()
        assert (booked.seat, booked.starts_at, booked.move_count) == (0, MONDAY_NINE, 0)
        assert not Notification.objects.filter(topic="appointment_moved").exists()

    def test_those_for_whom_no_seat_stays_are_affected(self, doctor, monday):
        change(doctor, monday, capacity=3)
        for name in ("amina", "omar", "noor"):
            book(someone(name), doctor)
        with pytest.raises(AppointmentsAffected) as told:
            change(doctor, monday, capacity=1)
        assert told.value.extensions["affected_count"] == 2


class TestMoving:
    def test_goes_to_the_next_free_slot(self, doctor, monday, booked):
        change(doctor, monday, affected="MOVE", to_time=time(9, 20))
        booked.refresh_from_db()
        assert booked.starts_at == MONDAY_NINE + DAY
        assert (booked.ends_at, booked.local_date.day) == (MONDAY_NINE + DAY + SLOT, 24)
        assert (booked.status, booked.move_count) == ("CONFIRMED", 1)
        assert orphans() == 0

    def test_tells_the_patient_each_time(self, doctor, monday, booked, amina):
        change(doctor, monday, affected="MOVE", is_active=False)
        booked.refresh_from_db()
        be_away(doctor, booked.starts_at, booked.ends_at, affected="MOVE")
        told = Delivery.objects.filter(topic="appointment_moved", subject_id=booked.pk, user=amina)
        assert sorted(told.values_list("sequence", flat=True)) == [1, 2]
        assert Notification.objects.filter(topic="appointment_moved", recipient=amina).count() == 1

    def test_keeps_the_right_to_treat_until_after_the_new_time(self, doctor, monday, booked):
        change(doctor, monday, affected="MOVE", is_active=False)
        booked.refresh_from_db()
        assert CareRelationship.objects.get().ends_at == booked.ends_at + 30 * DAY

    def test_is_audited(self, doctor, monday, booked):
        change(doctor, monday, affected="MOVE", is_active=False)
        event = AuditEvent.objects.get(action="appointment_moved")
        assert (event.actor_id, event.subject_id) == (doctor.user_id, booked.pk)

    def test_several_get_times_of_their_own(self, doctor, monday):
        moved = [book(someone(f"p{number}"), doctor, at=MONDAY_NINE + number * SLOT) for number in range(6)]
        book(someone("there"), doctor, at=MONDAY_NINE + DAY)
        change(doctor, monday, affected="MOVE", is_active=False)
        times = [Appointment.objects.get(pk=each.pk).starts_at for each in moved]
        assert times == [MONDAY_NINE + DAY + number * SLOT for number in range(1, 6)] + [MONDAY_NINE + 2 * DAY]
        assert orphans() == 0

    def test_passes_over_where_the_patient_is_and_days_with_this_doctor(self, doctor, monday, booked, amina):
        book(amina, doctor, at=MONDAY_NINE + DAY)
        elsewhere = make_doctor("omar", doctor.hospital)
        book(amina, elsewhere, at=MONDAY_NINE + 2 * DAY)
        change(doctor, monday, affected="MOVE", is_active=False)
        booked.refresh_from_db()
        assert booked.starts_at == MONDAY_NINE + 2 * DAY + SLOT

    def test_takes_another_time_of_the_same_day_where_there_is_one(self, doctor, monday, booked):
        change(doctor, monday, affected="MOVE", from_time=time(9, 40))
        booked.refresh_from_db()
        assert booked.starts_at == MONDAY_NINE + 2 * SLOT

    def test_a_place_in_line_goes_to_another_line(self, doctor, monday, amina):
        ScheduleRule.objects.filter(weekday__in=[0, 2]).update(kind="QUEUE", slot_minutes=10)
        booked = Appointment.objects.create(
            patient=amina.managements.get().patient,
            doctor=doctor,
            starts_at=MONDAY_NINE,
            ends_at=MONDAY_NINE + SLOT / 2,
            local_date=MONDAY_NINE.date(),
            serial=1,
        )
        change(doctor, monday, affected="MOVE", is_active=False)
        booked.refresh_from_db()
        assert (booked.serial, booked.number, booked.starts_at) == (1, "APT-20261125-001", MONDAY_NINE + 2 * DAY)

    def test_without_a_free_time_nothing_is_changed(self, doctor, booked):
        before = written()
        with pytest.raises(NowhereToMove):
            replace_week(actor=doctor.user, doctor_id=None, rules=[], affected="MOVE", now=NOW)
        booked.refresh_from_db()
        assert (booked.starts_at, ScheduleRule.objects.count()) == (MONDAY_NINE + SLOT, 7)
        assert written() == before

    def test_who_is_there_already_is_not_moved(self, doctor, monday, booked):
        Appointment.objects.update(status=Status.CHECKED_IN)
        with pytest.raises(AppointmentsAffected):
            change(doctor, monday, affected="MOVE", is_active=False)


class TestCancelling:
    @pytest.mark.parametrize("status", [Status.CONFIRMED, Status.CHECKED_IN])
    def test_by_choice(self, doctor, monday, booked, amina, status):
        Appointment.objects.update(status=status)
        change(doctor, monday, affected="CANCEL", is_active=False)
        booked.refresh_from_db()
        assert (booked.status, booked.cancelled_reason) == ("CANCELLED", "The doctor's schedule has changed.")
        assert Notification.objects.filter(topic="appointment_cancelled", recipient=amina).exists()
        assert AuditEvent.objects.filter(action="appointment_cancelled", actor_id=doctor.user_id).exists()

    def test_leaves_the_others(self, doctor, monday, booked):
        other = book(someone("omar"), doctor, at=MONDAY_NINE)
        change(doctor, monday, affected="CANCEL", to_time=time(9, 20))
        assert Appointment.objects.live().get() == other


class TestWhoIsToldWhat:
    def refusal(self, client, rule):
        answer = client.delete(f"/api/v1/doctors/schedules/{rule.pk}/")
        assert answer.status_code == 409
        return answer.json()

    def test_the_doctor_and_the_staff_read_which(self, doctor, monday, booked):
        for user in (doctor.user, make_staff("desk", doctor.hospital)):
            told = self.refusal(client_of(user), monday)
            assert (told["code"], told["affected_count"]) == ("appointments_affected", 1)
            assert told["appointments"] == [
                {
                    "id": str(booked.pk),
                    "starts_at": "2026-11-23T14:20:00Z",
                    "ends_at": "2026-11-23T14:40:00Z",
                    "status": "CONFIRMED",
                }
            ]

    def test_an_administrator_reads_how_many(self, doctor, monday, booked):
        with pytest.raises(AppointmentsAffected) as told:
            change(doctor, monday, actor=make_user("ada", Role.ADMIN), is_active=False)
        assert told.value.extensions == {"affected_count": 1, "appointments": []}

    @pytest.mark.parametrize(("choice", "status"), [("move", "CONFIRMED"), ("CANCEL", "CANCELLED")])
    def test_the_choice_is_made_in_the_address(self, doctor, monday, booked, choice, status):
        answer = client_of(doctor.user).delete(f"/api/v1/doctors/schedules/{monday.pk}/?affected={choice}")
        booked.refresh_from_db()
        assert (answer.status_code, booked.status) == (204, status)

    @pytest.mark.parametrize("choice", ["MOVE", "cancel"])
    def test_or_in_the_body(self, doctor, booked, choice):
        body = {"from_date": "2026-11-23", "affected": choice}
        answer = client_of(doctor.user).post("/api/v1/doctors/absences/", body, format="json")
        assert answer.status_code == 201
        assert orphans() == 0

    def test_a_change_with_an_idempotency_key_acts_once(self, doctor, booked):
        client, body = client_of(doctor.user), {"from_date": "2026-11-23", "affected": "MOVE"}
        for _ in range(2):
            answer = client.post("/api/v1/doctors/absences/", body, format="json", HTTP_IDEMPOTENCY_KEY="k")
            assert answer.status_code == 201
        booked.refresh_from_db()
        assert (booked.move_count, Absence.objects.count()) == (1, 1)


def test_after_a_cancellation_the_change_passes(doctor, monday, booked, amina):
    cancel_appointment(actor=amina, appointment_id=booked.pk, reason="", now=NOW)
    change(doctor, monday, is_active=False)
