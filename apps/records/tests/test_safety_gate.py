"""No way leads to a prescription past the safety check: by the rules themselves, through each door, and at once."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import IntegrityError, transaction

from apps.accounts.choices import Role
from apps.core.testing.proofs import race, rounds
from apps.patients.models import Allergy, Medication
from apps.patients.services.care import choose_doctor
from apps.patients.services.profile import add_entry, state_health_facts
from apps.recommendations.medicines import knowledge
from apps.records.models import Prescription, PrescriptionLine, SafetyCheck
from apps.records.services.prescribing import issue_prescription
from tests.care import client_of, make_care
from tests.world import make_doctor, make_user

PRESCRIPTIONS = "/api/v1/prescriptions/"
HARMLESS = {"name": "Ferrous sulfate 200 mg", "dosage": "1 tablet", "frequency": "once daily"}
REASON = "Desensitised in May; the benefit is greater."


def line(name: str) -> dict[str, str]:
    return {"name": name, "dosage": "1 tablet", "frequency": "once daily"}


@pytest.fixture
def body(care) -> dict[str, Any]:
    return {"patient": str(care.patient.pk), "diagnosis": "Pain", "medicines": [HARMLESS]}


def is_allergic(care, now) -> None:
    add_entry(actor=care.manager, kind=Allergy, patient_id=care.patient.pk, substance="Penicillin", now=now)


def takes_warfarin(care, now) -> None:
    add_entry(actor=care.manager, kind=Medication, patient_id=care.patient.pk, name="Warfarin 5 mg", now=now)


def is_pregnant(care, now) -> None:
    facts = {"is_pregnant": True}
    state_health_facts(actor=care.manager, patient_id=care.patient.pk, changes=facts, now=now)


@dataclass(frozen=True)
class Danger:
    """A fact of the record that speaks against a medicine; calling it writes the fact."""

    state: Callable[[], None]
    medicine: str
    kind: str

    def __call__(self) -> tuple[str, str]:
        self.state()
        return self.medicine, self.kind


DANGERS = {
    "an allergy": (is_allergic, "Augmentin 625 mg", "allergy"),
    "a medicine of the list": (takes_warfarin, "Ibuprofen 400 mg", "interaction"),
    "a pregnancy": (is_pregnant, "Isotretinoin 20 mg", "pregnancy"),
}


@pytest.fixture(params=list(DANGERS.values()), ids=list(DANGERS))
def danger(request, care, now) -> Danger:
    state, medicine, kind = request.param
    return Danger(partial(state, care, now), medicine, kind)


class TestDangers:
    def test_are_refused_without_a_reason_and_recorded_with_one(self, danger, doctor, body):
        medicine, kind = danger()
        before = Medication.objects.count()
        refused = doctor.post(PRESCRIPTIONS, {**body, "medicines": [line(medicine)]}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "override_needed")
        assert kind in refused.json()["finding_types"]
        assert not Prescription.objects.exists()
        assert not SafetyCheck.objects.exists()
        assert Medication.objects.count() == before
        given = {**body, "medicines": [line(medicine)], "override_reason": REASON}
        made = doctor.post(PRESCRIPTIONS, given, format="json")
        assert made.status_code == 201, made.json()
        check = made.json()["safety_check"]
        assert (check["is_critical"], check["override_reason"]) == (True, REASON)
        assert kind in {each["type"] for each in check["findings"] if each["severity"] == "CRITICAL"}
        assert check["knowledge_version"] == knowledge().version

    def test_are_refused_in_a_revision_by_each_method(self, danger, doctor, body):
        path = f"{PRESCRIPTIONS}{doctor.post(PRESCRIPTIONS, body, format='json').json()['id']}/"
        medicine, _kind = danger()
        change = {"medicines": [line(medicine)]}
        for refused in (
            doctor.post(f"{path}revise/", change, format="json"),
            doctor.patch(path, change, format="json"),
            doctor.put(path, {**body, **change}, format="json"),
        ):
            assert (refused.status_code, refused.json()["code"]) == (409, "override_needed")
        assert Prescription.objects.count() == 1
        made = doctor.patch(path, {**change, "override_reason": REASON}, format="json")
        assert (made.status_code, made.json()["safety_check"]["override_reason"]) == (201, REASON)

    def test_that_came_later_are_found_when_only_the_advice_changes(self, danger, doctor, body):
        medicine = danger.medicine
        shown = doctor.post(PRESCRIPTIONS, {**body, "medicines": [line(medicine)]}, format="json").json()
        danger()
        refused = doctor.patch(f"{PRESCRIPTIONS}{shown['id']}/", {"advice": "Rest."}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "override_needed")


class TestTogether:
    def test_two_of_one_prescription_are_checked_against_each_other(self, doctor, body):
        both = [line("Warfarin 5 mg"), line("Ibuprofen 400 mg")]
        refused = doctor.post(PRESCRIPTIONS, {**body, "medicines": both}, format="json")
        assert (refused.status_code, refused.json()["finding_types"]) == (409, ["interaction"])

    def test_a_revision_is_not_checked_against_what_it_replaces(self, doctor, body):
        warfarin = {**body, "medicines": [line("Warfarin 5 mg")]}
        shown = doctor.post(PRESCRIPTIONS, warfarin, format="json").json()
        changed = {"medicines": [line("Ibuprofen 400 mg")]}
        assert doctor.patch(f"{PRESCRIPTIONS}{shown['id']}/", changed, format="json").status_code == 201

    def test_what_another_doctor_prescribed_counts(self, care, doctor, body, now):
        second = make_doctor("second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        theirs = client_of(second.user, now=now)
        assert theirs.post(PRESCRIPTIONS, {**body, "medicines": [line("Warfarin")]}, format="json").status_code == 201
        refused = doctor.post(PRESCRIPTIONS, {**body, "medicines": [line("Ibuprofen")]}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "override_needed")


@pytest.mark.django_db(transaction=True)
def test_of_two_that_do_not_go_together_and_come_at_once_one_is_refused(now):
    for turn in range(rounds(4, 40)):
        care = make_care(now, name=f"g{turn}_")
        second = make_doctor(f"g{turn}_second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        issue = partial(issue_prescription, patient_id=care.patient.pk, diagnosis="Pain", now=now)
        outcomes = race(
            [
                partial(issue, actor=care.doctor.user, medicines=[line("Warfarin 5 mg")]),
                partial(issue, actor=second.user, medicines=[line("Ibuprofen 400 mg")]),
            ]
        )
        assert sorted(type(each).__name__ for each in outcomes) == ["OverrideNeeded", "Prescription"]


class TestNoOtherWay:
    def test_the_database_takes_no_critical_finding_that_is_not_called_so(self, care):
        with pytest.raises(IntegrityError), transaction.atomic():
            SafetyCheck.objects.create(
                patient=care.patient,
                checked_by=care.doctor.user,
                knowledge_version="x",
                findings=[{"type": "allergy", "severity": "CRITICAL"}],
            )

    def test_a_check_serves_one_prescription(self, care, doctor, body):
        made = Prescription.objects.get(pk=doctor.post(PRESCRIPTIONS, body, format="json").json()["id"])
        again = Prescription(
            patient=care.patient,
            doctor=care.doctor,
            diagnosis="x",
            safety_check=made.safety_check,
            verification_code="X",
        )
        again.chain = again.pk
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save(force_insert=True)

    def test_one_service_makes_prescriptions_lines_and_checks(self):
        """Whoever makes one elsewhere goes past the check: demo data, admin, tasks and other apps call the service."""
        root = Path(apps.get_app_config("records").path).parent
        made = {"Prescription", "PrescriptionLine", "SafetyCheck"}
        makers = {
            str(file.relative_to(root))
            for file in root.rglob("*.py")
            if not {"tests", "migrations"} & set(file.parts)
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Call) and _made(node) in made
        }
        assert makers == {"records/services/prescribing.py"}

    def test_the_admin_makes_none(self, db, rf):
        request = rf.get("/")
        request.user = make_user("office", Role.ADMIN, is_staff=True, is_superuser=True)
        for model in (Prescription, PrescriptionLine, SafetyCheck):
            page = admin.site._registry.get(model)
            assert page is None or not (page.has_add_permission(request) or page.has_change_permission(request))

    def test_demo_data_has_a_check_for_each(self, db):
        call_command("load_demo_data", verbosity=0)
        unchecked = Prescription.objects.exclude(safety_check__knowledge_version=knowledge().version)
        assert not unchecked.exists()


def _made(call: ast.Call) -> str:
    """Return the model that a call makes: `Model(...)`, `Model.objects.create(...)` and its kin."""
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    is_manager = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Attribute)
    if is_manager and function.attr in {"create", "bulk_create", "get_or_create", "update_or_create"}:
        return getattr(function.value.value, "id", "")
    return ""
