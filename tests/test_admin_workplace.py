"""The admin as a place to work: what waits, figures, the way to every page, and who of the staff sees what."""

import csv
import io
import re
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services.sessions import open_session
from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.core import audit
from apps.core.models import AuditEvent
from apps.hospitals.models import DoctorApplication, Hospital
from apps.hospitals.services.applications import apply_as_doctor
from apps.overview.admin.drawing import BAD, GOOD, Bar, Part, drawn
from apps.overview.admin.first_page import how_long
from apps.overview.selectors.office import doses_by_day, visits_by_day
from apps.reminders.models import Dose
from config.settings.admin import NAVIGATION
from tests.little_cast import signed_in_to_admin
from tests.world import PASSWORD, make_hospital, make_user


@pytest.fixture
def office(world) -> Client:
    return signed_in_to_admin(User.objects.get(username="admin"))


@pytest.fixture
def clerk(world) -> Client:
    """Staff that may look at appointments, and at nothing else."""
    user = make_user("clerk")
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_appointment"))
    return signed_in_to_admin(user)


def page_of(model, page: str = "changelist", *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def links_of(page: str) -> set[str]:
    return {link.split("?")[0] for link in re.findall(r'href="(/admin/[^"#]*)"', page)}


# --- The first page -----------------------------------------------------------------------------------------------


def test_it_counts_what_waits_and_leads_there(office, world):
    make_hospital("Queue", status="PENDING")
    page = office.get("/admin/")
    cards = {card.title: card for card in page.context["waiting"]}
    assert cards["Hospitals"].figure == str(Hospital.objects.filter(status="PENDING").count())
    assert cards["Doctors"].figure == str(DoctorApplication.objects.waiting().count())
    assert cards["Hospitals"].is_urgent
    for card in [*cards.values(), *page.context["figures"]]:
        assert office.get(card.link).status_code == 200
        assert card.link.split("?")[0] in links_of(page.content.decode())


def test_it_draws_appointments_doses_and_messages_without_a_script_from_elsewhere(office):
    page = office.get("/admin/")
    titles = [chart.title for chart in page.context["charts"]]
    assert titles == ["Appointments per day", "Adherence per day", "Messages of the last 24 hours"]
    text = page.content.decode()
    assert text.count("<svg viewBox") >= 1
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', text) == []


def test_it_asks_as_often_for_many_rows_as_for_few(office, world):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert office.get("/admin/").status_code == 200
        return len(captured)

    before = queries()
    for number in range(6):
        make_hospital(f"Queue {number}", status="PENDING")
    assert queries() == before


def test_days_count_what_became_of_visits_and_doses(world):
    appointment = Appointment.objects.earliest("starts_at")
    Appointment.objects.filter(pk=appointment.pk).update(status=Status.NO_SHOW, local_date=world.now.date())
    Appointment.objects.exclude(pk=appointment.pk).update(status=Status.CANCELLED)
    Appointment.objects.filter(pk=appointment.pk).update(
        starts_at=world.now, ends_at=world.now + (appointment.ends_at - appointment.starts_at)
    )
    days = {each.day: each for each in visits_by_day(now=world.now)}
    assert len(days) == 21
    assert (days[world.now.date()].missed, days[world.now.date()].completed) == (1, 0)
    dose = Dose.objects.exclude(misses_at=None).first()
    Dose.objects.exclude(pk=dose.pk).update(state="CANCELLED")
    Dose.objects.filter(pk=dose.pk).update(
        state="TAKEN", local_date=world.now.date(), taken_at=world.now, answered_at=world.now
    )
    [today] = [each for each in doses_by_day(now=world.now) if each.day == world.now.date()]
    assert (today.due, today.taken) == (1, 1)


def test_bars_stand_on_the_axis_and_the_highest_reaches_the_top():
    chart = drawn(
        [Bar("a", (Part(GOOD, 3), Part(BAD, 1))), Bar("b", (Part(GOOD, 0),))],
        title="t",
        words="w",
        legend=[],
        ends=("a", "b"),
    )
    assert [(part.y, part.height) for part in chart.bars[0].parts] == [(20.0, 60.0), (0.0, 20.0)]
    assert (chart.bars[1].parts, chart.most) == ([], 4)
    assert drawn([], title="t", words="w", legend=[], ends=("", "")).bars == []


@pytest.mark.parametrize(("seconds", "words"), [(4.24, "4.2 s"), (600, "10 min"), (86_424, "24 h")])
def test_a_time_is_said_as_people_say_it(seconds, words):
    assert how_long(seconds) == words


# --- The way to every page ------------------------------------------------------------------------------------------


def test_the_navigation_leads_to_every_list_and_every_link_opens(office):
    led_to = {str(item["link"]) for group in NAVIGATION for item in group["items"]}
    lists = {page_of(model) for model in admin.site._registry if model.__module__.startswith("apps.")}
    assert lists == led_to, "a page belongs into config/settings/admin.py, under the task that it is for"
    assert led_to <= links_of(office.get("/admin/").content.decode())


# --- Who sees what --------------------------------------------------------------------------------------------------


def test_staff_without_all_rights_is_led_to_what_it_may_see_and_to_nothing_else(clerk):
    page = clerk.get("/admin/")
    lists = {page_of(model) for model in admin.site._registry if model.__module__.startswith("apps.")}
    assert links_of(page.content.decode()) & lists == {page_of(Appointment)}
    assert [card.title for card in page.context["waiting"]] == ["Requests"]
    assert [chart.title for chart in page.context["charts"]] == ["Appointments per day"]
    assert page.context["counts"] == []


def test_staff_without_all_rights_opens_no_other_page(clerk):
    answers = {
        model.__name__: clerk.get(page_of(model)).status_code
        for model in admin.site._registry
        if model.__module__.startswith("apps.")
    }
    assert answers.pop("Appointment") == 200
    assert set(answers.values()) == {403}


def test_staff_that_may_only_look_cannot_act(clerk, world):
    appointment = world.circles["own"].appointment
    clerk.post(page_of(Appointment), {"action": "cancel", "_selected_action": [appointment.pk]})
    appointment.refresh_from_db()
    assert appointment.status != Status.CANCELLED


def test_staff_without_any_right_is_told_where_to_look(world):
    user = make_user("nobody")
    User.objects.filter(pk=user.pk).update(is_staff=True)
    page = signed_in_to_admin(user).get("/admin/").content.decode()
    assert "stands in the navigation" in page
    assert "<svg viewBox" not in page


def test_whoever_signs_in_at_the_door_itself_lands_on_the_first_page(world):
    answer = Client().post("/admin/login/", {"username": "admin", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


# --- Exports and the audit trail --------------------------------------------------------------------------------------


def test_an_export_of_hospitals_calculates_nothing_and_is_in_the_audit_log(office):
    evil = make_hospital('=HYPERLINK("https://evil.example","x")', status="PENDING")
    answer = office.post(page_of(Hospital), {"action": "export", "_selected_action": [evil.pk]})
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"] == 'attachment; filename="hospital.csv"'
    _, [name, *_] = csv.reader(io.StringIO(answer.content.decode()))
    assert name == '\'=HYPERLINK("https://evil.example","x")'
    event = AuditEvent.objects.get(action="list_exported")
    assert (event.actor_id, event.details) == (
        User.objects.get(username="admin").pk,
        {"page": "hospitals.hospital", "rows": 1},
    )


def test_an_export_of_too_many_rows_is_refused_aloud(office, monkeypatch):
    monkeypatch.setattr("apps.core.admin.MOST_EXPORTED", 1)
    chosen = list(Hospital.objects.values_list("pk", flat=True))
    answer = office.post(page_of(Hospital), {"action": "export", "_selected_action": chosen}, follow=True)
    assert "Choose at most 1 rows." in answer.content.decode()
    assert not AuditEvent.objects.filter(action="list_exported").exists()


@pytest.mark.parametrize("action", ["suspend", "activate", "end_sessions", "send_password_reset"])
def test_each_act_on_a_login_leaves_its_event(office, world, action):
    person = User.objects.get(username="doctor")
    open_session(user=person, now=world.now)  # One that can be ended.
    is_active = action != "activate"
    User.objects.filter(pk=person.pk).update(is_active=is_active, suspended_at=None if is_active else world.now)
    before = list(AuditEvent.objects.values_list("pk", flat=True))
    office.post(page_of(User), {"action": action, "_selected_action": [person.pk]})
    written = AuditEvent.objects.exclude(pk__in=before)
    assert written.filter(actor_id=User.objects.get(username="admin").pk).exists()


@pytest.mark.parametrize(("action", "status"), [("approve", "APPROVED"), ("reject", "REJECTED")])
def test_each_decision_on_a_doctor_leaves_its_event(office, world, action, status):
    applicant = make_user("queued", role="DOCTOR")
    apply_as_doctor(
        actor=applicant,
        specialization="Dermatology",
        license_number="MD-QUEUE",
        qualification="MD",
        experience_years=7,
        languages=["English"],
        diseases_treated=["Eczema"],
        city="Springfield",
        time_zone="America/Chicago",
        now=world.now,
    )
    waiting = DoctorApplication.objects.waiting().get(doctor__user=applicant)
    before = list(AuditEvent.objects.values_list("pk", flat=True))
    form = {"action": action, "_selected_action": [waiting.pk], "apply": "1", "reason": "Licence"}
    office.post(page_of(DoctorApplication), form)
    waiting.refresh_from_db()
    assert waiting.status == status
    written = AuditEvent.objects.exclude(pk__in=before)
    assert set(written.values_list("actor_id", flat=True)) == {User.objects.get(username="admin").pk}


def test_whatever_refers_to_a_large_table_is_found_by_typing(office):
    """A form with a list of every doctor would be as long as the table, and so would a filter."""
    for model, page in admin.site._registry.items():
        if not model.__module__.startswith("apps.") or not page.has_add_permission(office.get("/admin/").wsgi_request):
            continue
        referring = {field.name for field in model._meta.fields if field.remote_field and field.editable}
        form = page.get_form(office.get("/admin/").wsgi_request)
        assert referring & set(form.base_fields) <= set(page.autocomplete_fields), model


def test_the_audit_log_says_in_words_who_did_what_to_what(office, world):
    audit.record("glass_broken", actor_id=world.people["doctor"].pk, subject=world.circles["own"].patient)
    page = office.get(reverse("admin:core_auditevent_changelist")).content.decode()
    for words in ("Glass broken", ">doctor<", ">patient<"):
        assert words in page


def test_appointments_begin_by_the_clock_of_their_place(office, world):
    appointment = world.circles["own"].appointment
    here = appointment.starts_at.astimezone(ZoneInfo(appointment.zone_name))
    page = office.get(reverse("admin:appointments_appointment_changelist")).content.decode()
    assert f"{here:%H:%M %Z}" in page
