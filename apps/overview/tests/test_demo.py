"""Demo data: all of it or none, once, never in production."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.accounts.services.sessions import sign_in
from apps.appointments.choices import Status
from apps.appointments.models import Appointment, Rating
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import Hospital
from apps.overview import demo
from apps.patients.models import Allergy, Condition, Medication, Patient
from apps.reminders.choices import DoseState, PlanState
from apps.reminders.models import ActionPlan, Dose
from tests.world import make_user

pytestmark = pytest.mark.django_db


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
    assert [kind.objects.get().patient.first_name for kind in (Allergy, Condition, Medication)] == ["Amina"] * 3


def test_twice_is_once():
    load()
    before = User.objects.count(), Appointment.objects.count(), Dose.objects.count()
    assert "there already" in load()
    assert (User.objects.count(), Appointment.objects.count(), Dose.objects.count()) == before


def test_a_database_with_logins_is_left_alone_when_asked():
    make_user("somebody")
    load(if_empty=True)
    assert User.objects.count() == 1


def test_a_failure_leaves_nothing_behind(now):
    def fail_at_the_end(line: str) -> None:
        if "articles" in line:
            raise RuntimeError(line)

    with pytest.raises(RuntimeError):
        demo.load_demo_data(now=now, say=fail_at_the_end)
    assert not User.objects.exists()


def test_production_refuses(settings):
    settings.ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="refused in production"):
        load()
    assert not User.objects.exists()
