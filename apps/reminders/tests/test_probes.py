"""What the people on call are told: how late the oldest dose is that nobody was reminded of."""

from datetime import timedelta

import pytest

from apps.patients.services.care import raise_generation
from apps.reminders.probes import LATEST_SECONDS, ask_dispatch
from apps.reminders.services.dispatching import dispatch_due_doses
from apps.reminders.tests.conftest import dose

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def test_nothing_due_is_well(plan, now):
    plan()
    result = ask_dispatch(now)
    assert (result.is_well, result.facts) == (True, {"oldest_due_seconds": 0})


def test_two_minutes_late_is_well_and_one_second_more_is_not(plan):
    due = dose(plan(), 1).due_at
    for late, is_well in ((LATEST_SECONDS, True), (LATEST_SECONDS + 1, False)):
        result = ask_dispatch(due + late * SECOND)
        assert (result.is_well, result.facts) == (is_well, {"oldest_due_seconds": late})


def test_what_was_reminded_of_is_not_late(plan):
    due = dose(plan(), 1).due_at
    dispatch_due_doses(now=due)
    assert ask_dispatch(due + timedelta(hours=5)).is_well


def test_nor_is_what_is_over(plan, care):
    due = dose(plan(), 1).due_at
    raise_generation(relationship_id=care.relationship.pk)
    assert ask_dispatch(due + timedelta(hours=5)).is_well


def test_a_dose_that_was_never_told_of_is_late_even_when_its_window_is_over(plan):
    first = dose(plan(), 1)
    assert not ask_dispatch(first.misses_at + SECOND).is_well
