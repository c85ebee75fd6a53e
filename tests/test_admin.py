"""Every page of the admin opens, none shows what is sealed, and each act goes through its service."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from apps.accounts.models import KeyPair, Session, User
from apps.appointments.choices import Status
from apps.appointments.models import Appointment
from apps.core.models import AuditEvent
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import Hospital
from apps.notifications.models import Delivery
from apps.reminders.models import ActionPlan
from tests.little_cast import signed_in_to_admin
from tests.world import ANNOTATION, COMPLAINT, NOTE, PASSWORD, RECORD_TITLE, make_hospital

OURS = [model for model in admin.site._registry if model.__module__.startswith("apps.")]


@pytest.fixture
def office(world) -> Client:
    return signed_in_to_admin(User.objects.get(username="admin"))


def page_of(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_list_and_detail_open_and_show_nothing_sealed(office, model):
    pages = [office.get(page_of(model, "changelist"))]
    row = model.objects.order_by("-pk").first()
    if row is not None:
        pages.append(office.get(page_of(model, "change", row.pk)))
    secrets = [line for line in NOTE.splitlines() if line] + [
        "A cough",
        RECORD_TITLE,
        ANNOTATION,
        "Haemoglobin",
        COMPLAINT,
        "buprofen",
    ]
    secrets += [bytes(pair.private_key_sealed).hex()[:32] for pair in KeyPair.objects.all()[:1]]
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert [secret for secret in secrets if secret in text] == []


def test_every_app_with_tables_has_pages():
    with_tables = {"core", "accounts", "notifications", "hospitals", "patients", "appointments", "articles"}
    with_tables |= {"records", "reminders", "recommendations"}
    assert {model._meta.app_label for model in OURS} == with_tables


def test_the_plan_that_the_admin_shows_has_a_text(world):
    assert ActionPlan.objects.first().action in NOTE


def test_only_staff_logins_enter(world):
    stranger, sessions = Client(), Session.objects.count()
    answer = stranger.post("/admin/login/", {"username": "doctor", "password": PASSWORD})
    assert "may not open the administration" in answer.content.decode()
    assert stranger.get("/admin/").status_code == 302
    assert Session.objects.count() == sessions
    assert signed_in_to_admin(User.objects.get(username="admin")).get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("approve", HospitalStatus.PENDING, HospitalStatus.APPROVED),
        ("reject", HospitalStatus.PENDING, HospitalStatus.REJECTED),
        ("suspend", HospitalStatus.APPROVED, HospitalStatus.SUSPENDED),
        ("suspend", HospitalStatus.PENDING, HospitalStatus.PENDING),
    ],
)
def test_hospitals_are_decided_through_the_service(office, action, before, after):
    hospital = make_hospital("Queue", status=before)
    answer = office.post(
        page_of(Hospital, "changelist"),
        {"action": action, "_selected_action": [hospital.pk], "apply": "1", "reason": "Licence"},
        follow=True,
    )
    hospital.refresh_from_db()
    assert (answer.status_code, hospital.status) == (200, after)
    assert AuditEvent.objects.filter(action="hospital_decided", subject_id=hospital.pk).exists() == (before != after)


def test_appointments_are_cancelled_through_the_service(office, world):
    appointment = world.circles["own"].appointment
    office.post(page_of(Appointment, "changelist"), {"action": "cancel", "_selected_action": [appointment.pk]})
    appointment.refresh_from_db()
    assert appointment.status == Status.CANCELLED
    assert AuditEvent.objects.filter(action="appointment_cancelled", subject_id=appointment.pk).exists()


def test_failed_messages_are_tried_again_through_the_service_and_others_are_not(office, world):
    failed, sent = Delivery.objects.order_by("id")[:2]
    Delivery.objects.filter(pk=failed.pk).update(state="FAILED", reason="GIVEN_UP")
    Delivery.objects.filter(pk=sent.pk).update(state="SENT")
    answer = office.post(
        page_of(Delivery, "changelist"),
        {"action": "retry", "_selected_action": [failed.pk, sent.pk]},
        follow=True,
    )
    for delivery, state in ((failed, "PENDING"), (sent, "SENT")):
        delivery.refresh_from_db()
        assert delivery.state == state
    assert "has not failed" in answer.content.decode()
    assert AuditEvent.objects.filter(action="delivery_retried", subject_id=failed.pk).count() == 1


def test_the_first_page_draws_how_telling_people_went(office, world):
    Delivery.objects.update(state="SENT", sent_at=world.now)
    Delivery.objects.filter(pk=Delivery.objects.earliest("id").pk).update(state="FAILED")
    page = office.get("/admin/").content.decode()
    total = Delivery.objects.count()
    assert f"{100 * (total - 1) / total:.1f} % of those settled were sent" in page
    assert f"{total - 1} sent, 1 failed, 0 waiting" in page
    assert "<rect" in page
