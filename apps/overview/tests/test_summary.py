"""The summary shows each reader what that reader's own lists show, and no more."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.dateparse import parse_datetime

from apps.accounts.choices import Role
from apps.core.models import AuditEvent
from apps.overview.api.serializers import PatientSummaryOutput
from apps.overview.selectors import summary as selecting
from apps.patients.choices import GrantKind
from apps.patients.models import AccessGrant, Patient
from apps.records.services.health import add_record
from apps.reminders.models import ActionPlan
from tests.world import COMPLAINT, DIAGNOSIS, RECORD_TITLE

# Each list part, and where its own list stands.
LISTS = {
    "allergies": "allergies",
    "conditions": "conditions",
    "medications": "medications",
    "visits": "visits",
    "vitals": "vitals",
    "prescriptions": "prescriptions",
    "records": "records",
}


def address(patient) -> str:
    return f"/api/v1/patients/{patient.pk}/"


def summary(client, patient):
    return client.get(f"{address(patient)}summary/").json()


@pytest.fixture
def patient(world):
    return world.circles["own"].patient


@pytest.fixture
def opened(world, patient):
    """Open the whole record to the colleague, who does not treat the patient."""
    return AccessGrant.objects.create(
        patient=patient,
        doctor=world.circles["tenant"].doctor,
        kind=GrantKind.OTP,
        expires_at=world.now + timedelta(minutes=30),
    )


@pytest.mark.parametrize("person", ["patient", "doctor", "colleague"])
def test_each_part_is_what_its_own_list_shows(world, sign_in, patient, opened, person):
    client = sign_in(person)
    seen = summary(client, patient)
    for part, name in LISTS.items():
        listed = client.get(f"{address(patient)}{name}/").json()["results"]
        listed = [row for row in listed if row.get("status", "ACTIVE") == "ACTIVE" and row.get("is_current", True)]
        assert [row["id"] for row in seen[part]] == [row["id"] for row in listed], part
        for row, own in zip(seen[part], listed, strict=True):
            assert {key: value for key, value in row.items() if key in own and not _is_other(key)} == {
                key: own[key] for key in row if key in own and not _is_other(key)
            }


def _is_other(key: str) -> bool:
    """Return whether a member is written in another way here: moments with all digits, parts in short."""
    return key.endswith("_at") or key in {"files", "medicines"}


def test_the_manager_sees_everything(world, sign_in, patient):
    own, seen = world.circles["own"], summary(sign_in("patient"), patient)
    assert [row["id"] for row in seen["upcoming_appointments"]] == [
        str(row.pk) for row in own.patient.appointments.upcoming(now=world.now)
    ]
    running = ActionPlan.objects.filter(patient=patient).open(now=world.now).order_by("-id")
    assert own.plan in running
    assert [row["action"] for row in seen["open_plans"]] == [plan.action for plan in running]
    assert seen["visits"][0]["chief_complaint"] == COMPLAINT
    assert (seen["vitals"][0]["weight_kg"], seen["vitals"][0]["bmi"]) == ("70.00", "22.9")
    assert seen["prescriptions"][0]["diagnosis"] == DIAGNOSIS
    assert [line["name"] for line in seen["prescriptions"][0]["medicines"]] == ["Ferrous sulfate"]
    assert (seen["records"][0]["title"], seen["records"][0]["files"]) == (RECORD_TITLE, 1)
    assert seen["is_whole"]
    assert seen["not_shown"] == []


def test_what_is_not_recorded_is_said(world, sign_in, patient):
    seen = summary(sign_in("patient"), patient)
    assert {"birth_date", "sex", "blood_group"} <= set(seen["not_recorded"])
    assert "allergies" not in seen["not_recorded"]
    other = summary(sign_in("patient"), world.dependant)
    nothing = {"allergies", "visits", "records", "open_plans", "adherence", "health_facts"}
    assert nothing <= set(other["not_recorded"])
    assert other["allergies"] == []


def test_a_treating_doctor_sees_own_writing_and_is_told_that_it_is_not_all(world, sign_in, patient):
    hidden = add_record(actor=world.people["patient"], patient_id=patient.pk, files=[], title="Private", now=world.now)
    seen = summary(sign_in("doctor"), patient)
    assert not seen["is_whole"]
    assert str(hidden.pk) not in {row["id"] for row in seen["records"]}
    AccessGrant.objects.create(
        patient=patient,
        doctor=world.circles["own"].doctor,
        kind=GrantKind.BREAK_GLASS,
        reason="Unconscious",
        expires_at=world.now + timedelta(hours=1),
    )
    seen = summary(sign_in("doctor"), patient)
    assert seen["is_whole"]
    assert str(hidden.pk) in {row["id"] for row in seen["records"]}


def test_a_grant_that_ran_out_or_was_revoked_opens_nothing(world, sign_in, patient, opened):
    client = sign_in("colleague")
    assert summary(client, patient)["visits"]
    for changes in ({"expires_at": world.now}, {"expires_at": world.now + timedelta(days=1), "revoked_at": world.now}):
        AccessGrant.objects.filter(pk=opened.pk).update(**changes)
        assert client.get(f"{address(patient)}summary/").status_code == 404


def test_the_hospital_sees_contact_and_visits_to_come_but_nothing_clinical(world, sign_in, patient):
    Patient.objects.filter(pk=patient.pk).update(blood_group="O+", sex="FEMALE", birth_date="1984-03-02")
    seen = summary(sign_in("hospital"), patient)
    assert seen["upcoming_appointments"]
    assert {seen[name] for name in seen["not_shown"]} == {None}
    assert set(seen["not_shown"]) >= {"birth_date", "sex", "blood_group", "allergies", "visits", "open_plans"}
    assert not seen["is_whole"]
    assert COMPLAINT not in str(seen)


def test_staff_who_are_managers_see_everything_of_their_own(world, sign_in, patient):
    patient.managements.create(user=world.people["hospital"], relation="PARTNER")
    seen = summary(sign_in("hospital"), patient)
    assert seen["is_whole"]
    assert seen["allergies"]


@pytest.mark.parametrize("person", ["patient", "hospital", "doctor"])
def test_what_postgresql_writes_is_what_the_schema_says(world, sign_in, patient, person):
    """Each member is there, in its type: read back by its serializer, it is itself."""
    seen = summary(sign_in(person), patient)
    again = PatientSummaryOutput(_with_moments(seen)).data
    assert _with_moments(dict(again)) == _with_moments(seen)
    assert list(again) == list(seen)


def _with_moments(value, key=""):
    if isinstance(value, dict):
        return {name: _with_moments(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_moments(each) for each in value]
    return parse_datetime(value) if key.endswith("_at") and isinstance(value, str) else value


@pytest.mark.parametrize(("person", "looks"), [("patient", 0), ("doctor", 1), ("hospital", 1)])
def test_each_look_of_another_person_is_in_the_access_log_once(world, sign_in, patient, person, looks):
    summary(sign_in(person), patient)
    events = AuditEvent.objects.filter(action="clinical_read", concerns_id=patient.pk)
    assert [event.actor_id for event in events] == [world.people[person].pk] * looks


def test_it_takes_one_query_besides_session_and_audit(world, sign_in, patient):
    client = sign_in("patient")
    with CaptureQueriesContext(connection) as captured:
        summary(client, patient)
    assert [query["sql"].partition(" ")[0] for query in captured] == ["SELECT", "SELECT"]  # The session, the summary.


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("manages", [True, False])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_is_kept_of_a_statement_names_nobody_and_no_moment(db, role, manages, elsewhere):
    of_staff, of_doctor = elsewhere and role == Role.HOSPITAL, elsewhere and role == Role.DOCTOR
    kept = selecting._question(role, manages=manages, is_staff=of_staff, is_doctor=of_doctor).statement
    assert set(kept.names) <= {*selecting.STAND_INS.values(), "now", "today"}
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|20[0-9]{2}-", kept.sql)


def test_asking_about_a_patient_of_ones_own_opens_nobody_elses(world, sign_in):
    client = sign_in("patient")
    assert summary(client, world.circles["own"].patient)["allergies"]
    assert client.get(f"{address(world.circles['tenant'].patient)}summary/").status_code == 404
