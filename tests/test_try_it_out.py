"""What *Try it out* sends: the schema's own examples, with ids from the calls that it names, on the demo data."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from django.utils import timezone
from rest_framework.test import APIClient

from apps.overview.demo import load_demo_data
from apps.overview.demo.loading import PASSWORD
from config.examples import PREFIX, SOURCES

SCHEMA = yaml.safe_load((Path(__file__).parent.parent / "openapi.yaml").read_text())

pytestmark = pytest.mark.django_db


def example_of(call: str) -> dict[str, Any]:
    """The example that Swagger fills in for an operation."""
    method, address = call.split()
    body = SCHEMA["paths"][f"{PREFIX}{address}"][method.lower()]["requestBody"]["content"]["application/json"]
    return dict(body["examples"]["Example"]["value"])


class Reader:
    """Somebody who reads the page, is signed in by its own example, and does as it says."""

    def __init__(self, login: str) -> None:
        self.http = APIClient()
        body = example_of("POST auth/login/") | {"identifier": login}
        self.http.credentials(HTTP_AUTHORIZATION=f"Bearer {self.call('POST auth/login/', 200, body)['access']}")

    def call(self, call: str, expected: int, body: dict[str, Any] | None = None) -> Any:
        """Do one call and return its answer."""
        method, address = call.split()
        answer = getattr(self.http, method.lower())(f"{PREFIX}{address}", body, format="json")
        assert answer.status_code == expected, (call, body, answer.content)
        return answer.json()

    def first(self, address: str) -> dict[str, Any]:
        """The first entry of a list."""
        return dict(self.call(f"GET {address}", 200)["results"][0])

    def filled_in(self, call: str, **chosen: str) -> dict[str, Any]:
        """The example, with each id from the call that its description names."""
        body = example_of(call)
        method, address = call.split()
        told = SCHEMA["paths"][f"{PREFIX}{address}"][method.lower()]["description"]
        named = [name for name in body if f"`{name}` from `GET" in told]
        return body | {name: self.first(SOURCES[name])["id"] for name in named if name not in chosen} | chosen


@pytest.fixture
def reader() -> Callable[[str], Reader]:
    load_demo_data(now=timezone.now(), say=lambda words: None)
    return Reader


def test_the_example_of_signing_in_is_a_demo_login(reader):
    assert example_of("POST auth/login/")["password"] == PASSWORD
    assert reader(example_of("POST auth/login/")["identifier"]).call("GET me/", 200)["role"] == "PATIENT"


def test_the_loop_runs_with_the_examples_of_the_page(reader):
    """The note comes last, for its example replaces the plans."""
    patient, doctor = reader("patient"), reader("doctor")
    name = doctor.call("GET me/", 200)["last_name"]
    [found] = [each for each in patient.call("GET doctors/", 200)["results"] if each["name"].endswith(name)]
    begins = patient.call(f"GET doctors/{found['id']}/slots/", 200)["slots"][0]["starts_at"]
    booking = patient.filled_in("POST appointments/", doctor=found["id"], starts_at=begins)
    patient.call("POST appointments/", 201, booking)
    patient.call("POST appointments/", 409, booking)
    own = next(each for each in doctor.call("GET patients/", 200)["results"] if each["email"])["id"]
    for call in ("POST visits/", "POST prescriptions/"):
        doctor.call(call, 201, doctor.filled_in(call, patient=own))
    draft = next(each for each in doctor.call("GET action-plans/", 200)["results"] if each["state"] == "DRAFT")
    doctor.call(f"GET action-plans/{draft['id']}/preview/?duration_days=5", 200)
    doctor.call(f"POST action-plans/{draft['id']}/activate/", 200, example_of("POST action-plans/{id}/activate/"))
    open_doses = [each for each in patient.call("GET reminders/", 200)["results"] if each["state"] == "SCHEDULED"]
    dose = min(open_doses, key=lambda each: datetime.fromisoformat(each["due_at"]))
    answer = example_of("POST reminders/{id}/checkin/")
    with time_machine.travel(max(timezone.now(), datetime.fromisoformat(dose["due_at"])), tick=False):
        later = reader("patient")
        later.call(f"POST reminders/{dose['id']}/checkin/", 200, answer)
        later.call(f"POST reminders/{dose['id']}/checkin/", 409, answer)
    assert doctor.call("GET reminders/adherence/", 200)["results"]
    doctor.call("POST notes/", 201, doctor.filled_in("POST notes/", patient=own))


@pytest.mark.parametrize("login", ["patient", "doctor", "hospital", "admin"])
def test_every_list_opens_or_refuses_politely_for_each_demo_login(reader, login):
    person = reader(login)
    for address, methods in SCHEMA["paths"].items():
        if (
            "get" in methods
            and "{" not in address
            and not address.endswith(("health/dispatch/", "health/ready/", "schema/"))
        ):
            answer = person.http.get(address)
            assert answer.status_code in {200, 400, 403, 404}, (address, answer.content)
