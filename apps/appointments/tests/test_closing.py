"""What time decides: requests that nobody answered, and visits to which nobody came, at the end of the local day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from apps.accounts.models import User
from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.appointments.services.closing import Closed, close_overdue
from apps.appointments.services.requesting import request_appointment
from apps.appointments.tests.cast import MONDAY_NINE, NOW, book, someone, written
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race
from apps.hospitals.models import Department, Doctor
from apps.notifications.models import Notification
from tests.world import make_doctor, make_hospital

pytestmark = pytest.mark.django_db
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 24, 5, tzinfo=UTC)  # In New York, after the Monday of the visit.


@pytest.fixture
def booked(doctor) -> Appointment:
    return book(someone("amina"), doctor)


def ask(user: User, doctor: Doctor) -> Appointment:
    heart = Department.objects.get_or_create(hospital=doctor.hospital, name="Heart")[0]
    return request_appointment(
        actor=user,
        hospital_id=doctor.hospital_id,
        department_id=heart.pk,
        requested_time=MONDAY_NINE,
        patient_id=None,
        reason="A cough",
        now=NOW,
    )


class TestMissed:
    def test_at_the_end_of_the_local_day_and_not_before(self, booked):
        assert close_overdue(now=MIDNIGHT - SECOND) == Closed(0, 0)
        assert close_overdue(now=MIDNIGHT) == Closed(0, 1)
        assert Appointment.objects.get().status == "NO_SHOW"
        event = AuditEvent.objects.get(action="appointment_no_show")
        assert (event.subject_id, event.actor_id, event.concerns_id) == (booked.pk, None, booked.patient_id)
        assert event.tenant_id == booked.hospital_id

    @pytest.mark.parametrize(
        ("zone", "ends"),
        [
            ("Pacific/Kiritimati", datetime(2026, 11, 23, 10, tzinfo=UTC)),
            ("Etc/GMT+12", datetime(2026, 11, 24, 12, tzinfo=UTC)),
            ("Asia/Kathmandu", datetime(2026, 11, 23, 18, 15, tzinfo=UTC)),
        ],
    )
    @pytest.mark.parametrize("is_employed", [True, False])
    def test_each_zone_has_its_own_midnight(self, booked, zone, ends, is_employed):
        doctor = make_doctor("ines", make_hospital("Far", time_zone=zone) if is_employed else None)
        if not is_employed:
            Doctor.objects.filter(pk=doctor.pk).update(time_zone=zone)
        noon = ends - timedelta(hours=12)
        Appointment.objects.update(
            doctor=doctor, starts_at=noon, ends_at=noon + timedelta(minutes=20), local_date=date(2026, 11, 23)
        )
        assert close_overdue(now=ends - SECOND).missed == 0
        assert close_overdue(now=ends).missed == 1

    def test_a_second_beat_changes_nothing(self, booked):
        close_overdue(now=MIDNIGHT)
        then = written()
        assert close_overdue(now=MIDNIGHT + DAY) == Closed(0, 0)
        assert written() == then

    @pytest.mark.parametrize("status", sorted(set(Status.values) - {"CONFIRMED", "REQUESTED"}))
    def test_only_what_is_still_awaited(self, booked, status):
        Appointment.objects.update(status=status)
        assert close_overdue(now=MIDNIGHT + DAY) == Closed(0, 0)
        assert Appointment.objects.get().status == status

    def test_many_go_in_batches(self, doctor):
        for number in range(5):
            book(someone(f"p{number}"), doctor, at=MONDAY_NINE + number * timedelta(minutes=20))
        assert close_overdue(now=MIDNIGHT, batch=2) == Closed(0, 5)

    def test_a_run_missed_for_a_month_is_made_good(self, booked):
        assert close_overdue(now=MIDNIGHT + 30 * DAY).missed == 1


class TestUnanswered:
    def test_is_rejected_when_its_time_comes_and_the_patient_is_told(self, doctor):
        user = someone("amina")
        asked = ask(user, doctor)
        assert close_overdue(now=MONDAY_NINE - SECOND) == Closed(0, 0)
        assert close_overdue(now=MONDAY_NINE) == Closed(1, 0)
        row = Appointment.objects.get()
        assert (row.status, row.cancelled_reason) == ("REJECTED", "unanswered")
        told = Notification.objects.get(topic="appointment_rejected")
        assert (told.recipient, told.subject_id) == (user, asked.pk)
        assert AuditEvent.objects.get(action="appointment_rejected").actor_id is None

    def test_a_second_beat_tells_nobody_again(self, doctor):
        ask(someone("amina"), doctor)
        close_overdue(now=MONDAY_NINE)
        then = written()
        assert close_overdue(now=MONDAY_NINE + DAY) == Closed(0, 0)
        assert written() == then


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_close_each_once(doctor):
    for number in range(6):
        book(someone(f"p{number}"), doctor, at=MONDAY_NINE + number * timedelta(minutes=20))
    for number in range(6, 10):
        ask(someone(f"p{number}"), doctor)
    runs = race([lambda: close_overdue(now=MIDNIGHT, batch=2)] * 4)
    runs.append(close_overdue(now=MIDNIGHT))  # What one passed over because another held it.
    assert (sum(run.unanswered for run in runs), sum(run.missed for run in runs)) == (4, 6)
    assert AuditEvent.objects.filter(action="appointment_no_show").count() == 6
    assert Notification.objects.filter(topic="appointment_rejected").count() == 4
