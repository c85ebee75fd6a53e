"""Demo data: all of it or none, once, never in production."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.accounts.services.sessions import sign_in
from apps.appointments.choices import Status
from apps.appointments.models import Appointment, Rating
from apps.core import files as store
from apps.core.models import StoredFile
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import Hospital
from apps.notifications.choices import DeliveryState
from apps.notifications.models import Delivery
from apps.notifications.selectors import deliveries_by_hour
from apps.notifications.services.delivering import deliver_pending
from apps.overview import demo
from apps.patients.choices import GrantKind
from apps.patients.models import AccessGrant, Allergy, Condition, Medication, Patient
from apps.records.models import HealthRecord, OrderedTest, Prescription, Visit, Vitals
from apps.reminders.choices import DoseState, PlanState
from apps.reminders.models import ActionPlan, Dose
from tests.world import make_user

pytestmark = pytest.mark.django_db


def stored() -> int:
    private = storages["private"]
    return sum(len(private.listdir(folder)[1]) for folder in private.listdir("")[0])


def load(**options: bool) -> str:
    out = StringIO()
    call_command("load_demo_data", stdout=out, **options)
    return out.getvalue()


def test_it_makes_logins_that_work_and_rows_around_them(now):
    load()
    for username in ("admin", "hospital", "doctor", "patient"):
        assert sign_in(identifier=username, password=demo.PASSWORD, now=now).user.username == username
    assert set(Hospital.objects.values_list("status", flat=True)) == {HospitalStatus.APPROVED, HospitalStatus.PENDING}
    assert set(Appointment.objects.values_list("status", flat=True)) == set(Status.values)
    assert Rating.objects.get().stars == 5
    assert ActionPlan.objects.filter(state=PlanState.ACTIVE).count() == 1
    states = set(Dose.objects.values_list("state", flat=True))
    assert {DoseState.TAKEN, DoseState.MISSED, DoseState.SCHEDULED} <= states


def test_it_makes_a_family_with_a_profile_and_a_walk_in_to_claim():
    load()
    relations = Patient.objects.filter(managements__user__username="patient").values_list("managements__relation")
    assert sorted(relation for (relation,) in relations) == ["PARENT", "SELF"]
    assert Patient.objects.unmanaged().get().registrations.get().source == "WALK_IN"
    profile = Allergy.objects.get(), Condition.objects.get(), Medication.objects.get(source="REPORTED")
    assert {entry.patient.first_name for entry in profile} == {"Amina"}


def test_its_messages_are_sent_and_none_is_given_up_as_if_the_house_had_been_away(now, mailoutbox):
    load()
    played = Delivery.objects.filter(created_at__lt=now - timedelta(hours=1))
    assert played.exists()
    assert set(played.values_list("state", flat=True)) == {DeliveryState.SENT}
    assert deliver_pending() == len(mailoutbox) > 0
    assert not Delivery.objects.filter(state=DeliveryState.FAILED).exists()
    assert sum(hour.failed for hour in deliveries_by_hour(now=now)) == 0
    day_ago = now - timedelta(days=1)
    assert all(hour.begins_at > day_ago for hour in deliveries_by_hour(now=now))  # What was played before is no bar.


def test_it_fills_a_record_whose_every_prescription_was_checked(now):
    load()
    manager, lena = (User.objects.get(username=name) for name in ("patient", "doctor"))
    silva = User.objects.get(last_name="Silva")
    assert (Visit.objects.count(), Vitals.objects.filter(visit=None).count()) == (2, 7)
    assert OrderedTest.objects.get().record.files.count() == 2
    assert sorted(Prescription.objects.values_list("version", "safety_check__is_critical")) == [
        (1, False),
        (1, True),
        (2, False),
    ]
    seen = [HealthRecord.objects.visible_to(one).count() for one in (manager, lena, silva)]
    assert seen == [4, 2, 4]  # All; what was assigned and shared; and all while the grant is live.
    emergency = AccessGrant.objects.get(kind=GrantKind.BREAK_GLASS)
    assert (emergency.is_live(now=now), emergency.reviewed_at) == (True, None)
    assert all(store.open_bytes(each).read(4) for each in StoredFile.objects.all())


def test_twice_is_once():
    load()
    counted = (User, Appointment, Dose, HealthRecord, Prescription, StoredFile)
    before = [model.objects.count() for model in counted]
    assert "there already" in load()
    assert [model.objects.count() for model in counted] == before


def test_a_database_with_logins_is_left_alone_when_asked():
    make_user("somebody")
    load(if_empty=True)
    assert User.objects.count() == 1


def test_a_failure_leaves_nothing_behind(now):
    def fail_at_the_end(line: str) -> None:
        if "articles" in line:
            raise RuntimeError(line)

    before = stored()
    with pytest.raises(RuntimeError):
        demo.load_demo_data(now=now, say=fail_at_the_end)
    assert not User.objects.exists()
    assert stored() == before


def test_production_refuses(settings):
    settings.ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="refused in production"):
        load()
    assert not User.objects.exists()
