"""The approval queue of the admin: counted, searched by index, decided many at once with a reason."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.models import AuditEvent
from apps.hospitals.admin.doctors import waiting_applications
from apps.hospitals.admin.places import waiting_hospitals
from apps.hospitals.models import Department, Doctor, DoctorApplication, Hospital
from apps.hospitals.services.applications import ChangedMeanwhile
from apps.notifications.models import Delivery
from tests.little_cast import signed_in_to_admin
from tests.world import make_applicant, make_doctor, make_hospital, make_staff

HOSPITALS, APPLICATIONS, DOCTORS = (
    f"/admin/hospitals/{model}/" for model in ("hospital", "doctorapplication", "doctor")
)


@pytest.fixture
def desk(office):
    return signed_in_to_admin(office)


def test_hospitals_are_rejected_with_a_reason_that_is_asked_for(desk):
    waiting = [make_hospital(f"Waiting {number}", status="PENDING") for number in range(3)]
    body = {"action": "reject", "_selected_action": [each.pk for each in waiting]}
    asked = desk.post(HOSPITALS, body)
    assert asked.status_code == 200
    assert "Waiting 1" in asked.content.decode()
    assert set(Hospital.objects.values_list("status", flat=True)) == {"PENDING"}
    without = desk.post(HOSPITALS, {**body, "apply": "1", "reason": " "})
    assert without.status_code == 200
    assert set(Hospital.objects.values_list("status", flat=True)) == {"PENDING"}
    desk.post(HOSPITALS, {**body, "apply": "1", "reason": "No licence"})
    assert set(Hospital.objects.values_list("status", "decision_reason")) == {("REJECTED", "No licence")}


def test_applications_are_decided_many_at_once(desk, now):
    first, second, third = (make_applicant(name, now=now) for name in ("sara", "joon", "hana"))
    desk.post(APPLICATIONS, {"action": "approve", "_selected_action": [first.pk]}, follow=True)
    first.refresh_from_db()
    body = {"action": "reject", "_selected_action": [first.pk, second.pk, third.pk]}
    answer = desk.post(APPLICATIONS, {**body, "apply": "1", "reason": "No licence"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        f"{first}: This application was decided already.",
        "Rejected: 2",
    ]
    reasons = dict(DoctorApplication.objects.values_list("doctor__user__username", "reason"))
    assert reasons == {"sara": "", "joon": "No licence", "hana": "No licence"}
    assert Delivery.objects.filter(topic="application_decided").count() == 3


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_a_decision_is_about_what_the_page_showed(desk, now, action, client_of):
    application = make_applicant("sara", now=now)
    page = desk.get(APPLICATIONS).content.decode()
    shown = re.search(r'name="seen_at" value="([^"]+)"', page).group(1)
    profile = client_of(application.doctor.user).patch("/api/v1/doctors/profile/", {"license_number": "M-2"}, "json")
    assert profile.status_code == 200
    body = {"action": action, "_selected_action": [application.pk], "seen_at": shown}
    if action == "reject":
        asked = desk.post(APPLICATIONS, body).content.decode()
        assert f'name="seen_at" value="{shown}"' in asked
        body |= {"apply": "1", "reason": "No"}
    answer = desk.post(APPLICATIONS, body, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [f"{application}: {ChangedMeanwhile.detail}"]
    application.refresh_from_db()
    assert application.status == "PENDING"


def test_a_row_is_decided_on_its_own_page_while_it_waits(desk, now):
    application = make_applicant("sara", now=now)
    page = f"{APPLICATIONS}{application.pk}/change/"
    shown = desk.get(page).content.decode()
    form = re.search(r'<form method="post" action="([^"]+)".*?</form>', shown, re.DOTALL)
    given = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', form[0]))
    assert re.findall(r'name="action" value="(\w+)"', form[0]) == ["approve", "reject"]
    desk.post(form[1], {**given, "action": "approve"})
    application.refresh_from_db()
    assert application.status == "APPROVED"
    assert 'name="action"' not in desk.get(page).content.decode()


@pytest.mark.parametrize(
    ("status", "offered"),
    [("PENDING", ["approve", "reject"]), ("APPROVED", ["suspend"]), ("SUSPENDED", ["approve"])],
)
def test_a_hospital_is_offered_what_may_become_of_it(desk, status, offered):
    shown = desk.get(f"{HOSPITALS}{make_hospital('Waiting', status=status).pk}/change/").content.decode()
    assert re.findall(r'name="action" value="(\w+)"', shown) == offered


class TestDepartments:
    PAGE = "/admin/hospitals/department/"

    def test_are_added_and_changed_through_the_services(self, desk, office, home):
        desk.post(f"{self.PAGE}add/", {"hospital": home.pk, "name": " Heart ", "description": ""})
        department = Department.objects.get()
        assert (department.hospital, department.name) == (home, "Heart")
        change = {"name": "Heart and lungs", "description": "x", "hospital": make_hospital("Hillside").pk}
        desk.post(f"{self.PAGE}{department.pk}/change/", change)
        department.refresh_from_db()
        assert (department.name, department.hospital) == ("Heart and lungs", home)  # A department stays where it is.
        events = AuditEvent.objects.filter(subject_id=department.pk).order_by("id")
        assert list(events.values_list("action", "actor_id", "tenant_id")) == [
            ("department_added", office.pk, home.pk),
            ("department_changed", office.pk, home.pk),
        ]

    def test_a_name_that_is_taken_is_a_message(self, desk, home):
        Department.objects.create(hospital=home, name="Heart")
        answer = desk.post(f"{self.PAGE}add/", {"hospital": home.pk, "name": "Heart ", "description": ""}, follow=True)
        assert answer.status_code == 200
        assert Department.objects.count() == 1

    def test_are_found_by_their_hospital_by_index(self, desk, home):
        Department.objects.create(hospital=home, name="Heart")
        Department.objects.create(hospital=make_hospital("Hillside"), name="Bones")
        with CaptureQueriesContext(connection) as captured:
            page = desk.get(f"{self.PAGE}?q=riversdie").content.decode()
        assert "Heart" in page
        assert "Bones" not in page
        assert any("careloop_search_keys" in query["sql"] for query in captured.captured_queries)


def test_a_doctors_page_shows_the_week(desk, home):
    doctor = make_doctor("lena", home)
    page = desk.get(f"{DOCTORS}{doctor.pk}/change/").content.decode()
    for shown in (
        "Weekly schedule",
        "Wednesday",
        f"/admin/appointments/schedulerule/{doctor.schedule_rules.first().pk}/",
    ):
        assert shown in page


def test_what_waits_is_counted_in_the_navigation(desk, now):
    make_hospital("Waiting", status="PENDING")
    make_applicant("sara", now=now), make_applicant("joon", now=now)
    assert (waiting_hospitals(None), waiting_applications(None)) == (1, 2)
    assert desk.get("/admin/").status_code == 200


def test_a_hospital_shows_its_map_departments_staff_and_doctors(desk, home):
    Hospital.objects.update(latitude=52.52, longitude=13.405)
    department = Department.objects.create(hospital=home, name="Heart")
    make_doctor("lena", home, department), make_staff("hana", home)
    page = desk.get(f"{HOSPITALS}{home.pk}/change/").content.decode()
    assert "https://www.openstreetmap.org/?mlat=52.52&amp;mlon=13.405#map=16/52.52/13.405" in page
    for shown in ("Heart", "Cardiology", "hana"):
        assert shown in page
    assert "search_keys" not in page


@pytest.mark.parametrize(("path", "term"), [(HOSPITALS, "riversdie"), (DOCTORS, "lean person")])
def test_search_is_the_indexed_one(desk, home, path, term):
    make_doctor("lena", home), make_doctor("marco", make_hospital("Hillside"))
    with CaptureQueriesContext(connection) as captured:
        page = desk.get(f"{path}?q={term}").content.decode()
    assert "1 result" in page or "Riverside" in page
    assert "Hillside" not in page
    assert any("careloop_search_keys" in query["sql"] for query in captured.captured_queries)


@pytest.mark.parametrize("path", [HOSPITALS, DOCTORS, APPLICATIONS])
def test_a_list_costs_the_same_for_many_rows(desk, now, path):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(path).status_code == 200
        return len(captured)

    make_doctor("lena", make_hospital("Riverside")), make_applicant("sara", now=now)
    desk.get(path)
    few = queries()
    for number in range(5):
        make_doctor(f"lena{number}", make_hospital(f"Riverside {number}")), make_applicant(f"sara{number}", now=now)
    assert queries() <= few
    assert Doctor.objects.count() == 12
