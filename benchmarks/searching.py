"""Searching the patients of one's hospital by misspelt names: cost, growth, the plan, and how many are found."""

import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from apps.accounts import tokens
from apps.accounts.services.sessions import open_session
from apps.core.testing.proofs import dice
from apps.patients.models import Patient
from benchmarks.filling import fill_people, fill_searchable, staff_user
from benchmarks.names import made_up, slip_in_name
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage
from benchmarks.statements import Costs, ratio, take_turns

KNOWN = 10_000  # Patients whom the hospital knows.
PAGE = 20
COST_GOAL, GROWTH_GOAL, RECALL_GOAL = 2.0, 2.0, 0.9


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Measure searching among few people first, where that is asked for, and among many."""
    fill_people(size)
    names = made_up(400, 2), made_up(8_000, 3)
    few: Costs = {}
    if size.few_people:
        fill_searchable(size.few_people, KNOWN, *names)
        few, _ = _measured(stage, size)
    fill_searchable(size.people, KNOWN, *names)
    many, floor = _measured(stage, size)
    for aim in many:
        yield ratio(f"search {aim}, {size.people:,} people: API / floor", many[aim], floor[aim], COST_GOAL)
        if few:
            what = f"search {aim}, {size.people:,} people against {size.few_people:,}: API / API"
            yield ratio(what, many[aim], few[aim], GROWTH_GOAL)
    yield _plan()
    yield from _recall(size)


def _measured(stage: Stage, size: Size) -> tuple[Costs, Costs]:
    token = tokens.issue_pair(open_session(user=staff_user(), now=datetime.now(tz=UTC)))["access"]
    person = Patient.objects.filter(phone="+17770000005").get()
    misspelt = slip_in_name(person.first_name, person.last_name, dice("asked"))
    asked = {"a misspelt name": misspelt, "a phone number": "(777) 000-0005"}
    targets = {aim: "/api/v1/patients/?" + urlencode({"search": text}) for aim, text in asked.items()}
    return take_turns(stage, size, targets, token, Patient._meta.db_table)


def _plan() -> Figure:
    """Count how often a page of each kind reads through the table of patients: never, if its indexes are used."""
    visible = Patient.objects.visible_to(staff_user())
    pages = (visible, visible.matching("amina rahamn"), visible.matching("7770000005"))
    plans = [page[: PAGE + 1].explain() for page in pages]
    return Figure("pages that read all patients", sum("Seq Scan on patients_patient" in plan for plan in plans), "", 0)


def _recall(size: Size) -> Iterator[Figure]:
    """Misspell names of the hospital's patients and see whether somebody of that name is among the first ten."""
    chance = dice("misspellings")
    known = list(Patient.objects.registered_at_hospital_of(staff_user()).order_by("id")[:KNOWN])
    found, taken = [], []
    for person in itertools.islice(iter(lambda: chance.choice(known), None), size.slips):
        typed = slip_in_name(person.first_name, person.last_name, chance)
        started = time.perf_counter()
        shown = Patient.objects.visible_to(staff_user()).matching(typed)[:10]
        found.append(person.name in {each.name for each in shown})
        taken.append(1_000 * (time.perf_counter() - started))
    share = sum(found) / len(found)
    remark = f"of {len(found):,}: a swap, a letter missing, added or wrong; {spread(taken)} ms each"
    yield Figure("recall@10 of misspelt names", share, "", at_least=RECALL_GOAL, remark=remark)
