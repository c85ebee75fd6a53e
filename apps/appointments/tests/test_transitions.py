"""The transition table, enumerated at the doors: every state, every act, by everybody who may see the appointment."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
import time_machine

from apps.accounts.choices import Role
from apps.appointments.choices import TRANSITIONS, Status
from apps.appointments.models import Appointment
from apps.appointments.tests.cast import MONDAY_NINE, NOW, client_of, written
from tests.world import make_doctor, make_hospital, make_staff, make_user

pytestmark = pytest.mark.django_db
STATES = Status.values
# Which state each door leads to, and what it is asked with.
DOORS = {
    "confirm": ("CONFIRMED", {}),
    "assign-doctor": ("CONFIRMED", {"confirmed_time": "2026-11-23T14:00:00Z"}),
    "reject": ("REJECTED", {"reason": "No room"}),
    "cancel": ("CANCELLED", {}),
    "check-in": ("CHECKED_IN", {}),
    "complete": ("COMPLETED", {}),
    "no-show": ("NO_SHOW", {}),
    **{f"status {state}": (state, {"status": state.lower(), "notes": "Ill"}) for state in STATES},
}
OFFICE = {"confirm", "reject", "check-in", "complete", "no-show"}
MAY = {
    "patient": {"cancel"},
    "employed_doctor": {"confirm", "check-in", "complete", "no-show"},
    "staff": {"assign-doctor", "cancel", *OFFICE},
}
OF_STATUS = {
    "CONFIRMED": "confirm",
    "REJECTED": "reject",
    "CANCELLED": "cancel",
    "CHECKED_IN": "check-in",
    "COMPLETED": "complete",
    "NO_SHOW": "no-show",
}
# The patient's side cancels before the visit begins; everything that records what became of it comes after.
TOO_LATE_FOR_THE_PATIENT = {"CONFIRMED", "CHECKED_IN"}


@pytest.fixture(autouse=True)
def _hour_of_the_visit() -> Iterator[None]:
    with time_machine.travel(MONDAY_NINE + timedelta(minutes=1), tick=False):
        yield


@pytest.fixture
def users(booked, doctor) -> dict:
    return {
        "patient": booked.patient.managements.get().user,
        "employed_doctor": doctor.user,
        "staff": make_staff("desk", doctor.hospital),
        "stranger": make_user("omar"),
        "colleague": make_doctor("ines", doctor.hospital).user,
        "foreign_staff": make_staff("far", make_hospital("Away")),
        "admin": make_user("ada", Role.ADMIN),
    }


@pytest.fixture
def people(users) -> dict:
    return {name: client_of(user, now=MONDAY_NINE) for name, user in users.items()}


def expected(who: str, state: str, door: str) -> int:
    """Return what the table says: 404 who may not see it, 403 whose role never does this, 409 no way from here."""
    if who not in MAY:
        return 404
    target, _ = DOORS[door]
    act = OF_STATUS.get(target) if door.startswith("status") else door
    if act is None:
        return 409  # Nothing leads back to a request.
    if act not in MAY[who]:
        return 403
    if target not in TRANSITIONS[state]:
        return 409
    if target == "CONFIRMED":
        return 400  # The hour that was asked for has come: no answer but a refusal.
    return 409 if who == "patient" and state in TOO_LATE_FOR_THE_PATIENT else 200


def traces() -> dict[str, int]:
    """Return what is written, but for the audit of the attempt itself."""
    return {name: count for name, count in written().items() if name != "AuditEvent"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("door", sorted(DOORS))
def test_every_act_in_every_state_by_everybody(booked, people, door, state):
    for who, client in people.items():
        Appointment.objects.update(status=state, cancelled_reason="", notes="")
        then = traces()
        name, _, _state = door.partition(" ")
        body = dict(DOORS[door][1])
        if name == "assign-doctor":
            body["doctor"] = str(booked.doctor_id)
        answer = client.post(f"/api/v1/appointments/{booked.pk}/{name}/", body, format="json")
        wanted = expected(who, state, door)
        assert answer.status_code == wanted, (who, answer.content)
        row = Appointment.objects.get()
        if answer.status_code == 200:
            assert (row.status, answer.json()["status"]) == (DOORS[door][0],) * 2
        else:
            assert (row.status, row.cancelled_reason, traces()) == (state, "", then), who


@pytest.mark.parametrize(("who", "state", "target"), list(product(("patient", "staff"), STATES, ("CONFIRMED",))))
def test_before_the_visit_a_request_is_confirmed_and_nothing_else(booked, users, who, state, target):
    with time_machine.travel(NOW, tick=False):
        Appointment.objects.update(status=state)
        body = {"status": target, "notes": "Bring your card"}
        client = client_of(users[who])
        answer = client.patch(f"/api/v1/appointments/{booked.pk}/status/", body, format="json")
    wanted = 403 if who == "patient" else 200 if state == "REQUESTED" else 409
    assert answer.status_code == wanted
    row = Appointment.objects.get()
    assert (row.status, row.notes) == (("CONFIRMED", "Bring your card") if wanted == 200 else (state, ""))


def test_the_notes_of_an_ending_are_its_reason(booked, people):
    answer = people["staff"].patch(
        f"/api/v1/appointments/{booked.pk}/status/", {"status": "cancelled", "notes": "Ill"}, format="json"
    )
    assert (answer.json()["cancelled_reason"], answer.json()["notes"]) == ("Ill", "")


@pytest.mark.parametrize("body", [{}, {"status": "GONE"}, {"status": None}, {"status": "REJECTED"}, {"status": 7}])
def test_a_state_that_is_none_is_400(booked, people, body):
    answer = people["staff"].patch(f"/api/v1/appointments/{booked.pk}/status/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] in {"/status", "/notes"}


@pytest.mark.parametrize("status", ["CANCELLED", "CONFIRMED"])
def test_a_state_is_not_changed_by_who_saw_an_older_one(booked, people, status):
    path, staff = f"/api/v1/appointments/{booked.pk}/", people["staff"]
    seen = staff.get(path)["ETag"]
    Appointment.objects.update(notes="Changed since")
    answer = staff.patch(f"{path}status/", {"status": status}, format="json", HTTP_IF_MATCH=seen)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert Appointment.objects.get().status == "CONFIRMED"
