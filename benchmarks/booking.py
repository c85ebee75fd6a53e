"""Booking: one after the other, and under contention, when everybody wants the same eight slots at the same moment."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from statistics import median
from threading import Barrier
from typing import Any

import psycopg
from django.db import OperationalError, connection

from apps.accounts.models import User
from apps.appointments.models import Appointment
from apps.appointments.selectors import doctor_free_slots
from apps.appointments.services.booking import book_appointment
from apps.appointments.slots import Slot
from apps.core.errors import RuleRefused
from apps.core.ids import uuid7
from apps.hospitals.models import Doctor
from apps.patients.models import Management
from benchmarks.cpu import cpu_ms
from benchmarks.filling import fill_people, staff_user
from benchmarks.listing import Cost
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.slots import give_a_week
from benchmarks.stage import Stage
from benchmarks.statements import ratio

CLIENTS, SLOTS, RACES = 64, 8, 4  # Races in a round.
RACE_GOAL, ALONE_GOAL = 3.0, 1.5
BARE = """
INSERT INTO appointments_appointment
    (id, created_at, updated_at, patient_id, doctor_id, status, starts_at, ends_at, local_date, seat, is_overbooked,
     overbooking_reason, move_count, reason, cancelled_reason, notes)
VALUES (%s, now(), now(), %s, %s, 'CONFIRMED', %s, %s, %s, 0, false, '', 0, '', '', '')
ON CONFLICT DO NOTHING
"""

Act = Callable[[], str]


class NotBooked(Exception):
    """Somebody who was alone did not get a free slot: what the bookings cost means nothing."""


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Let service and floor take turns at races for fresh slots."""
    fill_people(size)
    doctor = give_a_week(Doctor.objects.filter(hospital__staff__user=staff_user())[0])
    people = list(Management.objects.select_related("user")[:CLIENTS])
    now = datetime.now(tz=UTC)
    days = _days(doctor, now)
    times: dict[str, list[float]] = {"service": [], "floor": []}
    wrong: list[str] = []
    with Racers(stage, people) as racers:
        racers.race([racers.bare(doctor, next(days), number) for number in range(len(people))])  # Warms up.
        for number in range(RACES * size.rounds):
            for side in sorted(times, reverse=bool(number % 2)):
                slots = next(days)
                make = partial(racers.service, now=now) if side == "service" else racers.bare
                seconds, told = racers.race([make(doctor, slots, number) for number in range(len(people))])
                times[side].append(1_000 * seconds)
                wrong += _wrong(side, told, doctor, slots)
        sides = {"service": partial(racers.service, now=now), "floor": racers.bare}
        alone = {side: _costs_alone(stage, size, doctor, days, make) for side, make in sides.items()}
    yield ratio("booking, one after the other: service / floor", alone["service"], alone["floor"], ALONE_GOAL)
    yield from _figures(times, wrong)


def _costs_alone(
    stage: Stage, size: Size, doctor: Doctor, days: Iterator[list[Slot]], make: Callable[..., Act]
) -> list[Cost]:
    """Book a day's slots one after the other, and return what each booking of each round costs."""
    costs = []
    for _ in range(size.rounds):
        acts = [make(doctor, slots, number) for slots in islice(days, size.rounds) for number in range(SLOTS)]
        own, database = time.process_time(), cpu_ms(stage.database_pid)
        if any(act() != "done" for act in acts):
            raise NotBooked
        spent = 1_000 * (time.process_time() - own), cpu_ms(stage.database_pid) - database
        costs.append(Cost(spent[0] / len(acts), spent[1] / len(acts)))
    return costs


def _figures(times: dict[str, list[float]], wrong: list[str]) -> Iterator[Figure]:
    service, floor = times["service"], times["floor"]
    remark = f"service {spread(service)} ms; floor {spread(floor)} ms; {len(service)} races each"
    yield Figure("booking, a race: service / floor", median(service) / median(floor), "x", RACE_GOAL, remark=remark)
    lost = [each for each in wrong if each.startswith("booked")]
    other = [each for each in wrong if not each.startswith("booked")]
    yield Figure(f"booking, races that did not end with {SLOTS} booked", len(lost), "", 0, remark=", ".join(lost[:3]))
    yield Figure("booking, dead-locks and other failures", len(other), "", 0, remark=", ".join(other[:3]))


def _wrong(side: str, told: Sequence[str], doctor: Doctor, slots: Sequence[Slot]) -> Iterator[str]:
    starts = [slot.starts_at for slot in slots]
    booked = Appointment.objects.live().filter(doctor=doctor, starts_at__in=starts).count()
    if booked != len(starts):
        yield f"booked {booked} by {side}"
    yield from (each for each in told if each not in {"done", "refused"})


def _days(doctor: Doctor, now: datetime) -> Iterator[list[Slot]]:
    """Yield eight fresh slots of one day after another; nobody has two on a day."""
    day = now.date() + timedelta(days=2)
    while True:
        yield doctor_free_slots(doctor, first=day, last=day, now=now)[:SLOTS]
        day += timedelta(days=1)


class Racers:
    """Threads that stay, each with its own connections, one of Django's and a bare one."""

    def __init__(self, stage: Stage, people: Sequence[Management]) -> None:
        """Take who races."""
        self.people = people
        self._bare = [psycopg.connect(stage.database_url) for _ in people]
        self._threads = ThreadPoolExecutor(len(people))

    def __enter__(self) -> "Racers":
        return self

    def __exit__(self, *_failure: object) -> None:
        self.race([_hang_up] * len(self.people))
        self._threads.shutdown()
        for each in self._bare:
            each.close()

    def race(self, acts: Sequence[Act]) -> tuple[float, list[str]]:
        """Start all at the same moment; return the seconds until the last has ended, and what each met."""
        start = Barrier(len(acts) + 1)
        running = [self._threads.submit(_run, start, act) for act in acts]
        start.wait()
        began = time.perf_counter()
        told = [each.result() for each in running]
        return time.perf_counter() - began, told

    def service(self, doctor: Doctor, slots: Sequence[Slot], number: int, *, now: datetime) -> Act:
        """Return a booking by the service."""
        return partial(_book, self.people[number].user, doctor, slots[number % len(slots)], now)

    def bare(self, doctor: Doctor, slots: Sequence[Slot], number: int) -> Act:
        """Return the bare insert of the same appointment."""
        slot, patient = slots[number % len(slots)], self.people[number].patient_id
        row = (uuid7(), patient, doctor.pk, slot.starts_at, slot.ends_at, slot.local_date)
        return partial(_insert, self._bare[number], row)


def _run(start: Barrier, act: Act) -> str:
    connection.ensure_connection()
    start.wait()
    try:
        return act()
    except (OperationalError, psycopg.Error) as failure:
        return type(failure).__name__


def _book(user: User, doctor: Doctor, slot: Slot, now: datetime) -> str:
    wanted = {"doctor_id": doctor.pk, "starts_at": slot.starts_at, "patient_id": None, "reason": ""}
    try:
        book_appointment(actor=user, **wanted, now=now)
    except RuleRefused:
        return "refused"
    return "done"


def _insert(bare: "psycopg.Connection[Any]", row: Sequence[Any]) -> str:
    with bare.transaction():
        return "done" if bare.execute(BARE, row).rowcount else "refused"


def _hang_up() -> str:
    connection.close()
    return "done"
