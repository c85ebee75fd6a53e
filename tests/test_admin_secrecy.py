"""The administration sees that something exists, never what it says: no page shows a word of a confidential column."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.core.checks import _confidential_on, check_admin_shows_nothing_confidential
from apps.core.confidential import confidential_columns, reaches_confidential
from apps.hospitals.models import Hospital
from apps.patients.models import AccessGrant, Patient
from apps.records.models import HealthRecord, OrderedTest
from apps.reminders.models import Dose
from tests.little_cast import signed_in_to_admin

WORD = "ZQXWV"
WORDS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, ArrayField)
SETTLED = {
    OrderedTest: {"resulted_at": timezone.now},
    Appointment: {"is_overbooked": lambda: True},
}  # What a constraint wants beside the word.
PAGES = [page for page in admin.site._registry.values() if type(page).__module__.startswith("apps.")]

# Columns of text in the apps with clinical tables that tell nothing clinical. Each stands here with its reason.
HARMLESS = {
    "who and where": "first_name last_name email phone address city language folded_name "
    "emergency_name emergency_phone emergency_relation",
    "choices of the house, of which none is a finding": "status state source kind relation custody outcome "
    "review_outcome",
    "zones": "time_zone",
    "why a job failed, by the class of the failure": "last_failure",
    "of the rules, not of a patient": "knowledge_version "
    "knowledgepassage.title knowledgepassage.also knowledgepassage.section knowledgepassage.text",
    "what a patient says of a doctor, published": "review",
    "why a doctor is away, for the doctor's hospital": "absence.reason",
    "of the knowledge base, which is published": "knowledgepassage.title knowledgepassage.also knowledgepassage.text "
    "knowledgepassage.section knowledgepassage.source",
    "hashes: of calendars' addresses, of who may read": "token_hash readers_digest",
}
HARMLESS_NAMES = {name for names in HARMLESS.values() for name in names.split()}
CLINICAL_APPS = ("patients", "appointments", "records", "reminders", "recommendations")


def models_of(labels: Any) -> Iterator[type[models.Model]]:
    return (apps.get_model(label) for label in labels)


def is_words(field: Any) -> bool:
    return isinstance(field, WORDS) and not isinstance(field, models.UUIDField)


def write_the_word() -> int:
    """Write the word into every confidential column of text, whatever rows there are; return into how many."""
    written = 0
    for model in models_of(settings.CONFIDENTIAL):
        if model is User:
            continue  # Of the password's hash: signing in needs it.
        columns = [model._meta.get_field(name) for name in settings.CONFIDENTIAL[model._meta.label]]
        values = {field.name: _word_for(field) for field in columns if is_words(field) and not field.unique}
        if values:
            extra = {name: make() for name, make in SETTLED.get(model, {}).items()}
            written += len(values) * bool(model._base_manager.update(**values, **extra))
    return written


def _word_for(field: Any) -> Any:
    if isinstance(field, models.JSONField):
        return {"word": WORD}
    return WORD.encode() if isinstance(field, models.BinaryField) else WORD


@pytest.fixture
def office(world) -> Client:
    client = signed_in_to_admin(User.objects.get(username="admin"))
    AccessGrant.objects.update(review_notes=WORD)
    assert write_the_word() > 40
    return client


def address(page, name: str, *args) -> str:
    return reverse(f"admin:{page.model._meta.app_label}_{page.model._meta.model_name}_{name}", args=args)


def test_no_page_shows_a_confidential_word(office):
    wrong = []
    for page in PAGES:
        row = page.model._base_manager.order_by("-pk").first()
        listed = address(page, "changelist")
        visited = [listed, f"{listed}?q=a", f"{listed}?all=", address(page, "add")]
        if row is not None:
            visited += [address(page, name, row.pk) for name in ("change", "history", "delete")]
            wrong += [f"str of {page.model.__name__}"] if WORD in str(row) else []
        for one in visited:
            answer = office.get(one)
            is_told = WORD.encode() in answer.content
            wrong += [f"{one}: {answer.status_code}"] if is_told or answer.status_code not in {200, 302, 403} else []
    assert not wrong, "\n".join(wrong)


def test_no_search_or_filter_finds_by_a_confidential_word(office):
    wrong = []
    for page in PAGES:
        listed = address(page, "changelist")
        if page.search_fields and office.get(listed, {"q": WORD}).context["cl"].result_count:
            wrong.append(f"{listed} searches")
        for name in confidential_columns(page.model):
            lookups = (name, f"{name}__startswith", f"{name}__icontains")
            wrong += [f"{listed}?{one}" for one in lookups if office.get(listed, {one: WORD}).status_code == 200]
    assert wrong == []


def test_no_autocomplete_speaks_of_a_confidential_word(office):
    asked = [
        (model._meta.app_label, model._meta.model_name, field.name)
        for model in admin.site._registry
        for field in model._meta.fields
        if field.remote_field
    ]
    spoken = 0
    for app_label, model_name, field_name in asked:
        for term in (WORD, ""):
            answer = office.get(
                reverse("admin:autocomplete"),
                {"app_label": app_label, "model_name": model_name, "field_name": field_name, "term": term},
            )
            spoken += answer.status_code == 200
            assert WORD not in answer.content.decode()
    assert spoken


def test_a_filter_does_not_reach_through_a_relation(office, world):
    Patient.objects.update(blood_group="O+")
    for asked in ({"patient__blood_group": "O+"}, {"patient__health_records__title__startswith": WORD}):
        assert office.get(address_of(Appointment), asked).status_code in {302, 400}


def address_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_an_export_holds_no_confidential_word_and_no_clinical_file_is_handed_out(office):
    exporting = [page for page in PAGES if page.exports]
    assert {page.model.__name__ for page in exporting} == {
        *("Appointment", "AuditEvent", "Delivery", "DoctorApplication", "Hospital"),
    }
    for page in exporting:
        chosen = list(page.model._base_manager.values_list("pk", flat=True)[:50])
        answer = office.post(address(page, "changelist"), {"action": "export", "_selected_action": chosen})
        assert not chosen or answer.headers["Content-Type"].startswith("text/csv")
        assert WORD.encode() not in answer.content
    own = {str(pattern.pattern) for page in PAGES for pattern in page.get_urls() if "paper" in str(pattern.pattern)}
    assert own == {"papers/<uuid:pk>/"}  # Of applications, which are not clinical.


def test_what_the_history_keeps_has_no_confidential_word(office, world):
    appointment = world.circles["own"].appointment
    office.post(address_of(Appointment), {"action": "cancel", "_selected_action": [appointment.pk]})
    hospital = world.circles["own"].hospital
    office.post(
        address_of(Hospital), {"action": "suspend", "_selected_action": [hospital.pk], "apply": "1", "reason": "x"}
    )
    assert not [entry for entry in LogEntry.objects.all() if WORD in f"{entry.object_repr}{entry.change_message}"]


def test_an_error_page_shows_nothing(office, monkeypatch):
    def fail(*args, **kwargs):
        record = HealthRecord.objects.first()
        raise RuntimeError(record.title)

    office.raise_request_exception = False
    monkeypatch.setattr(admin.site._registry[HealthRecord], "changelist_view", fail)
    monkeypatch.setattr(type(admin.site._registry[HealthRecord]), "get_queryset", fail)
    answer = office.get(address_of(HealthRecord))
    assert answer.status_code == 500
    assert WORD not in answer.content.decode()


class TestRegistry:
    def test_every_column_named_is_there(self):
        for label, names in settings.CONFIDENTIAL.items():
            columns = {field.name for field in apps.get_model(label)._meta.get_fields()}
            assert set(names) <= columns, label

    def test_every_column_of_text_is_confidential_or_harmless_for_a_reason(self):
        unsettled = [
            f"{model._meta.label}.{field.name}"
            for model in apps.get_models()
            if model._meta.app_label in CLINICAL_APPS
            for field in model._meta.local_concrete_fields
            if is_words(field)
            and field.name not in confidential_columns(model)
            and not HARMLESS_NAMES & {field.name, f"{model._meta.model_name}.{field.name}"}
        ]
        assert unsettled == []

    def test_every_sealed_column_is_confidential(self):
        forgotten = [
            f"{model._meta.label}.{field.name}"
            for model in apps.get_models()
            for field in model._meta.local_concrete_fields
            if "sealed" in field.name
            and isinstance(field, models.BinaryField)
            and field.name not in confidential_columns(model)
        ]
        assert forgotten == []

    def test_a_path_is_followed_through_relations(self):
        assert reaches_confidential(Appointment, "reason__startswith")
        assert reaches_confidential(Appointment, "-patient__blood_group")
        assert not reaches_confidential(Appointment, "patient__last_name__icontains")
        assert not reaches_confidential(Dose, "state")

    def test_the_house_names_no_confidential_column(self):
        assert check_admin_shows_nothing_confidential() == []

    @pytest.mark.parametrize("attribute", ["list_display", "list_filter", "search_fields", "readonly_fields", "fields"])
    def test_a_page_that_names_one_is_refused(self, attribute):
        page = type("Telling", (admin.ModelAdmin,), {attribute: ("title",)})(HealthRecord, admin.site)
        errors = list(_confidential_on(page))
        assert {error.id for error in errors} == {"careloop.E004"}

    def test_a_page_that_leaves_nothing_out_is_refused(self):
        assert list(_confidential_on(admin.ModelAdmin(HealthRecord, admin.site)))
