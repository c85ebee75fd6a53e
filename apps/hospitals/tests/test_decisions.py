"""Approving, rejecting and suspending hospitals: which decision leads where, and who may make it."""

from functools import partial
from itertools import product

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.errors import InvalidInput, NotAllowed
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import Hospital
from apps.hospitals.services.deciding import DecisionRefused, decide_hospital
from apps.hospitals.services.managing import LicenceTaken
from tests.little_cast import signed_in_to_admin
from tests.world import make_hospital, make_user

LEGAL = {
    ("PENDING", "APPROVED"),
    ("PENDING", "REJECTED"),
    ("REJECTED", "APPROVED"),
    ("APPROVED", "SUSPENDED"),
    ("SUSPENDED", "APPROVED"),
}
EVERY = set(product(HospitalStatus.values, HospitalStatus.values))


@pytest.fixture
def admin(db) -> User:
    return make_user("admin", Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.mark.parametrize(("state", "decision"), sorted(LEGAL))
def test_a_legal_decision_is_kept_with_who_and_when(admin, now, state, decision):
    hospital = make_hospital("Riverside", status=state)
    decided = decide_hospital(actor=admin, hospital=hospital, decision=HospitalStatus(decision), reason="So", now=now)
    hospital.refresh_from_db()
    assert decided == hospital
    assert (hospital.status, hospital.decided_by, hospital.decided_at) == (decision, admin, now)
    event = AuditEvent.objects.get(action="hospital_decided")
    assert (event.actor_id, event.subject_id, event.tenant_id) == (admin.pk, hospital.pk, hospital.pk)
    assert event.details == {"decision": decision}


@pytest.mark.parametrize(("state", "decision"), sorted(EVERY - LEGAL))
def test_every_other_decision_is_refused_and_changes_nothing(admin, now, state, decision):
    hospital = make_hospital("Riverside", status=state)
    with pytest.raises(DecisionRefused) as refusal:
        decide_hospital(actor=admin, hospital=hospital, decision=HospitalStatus(decision), now=now)
    assert (refusal.value.status, refusal.value.code) == (409, "decision_refused")
    hospital.refresh_from_db()
    assert (hospital.status, hospital.decided_by, hospital.decided_at) == (state, None, None)
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_only_administrators_decide(db, now, role):
    hospital = make_hospital("Riverside", status=HospitalStatus.PENDING)
    with pytest.raises(NotAllowed):
        decide_hospital(actor=make_user("somebody", role), hospital=hospital, decision=HospitalStatus.APPROVED, now=now)
    hospital.refresh_from_db()
    assert hospital.status == "PENDING"


def test_a_decision_rests_on_the_present_state_and_not_on_what_was_seen(admin, now):
    seen = make_hospital("Riverside", status=HospitalStatus.PENDING)
    Hospital.objects.update(status=HospitalStatus.REJECTED)
    with pytest.raises(DecisionRefused):
        decide_hospital(actor=admin, hospital=seen, decision=HospitalStatus.REJECTED, now=now)


@pytest.mark.parametrize(("state", "decision"), [("PENDING", "REJECTED"), ("APPROVED", "SUSPENDED")])
def test_a_refusal_says_why_at_every_door(admin, client_of, state, decision, now):
    hospital = make_hospital("Riverside", status=state)
    with pytest.raises(InvalidInput) as refusal:
        decide_hospital(actor=admin, hospital=hospital, decision=HospitalStatus(decision), reason=" ", now=now)
    assert refusal.value.field == "reason"
    door, body = ("suspend", {}) if decision == "SUSPENDED" else ("approve", {"is_approved": False})
    answer = client_of(admin).post(f"/api/v1/hospitals/{hospital.pk}/{door}/", body, "json")
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (400, ["/reason"])
    hospital.refresh_from_db()
    assert hospital.status == state


def test_a_licence_is_given_to_one_hospital_whoever_asked_first(admin, client_of, now):
    """A stranger who asks with somebody's number keeps it from nobody: the approval decides."""
    squatter, owner = (make_hospital(name, status="PENDING") for name in ("Squatter", "Owner"))
    Hospital.objects.update(license_number="RG-1")
    decide_hospital(actor=admin, hospital=owner, decision=HospitalStatus.APPROVED, now=now)
    answer = client_of(admin).post(f"/api/v1/hospitals/{squatter.pk}/approve/", {"is_approved": True}, "json")
    assert (answer.status_code, answer.json()["code"]) == (409, "licence_taken")
    assert dict(Hospital.objects.values_list("name", "status")) == {"Squatter": "PENDING", "Owner": "APPROVED"}
    decide_hospital(actor=admin, hospital=owner, decision=HospitalStatus.SUSPENDED, reason="So", now=now)
    with pytest.raises(LicenceTaken):  # Suspended is not given back.
        decide_hospital(actor=admin, hospital=squatter, decision=HospitalStatus.APPROVED, now=now)


def test_the_admins_action_decides_what_it_can_and_tells_the_rest(admin):
    approved, pending = make_hospital("Riverside"), make_hospital("Hillside", status=HospitalStatus.PENDING)
    client = signed_in_to_admin(admin)
    answer = client.post(
        "/admin/hospitals/hospital/",
        {"action": "suspend", "_selected_action": [approved.pk, pending.pk], "apply": "1", "reason": "Licence"},
        follow=True,
    )
    said = [str(message) for message in answer.context["messages"]]
    assert said == [f"Hillside: {DecisionRefused.detail}", "Suspended: 1"]
    assert dict(Hospital.objects.values_list("name", "status")) == {"Riverside": "SUSPENDED", "Hillside": "PENDING"}


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_decisions_each_sees_the_one_before(now):
    admin = make_user("admin", Role.ADMIN)
    for number in range(rounds(2, 30)):
        hospital = make_hospital(f"Riverside {number}")
        outcomes = race(
            [partial(decide_hospital, actor=admin, hospital=hospital, decision="SUSPENDED", reason="So", now=now)] * 8
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DecisionRefused"] * 7 + ["Hospital"]
        assert AuditEvent.objects.filter(subject_id=hospital.pk).count() == 1
