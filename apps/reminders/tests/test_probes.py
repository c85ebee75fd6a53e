"""What the people on call are told: how late the oldest dose is that nobody was reminded of."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.notifications.models import Notification
from apps.notifications.probes import ask_deliveries
from apps.notifications.services import breaking
from apps.patients.services.care import raise_generation
from apps.reminders.probes import LATEST_SECONDS, ask_dispatch, lateness
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


def test_how_late_the_doses_of_the_day_were_told_of(plan):
    for seconds in (0, 10, 20):
        first = dose(plan(), 1)
        dispatch_due_doses(now=first.due_at + seconds * SECOND)
        Notification.objects.filter(subject_id=first.pk).update(created_at=first.due_at + seconds * SECOND)
    told = lateness(now=timezone.now())
    assert (told.told, told.half) == (3, 10.0)
    assert told.half < told.ninety_five < told.ninety_nine <= 20.0
    assert lateness(now=timezone.now() + timedelta(hours=25)) == (0, 0.0, 0.0, 0.0)


class TestStatus:
    """`manage.py dispatch_status`."""

    def test_all_is_well(self, plan, capsys, time_machine):
        first = dose(plan(), 1)
        time_machine.move_to(first.due_at, tick=False)
        dispatch_due_doses(now=first.due_at)
        call_command("dispatch_status")
        said = capsys.readouterr().out
        assert "oldest due dose    0 s" in said
        assert "EMAIL waiting      1, the oldest 0 s" in said
        assert "broker             there" in said

    def test_a_dose_that_nobody_was_told_of_is_a_failure(self, plan, capsys, time_machine):
        time_machine.move_to(dose(plan(), 1).due_at + 121 * SECOND, tick=False)
        with pytest.raises(CommandError, match="dispatch"):
            call_command("dispatch_status")
        said = capsys.readouterr().out
        assert "oldest due dose    121 s" in said
        assert "doses waiting      1" in said

    def test_a_provider_that_is_away_is_named(self, plan, capsys):
        for _ in range(breaking.STRIKES):
            breaking.strike("EMAIL", failure="smtp 421", now=timezone.now())
        call_command("dispatch_status")
        assert "provider away (smtp 421)" in capsys.readouterr().out


def test_deliveries_are_reported_and_a_provider_that_is_away_is_unwell(db):
    now = timezone.now()
    assert ask_deliveries(now).is_well
    for _ in range(breaking.STRIKES):
        breaking.strike("SMS", failure="http 503", now=now)
    result = ask_deliveries(now)
    assert not result.is_well
    assert (result.facts["sms_is_away"], result.facts["email_is_away"]) == (True, False)
