"""Filling plans that people follow: each with a dose that is due now and more to come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from apps.patients.models import CareRelationship, Management
from apps.reminders.choices import PlanState
from apps.reminders.models import ActionPlan, Dose
from benchmarks.filling import fill_care, insert, tidy
from benchmarks.sizes import Size

ACTION = "Amlodipine 5 mg: 1 tablet twice daily"
DOSES = 20  # Of each plan.
SCHEDULE = {"kind": "WALL_CLOCK", "times": ["08:00", "20:00"], "recurrence": {"every": "DAY"}}


def lay_plans(size: Size, logins: Sequence[UUID], count: int, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Make `count` plans of the patients whom these logins manage; return each plan's due dose with its login."""
    fill_care(size)
    managed = dict(Management.objects.filter(user__in=logins).values_list("patient", "user"))
    care = list(CareRelationship.objects.filter(patient__in=managed, ended_at=None).order_by("pk"))
    plans = [_plan(care[number % len(care)], now) for number in range(count)]
    ActionPlan.objects.bulk_create(plans, batch_size=1_000)
    due_at = f"'{now.isoformat()}'::timestamptz - interval '10 minutes' + k * interval '12 hours'"
    insert(
        Dose,
        f"(SELECT plan.id AS plan, k, {due_at} AS due_at FROM reminders_actionplan plan, "
        f"generate_series(0, {DOSES - 1}) k WHERE plan.promised_doses = {DOSES}) AS doses",
        id="uuidv7()",
        plan_id="plan",
        number="k + 1",
        due_at="due_at",
        next_reminder_at="due_at",
        misses_at="due_at + interval '12 hours'",
        local_date="due_at::date",
    )
    tidy(ActionPlan, Dose)
    due = Dose.objects.filter(number=1, plan__in=plans).order_by("plan_id").values_list("pk", "plan__patient")
    return [(dose, managed[patient]) for dose, patient in due]


def _plan(care: CareRelationship, now: datetime) -> ActionPlan:
    plan = ActionPlan(patient_id=care.patient_id, relationship=care, generation=care.generation)
    plan.state, plan.schedule, plan.time_zone = PlanState.ACTIVE, SCHEDULE, "Europe/Paris"
    plan.activated_at, plan.promised_doses = now - timedelta(hours=1), DOSES
    plan.first_day = now.date()
    plan.seal_texts(action=ACTION, dosage_text="1+0+1")
    plan.seal_safety({})
    return plan
