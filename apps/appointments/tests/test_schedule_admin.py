"""The admin's pages of schedules and absences write through the services: audited, and refused alike."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.appointments.models import Absence, Appointment, ScheduleRule
from apps.core.models import AuditEvent
from tests.world import PASSWORD, World, make_doctor

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(world: World) -> Client:
    client = Client()
    client.post("/admin/login/", {"username": "admin", "password": PASSWORD})
    return client


@pytest.fixture
def needed(world) -> ScheduleRule:
    """The rule in which the circle's appointment stands."""
    booked = world.circles["own"].appointment
    return ScheduleRule.objects.get(doctor=booked.doctor, weekday=booked.local_date.weekday())


def page(model: str, name: str, *args) -> str:
    return reverse(f"admin:appointments_{model}_{name}", args=args)


def rule_form(**changes) -> dict[str, object]:
    form = {"weekday": 0, "from_time": "09:00", "to_time": "12:00", "kind": "SLOTS", "slot_minutes": 20}
    return form | {"capacity": 1, "is_active": "on", "affected": "REFUSE"} | changes


def post(office: Client, address: str, form: dict[str, object]) -> str:
    answer = office.post(address, form, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_rule_is_added_through_the_service(office, world):
    doctor = make_doctor("fresh", None)
    ScheduleRule.objects.filter(doctor=doctor).delete()
    post(office, page("schedulerule", "add"), rule_form(doctor=doctor.pk))
    rule = ScheduleRule.objects.get(doctor=doctor)
    assert (rule.from_time, rule.to_time) == (time(9), time(12))
    event = AuditEvent.objects.get(action="schedule_rule_added")
    assert (event.actor_id, event.subject_id) == (world.people["admin"].pk, rule.pk)


@pytest.mark.parametrize("changes", [{"from_time": "13:00"}, {"slot_minutes": 181}, {}], ids=repr)
def test_what_the_service_refuses_is_not_added(office, world, changes):
    doctor = world.circles["own"].doctor
    before = ScheduleRule.objects.count()
    post(office, page("schedulerule", "add"), rule_form(doctor=doctor.pk, **changes))
    assert ScheduleRule.objects.count() == before


def test_a_change_that_would_orphan_is_refused_with_the_number(office, needed):
    form = rule_form(weekday=needed.weekday, from_time="21:00", to_time="22:00")
    text = post(office, page("schedulerule", "change", needed.pk), form)
    assert "Appointments stand in this time" in text
    assert "(1)" in text
    needed.refresh_from_db()
    assert needed.from_time == time(6)


def test_or_cancels_by_choice(office, needed, world):
    form = rule_form(weekday=needed.weekday, from_time="21:00", to_time="22:00", affected="CANCEL")
    post(office, page("schedulerule", "change", needed.pk), form)
    needed.refresh_from_db()
    assert needed.from_time == time(21)
    assert Appointment.objects.get(pk=world.circles["own"].appointment.pk).status == "CANCELLED"


def test_rules_are_removed_unless_appointments_stand_there(office, needed, world):
    beside = world.circles["own"].rule
    form = {"action": "remove", "_selected_action": [needed.pk, beside.pk]}
    text = post(office, page("schedulerule", "changelist"), form)
    assert "Appointments stand in this time" in text
    assert list(ScheduleRule.objects.filter(pk__in=[needed.pk, beside.pk])) == [needed]


def test_absences_are_added_changed_and_taken_back(office, world):
    doctor, day = world.circles["own"].doctor, (world.now + timedelta(days=20)).date()
    form = {"starts_at_0": day, "starts_at_1": "09:00", "ends_at_0": day, "ends_at_1": "10:00", "affected": "REFUSE"}
    post(office, page("absence", "add"), form | {"doctor": doctor.pk, "reason": "Course"})
    absence = Absence.objects.get(reason="Course")
    post(office, page("absence", "change", absence.pk), form | {"ends_at_1": "11:00", "reason": "Course"})
    changed = Absence.objects.get(pk=absence.pk)
    assert changed.ends_at == absence.ends_at + timedelta(hours=1)
    post(office, page("absence", "changelist"), {"action": "remove", "_selected_action": [absence.pk]})
    assert not Absence.objects.filter(pk=absence.pk).exists()
    actions = AuditEvent.objects.filter(subject_id=absence.pk).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["absence_added", "absence_changed", "absence_removed"]


def test_an_absence_in_the_past_is_refused(office, world):
    day = (world.now - timedelta(days=2)).date()
    form = {"starts_at_0": day, "starts_at_1": "09:00", "ends_at_0": day, "ends_at_1": "10:00", "affected": "REFUSE"}
    before = Absence.objects.count()
    form |= {"doctor": world.circles["own"].doctor.pk, "reason": ""}
    assert "This time is over" in post(office, page("absence", "add"), form)
    assert Absence.objects.count() == before


@pytest.mark.parametrize(("model", "kind"), [("schedulerule", ScheduleRule), ("absence", Absence)])
def test_calendars_are_found_by_their_doctor_by_index(office, world, model, kind):
    with CaptureQueriesContext(connection) as captured:
        answer = office.get(page(model, "changelist"), {"q": "colleageu"})
    shown = {row.doctor_id for row in answer.context["cl"].result_list}
    assert shown == {world.circles["tenant"].doctor.pk}
    assert kind.objects.exclude(doctor__in=shown).exists()
    assert any("careloop_search_keys" in query["sql"] for query in captured.captured_queries)
