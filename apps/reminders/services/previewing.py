"""A plan's doses as they would be, before anything is written."""

from datetime import datetime

from apps.reminders.choices import STARTED_PLANS, PlanState
from apps.reminders.models import ActionPlan
from apps.reminders.services.laying_out import PlannedDose, planned, still_to_come
from apps.reminders.services.plans import IllegalTransition, begin


def preview_plan(
    plan: ActionPlan, *, duration_days: int | None, total_doses: int | None, now: datetime
) -> list[PlannedDose]:
    """Return the doses of a draft as if it were activated now, or of a running plan those that are open.

    Raises DurationUnknown, TooManyDoses, and IllegalTransition for a plan that has ended. Writes nothing.
    """
    if plan.state in STARTED_PLANS:
        return still_to_come(plan, now=now).as_they_are()
    if plan.state != PlanState.DRAFT:
        raise IllegalTransition
    begin(plan, duration_days=duration_days, total_doses=total_doses, now=now)
    return planned(plan)
