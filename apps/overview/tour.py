"""The loop of care walked over HTTP, as a new user would: each call, what came back, and what it means."""

import secrets
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

LONGEST_WAIT_SECONDS = 90
DEMO_PASSWORD = "careloop-demo"  # noqa: S105 - of the demo doctor
NOTE = (
    "Sore throat for three days, no fever.\n"
    "Amoxicillin 500 mg: 1 tablet every 8 hours for 2 days.\n"
    "- Drink plenty of water"
)

Json = dict[str, Any]


class TourFailed(Exception):
    """The loop did not close: which step, and what came back."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the tour and what it means."""

    call: str
    status: int
    answer: Json
    meaning: str


class Tour:
    """Walks the loop against a running server; iterate to walk, step by step."""

    def __init__(self, base_url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.http = httpx.Client(base_url=f"{base_url.rstrip('/')}/api/v1/", timeout=30)
        self.clock = clock
        self.adherence = 0.0

    def walk(self) -> Iterator[Step]:
        """Yield each step; raises TourFailed at the first one that did not go as it must."""
        patient, stranger = yield from self._sign_up()
        doctor_id, doctor = yield from self._find_doctor()
        appointment = yield from self._book(patient, doctor_id)
        note = yield from self._write_note(doctor, appointment["patient"])
        yield self._call("GET", f"notes/{note['id']}/", stranger, expect=404, meaning="A stranger finds nothing.")
        plan = yield from self._activate_plan(doctor, note["id"])
        dose = yield from self._be_reminded(patient, plan["id"])
        yield from self._check_in(patient, stranger, dose["id"])
        yield self._call("POST", f"appointments/{appointment['id']}/complete/", doctor, meaning="The visit took place.")
        yield from self._see_adherence(patient, doctor, appointment["patient"])

    def _sign_up(self) -> Generator[Step, None, tuple[str, str]]:
        tokens = []
        for name, meaning in (
            ("Nadia", "A new patient signs up, with consent, and is signed in."),
            ("Stranger", "Somebody else signs up, who must see nothing of all this."),
        ):
            person = {
                "email": f"{name.lower()}.{secrets.token_hex(4)}@tour.careloop.example",
                "password": f"tour {secrets.token_urlsafe(12)}",
                "first_name": name,
                "last_name": "Tourist",
                "time_zone": "Europe/Paris",
                "consent": True,
            }
            step = self._call("POST", "auth/register/", None, person, expect=201, meaning=meaning)
            yield step
            tokens.append(step.answer["access"])
        return tokens[0], tokens[1]

    def _find_doctor(self) -> Generator[Step, None, tuple[str, str]]:
        credentials = {"identifier": "doctor", "password": DEMO_PASSWORD}
        login = self._call("POST", "auth/login/", None, credentials, meaning="The demo doctor signs in.")
        yield login
        me = login.answer["user"]
        listed = self._call("GET", "doctors/", None, meaning="The directory is public: the patient finds a doctor.")
        yield listed
        name = f"{me['first_name']} {me['last_name']}"
        found = [row for row in listed.answer["results"] if row["name"] == name]
        if not found:
            raise TourFailed(f"{name} is not in the directory")
        return found[0]["id"], login.answer["access"]

    def _book(self, patient: str, doctor_id: str) -> Generator[Step, None, Json]:
        slots = self._call("GET", f"doctors/{doctor_id}/slots/", None, meaning="Free times, in the doctor's zone.")
        yield slots
        if not slots.answer["slots"]:
            raise TourFailed("the doctor has no free slot in the next week")
        wanted = {"doctor": doctor_id, "starts_at": slots.answer["slots"][-1]["starts_at"], "reason": "Sore throat"}
        booked = self._call(
            "POST", "appointments/", patient, wanted, expect=201, meaning="Booked and confirmed; the doctor may treat."
        )
        yield booked
        return booked.answer

    def _write_note(self, doctor: str, patient_id: str) -> Generator[Step, None, Json]:
        body = {"patient": patient_id, "text": NOTE}
        written = self._call(
            "POST", "notes/", doctor, body, expect=201, meaning="The note is encrypted for doctor and patient."
        )
        yield written
        return written.answer

    def _activate_plan(self, doctor: str, note_id: str) -> Generator[Step, None, Json]:
        drafted = self._wait_for(
            f"action-plans/?note={note_id}",
            doctor,
            lambda answer: bool(answer["results"]),
            "A worker drafted a plan from the note.",
        )
        yield drafted
        plan_id = drafted.answer["results"][0]["id"]
        activated = self._call(
            "POST", f"action-plans/{plan_id}/activate/", doctor, {}, meaning="The doctor looked at it and activates it."
        )
        yield activated
        return activated.answer

    def _be_reminded(self, patient: str, plan_id: str) -> Generator[Step, None, Json]:
        due = self._wait_for(
            f"reminders/?plan={plan_id}&state=due",
            patient,
            lambda answer: bool(answer["results"]),
            "The first dose fell due and was dispatched.",
        )
        yield due
        dose: Json = due.answer["results"][0]
        inbox = self._wait_for(
            "notifications/?topic=dose_due",
            patient,
            lambda answer: any(row["subject_id"] == dose["id"] for row in answer["results"]),
            "It stands in the patient's inbox.",
        )
        yield inbox
        told = next(row for row in inbox.answer["results"] if row["subject_id"] == dose["id"])
        yield self._wait_for(
            f"notifications/{told['id']}/deliveries/",
            patient,
            lambda answer: any(row["state"] == "SENT" for row in answer["results"]),
            "The mail server has taken the e-mail, which says nothing clinical.",
        )
        return dose

    def _check_in(self, patient: str, stranger: str, dose_id: str) -> Generator[Step, None, None]:
        address = f"reminders/{dose_id}/checkin/"
        yield self._call("POST", address, stranger, expect=404, meaning="Nobody checks in another's dose.")
        yield self._call("POST", address, patient, meaning="Taken: reminding stops.")
        yield self._call("POST", address, patient, expect=409, meaning="A second check-in is refused.")

    def _see_adherence(self, patient: str, doctor: str, patient_id: str) -> Generator[Step, None, None]:
        yield self._call("GET", "reminders/adherence/", patient, meaning="The patient sees the adherence.")
        of_one = (
            f"reminders/adherence/?patient={patient_id}"  # Whoever takes everything stands last among the patients.
        )
        seen = self._call("GET", of_one, doctor, meaning="So does the treating doctor: the loop closes.")
        row = next((row for row in seen.answer["results"] if row["patient"] == patient_id), None)
        if row is None or (row["taken"], row["rate"]) != (1, 1.0):
            raise TourFailed(f"the doctor sees {row} instead of one dose due and taken")
        self.adherence = row["rate"]
        yield seen

    def _call(
        self,
        method: str,
        address: str,
        token: str | None,
        body: Mapping[str, Any] | None = None,
        *,
        meaning: str,
        expect: int = 200,
    ) -> Step:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if method == "POST" and token:
            headers["Idempotency-Key"] = secrets.token_hex(16)
        response = self.http.request(method, address, headers=headers, json=body)
        answer = _parsed(response)
        step = Step(f"{method} /api/v1/{address}", response.status_code, answer, meaning)
        if response.status_code != expect:
            raise TourFailed(f"{step.call} answered {response.status_code} instead of {expect}: {response.text}")
        return step

    def _wait_for(self, address: str, token: str, is_there: Callable[[Json], bool], meaning: str) -> Step:
        until = self.clock() + LONGEST_WAIT_SECONDS
        while self.clock() < until:
            step = self._call("GET", address, token, meaning=meaning)
            if is_there(step.answer):
                return step
            time.sleep(0.5)
        raise TourFailed(f"waited {LONGEST_WAIT_SECONDS} s for {address}: is the worker running?")


def _parsed(response: httpx.Response) -> Json:
    """Return the body as an object; whatever is no JSON did not come from CareLoop."""
    try:
        answer = response.json() if response.content else {}
    except ValueError as failure:
        raise TourFailed(f"{response.url} is no CareLoop server: it did not answer JSON") from failure
    return answer if isinstance(answer, dict) else {"results": answer}
