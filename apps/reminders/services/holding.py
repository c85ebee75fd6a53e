"""A dose in the hands of whoever manages its patient: the plan locked, then the dose (docs/locking.md)."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, DateTimeField, Exists, Func, OuterRef, QuerySet, Subquery, UUIDField

from apps.accounts.models import User
from apps.accounts.standing import standing_of
from apps.core.errors import NotAllowed, NotFound
from apps.core.prepared import Given, PreparedQuestion, columns_of, row_of
from apps.reminders.models import ActionPlan, Dose


class Among(Func):
    """Whether the first is one of the second, an array."""

    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    output_field = BooleanField()


class HeldDose(NamedTuple):
    """A locked plan and one of its doses, and whether the plan is open at this moment."""

    plan: ActionPlan
    dose: Dose
    is_open: bool


def hold_dose(*, actor: User, dose_id: UUID, now: datetime) -> HeldDose:
    """Lock a dose of a patient whom the actor manages; raises NotAllowed for others who see it, else NotFound."""
    managed = standing_of(actor, "managed") or []
    found = _PLAN.first(dose=dose_id, managed=managed)
    if found is None:
        raise NotAllowed if Dose.objects.visible_to(actor).filter(pk=dose_id).exists() else NotFound
    # Asked under the lock, by a statement of its own: the relationship may have changed while it was waited for.
    row = _DOSE.first(dose=dose_id, now=now)
    if row is None:
        raise NotFound
    *columns, is_open = row
    plan, dose = row_of(ActionPlan, found), row_of(Dose, columns)
    dose.plan = plan
    return HeldDose(plan, dose, is_open)


def _lock_plan() -> QuerySet[ActionPlan, Any]:
    of_dose = Dose.objects.filter(pk=_GIVEN_DOSE).order_by().values("plan")
    managed = Given("managed", ArrayField(UUIDField()))
    plans = ActionPlan.objects.filter(Among("patient_id", managed), pk=Subquery(of_dose))
    return plans.order_by().select_for_update().values_list(*columns_of(ActionPlan))


def _lock_dose() -> QuerySet[Dose, Any]:
    now: Any = Given("now", DateTimeField())
    is_open = Exists(ActionPlan.objects.open(now=now).filter(pk=OuterRef("plan")))
    doses = Dose.objects.filter(pk=_GIVEN_DOSE).order_by()
    return doses.select_for_update().values_list(*columns_of(Dose), is_open)


_GIVEN_DOSE = Given("dose", UUIDField())
_PLAN = PreparedQuestion(_lock_plan)
_DOSE = PreparedQuestion(_lock_dose)
