"""One patient, one doctor, and plans between them that no note was needed for."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.notifications.models import Delivery, Notification
from apps.recommendations.services.checking import Checked
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.services.plans import activate_plan
from tests.care import Care, make_care
from tests.conftest import _empty_cache

__all__ = ["_empty_cache"]

DAILY = {"kind": "WALL_CLOCK", "times": ["08:00"], "recurrence": {"every": "DAY"}}
EVERY_EIGHT_HOURS = {"kind": "INTERVAL", "hours": 8}


@pytest.fixture
def now() -> datetime:
    """A summer morning in Paris, 07:00 on the wall."""
    return datetime(2026, 6, 1, 5, 0, tzinfo=UTC)


@pytest.fixture
def care(db, now: datetime) -> Care:
    return make_care(now)


def make_draft(
    care: Care,
    *,
    schedule: dict[str, Any] = DAILY,
    days: int | None = 7,
    action: str = "Aspirin 75 mg daily",
    **columns: Any,
) -> ActionPlan:
    """Return a draft of the present generation."""
    care.relationship.refresh_from_db()
    plan = ActionPlan(
        patient=care.patient,
        relationship=care.relationship,
        generation=care.relationship.generation,
        schedule=schedule,
        duration_days=days,
        time_zone=care.patient.time_zone,
        **columns,
    )
    plan.seal_texts(action=action, dosage_text="daily")
    plan.seal_safety(Checked("none").recorded(reason=""))
    plan.save()
    return plan


def activate(care: Care, plan: ActionPlan, *, now: datetime, **given: Any) -> ActionPlan:
    """Let the doctor activate the plan."""
    asked = {"duration_days": None, "total_doses": None} | given
    active = activate_plan(actor=care.doctor.user, plan_id=plan.pk, now=now, **asked)
    # That the patient was told belongs to the tests of plans; others count what they themselves announce.
    Notification.objects.filter(topic="plan_changed").delete()
    Delivery.objects.filter(topic="plan_changed").delete()
    return active


@pytest.fixture
def draft(care: Care) -> Callable[..., ActionPlan]:
    """Make a draft: daily at 08:00 for 7 days, unless said otherwise."""
    return lambda **columns: make_draft(care, **columns)


@pytest.fixture
def plan(care: Care, now: datetime) -> Callable[..., ActionPlan]:
    """Make an active plan: daily at 08:00 for 7 days from today on, unless said otherwise."""
    return lambda at=now, **columns: activate(care, make_draft(care, **columns), now=at)


def states(plan: ActionPlan) -> list[str]:
    """Return the states of the plan's doses, in order."""
    return list(Dose.objects.filter(plan=plan).order_by("number").values_list("state", flat=True))


def dose(plan: ActionPlan, number: int) -> Dose:
    """Return one dose of the plan."""
    return Dose.objects.get(plan=plan, number=number)
